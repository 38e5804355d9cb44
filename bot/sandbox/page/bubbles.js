// A message as a bubble. One function per kind; all words go in as text.
import { el, icon } from "./dom.js";
import { place } from "./place.js";
import { enlarge } from "./popup.js";
import { voice } from "./voice.js";
import { length, time } from "./words.js";

const LINKS = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)])|((?<![\d/])(?:\+32|0)[\d][\d ./]{6,13}\d(?!\d))|(?<=^|\s)(\/[a-z_]{2,32})\b/giu;
const START = /^\/start [\w-]{1,64}$/;      // what a link carries stays unseen, as in Telegram
const NAMES = { voice: "🎤 Spraakbericht", audio: "🎵 Geluid", photo: "🖼️ Foto", album: "🖼️ Foto’s", venue: "📍 Plaats", location: "📍 Plaats", contact: "👤 Contact", document: "📄 Bestand", sticker: "Sticker", video: "🎬 Video", poll: "📊 Peiling" };

/** A message in one short line, for quotes. */
export const short = (message) => message.text || [NAMES[message.kind], message.caption].filter(Boolean).join(" · ") || "Bericht";

/** Text with links, telephone numbers and commands that can be tapped. */
function tappable(text, command) {
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(LINKS)) {
    const [all, link, phone] = found;
    parts.push(text.slice(last, found.index));
    if (link) parts.push(el("a", { href: link, target: "_blank", rel: "noopener noreferrer", text: all }));
    else if (phone) parts.push(el("a", { href: `tel:${all.replace(/[^+\d]/g, "")}`, dir: "ltr", text: all }));
    else parts.push(el("button", { type: "button", class: "command", text: all, onclick: () => command(all) }));
    last = found.index + all.length;
  }
  return [...parts, text.slice(last)];
}

const STYLES = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "code", blockquote: "q" };

/** Text with its formatting (Telegram's entities count UTF-16 units, as JavaScript does), tappable where it can be. */
export function words(text, entities, command) {
  const parts = [];
  let last = 0;
  for (const one of [...entities].filter((each) => STYLES[each.type] || each.url).sort((a, b) => a.offset - b.offset)) {
    if (one.offset < last) continue;
    const piece = text.slice(one.offset, one.offset + one.length);
    parts.push(...tappable(text.slice(last, one.offset), command));
    if (/^(https?|tel|mailto):/.test(one.url ?? "")) parts.push(el("a", { href: one.url, target: "_blank", rel: "noopener noreferrer", text: piece }));
    else parts.push(el(STYLES[one.type] ?? "span", {}, ...tappable(piece, command)));
    last = one.offset + one.length;
  }
  return [...parts, ...tappable(text.slice(last), command)];
}

const onlyEmoji = (text) => /^(?:\p{Extended_Pictographic}[\u{FE0F}\u{200D}\u{1F3FB}-\u{1F3FF}]*){1,3}$/u.test(text);

function photo(message) {
  const files = message.files ?? [message.file];
  return el("div", { class: files.length > 1 ? `album album-${Math.min(files.length, 4)}` : "photo" }, ...files.map((one, n) => {
    const url = one?.file ?? one?.url ?? one;
    const alt = message.caption ? `Foto: ${message.caption}` : "Foto";
    return el("button", { type: "button", class: "picture", "data-testid": "photo", "aria-label": files.length > 1 ? `Vergroot foto ${n + 1}` : "Vergroot de foto", onclick: () => enlarge(url, message.caption) },
      el("img", { src: url, alt, loading: "lazy", decoding: "async" }));
  }));
}

function contact(message) {
  const phone = message.phone ?? message.phone_number ?? "";
  const name = message.title || message.first_name || message.text || "Contact";
  return el("div", { class: "contact", "data-testid": "contact" },
    el("span", { class: "contact-face", "aria-hidden": "true" }, icon("person")),
    el("span", { class: "contact-words" }, el("strong", { dir: "auto", text: name }), el("span", { dir: "ltr", text: phone })),
    el("a", { class: "call", href: `tel:${phone.replace(/[^+\d]/g, "")}`, "aria-label": `Bel ${name}, ${phone}` }, icon("phone"), el("span", { text: "Bel" })));
}

