// What a person hears, whichever way it came: samples over WebSocket, or a
// track over WebRTC. Both end in one gain, so that mute and stop are the same
// everywhere, and both say where in the item the sound is.
import { TrackClock } from './trackclock.js';
import { WIRE_RATE } from '../talk/pcm.js';

/** Seconds in which a stop or mute fades. */
const FADE = 0.008;
/** What is left of the voice while it is not sure that a person speaks: -14 dB. */
const DUCKED = 0.2;

/** The sound of one conversation. */
export class Speaker {
  #context;
  #gain;
  /** @type {AudioWorkletNode|null} */
  #ring = null;
  /** @type {AudioWorkletNode|null} */
  #meter = null;
  /** @type {MediaStreamAudioSourceNode|null} */
  #source = null;
  /** @type {HTMLAudioElement|null} */
  #element = null;
  #clock = new TrackClock();
  /** @type {{item: string, sample: number, time: number}|null} */
  #mark = null;
  #level = 0;
  #muted = false;
  #hushed = false;
  #ducked = false;
  /** When sound began that came before its announcement. @type {number|null} */
  #missed = null;
  #closed = false;
  #epoch = 0;

  /** @param {AudioContext} context */
  constructor(context) {
    this.#context = context;
    this.#gain = context.createGain();
    this.#gain.connect(context.destination);
  }

  /**
   * Must begin inside a press: browsers let no page speak by itself.
   * @param {string} worklet address of worklet.js
   * @returns {Promise<Speaker|null>} null where there is no way to be heard
   */
  static async open(worklet) {
    const Context = globalThis.AudioContext;
    if (typeof Context !== 'function' || !('audioWorklet' in Context.prototype || 'audioWorklet' in globalThis.BaseAudioContext?.prototype)) return null;
    /** @type {AudioContext} */
    let context;
    try {
      context = new Context({ sampleRate: WIRE_RATE, latencyHint: 'interactive' });
    } catch {
      return null;
    }
    try {
      const late = new Promise((_, no) => setTimeout(() => no(new Error('no audio device')), 1500));
      await Promise.race([Promise.all([context.resume(), context.audioWorklet.addModule(worklet)]), late]);
      if (context.state !== 'running') throw new Error('suspended');
      return new Speaker(context);
    } catch {
      context.close().catch(() => {});
      return null;
    }
  }

  get muted() {
    return this.#muted;
  }

  set muted(muted) {
    this.#muted = muted;
    this.#turn();
  }

  /** Loudness of what plays, 0 to 1. */
  get level() {
    return this.sounding ? this.#level : 0;
  }

  /** Whether something is playing. */
  get sounding() {
    return this.#ring ? this.#mark !== null : this.#clock.sounding;
  }

  /**
   * @param {string} item
   * @param {Int16Array} pcm 24 kHz mono
   */
  play(item, pcm) {
    if (this.#closed) return;
    this.#ring ??= this.#openRing();
    if (this.#hushed) {
      this.#hushed = false;
      this.#turn();
    }
    this.#ring.port.postMessage({ item, pcm }, [pcm.buffer]);
  }

  /** @param {string} _item all of its samples have been handed over */
  finish(_item) {
    this.#ring?.port.postMessage({ finish: true });
  }

  /** @param {MediaStream} stream the call's sound */
  attach(stream) {
    if (this.#closed || stream.getAudioTracks().length === 0) return;
    this.#dropTrack();
    // Chromium decodes a remote track only for an element; it stays silent, the graph is heard.
    this.#element = new Audio();
    this.#element.muted = true;
    this.#element.srcObject = stream;
    this.#element.play().catch(() => {});
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#meter = new AudioWorkletNode(this.#context, 'mayfly-meter', { numberOfOutputs: 0 });
    this.#meter.port.onmessage = (m) => {
      if (m.data.level !== undefined) this.#level = m.data.level;
      else if (this.#hushed) this.#missed = m.data.onset ? m.data.time * 1000 : null;
      else if (m.data.onset) this.#clock.onset(m.data.time * 1000);
      else this.#clock.offset(m.data.time * 1000);
    };
    this.#source.connect(this.#meter);
    this.#source.connect(this.#gain);
  }

  /** Lower for as long as somebody may be speaking, and back if it was nothing. @param {boolean} on */
  duck(on) {
    this.#ducked = on;
    this.#turn();
  }

  /** New sound is about to come over the call. */
  expect() {
    this.#hushed = this.#ducked = false;
    this.#turn();
    if (this.#missed !== null) this.#clock.onset(this.#missed);
    this.#missed = null;
  }

  /**
   * The item whose shapes belong to the call's sound.
   * @param {string} item
   * @param {import('../talk/timeline.js').Timeline} time
   */
  follow(item, time) {
    if (this.#source) this.#clock.follow(item, time);
  }

  /**
   * Silence, now.
   * @param {boolean} [coming] whether sound that nobody wants may still arrive. Where none can, the line stays
   *   open, so that a page that is busy when the next words come swallows none of them.
   * @returns {{item: string, ms: number}|null} what was playing and how far it was heard
   */
  flush(coming = true) {
    const at = this.position();
    const heard = at && this.sounding ? at : null;
    if (this.#source) {
      this.#hushed ||= coming || this.sounding;
      this.#turn();
      this.#clock.reset();
    }
    this.#epoch++;
    this.#ring?.port.postMessage({ flush: this.#epoch });
    this.#mark = null;
    this.#level = 0;
    if (this.#ducked) this.duck(false);
    return heard;
  }

  /** @returns {{item: string, ms: number}|null} what a person hears at this moment */
  position() {
    const heard = this.#context.currentTime - (this.#context.outputLatency || 0);
    if (this.#mark) {
      const ms = (this.#mark.sample / WIRE_RATE + heard - this.#mark.time) * 1000;
      return { item: this.#mark.item, ms: Math.max(0, ms) };
    }
    if (!this.#source) return null;
    const ms = this.#clock.at(heard * 1000);
    return ms === null ? null : { item: this.#clock.item, ms };
  }

  /** The context, for a microphone beside the voice. */
  get context() {
    return this.#context;
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#dropTrack();
    this.#retire(this.#ring);
    this.#gain.disconnect();
    this.#ring = null;
    this.#mark = null;
    // The audio thread hears of it before the context is gone.
    setTimeout(() => this.#context.close().catch(() => {}), 100);
  }

  #openRing() {
    this.#dropTrack();
    const ring = new AudioWorkletNode(this.#context, 'mayfly-ring', { numberOfInputs: 0, outputChannelCount: [1] });
    ring.port.onmessage = (m) => {
      if (m.data.item !== undefined) {
        if (m.data.epoch === this.#epoch) this.#mark = m.data;
      } else if (m.data.level !== undefined) this.#level = m.data.level;
      else if (m.data.dry) this.#mark = null;
    };
    ring.connect(this.#gain);
    ring.port.postMessage({ flush: this.#epoch });
    return ring;
  }

  #dropTrack() {
    this.#source?.disconnect();
    this.#retire(this.#meter);
    this.#element?.pause();
    if (this.#element) this.#element.srcObject = null;
    this.#source = null;
    this.#meter = null;
    this.#element = null;
    this.#clock.reset();
  }

  /** @param {AudioWorkletNode|null} node */
  #retire(node) {
    if (!node) return;
    node.port.onmessage = null;
    node.port.postMessage({ stop: true });
    node.disconnect();
  }

  #turn() {
    const to = this.#muted || this.#hushed ? 0 : this.#ducked ? DUCKED : 1;
    this.#gain.gain.setTargetAtTime(to, this.#context.currentTime, FADE / 3);
  }
}
