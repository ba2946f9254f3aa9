// The agent's own voice, for one talk at a time, and only while its button is pressed in.
import { Microphone, troubleOf } from '../shared/sound/microphone.js';
import { encodePCM } from '../shared/talk/pcm.js';

const WORKLET = new URL('../shared/sound/worklet.js', import.meta.url).href;
/** Loudness below which nobody speaks, and milliseconds of it that are a pause. */
const QUIET = 0.06;
const PAUSE = 700;

const TROUBLE = {
  denied: 'The browser does not let this page use the microphone.', missing: 'There is no microphone.',
  taken: 'Another program holds the microphone.', insecure: 'The microphone works over an encrypted line only.',
};

export class Mouth {
  #send;
  #say;
  #microphone;
  /** The talk that hears it; empty: none. */
  #talk = '';
  #loud = 0;
  #open = false;

  /**
   * @param {(m: object) => boolean} send
   * @param {(why: string) => void} say what is wrong
   */
  constructor(send, say) {
    this.#send = send;
    this.#say = say;
    this.#microphone = new Microphone(WORKLET, { piece: (pcm, level) => this.#piece(pcm, level), lost: () => this.stop() });
  }

  get talk() {
    return this.#talk;
  }

  /** @param {string} talk @returns {Promise<boolean>} whether it hears now */
  async speak(talk) {
    this.stop();
    this.#microphone.touch();
    try {
      if (!(await this.#microphone.open())) return false;
    } catch (why) {
      this.#microphone.close();
      this.#say(TROUBLE[troubleOf(why)] ?? TROUBLE.missing);
      return false;
    }
    this.#microphone.through = true;
    this.#talk = talk;
    return true;
  }

  stop() {
    this.#rest();
    this.#talk = '';
    this.#microphone.close();
  }

  #rest() {
    if (this.#open) this.#send({ type: 'sound', talk: this.#talk, paused: true });
    this.#open = false;
  }

  /**
   * @param {Int16Array} pcm
   * @param {number} level 0 to 1
   */
  #piece(pcm, level) {
    if (!this.#talk) return;
    const now = performance.now();
    if (level > QUIET) this.#loud = now;
    if (now - this.#loud > PAUSE) {
      this.#rest();
      return;
    }
    this.#open = true;
    this.#send({ type: 'sound', talk: this.#talk, audio: encodePCM(pcm) });
  }
}
