// The list of messages: keeps what is on the page equal to what the conversation holds, and stays at the bottom.
import { bubble, gone, onItsWay, service, short } from "./bubbles.js";
import { el, icon, iconButton } from "./dom.js";
import { menu } from "./popup.js";
import { day } from "./words.js";

const LONG_PRESS = 450;
const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Buttons under a message. `chosen` is what was tapped last, `busy` turns while the bot has not answered. */
function inlineKeyboard(message, phone, chosen, busy) {
  const button = (one) => {
    if (one.url) return el("a", { class: "key", href: one.url, target: "_blank", rel: "noopener noreferrer", dir: "auto" }, one.text, icon("out"));
    const mine = chosen === one.data;
    const key = el("button", { type: "button", class: `key${mine ? " chosen" : ""}${mine && busy ? " busy" : ""}`, dir: "auto", "data-testid": "key", "aria-busy": mine && busy ? "true" : null,
      onclick: () => phone.press(message, one) }, el("span", { class: "key-text", text: one.text }), el("i", { class: "spinner" }));
    return key;
  };
  return el("div", { class: "keys", role: "group", "aria-label": "Knoppen" }, ...message.buttons.map((row) => el("div", { class: "keys-row" }, ...row.map(button))));
}

/** Photos that were sent together, as one message with several files. */
function albums(messages) {
  const together = [];
  for (const message of messages) {
    const before = together.at(-1);
    const file = { file: message.file, kind: message.kind };
    if (!message.album || message.deleted || before?.album !== message.album) together.push(message.album && !message.deleted ? { ...message, kind: "album", files: [file] } : message);
    else together[together.length - 1] = { ...before, caption: before.caption || message.caption, files: [...before.files, file] };
  }
  return together.map((one) => (one.kind === "album" && one.files.length === 1 ? { ...one, kind: one.files[0].kind } : one));
}

export class Thread {
  #rows = new Map();
  #missed = 0;
  #pinned = true;
  #drawn = false;
  chosen = new Map();
  busy = new Set();

