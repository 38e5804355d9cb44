// Building blocks: every word a person wrote reaches the page as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Properties named on… are listeners; class, text and dataset are spelled short; the rest are attributes. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A drawing: [tag, attributes, ...children] all the way down. */
export function svg(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

const ICONS = {
  send: "M4 12 20 4l-5 16-3.5-6.5z M11.5 13.5 20 4",
  mic: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3z M5.5 11a6.5 6.5 0 0 0 13 0 M12 17.5V21",
  clip: "M19 11.5l-7.3 7.3a4.6 4.6 0 0 1-6.5-6.5l7.8-7.8a3.1 3.1 0 0 1 4.4 4.4l-7.7 7.7a1.5 1.5 0 0 1-2.2-2.2l6.9-6.9",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M8.5 14.2a4.4 4.4 0 0 0 7 0 M9 9.4v.4 M15 9.4v.4",
  reply: "M10 5 4 11l6 6 M4.5 11H14a6 6 0 0 1 6 6v2",
  forward: "M14 5l6 6-6 6 M19.5 11H10a6 6 0 0 0-6 6v2",
  edit: "M4 20l1-4.5L16 4.5l3.5 3.5-11 11z M13.5 7l3.5 3.5",
  copy: "M9 9h10v11H9z M15 9V4H5v11h4",
  trash: "M5 7h14 M9.5 7V4.5h5V7 M6.5 7l1 13h9l1-13",
  more: "M12 5.4v.2 M12 11.9v.2 M12 18.4v.2",
  down: "M6 9.5l6 6 6-6",
  close: "M6 6l12 12 M18 6L6 18",
  play: "M8 5.5v13l11-6.5z",
  pause: "M8.5 5.5v13 M15.5 5.5v13",
  photo: "M4 5.5h16v13H4z M4 15.5l4.5-4.5 4 4 2.5-2.5 5 5 M15.5 9.5v.2",
  file: "M6 3.5h8l4 4v13H6z M14 3.5v4h4",
  sound: "M9.5 18V6l9-2v12 M9.5 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z M18.5 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  pin: "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21z M12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M4.5 20.5a7.5 7.5 0 0 1 15 0",
  phone: "M6.5 3.5l3 .5 1 4-2 1.8a12 12 0 0 0 5.7 5.7l1.8-2 4 1 .5 3a2 2 0 0 1-2 2.5A16 16 0 0 1 4 5.5a2 2 0 0 1 2.5-2z",
  check: "M5 12.5l4.5 4.5L19 7",
  checks: "M2.5 12.5L7 17 16 7 M11 16l1 1L21.5 7",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z M12 7.5V12l3 2",
  out: "M13.5 4.5h6v6 M19 5l-8 8 M17 14v5.5H4.5V7H10",
  block: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z M6.2 6.2l11.6 11.6",
  keys: "M3.5 6.5h17v11h-17z M7 10v.2 M12 10v.2 M17 10v.2 M8 14h8",
  next: "M5 6v12l7-6z M13 6v12l7-6z",
  muted: "M9 9v2a3 3 0 0 0 4.8 2.4 M15 10V6a3 3 0 0 0-5.9-.7 M5.5 11a6.5 6.5 0 0 0 10 5.5 M12 17.5V21 M4 4l16 16",
  restart: "M19 12a7 7 0 1 1-2.2-5.1 M19.5 3.5V8H15",
};

export function icon(name, label = "") {
  const props = { viewBox: "0 0 24 24", class: `icon icon-${name}`, ...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" }) };
  return svg("svg", props, svg("path", { d: ICONS[name] }));
}

/** A round button with a drawing and a spoken name. */
export function iconButton(name, label, onclick, props = {}) {
  return el("button", { type: "button", class: "round", "aria-label": label, title: label, onclick, ...props }, icon(name));
}

/** A repeatable dice: the same seed draws the same picture every time. Mulberry32. */
export function dice(seed) {
  let state = [...String(seed)].reduce((sum, char) => Math.imul(sum ^ char.codePointAt(0), 16777619), 2166136261);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
