// Things that open over the phone: menus, sheets, dialogs. Escape, a tap beside it or a choice closes them, focus goes back.
import { el, icon, iconButton } from "./dom.js";

let closeCurrent = null;

/** Opens `content` inside `holder`; returns the function that closes it. Only one is open at a time. */
export function popup(holder, content, opener) {
  closeCurrent?.();
  const before = opener ?? document.activeElement;
  const close = (restore = true) => {
    if (closeCurrent !== close) return;
    closeCurrent = null;
    content.remove();
    before?.setAttribute?.("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside, true);
    if (restore) before?.focus?.({ preventScroll: true });
  };
  const outside = (event) => {
    if (content.contains(event.target)) return;
    close(false);
    if (opener?.contains(event.target)) opener.addEventListener("click", (click) => click.stopImmediatePropagation(), { capture: true, once: true });
  };
  content.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  document.addEventListener("pointerdown", outside, true);
  closeCurrent = close;
  holder.append(content);
  if (opener?.hasAttribute("aria-expanded")) opener.setAttribute("aria-expanded", "true");
  (content.querySelector("[autofocus], button, a, input") ?? content).focus({ preventScroll: true });
  return close;
}

/** A menu of [icon, words, action, props?]; arrow keys walk through it. `at` is {x, y} inside the holder. */
export function menu(holder, items, { at, opener, label, className = "" }) {
  const close = () => shut();
  const list = el("div", { class: `menu ${className}`, role: "menu", "aria-label": label },
    ...items.map(([drawing, words, action, props]) => el("button", { type: "button", role: "menuitem", ...props, onclick: () => { close(); action(); } }, icon(drawing), el("span", { text: words }))));
  list.addEventListener("keydown", (event) => {
    const all = [...list.querySelectorAll("[role=menuitem]")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  const shut = popup(holder, list, opener);
  if (at) settle(list, holder, at);
  return list;
}

/** Keeps the menu inside its phone. */
function settle(list, holder, { x, y }) {
  const wide = holder.clientWidth;
  const high = holder.clientHeight;
  list.style.left = `${Math.max(8, Math.min(x, wide - list.offsetWidth - 8))}px`;
  list.style.top = `${Math.max(8, Math.min(y, high - list.offsetHeight - 8))}px`;
}

/** A window over everything, with a close button. */
export function dialog(label, className, ...content) {
  const box = el("dialog", { class: `dialog ${className}`, "aria-label": label }, iconButton("close", "Sluit", () => box.close(), { class: "round dialog-close" }), ...content);
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}

/** A picture as large as the screen allows. */
export function enlarge(url, words) {
  dialog("Foto", "lightbox", el("img", { src: url, alt: words || "Foto uit het gesprek" }), words && el("p", { dir: "auto", text: words }));
}
