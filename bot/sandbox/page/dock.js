// The bottom of the phone: typing, attaching, recording, or one big button when there is nothing to say yet.
import { short } from "./bubbles.js";
import { el, icon, iconButton } from "./dom.js";
import { menu, popup } from "./popup.js";
import { player } from "./voice.js";
import { NoMicrophone, Recorder } from "./recorder.js";
import { length } from "./words.js";

const STICKERS = ["👍", "❤️", "🙏", "😂", "🎉", "🌷", "👶", "🤱", "☕", "😴", "🤒", "🌧️"];
const HOLD = 400;

const PLACES = [
  ["Thuis", 51.2211, 4.4126],
  ["Aan het station", 51.2172, 4.4211],
  ["Bij de school", 51.2294, 4.4297],
];

/** An emoji as a picture, the way stickers travel. */
async function stickerFile(emoji) {
  const canvas = el("canvas", { width: "256", height: "256" });
  const pen = canvas.getContext("2d");
  pen.font = "190px 'Noto Color Emoji', 'Apple Color Emoji', 'Segoe UI Emoji', sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(emoji, 128, 140);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/webp"));
  return new File([blob], "sticker.webp", { type: blob.type });
}

export class Dock {
  #mode = null;        // {kind: "reply" | "edit", message}
  #recorder = null;
  #frame = 0;

