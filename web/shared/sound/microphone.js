// A person's voice, only after they pressed the button for it.

/** Decibels below full scale at which the ring begins to move, and at which it is wide open. */
const FAINT = -52;
const LOUD = -14;

/**
 * Why there is no microphone: the browser or the person refused, there is none,
 * something else holds it, or the page came over an open line.
 * @typedef {'denied'|'missing'|'taken'|'insecure'} MicrophoneTrouble
 */

/** The device. It is open or it is not: what is closed has ended its tracks. */
export class Microphone {
  #worklet;
  #ears;
  /** @type {AudioContext|null} */
  #context = null;
  /** @type {MediaStream|null} */
  #stream = null;
  /** @type {MediaStreamAudioSourceNode|null} */
  #source = null;
  /** @type {AudioWorkletNode|null} */
  #node = null;
  #opening = 0;

  /**
   * @param {string} worklet address of worklet.js
   * @param {{piece: (pcm: Int16Array, level: number) => void, lost: () => void}} ears
   *   piece: 40 ms at 24 kHz with its loudness, 0 to 1; lost: the device went away
   */
  constructor(worklet, ears) {
    this.#worklet = worklet;
    this.#ears = ears;
  }

  /** @returns {MediaStreamTrack|null} what is heard, while it is open */
  get track() {
    return this.#stream?.getAudioTracks()[0] ?? null;
  }

  /** Whether what is heard is let through. */
  set through(through) {
    if (this.track) this.track.enabled = through;
  }

  /** Inside a press: some browsers begin no sound outside of one. */
  touch() {
    this.#context ??= new AudioContext();
    this.#context.resume().catch(() => {});
  }

  /**
   * Asks the person, through the browser, unless they have answered before.
   * @returns {Promise<boolean>} whether it is open; false: it was closed meanwhile
   * @throws {unknown} see troubleOf
   */
  async open() {
    const turn = ++this.#opening;
    this.touch();
    const context = /** @type {AudioContext} */ (this.#context);
    if (!navigator.mediaDevices) throw new DOMException('', 'SecurityError');
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
    const stop = () => stream.getTracks().forEach((track) => track.stop());
    if (turn !== this.#opening) {
      stop();
      return false;
    }
    this.#release();
    this.#stream = stream;
    try {
      await context.audioWorklet.addModule(this.#worklet);
    } catch (why) {
      this.close();
      throw why;
    }
    if (turn !== this.#opening) {
      stop();
      return false;
    }
    this.#source = context.createMediaStreamSource(stream);
    this.#node = new AudioWorkletNode(context, 'mayfly-microphone', { numberOfOutputs: 0 });
    this.#node.port.onmessage = (m) => this.#ears.piece(m.data, loudness(m.data));
    this.#source.connect(this.#node);
    const track = stream.getAudioTracks()[0];
    // Our own stop does not say so.
    track.onended = () => this.track === track && this.#ears.lost();
    return true;
  }

  /** Ends the tracks: the browser's sign for a microphone goes out. */
  close() {
    this.#opening++;
    this.#release();
    this.#context?.suspend().catch(() => {});
  }

  /** Closes it for good. */
  discard() {
    this.close();
    const context = this.#context;
    this.#context = null;
    setTimeout(() => context?.close().catch(() => {}), 100);
  }

  #release() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#source?.disconnect();
    if (this.#node) {
      this.#node.port.onmessage = null;
      this.#node.port.postMessage({ stop: true });
    }
    this.#stream = null;
    this.#source = null;
    this.#node = null;
  }
}

/**
 * @param {unknown} why of a microphone that did not open
 * @returns {MicrophoneTrouble}
 */
export function troubleOf(why) {
  const name = why instanceof DOMException ? why.name : '';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  if (name === 'NotReadableError' || name === 'AbortError') return 'taken';
  return name === 'SecurityError' ? 'insecure' : 'denied';
}

/** Loudness as people hear it, 0 to 1. @param {Int16Array} pcm */
function loudness(pcm) {
  let sum = 0;
  for (const v of pcm) sum += v * v;
  const db = 10 * Math.log10(sum / pcm.length / (32768 * 32768) + 1e-12);
  return Math.max(0, Math.min(1, (db - FAINT) / (LOUD - FAINT)));
}
