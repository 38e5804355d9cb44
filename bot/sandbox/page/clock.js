// The demo's clock: which day and hour it is there, and the moves it offers.
import * as api from "./api.js";
import { el, icon } from "./dom.js";
import { popup } from "./popup.js";
import { longDay, moment, shortDay, time } from "./words.js";

export class ClockBar {
  #offset = 0;
  #moves = [];

  constructor(root, moved) {
    this.root = root;
    this.moved = moved;
    this.day = el("span", { class: "clock-day" });
    this.short = el("span", { class: "clock-short" });
    this.time = el("strong", { class: "clock-time", "data-testid": "clock" });
    this.buttons = el("div", { class: "moves" });
    this.more = el("button", { type: "button", class: "clock-more", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "Zet de klok vooruit", title: "Zet de klok vooruit", "data-testid": "clock-more", onclick: () => this.#open() }, icon("next"));
    root.append(el("div", { class: "clock-face" }, icon("clock"), this.day, this.short, this.time), this.buttons, this.more);
    this.fetch();
    setInterval(() => this.#paint(), 1000);
    setInterval(() => this.fetch(), 15000);
  }

  now() { return new Date(Date.now() + this.#offset); }

  async fetch() {
    try { this.#take(await api.clock()); } catch { /* the phones say that there is no line */ }
  }

  #take({ now, moves = [] }) {
    if (now) this.#offset = moment(now).getTime() - Date.now();
    if (JSON.stringify(moves) !== JSON.stringify(this.#moves) || this.root.hidden) {
      this.#moves = moves;
      this.buttons.replaceChildren(...moves.map((move) => this.#button(move)));
      this.more.hidden = !moves.length;
    }
    this.root.hidden = false;
    this.#paint();
  }

  #paint() {
    const now = this.now();
    this.day.textContent = longDay(now);
    this.short.textContent = shortDay(now);
    this.time.textContent = time(now);
    this.moved(now, false);
  }

  #button(move, props = {}) {
    return el("button", { type: "button", class: "move", "data-testid": `move-${move.id}`, text: move.label, onclick: () => this.#move(move), ...props });
  }

  async #move(move) {
    this.close?.();
    this.root.classList.add("busy");
    for (const one of this.buttons.children) one.disabled = true;
    try {
      const answer = await api.move(move.id);
      this.#take(answer.now ? answer : await api.clock());
    } catch { /* the next fetch shows what is true */ }
    this.root.classList.remove("busy");
    for (const one of this.buttons.children) one.disabled = false;
    this.moved(this.now(), true);
  }

  #open() {
    const list = el("div", { class: "menu menu-clock", role: "menu", "aria-label": "Zet de klok vooruit" }, el("p", { class: "menu-title", role: "presentation", text: longDay(this.now()) }), ...this.#moves.map((move) => this.#button(move, { role: "menuitem" })));
    this.close = popup(this.root, list, this.more);
  }
}
