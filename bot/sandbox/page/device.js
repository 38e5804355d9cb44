// One phone: its owner, its conversation with the bot, its bottom bar.
import { Failure } from "./api.js";
import { short } from "./bubbles.js";
import { Conversation } from "./conversation.js";
import { Dock } from "./dock.js";
import { el, icon, iconButton } from "./dom.js";
import { poster } from "./place.js";
import { Picker } from "./picker.js";
import { menu } from "./popup.js";
import { Thread } from "./thread.js";
import { time } from "./words.js";

const PATIENCE = 6000;

export class Phone {
  toasted = 0;

  constructor(house, side) {
    this.house = house;
    this.side = side;
    this.command = (text) => this.say(text === "/start" ? { start: "" } : { text }, {}, { text });
    this.picker = new Picker({ people: house.people, unread: house.unread, pick: (person) => house.give(this, person), add: (name, code) => house.enrol(this, name, code) });
    this.thread = new Thread(this);
    this.dock = new Dock(this);
    this.#build();
  }

  #build() {
    const { house } = this;
    this.hour = el("span", { class: "status-time" });
    this.heading = el("h2", { class: "hidden-words" });
    this.title = el("strong", { dir: "auto", text: house.botName() });
    this.under = el("span", { class: "bar-under", text: "bot" });
    this.more = iconButton("more", "Menu", () => this.#menu(), { class: "round bar-more", "aria-haspopup": "menu", "aria-expanded": "false", "data-testid": "menu" });
    this.line = el("p", { class: "line-lost", role: "status", hidden: true, "data-testid": "line" }, el("i", { class: "spinner" }), "Geen verbinding, ik probeer opnieuw…");
    this.notes = el("div", { class: "notes", "aria-live": "assertive" });
    this.frame = el("div", { class: "frame" },
      el("div", { class: "status", "aria-hidden": "true" }, this.hour, el("span", { class: "status-eye" }), el("span", { class: "status-signs" }, el("i", { class: "signal" }), el("i", { class: "battery" }))),
      el("div", { class: "bar" }, el("img", { src: "/page/logo.svg", alt: "", width: "40", height: "40" }), el("div", { class: "bar-words" }, this.title, this.under), this.more),
      this.line, el("div", { class: "room" }, this.thread.log, this.thread.down, this.notes), this.dock.root);
    this.root = el("section", { class: `phone phone-${this.side}`, "data-testid": `phone-${this.side}` }, this.heading, this.picker.root, this.frame);
  }

  /** Puts this phone in somebody's hand. */
  hold(person) {
    this.talk?.stop();
    this.thread.log.remove();
    this.thread.down.remove();
    this.thread = new Thread(this);
    this.notes.before(this.thread.log, this.thread.down);
    this.dock.mode(null);
    this.dock.keyState = undefined;
    this.person = person;
    this.picker.show(person);
    this.heading.textContent = `Telefoon van ${person.first_name}`;
    this.root.setAttribute("aria-label", this.heading.textContent);
    this.talk = new Conversation(person);
    this.talk.addEventListener("changed", (event) => this.#changed(event.detail));
    this.talk.addEventListener("line", () => { this.line.hidden = this.talk.online; });
    this.line.hidden = true;
    this.#bottom();
  }

  get botName() { return this.house.botName(); }
  tick(now) { this.hour.textContent = time(now); }
  find(id) { return this.talk.messages.get(Number(id)); }
  show(id) { this.thread.show(id); }
  reply(message) { this.dock.mode({ kind: "reply", message }); }
  edit(message) { this.dock.mode({ kind: "edit", message }); }
  messageMenu(message, node, opener) { this.thread.menu(message, node, opener); }

  forward(message) {
    const from = message.from === "me" ? this.person.first_name : this.botName;
    this.say({ forward: { text: message.text || message.caption || short(message), from } }, {}, { text: short(message) });
  }

  #changed(fresh) {
    if (fresh.some((one) => one.from === "bot" && this.thread.busy.size)) this.thread.busy.clear();
    this.thread.draw(fresh);
    this.#typing();
    this.#bottom();
    this.house.read(this.person.id, this.talk.seq);
    for (const toast of this.talk.extra.toasts ?? []) this.#toast(toast);
  }

