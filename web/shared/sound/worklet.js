// Runs on the audio thread. Three small processors and no network: a ring that
// plays samples and can be emptied at once, a meter that hears when sound
// begins, and a microphone that cuts sound into wire-sized pieces.

/** Quanta between two reports of a position: 43 ms at 24 kHz. */
const REPORT = 8;
/** Samples held back before sound starts, against a stutter on the first packet: 40 ms. */
const CUSHION = 960;
/** Samples over which a flush fades, so that silence does not click: 5 ms. */
const FADE = 120;

class Ring extends AudioWorkletProcessor {
  constructor() {
    super();
    /** @type {{item: string, pcm: Int16Array, at: number, from: number}[]} */
    this.queue = [];
    this.held = 0;
    this.done = false;
    this.running = false;
    this.quanta = 0;
    /** @type {Record<string, number>} samples received per item */
    this.received = {};
    this.last = 0;
    this.fade = 0;
    /** Number of the last flush: reports from before it are stale. */
    this.epoch = 0;
    this.alive = true;
    this.port.onmessage = (m) => this.take(m.data);
  }

  take(message) {
    if (message.stop) {
      this.alive = false;
      return;
    }
    if (message.flush) {
      this.epoch = message.flush;
      this.queue = [];
      this.held = 0;
      this.received = {};
      // Only what sounds can fade: from silence it would be a click.
      if (this.running) this.fade = FADE;
      this.running = false;
      return;
    }
    if (message.finish) {
      this.done = true;
      return;
    }
    const { item, pcm } = message;
    const from = this.received[item] ?? 0;
    if (from === 0) this.received = {};
    this.received[item] = from + pcm.length;
    this.done = false;
    this.queue.push({ item, pcm, at: 0, from });
    this.held += pcm.length;
  }

  process(_inputs, outputs) {
    const out = outputs[0][0];
    let filled = 0;
    if (!this.running && this.held > 0 && (this.held >= CUSHION || this.done)) {
      this.running = true;
      this.quanta = 0;
    }
    let level = 0;
    if (this.running) {
      const head = this.queue[0];
      if (head && this.quanta % REPORT === 0) this.report(head);
      this.quanta++;
      while (filled < out.length && this.queue.length > 0) {
        const part = this.queue[0];
        while (filled < out.length && part.at < part.pcm.length) {
          const v = part.pcm[part.at++] / 32768;
          out[filled++] = v;
          level += v * v;
        }
        if (part.at === part.pcm.length) {
          this.queue.shift();
          if (this.queue.length > 0 && this.queue[0].item !== part.item) this.quanta = 0;
        }
      }
      this.held -= filled;
      if (filled > 0) this.last = out[filled - 1];
      if (filled < out.length) {
        this.running = false;
        this.port.postMessage({ dry: true });
      }
    }
    for (; this.fade > 0 && filled < out.length; this.fade--) out[filled++] = (this.last * this.fade) / FADE;
    if (this.quanta % REPORT === 1 && this.running) this.port.postMessage({ level: Math.sqrt(level / out.length) });
    return this.alive;
  }

  report(head) {
    this.port.postMessage({ epoch: this.epoch, item: head.item, sample: head.from + head.at, time: currentTime });
  }
}

/** RMS above which there is sound: -42 dBFS. Below the lower one, after HANG seconds, there is none. */
const LOUD = 0.008;
const QUIET = 0.004;
const HANG = 0.12;

class Meter extends AudioWorkletProcessor {
  constructor() {
    super();
    this.sounding = false;
    this.loud = 0;
    this.heard = 0;
    this.quanta = 0;
    this.alive = true;
    // A processor that is still alive keeps its whole context in memory.
    this.port.onmessage = () => (this.alive = false);
  }

  process(inputs) {
    const channel = inputs[0][0];
    let sum = 0;
    if (channel) for (const v of channel) sum += v * v;
    const rms = channel ? Math.sqrt(sum / channel.length) : 0;
    this.loud = rms > LOUD ? this.loud + 1 : 0;
    if (rms > QUIET) this.heard = currentTime;
    if (!this.sounding && this.loud >= 2) {
      this.sounding = true;
      this.port.postMessage({ onset: true, time: currentTime - 128 / sampleRate });
    } else if (this.sounding && currentTime - this.heard > HANG) {
      this.sounding = false;
      this.port.postMessage({ onset: false, time: this.heard });
    }
    if (this.sounding && this.quanta++ % 24 === 0) this.port.postMessage({ level: rms });
    return this.alive;
  }
}

/** Samples per second and per piece on the wire: 40 ms at 24 kHz. */
const WIRE = 24000;
const PIECE = 960;

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Int16Array(PIECE);
    this.filled = 0;
    this.sum = 0;
    this.weight = 0;
    this.step = sampleRate / WIRE;
    this.alive = true;
    this.port.onmessage = () => (this.alive = false);
  }

  process(inputs) {
    const channel = inputs[0][0];
    if (!channel) return this.alive;
    for (const v of channel) {
      // Averages over each output sample's span: a plain low pass, enough for speech.
      let rest = 1;
      while (this.weight + rest >= this.step) {
        const part = this.step - this.weight;
        this.emit((this.sum + v * part) / this.step);
        rest -= part;
        this.sum = 0;
        this.weight = 0;
      }
      this.sum += v * rest;
      this.weight += rest;
    }
    return this.alive;
  }

  emit(value) {
    this.piece[this.filled++] = Math.max(-32768, Math.min(32767, Math.round(value * 32767)));
    if (this.filled < PIECE) return;
    this.port.postMessage(this.piece, [this.piece.buffer]);
    this.piece = new Int16Array(PIECE);
    this.filled = 0;
  }
}

registerProcessor('mayfly-ring', Ring);
registerProcessor('mayfly-meter', Meter);
registerProcessor('mayfly-microphone', Microphone);
