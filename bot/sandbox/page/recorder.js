// The microphone. Telegram's own programs make OGG/Opus; a browser gives what it can, and says which.

const TYPES = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"];

export const DENIED = "De microfoon mag nu niet gebruikt worden. Geef toestemming in je browser, of kies een geluidsbestand.";
export const NONE = "Er is geen microfoon gevonden. Sluit er een aan, of kies een geluidsbestand.";
export const UNSAFE = "Opnemen kan alleen op deze computer zelf of via https. Kies een geluidsbestand.";

/** Why there is no recording, as a sentence for the person at the phone. */
export class NoMicrophone extends Error {}

export class Recorder {
  #parts = [];

  /** Asks for the microphone and starts. Raises NoMicrophone. */
  async start() {
    if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) throw new NoMicrophone(UNSAFE);
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false, noiseSuppression: false } });
    } catch (failure) {
      throw new NoMicrophone(failure.name === "NotFoundError" ? NONE : DENIED);
    }
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    this.recorder = new MediaRecorder(this.stream, { mimeType: type, audioBitsPerSecond: 32000 });
    this.recorder.addEventListener("dataavailable", (event) => this.#parts.push(event.data));
    this.recorder.start(250);
    this.begun = performance.now();
    this.#listen();
  }

  get seconds() { return (performance.now() - this.begun) / 1000; }

  /** How loud it is now, 0 to 1. */
  level() {
    if (!this.meter) return 0.3;
    this.meter.getFloatTimeDomainData(this.samples);
    return Math.min(1, Math.sqrt(this.samples.reduce((sum, one) => sum + one * one, 0) / this.samples.length) * 4);
  }

  #listen() {
    try {
      this.context = new AudioContext();
      this.meter = this.context.createAnalyser();
      this.meter.fftSize = 512;
      this.samples = new Float32Array(this.meter.fftSize);
      this.context.createMediaStreamSource(this.stream).connect(this.meter);
    } catch { this.meter = null; }
  }

  /** The recording as a file, with its length in whole seconds (at least one). */
  async stop() {
    const seconds = Math.max(1, Math.round(this.seconds));
    const ended = new Promise((done) => this.recorder.addEventListener("stop", done, { once: true }));
    this.recorder.stop();
    await ended;
    this.release();
    const mime = this.recorder.mimeType.split(";")[0];
    return { file: new File(this.#parts, `stem.${mime.split("/")[1]}`, { type: mime }), seconds, mime };
  }

  cancel() {
    if (this.recorder?.state === "recording") this.recorder.stop();
    this.release();
  }

  release() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close().catch(() => {});
  }
}