  /** What answerCallbackQuery shows; each one once. */
  #toast({ seq, text }) {
    if (seq <= this.toasted) return;
    this.toasted = seq;
    this.notice(text);
  }

  /** "is typing" is shown for as long as the server says so, at most five seconds. */
  #typing() {
    const doing = this.talk.extra.action ?? "";
    this.thread.typing.hidden = !doing;
    this.under.textContent = doing ? (doing.includes("voice") ? "neemt een bericht op…" : "typt…") : "bot";
    this.root.classList.toggle("is-typing", Boolean(doing));
    clearTimeout(this.typingEnds);
    if (doing) this.typingEnds = setTimeout(() => { this.talk.extra = {}; this.#typing(); }, 5000);
  }

  get blocked() { return this.talk.extra.blocked ?? false; }
  get silent() { return this.house.flag(this.person.id, "voice_forbidden"); }

  /** What stands at the bottom: the start button of a new conversation, unblock, or the composer. */
  #bottom() {
    const messages = this.talk.sorted;
    const empty = !messages.length && !this.talk.pending.length;
    this.#intro(empty && this.talk.extra.messages);
    if (this.blocked) this.dock.only("Deblokkeer de bot", () => this.#flag("blocked", false), "quiet");
    else if (empty && this.talk.extra.messages) this.dock.only("Start", () => this.say({ start: this.person.start ?? "" }, {}, { text: "/start" }));
    else this.dock.only(null);
    this.dock.replyKeys(this.blocked ? [] : this.talk.extra.keyboard ?? []);
  }

  #intro(empty) {
    const state = empty ? `${this.person.id} ${this.person.start ?? ""}` : "";
    if (this.thread.intro.dataset.state === state) return;
    this.thread.intro.dataset.state = state;
    const scanned = this.person.start && el("div", { class: "scanned" }, poster(this.person.start), el("p", { text: this.house.isMother(this.person) ? "Deze code hangt bij de groep. Druk op Start: dat is hetzelfde als de code scannen." : "Deze code is voor één medewerker. Druk op Start: dat is hetzelfde als de code scannen." }));
    this.thread.intro.replaceChildren(...(empty ? [el("div", { class: "intro-card" }, el("img", { src: "/page/logo.svg", alt: "", width: "72", height: "72" }), el("strong", { text: "Nog geen berichten" }), scanned || el("p", { text: "Druk op Start om het gesprek te beginnen." }))] : []));
  }

  /** Does something as this person. A refusal is shown; returns whether it went out. */
  async say(fields, files = {}, pending = null) {
    try {
      await this.talk.send(fields, files, pending);
      return true;
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      this.notice(failure.message);
      return false;
    }
  }

  /** Taps a button under a message; it turns until the bot does something, or patience ends. */
  async press(message, button) {
    const { thread } = this;
    thread.chosen.set(message.id, button.data);
    thread.busy.add(message.id);
    thread.draw([]);
    const end = () => { thread.busy.delete(message.id); if (thread === this.thread) thread.draw([]); };
    setTimeout(end, PATIENCE);
    if (!await this.say({ callback: button.data, message_id: message.id })) end();
  }

  #menu() {
    const items = [
      ["restart", this.person.start ? "Scan de code nog eens" : "Begin opnieuw (/start)", () => this.say({ start: this.person.start ?? "" }, {}, { text: "/start" })],
      this.silent ? ["mic", "Spraakberichten weer toelaten", () => this.#flag("voice_forbidden", false)] : ["muted", "Spraakberichten weigeren", () => this.#flag("voice_forbidden", true)],
      this.blocked ? ["check", "Deblokkeer de bot", () => this.#flag("blocked", false)] : ["block", "Blokkeer de bot", () => this.#flag("blocked", true), { class: "warn" }],
    ];
    menu(this.frame, items, { opener: this.more, label: "Menu", className: "menu-top" });
  }

  async #flag(name, on) {
    const fields = name === "blocked" ? (on ? { block: true } : { unblock: true }) : { [name]: on };
    if (await this.say(fields) && name !== "blocked") this.house.flag(this.person.id, name, on);
    this.#bottom();
  }

  /** A sentence over the bottom of the conversation, with at most one thing to do about it. */
  notice(words, action = null) {
    const note = el("div", { class: "note", "data-testid": "note" }, el("p", { text: words }),
      action && el("button", { type: "button", text: action[0], onclick: () => { note.remove(); action[1](); } }),
      iconButton("close", "Sluit", () => note.remove(), { class: "round" }));
    this.notes.replaceChildren(note);
    clearTimeout(this.noteEnds);
    if (!action) this.noteEnds = setTimeout(() => note.remove(), 7000);
  }
}