  constructor(phone) {
    this.phone = phone;
    this.field = el("textarea", { rows: "1", placeholder: "Bericht", "aria-label": "Bericht", dir: "auto", "data-testid": "field", autocomplete: "off", enterkeyhint: "send" });
    this.field.addEventListener("input", () => this.#grow());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.strip = el("div", { class: "strip", hidden: true });
    this.keyboard = el("div", { class: "reply-keys", hidden: true, role: "group", "aria-label": "Antwoordknoppen" });
    this.#files();
    this.#buttons();
    this.pill = el("div", { class: "pill" }, this.smile, this.field, this.keysButton, this.clip);
    this.bar = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.#submit(); } }, this.pill, this.sendButton, this.mic);
    this.recording = this.#recordingBar();
    this.wide = el("button", { type: "button", class: "wide", "data-testid": "start" });
    this.root = el("div", { class: "dock" }, this.strip, this.bar, this.recording, this.wide, this.keyboard, this.pickPhoto, this.pickFile, this.pickSound);
    this.#grow();
  }

  #buttons() {
    const open = { "aria-haspopup": "menu", "aria-expanded": "false" };
    this.smile = iconButton("smile", "Sticker", () => this.#stickers(), { ...open, class: "round plain-round" });
    this.clip = iconButton("clip", "Bijlage", () => this.#attach(), { ...open, class: "round plain-round", "data-testid": "attach" });
    this.keysButton = iconButton("keys", "Antwoordknoppen tonen", () => this.#toggleKeys(), { class: "round plain-round", hidden: true });
    this.sendButton = iconButton("send", "Versturen", null, { class: "round main-round", type: "submit", "data-testid": "send" });
    this.mic = iconButton("mic", "Spraakbericht opnemen", null, { class: "round main-round", "data-testid": "mic" });
    this.#holdToTalk();
  }

  #files() {
    const input = (accept, words, take) => el("input", { type: "file", accept, hidden: true, tabindex: "-1", "aria-label": words, onchange: (event) => { const [file] = event.target.files; event.target.value = ""; if (file) take(file); } });
    this.pickPhoto = input("image/*", "Kies een foto", (file) => this.#sendFile({ photo: file }, "🖼️ Foto"));
    this.pickFile = input("", "Kies een bestand", (file) => this.#sendFile({ document: file }, file.name, { file_name: file.name, mime: file.type || undefined }));
    this.pickSound = input("audio/*", "Kies een geluidsbestand", (file) => this.#sendFile({ voice: file }, "🎤", { mime: file.type || undefined }));
  }

  // ------------------------------------------------------------ words

  #key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.#submit(); }
    if (event.key === "Escape" && this.#mode) { event.stopPropagation(); this.mode(null); }
  }

  #grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 132)}px`;
    const typed = this.field.value.trim() !== "" || this.#mode?.kind === "edit";
    this.sendButton.hidden = !typed;
    this.mic.hidden = typed;
  }

  async #submit() {
    const text = this.field.value.trim();
    const mode = this.#mode;
    if (!text) return;
    const fields = mode?.kind === "edit" ? { edit: { message_id: mode.message.id, text } } : this.#fields(text);
    this.field.value = "";
    this.mode(null);
    const done = await this.phone.say({ ...fields, ...this.#replyTo(mode) }, {}, mode?.kind === "edit" ? null : { text });
    if (!done && !this.field.value) { this.field.value = text; this.#grow(); }
  }

  /** /start with words behind it is what a link does. */
  #fields(text) {
    const start = /^\/start(?:\s+(\S+))?$/.exec(text);
    return start ? { start: start[1] ?? "" } : { text };
  }

  #replyTo(mode) { return mode?.kind === "reply" ? { reply_to: mode.message.id } : {}; }

  /** Answering or editing a message; null is neither. */
  mode(mode) {
    const wasEditing = this.#mode?.kind === "edit";
    this.#mode = mode;
    this.strip.hidden = !mode;
    if (wasEditing && mode?.kind !== "edit") this.field.value = "";
    if (mode) {
      const title = mode.kind === "edit" ? "Bewerken" : `Antwoord op ${mode.message.from === "me" ? "jezelf" : this.phone.botName}`;
      this.strip.replaceChildren(icon(mode.kind), el("div", { class: "strip-words" }, el("strong", { text: title }), el("span", { dir: "auto", text: short(mode.message) })), iconButton("close", "Toch niet", () => this.mode(null)));
      if (mode.kind === "edit") this.field.value = mode.message.text;
      this.field.focus();
    }
    this.#grow();
  }

  // ------------------------------------------------------------ attachments

  async #sendFile(files, text, fields = {}) {
    const mode = this.#mode;
    this.mode(null);
    await this.phone.say({ ...fields, ...this.#replyTo(mode) }, files, { text });
  }

  #attach() {
    const { phone } = this;
    menu(phone.frame, [
      ["photo", "Foto", () => this.pickPhoto.click(), { "data-testid": "attach-photo" }],
      ["file", "Bestand", () => this.pickFile.click()],
      ["sound", "Geluid als spraakbericht", () => this.pickSound.click()],
      ["pin", "Mijn plaats", () => this.#places(), { "data-testid": "attach-place" }],
      ["person", "Mijn nummer", () => phone.say({ contact: { phone_number: "+32 400 00 00 00", first_name: phone.person.first_name } })],
    ], { opener: this.clip, label: "Bijlage", className: "menu-low" });
  }

  #places() {
    const send = (latitude, longitude) => () => this.phone.say({ location: { latitude, longitude } });
    menu(this.phone.frame, PLACES.map(([name, latitude, longitude]) => ["pin", name, send(latitude, longitude)]), { opener: this.clip, label: "Welke plaats?", className: "menu-low" });
  }

  #stickers() {
    const grid = el("div", { class: "menu menu-low menu-left stickers", role: "menu", "aria-label": "Stickers" }, ...STICKERS.map((emoji) =>
      el("button", { type: "button", role: "menuitem", class: "sticker-choice", "aria-label": `Sticker ${emoji}`, text: emoji, onclick: async () => {
        close();
        this.phone.say({ emoji }, { sticker: await stickerFile(emoji) }, { text: emoji });
      } })));
    const close = popup(this.phone.frame, grid, this.smile);
  }

  // ------------------------------------------------------------ voice

  /** A tap starts recording; holding records for as long as the finger stays. */
  #holdToTalk() {
    let down = 0;
    this.mic.addEventListener("pointerdown", (event) => { down = event.timeStamp; });
    this.mic.addEventListener("click", () => { if (!this.#recorder) this.#record(); });
    this.mic.addEventListener("pointerdown", () => { this.held = setTimeout(() => this.#record(), HOLD); });
    window.addEventListener("pointerup", (event) => {
      clearTimeout(this.held);
      if (this.#recorder?.begun && down && event.timeStamp - down > HOLD * 2) this.#sendVoice();
      down = 0;
    });
  }

  #recordingBar() {
    this.timer = el("span", { class: "rec-time", "data-testid": "rec-time", text: "0:00" });
    this.levels = Array.from({ length: 26 }, () => el("i"));
    return el("div", { class: "recording", hidden: true, role: "group", "aria-label": "Opname" },
      iconButton("trash", "Opname weggooien", () => this.#stopRecording(), { class: "round plain-round danger", "data-testid": "rec-cancel" }),
      el("div", { class: "pill rec-pill" }, el("i", { class: "rec-dot" }), this.timer, el("div", { class: "rec-levels", "aria-hidden": "true" }, ...this.levels)),
      iconButton("send", "Spraakbericht versturen", () => this.#sendVoice(), { class: "round main-round", "data-testid": "rec-send" }));
  }

  async #record() {
    if (this.#recorder) return;
    player.stop();
    this.#recorder = new Recorder();
    try {
      await this.#recorder.start();
    } catch (failure) {
      this.#recorder = null;
      if (!(failure instanceof NoMicrophone)) throw failure;
      this.phone.notice(failure.message, ["Kies een geluidsbestand", () => this.pickSound.click()]);
      return;
    }
    this.bar.hidden = true;
    this.recording.hidden = false;
    this.recording.querySelector("[data-testid=rec-send]").focus();
    this.#tick();
  }

  #tick() {
    if (!this.#recorder) return;
    this.timer.textContent = length(Math.floor(this.#recorder.seconds));
    const level = this.#recorder.level();
    this.levels.push(this.levels.shift());
    this.levels.at(-1).style.setProperty("--h", Math.max(0.08, level).toFixed(2));
    this.levels[0].parentNode.append(this.levels.at(-1));
    this.#frame = setTimeout(() => this.#tick(), 90);
  }

  #stopRecording() {
    this.#recorder?.cancel();
    this.#endRecording();
  }

  #endRecording() {
    clearTimeout(this.#frame);
    this.#recorder = null;
    this.recording.hidden = true;
    this.timer.textContent = length(0);
    this.bar.hidden = false;
    this.mic.focus({ preventScroll: true });
  }

  async #sendVoice() {
    const recorder = this.#recorder;
    const mode = this.#mode;
    if (!recorder) return;
    this.#recorder = null;
    const { file, seconds, mime } = await recorder.stop();
    this.#endRecording();
    if (!file.size) {
      this.phone.notice("Dat was te kort. Spreek even, en druk dan pas op versturen.");
      return;
    }
    this.mode(null);
    await this.phone.say({ duration: seconds, mime, ...this.#replyTo(mode) }, { voice: file }, { kind: "voice", seconds });
  }

  // ------------------------------------------------------------ what the bot and the state ask for

  /** One wide button (start, unblock) instead of the composer, or null. */
  only(words, action, className = "") {
    const wide = words !== null;
    this.wide.hidden = !wide;
    this.bar.hidden = wide || Boolean(this.#recorder);
    this.wide.className = `wide ${className}`;
    if (wide) { this.wide.textContent = words; this.wide.onclick = action; }
  }

  /** The bot's own keyboard: rows of {text} or text; an empty list takes it away. */
  replyKeys(rows) {
    const state = JSON.stringify(rows);
    if (state === this.keyState) return;
    this.keyState = state;
    const has = rows.length > 0;
    this.keysButton.hidden = !has;
    this.keyboard.hidden = !has;
    this.keyboard.replaceChildren(...rows.map((row) => el("div", { class: "keys-row" }, ...row.map((one) => this.#replyKey(typeof one === "string" ? { text: one } : one)))));
  }

  #replyKey(one) {
    const { phone } = this;
    const act = () => {
      if (one.request_location) return this.#places();
      if (one.request_contact) return phone.say({ contact: { phone_number: "+32 400 00 00 00", first_name: phone.person.first_name } });
      return phone.say({ text: one.text }, {}, { text: one.text });
    };
    return el("button", { type: "button", class: "reply-key", dir: "auto", text: one.text, onclick: act });
  }

  #toggleKeys() { this.keyboard.hidden = !this.keyboard.hidden; }
}