function file(message) {
  return el("a", { class: "file", href: message.file, download: message.file_name ?? "", target: "_blank" },
    el("span", { class: "file-face", "aria-hidden": "true" }, icon("file")),
    el("span", { class: "file-words" }, el("strong", { dir: "auto", text: message.file_name || "Bestand" }), el("span", { text: message.mime || "Openen" })));
}

function sticker(message) {
  const emoji = message.emoji || message.text;
  return message.file && !emoji ? el("img", { class: "sticker", src: message.file, alt: "Sticker" }) : el("span", { class: "sticker-emoji", role: "img", "aria-label": "Sticker", text: emoji || "🙂" });
}

function poll({ poll: { question, options } }) {
  return el("div", { class: "poll" }, el("strong", { dir: "auto", text: question }), ...options.map((one) => el("span", { dir: "auto", text: one.text })));
}

const video = (message) => el("video", { class: "video", src: message.file, controls: true, preload: "metadata" });

const sound = (message, url = message.file) =>
  voice(`${message.chat}:${message.id}`, url, message.duration, message.kind === "audio" ? message.title || message.file_name || "Geluid" : "", message.waveform);

const KINDS = {
  voice: sound,
  audio: sound,
  photo,
  album: photo,
  venue: place,
  location: place,
  contact,
  document: file,
  sticker,
  poll,
  video,
  video_note: video,
  animation: video,
};

/** The line under a bubble: edited, time, and for her own messages whether the bot has answered since. */
function meta(message, read) {
  const mine = message.from === "me";
  return el("span", { class: "meta" }, el("span", { dir: "ltr" }, message.edited && el("span", { class: "edited", text: "bewerkt " }),
    el("time", { datetime: message.when.toISOString(), text: time(message.when) }),
    mine && icon(read ? "checks" : "check", read ? "gelezen" : "verstuurd")));
}

function quote(message, phone) {
  const to = phone.find(message.reply_to);
  if (!message.reply_to) return null;
  const name = to?.from === "me" ? phone.person.first_name : phone.botName;
  return el("button", { type: "button", class: "quote", "data-testid": "quote", onclick: () => phone.show(message.reply_to) },
    el("strong", { dir: "auto", text: to ? name : "Bericht" }), el("span", { dir: "auto", text: to ? short(to) : "Dit bericht is er niet meer." }));
}

/** The bubble itself. `phone` gives find(id), show(id), command(text), person and botName. */
export function bubble(message, phone, read) {
  const draw = KINDS[message.kind];
  const said = message.kind === "text" ? message.text : message.caption;
  const text = message.from === "me" ? said?.replace(START, "/start") : said;
  const big = message.kind === "sticker" || (message.kind === "text" && onlyEmoji(text ?? ""));
  const classes = ["bubble", `is-${message.kind}`, big && "big", draw && !text && "bare"].filter(Boolean).join(" ");
  const body = text
    ? el("div", { class: "words", dir: "auto", "data-testid": "words" }, ...words(text, message.entities ?? message.caption_entities ?? [], phone.command), meta(message, read))
    : meta(message, read);
  const forwarded = message.forwarded !== undefined && el("span", { class: "forwarded", dir: "auto" }, icon("forward"), message.forwarded ? `Doorgestuurd van ${message.forwarded}` : "Doorgestuurd");
  const liked = message.reactions?.length && el("span", { class: "liked", text: message.reactions.join(" ") });
  return el("div", { class: classes }, forwarded, quote(message, phone), draw?.(message), body, liked || null);
}

/** Where a message was: taken back by its sender. */
export const gone = () => el("p", { class: "service", "data-testid": "deleted", text: "Bericht verwijderd" });

/** What the messenger itself says. */
export const service = (text) => el("p", { class: "service", dir: "auto", text });

/** A message that is still on its way. */
export function onItsWay(one) {
  const what = one.kind === "voice" ? `🎤 ${length(one.seconds)}` : one.text;
  return el("div", { class: "bubble pending" }, el("div", { class: "words", dir: "auto" }, what || "Bezig met versturen…", el("span", { class: "meta" }, el("span", { dir: "ltr" }, icon("clock", "onderweg")))));
}