  constructor(phone) {
    this.phone = phone;
    this.list = el("ol", { class: "messages", "data-testid": "messages" });
    this.intro = el("div", { class: "intro" });
    this.typing = el("div", { class: "typing", hidden: true, role: "status" }, el("i"), el("i"), el("i"), el("span", { class: "hidden-words", text: "De bot is bezig…" }));
    this.log = el("div", { class: "log", role: "log", tabindex: "0", "aria-label": "Gesprek", "data-testid": "log" }, this.intro, this.list, this.typing);
    this.count = el("b", { class: "down-count", hidden: true });
    this.down = el("button", { type: "button", class: "down", hidden: true, "aria-label": "Naar het nieuwste bericht", onclick: () => this.toEnd(true) }, icon("down"), this.count);
    this.log.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => { if (this.#pinned) this.toEnd(false); }).observe(this.list);
    new ResizeObserver(() => { if (this.#pinned) this.toEnd(false); }).observe(this.log);
  }

  /** Draws what changed. `fresh` are the messages of this fetch. */
  draw(fresh) {
    const messages = albums(this.phone.talk.sorted);
    const lastBot = messages.findLast((one) => one.from === "bot")?.id ?? 0;
    const shown = [];
    let dayBefore = "";
    messages.forEach((message, n) => {
      const today = day(message.when);
      if (today !== dayBefore) shown.push(this.#row(`day ${today}`, today, () => this.#day(today)));
      dayBefore = today;
      shown.push(this.#message(message, messages[n - 1], messages[n + 1], message.id < lastBot));
    });
    for (const one of this.phone.talk.pending) shown.push(this.#row(one.key, "", () => el("li", { class: "row out last" }, el("div", { class: "line" }, onItsWay(one)))));
    this.#place(shown);
    this.#follow(fresh);
  }

  #day(words) { return el("li", { class: "row day" }, el("p", { class: "service", text: words })); }

  /** The row under this key, made again only when its state is another. */
  #row(key, state, make) {
    const known = this.#rows.get(key);
    if (known?.state === state) { known.used = true; return known.node; }
    const node = make(known?.node);
    this.#rows.set(key, { node, state, used: true });
    return node;
  }

  #message(message, before, after, read) {
    const alone = (other) => !other || other.from !== message.from || other.kind === "service" || day(other.when) !== day(message.when);
    const { buttons, seq, when, ...body } = message;
    const reply = message.reply_to ? this.phone.find(message.reply_to) : null;
    const state = JSON.stringify([body, read, reply && short(reply), this.phone.person.first_name]);
    const node = this.#row(message.id, state, () => this.#make(message, read));
    if (message.kind !== "service") node.className = `row ${message.from === "me" ? "out" : "in"}${alone(before) ? " first" : ""}${alone(after) ? " last" : ""}`;
    this.#keys(node, message);
    return node;
  }

  #make(message, read) {
    if (message.deleted) return el("li", { class: "row", "data-id": message.id }, gone());
    if (message.kind === "service") return el("li", { class: "row day", "data-id": message.id }, service(message.text));
    const node = el("li", { class: "row", "data-id": message.id, "data-testid": `from-${message.from}` });
    const more = iconButton("more", "Meer", () => this.phone.messageMenu(message, node, more), { class: "round side side-more", "aria-haspopup": "menu", "aria-expanded": "false" });
    const side = el("div", { class: "sides" }, iconButton("reply", "Beantwoord dit bericht", () => this.phone.reply(message), { class: "round side", "data-testid": "reply" }), more);
    const shape = bubble(message, this.phone, read);
    this.#longPress(shape, () => this.phone.messageMenu(message, node, more));
    node.append(el("div", { class: "line" }, shape, side));
    return node;
  }

  #longPress(shape, open) {
    let timer = 0;
    const stop = () => clearTimeout(timer);
    shape.addEventListener("contextmenu", (event) => { event.preventDefault(); open(); });
    shape.addEventListener("pointerdown", (event) => { if (event.pointerType !== "mouse" && !event.target.closest(".wave")) timer = setTimeout(open, LONG_PRESS); });
    for (const name of ["pointerup", "pointercancel", "pointermove"]) shape.addEventListener(name, stop);
  }

  #keys(node, message) {
    const wanted = message.buttons?.length && !message.deleted;
    const state = wanted ? JSON.stringify([message.buttons, this.chosen.get(message.id), this.busy.has(message.id)]) : "";
    if (node.dataset.keys === state) return;
    node.dataset.keys = state;
    const old = node.querySelector(".keys");
    const at = [...(old?.querySelectorAll(".key") ?? [])].indexOf(document.activeElement);
    old?.remove();
    if (!wanted) return;
    node.append(inlineKeyboard(message, this.phone, this.chosen.get(message.id), this.busy.has(message.id)));
    if (at >= 0) node.querySelectorAll(".key")[at]?.focus({ preventScroll: true });
  }

  #place(shown) {
    let here = this.list.firstChild;
    for (const node of shown) {
      if (node === here) here = here.nextSibling;
      else this.list.insertBefore(node, here);
    }
    while (here) { const next = here.nextSibling; here.remove(); here = next; }
    for (const [key, row] of this.#rows) {
      if (!row.used) this.#rows.delete(key);
      row.used = false;
    }
  }

  #follow(fresh) {
    const news = fresh.filter((one) => !one.edited && !one.deleted);
    if (!this.#drawn || this.#pinned || news.some((one) => one.from === "me") || this.phone.talk.pending.length) {
      this.toEnd(this.#drawn && news.length > 0);
      this.#drawn = this.#drawn || this.list.childElementCount > 0;
      return;
    }
    this.#missed += news.filter((one) => one.from === "bot").length;
    this.#scrolled();
  }

  toEnd(smooth) {
    this.#pinned = true;
    this.log.scrollTo({ top: this.log.scrollHeight, behavior: smooth && !calm() ? "smooth" : "instant" });
    this.#badge();
  }

  #scrolled() {
    const left = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight;
    const before = this.last ?? 0;
    this.last = this.log.scrollTop;
    if (left < 90) { this.#pinned = true; this.#missed = 0; } else if (this.log.scrollTop < before - 2) this.#pinned = false;
    this.#badge();
  }

  #badge() {
    this.down.hidden = this.#pinned;
    if (this.#pinned) this.#missed = 0;
    this.count.hidden = !this.#missed;
    this.count.textContent = String(this.#missed);
  }

  /** Brings a message into view and lets it light up. */
  show(id) {
    const node = this.list.querySelector(`[data-id="${Number(id)}"]`);
    if (!node) return;
    this.#pinned = false;
    node.scrollIntoView({ block: "center", behavior: calm() ? "instant" : "smooth" });
    node.classList.add("lit");
    setTimeout(() => node.classList.remove("lit"), 1400);
  }

  /** The menu of one message: reply, edit, copy, forward, react. */
  menu(message, node, opener) {
    const { phone } = this;
    const own = message.from === "me" && message.kind === "text";
    const items = [
      ["reply", "Beantwoorden", () => phone.reply(message)],
      own && ["edit", "Bewerken", () => phone.edit(message)],
      (message.text || message.caption) && ["copy", "Tekst kopiëren", () => navigator.clipboard?.writeText(message.text || message.caption)],
      ["forward", "Doorsturen naar de bot", () => phone.forward(message)],
      message.from === "me" && ["trash", "Verwijderen", () => phone.say({ delete: message.id }), { class: "warn" }],
      message.from === "bot" && ["smile", "Reageren met 👍", () => phone.say({ reaction: { message_id: message.id, emoji: "👍" } })],
    ].filter(Boolean);
    const holder = phone.frame.getBoundingClientRect();
    const box = node.querySelector(".bubble").getBoundingClientRect();
    const x = message.from === "me" ? box.right - holder.left - 230 : box.left - holder.left;
    menu(phone.frame, items, { at: { x, y: Math.min(box.bottom - holder.top - 12, holder.height - 290) }, opener, label: "Wat doe je met dit bericht?" });
  }
}
