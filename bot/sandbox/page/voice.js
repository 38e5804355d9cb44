// Voice notes: one player for the whole page, so that only one voice speaks at a time.
import { el, icon } from "./dom.js";
import { length } from "./words.js";

const BARS = 34;
const SPEEDS = [1, 1.5, 2, 0.75];
const sounds = new Map();

class Player extends EventTarget {
  audio = new Audio();
  key = null;
  rate = 1;
  seconds = 0;

  constructor() {
    super();
    this.audio.preload = "auto";
    for (const name of ["timeupdate", "play", "pause", "ended", "error"]) this.audio.addEventListener(name, () => this.#tell());
  }

  get playing() { return this.key !== null && !this.audio.paused && !this.audio.ended; }
  fraction(key) { return key === this.key && this.seconds ? Math.min(1, this.audio.currentTime / this.seconds) : 0; }

  async toggle(key, url, seconds) {
    if (this.key === key) return this.playing ? this.audio.pause() : this.#play();
    this.audio.pause();
    this.key = key;
    this.seconds = seconds;
    const sound = await load(url).catch(() => null);
    if (this.key !== key) return undefined;
    this.seconds = sound?.seconds || seconds;
    this.audio.src = sound?.address ?? url;
    return this.#play();
  }

  async #play() {
    this.audio.playbackRate = this.rate;
    await this.audio.play().catch(() => {});
    this.audio.playbackRate = this.rate;
    this.#tell();
  }

  seek(fraction) {
    this.audio.currentTime = Math.max(0, Math.min(1, fraction)) * this.seconds;
    this.#tell();
  }

  faster() {
    this.rate = SPEEDS[(SPEEDS.indexOf(this.rate) + 1) % SPEEDS.length];
    this.audio.playbackRate = this.rate;
    this.#tell();
  }

  stop() { this.audio.pause(); }
  #tell() { this.dispatchEvent(new Event("changed")); }
}

export const player = new Player();

/** The sound of a file: an address that can be sought in, its length and the height of its bars. Fetched once. */
function load(url) {
  if (!sounds.has(url)) {
    sounds.set(url, fetchSound(url).catch((failure) => { sounds.delete(url); throw failure; }));
  }
  return sounds.get(url);
}

async function fetchSound(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`fout ${answer.status}`);
  const blob = await answer.blob();
  const sound = { address: URL.createObjectURL(blob), seconds: 0, bars: null };
  try {
    const wave = await new OfflineAudioContext(1, 1, 48000).decodeAudioData(await blob.arrayBuffer());
    sound.seconds = wave.duration;
    sound.bars = bars(wave.getChannelData(0));
  } catch { /* the browser cannot draw it; it may still play it */ }
  return sound;
}

function bars(samples) {
  const step = Math.max(1, Math.floor(samples.length / BARS));
  const peaks = Array.from({ length: BARS }, (_, n) => {
    let sum = 0;
    for (let at = n * step; at < (n + 1) * step && at < samples.length; at += 16) sum += samples[at] ** 2;
    return Math.sqrt(sum / (step / 16));
  });
  const top = Math.max(...peaks, 0.001);
  return peaks.map((peak) => peak / top);
}

/** Loudness as the server measured it, spread over our bars, the loudest as high as can be. */
function fit(loudness) {
  const top = Math.max(...loudness, 1);
  return Array.from({ length: BARS }, (_, n) => loudness[Math.floor((n / BARS) * loudness.length)] / top);
}

const seen = "IntersectionObserver" in window
  ? new IntersectionObserver((entries) => entries.forEach((entry) => { if (entry.isIntersecting) { seen.unobserve(entry.target); entry.target.dispatchEvent(new Event("seen")); } }))
  : null;

/** The inside of a voice bubble: play button, bars to drag along, time, speed. */
export function voice(key, url, seconds, title = "", loudness = null) {
  const lines = Array.from({ length: BARS }, () => el("i"));
  const wave = el("div", { class: "wave", role: "slider", tabindex: "0", "aria-label": "Plaats in het spraakbericht", "aria-valuemin": "0", "aria-valuemax": "100", "aria-valuenow": "0" }, ...lines);
  const play = el("button", { type: "button", class: "play", "data-testid": "play", onclick: () => player.toggle(key, url, known) });
  const clock = el("span", { class: "voice-time", "data-testid": "voice-time" });
  const speed = el("button", { type: "button", class: "speed", "aria-label": "Snelheid", onclick: () => player.faster() });
  const root = el("div", { class: "voice", "data-testid": "voice" }, play,
    el("div", { class: "voice-middle" }, title && el("span", { class: "voice-title", dir: "auto", text: title }), wave, clock), speed);
  let known = seconds || 0;
  let shown = null;

  const paint = () => {
    if (!root.isConnected && shown !== null) return player.removeEventListener("changed", paint);
    const mine = player.key === key;
    const playing = mine && player.playing;
    const part = player.fraction(key);
    if (shown !== playing) play.replaceChildren(icon(playing ? "pause" : "play"));
    shown = playing;
    play.setAttribute("aria-label", playing ? "Pauzeer" : `Speel af, ${length(known)}`);
    root.classList.toggle("playing", playing);
    lines.forEach((line, n) => line.classList.toggle("on", part > 0 && (n + 0.5) / BARS <= part));
    wave.setAttribute("aria-valuenow", Math.round(part * 100));
    wave.setAttribute("aria-valuetext", `${length(part * known)} van ${length(known)}`);
    clock.textContent = mine && part > 0 ? `${length(part * known)} / ${length(known)}` : length(known);
    speed.textContent = `${String(player.rate).replace(".", ",")}×`;
    return undefined;
  };
  const draw = (sound) => {
    if (sound.seconds) known = sound.seconds;
    if (sound.bars) lines.forEach((line, n) => line.style.setProperty("--h", sound.bars[n].toFixed(2)));
    paint();
  };
  const start = () => load(url).then(draw, () => { root.classList.add("lost"); play.title = "Dit geluid is er niet meer."; });
  const heights = loudness?.length ? fit(loudness) : Array.from(lines, (_, n) => 0.25 + 0.2 * Math.abs(Math.sin(n * 1.7)));
  lines.forEach((line, n) => line.style.setProperty("--h", heights[n].toFixed(2)));
  wave.addEventListener("pointerdown", (event) => { const box = wave.getBoundingClientRect(); seekTo((event.clientX - box.left) / box.width); });
  wave.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 0.1, ArrowUp: 0.1, ArrowLeft: -0.1, ArrowDown: -0.1 }[event.key];
    if (by) { event.preventDefault(); seekTo(player.fraction(key) + by); }
    if (event.key === " " || event.key === "Enter") { event.preventDefault(); player.toggle(key, url, known); }
  });
  const seekTo = async (part) => { if (player.key !== key) await player.toggle(key, url, known); player.seek(part); };
  player.addEventListener("changed", paint);
  paint();
  if (seen) { root.addEventListener("seen", start, { once: true }); seen.observe(root); } else start();
  return root;
}
