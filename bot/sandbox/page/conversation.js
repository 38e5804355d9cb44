// What one person sees: her messages, kept up to date. Knows nothing of how they look.
import * as api from "./api.js";
import { moment } from "./words.js";

export class Conversation extends EventTarget {
  messages = new Map();
  pending = [];
  seq = 0;
  extra = {};
  online = true;
  #busy = null;
  #again = false;
  #stopped = false;
  #anew = true;          // what we have may be of another life of the sandbox: take everything again

  constructor(person) {
    super();
    this.person = person;
    this.uid = person.id;
    this.hangUp = api.follow(this.uid, () => this.refresh(), (online) => this.#line(online));
    this.safety = setInterval(() => this.refresh(), 20000);
  }

  stop() {
    this.#stopped = true;
    this.hangUp();
    clearInterval(this.safety);
  }

  get sorted() {
    return [...this.messages.values()].sort((a, b) => a.id - b.id);
  }

  /** One fetch at a time; a signal during a fetch means one more after it. */
  async refresh() {
    if (this.#stopped) return undefined;
    if (this.#busy) { this.#again = true; return this.#busy; }
    this.#busy = this.#fetch().catch(() => {});
    await this.#busy;
    this.#busy = null;
    if (this.#again) { this.#again = false; await this.refresh(); }
    return undefined;
  }

  async #fetch() {
    let got = await api.changes(this.uid, this.#anew ? 0 : this.seq);
    if (got.seq < this.seq) [this.#anew, got] = [true, await api.changes(this.uid, 0)];
    if (this.#anew) this.messages.clear();
    this.#anew = false;
    this.seq = got.seq;
    for (const message of got.messages) this.messages.set(message.id, { ...message, when: moment(message.date) });
    this.extra = got;
    this.dispatchEvent(new CustomEvent("changed", { detail: got.messages }));
  }

  /** Sends, shows it as pending while it is on its way, and refetches. Throws Failure with a sentence. */
  async send(fields, files = {}, pending = null) {
    const waiting = pending && { ...pending, key: `p${Math.random()}` };
    if (waiting) this.#pend([...this.pending, waiting]);
    const custom = this.person.custom && { person: { first_name: this.person.first_name, language_code: this.person.language_code } };
    try {
      return await api.send(this.uid, { ...fields, ...custom }, files);
    } finally {
      await this.refresh();
      if (waiting) this.#pend(this.pending.filter((one) => one !== waiting));
    }
  }

  #pend(pending) {
    this.pending = pending;
    this.dispatchEvent(new CustomEvent("changed", { detail: [] }));
  }

  #line(online) {
    if (online === this.online) return;
    this.online = online;
    this.#anew = true;
    this.dispatchEvent(new Event("line"));
  }
}
