// <voice-recorder name label>: a form-associated element; its value is the recorded file, so the form stays plain HTML.
// What stands inside it (a file input) stays when there is no microphone here: no https, no permission, an old browser.
const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];
const MOST_SECONDS = 290;
// the same words in the language of the page, when that is not Dutch
const WORDS = JSON.parse(document.querySelector('meta[name="desk-words"]')?.content ?? "{}");
const say = (words) => WORDS[words] ?? words;
const WHY = {
  NotAllowedError: "De browser mag de microfoon niet gebruiken. Sta het toe bij het slotje in de adresbalk, of kies een geluidsbestand.",
  NotFoundError: "Dit toestel heeft geen microfoon. Kies een geluidsbestand.",
};

function el(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

class VoiceRecorder extends HTMLElement {
  static formAssociated = true;
  internals = this.attachInternals();

  connectedCallback() {
    if (this.button || !navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return;
    this.fallback = [...this.childNodes];
    this.button = el("button", { type: "button", className: "btn btn-outline-primary" });
    this.clear = el("button", { type: "button", className: "btn btn-outline-secondary", textContent: say("Wissen"), hidden: true });
    this.player = el("audio", { controls: true, hidden: true });
    this.says = el("span", { className: "says" });
    this.says.setAttribute("role", "status");
    this.row = el("div", { className: "recorder" });
    this.row.append(this.button, this.says, this.player, this.clear);
    this.replaceChildren(this.row);
    this.button.onclick = () => (this.rec ? this.rec.stop() : this.start());
    this.clear.onclick = () => this.empty();
    this.label();
  }

  disconnectedCallback() {
    queueMicrotask(() => { if (!this.isConnected) this.rec?.stop(); });
  }

  label() {
    const name = this.getAttribute("label");
    this.button.textContent = this.rec ? "■ Stop" : this.file ? `🎤 ${say("Opnieuw inspreken")}` : `🎤 ${name}`;
    this.button.classList.toggle("recording", Boolean(this.rec));
    this.clear.hidden = this.player.hidden = !this.file || Boolean(this.rec);
    this.toggleAttribute("busy", Boolean(this.rec || this.file));
    this.dispatchEvent(new CustomEvent("recording", { bubbles: true }));
  }

  async start() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch (error) {
      this.says.textContent = say(WHY[error.name] ?? "De microfoon werkt niet. Kies een geluidsbestand.");
      this.button.hidden = true;
      this.append(...this.fallback);
      return;
    }
    const type = TYPES.find((t) => MediaRecorder.isTypeSupported(t));
    const parts = [];
    const began = performance.now();
    this.rec = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 32000 });
    this.rec.ondataavailable = (event) => parts.push(event.data);
    this.rec.onstop = () => {
      clearInterval(this.ticking);
      for (const track of stream.getTracks()) track.stop();
      this.rec = null;
      this.take(new File(parts, `stem.${type.slice(6).split(";")[0]}`, { type }));
    };
    this.ticking = setInterval(() => {
      const seconds = Math.floor((performance.now() - began) / 1000);
      this.says.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      if (seconds >= MOST_SECONDS) this.rec?.stop();
    }, 250);
    this.rec.start();
    this.label();
  }

  take(file) {
    this.file = file;
    this.internals.setFormValue(file);
    if (this.player.src) URL.revokeObjectURL(this.player.src);
    this.player.src = URL.createObjectURL(file);
    this.says.textContent = say("Luister eventueel terug.");
    this.label();
    this.dispatchEvent(new CustomEvent("recorded", { bubbles: true, detail: file.size }));
  }

  empty() {
    this.file = null;
    this.internals.setFormValue(null);
    this.says.textContent = "";
    this.label();
    this.button.focus();
  }

  formResetCallback() {
    if (this.button) this.empty();
  }
}
customElements.define("voice-recorder", VoiceRecorder);
