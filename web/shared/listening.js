// The microphone and what it is for, together: held, free, muted, off. Nothing
// is heard before `allowed` says that the person agreed, and nothing after it
// says no.
import { Microphone, troubleOf } from './sound/microphone.js';

/** Milliseconds of sound that still belong to what was held: people let go early. */
const TAIL = 160;

/**
 * `opening`: the browser is being asked; `muted`: it stays free, and nothing is heard.
 * @typedef {'off'|'opening'|'held'|'free'|'muted'} ListeningState
 * @typedef {{changed: (s: ListeningState) => void, level: (level: number) => void,
 *   trouble: (why: import('./sound/microphone.js').MicrophoneTrouble|'lost') => void}} ListeningEars
 */

export class Listening {
  #conversation;
  #ears;
  #microphone;
  /** @type {ListeningState} */
  #state = 'off';
  /** What a person wants, while the browser is being asked. @type {'held'|'free'} */
  #wish = 'free';
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #tail;

  /**
   * @param {string} worklet address of worklet.js
   * @param {import('./talk/conversation.js').Conversation} conversation
   * @param {ListeningEars} ears
   */
  constructor(worklet, conversation, ears) {
    this.#conversation = conversation;
    this.#ears = ears;
    this.#microphone = new Microphone(worklet, {
      piece: (pcm, level) => {
        if (this.#state !== 'held' && this.#state !== 'free') return;
        this.#ears.level(level);
        conversation.hearing.sound(pcm);
      },
      lost: () => this.#lost(),
    });
  }

  get state() {
    return this.#state;
  }

  /** Whether what is said is heard at this moment. */
  get live() {
    return this.#state === 'held' || this.#state === 'free';
  }

  /** Inside a press, before anything is awaited. */
  touch() {
    this.#microphone.touch();
  }

  /** Listens until it is told not to; the gateway finds the ends of what is said. */
  free() {
    clearTimeout(this.#tail);
    return this.#listen('free');
  }

  /** Listens for as long as a person holds on. Whoever speaks then is not spoken over. */
  hold() {
    clearTimeout(this.#tail);
    this.#conversation.stop();
    return this.#listen('held');
  }

  /** Lets go: what was said is asked. */
  release() {
    if (this.#state === 'opening' && this.#wish === 'held') this.close();
    if (this.#state !== 'held') return;
    this.#tail = setTimeout(() => {
      this.#conversation.hearing.release();
      this.close();
    }, TAIL);
  }

  /** Lets go, and nothing was said. */
  cancel() {
    if (this.#state === 'held') this.#conversation.hearing.drop();
    if (this.#state === 'held' || (this.#state === 'opening' && this.#wish === 'held')) this.close();
  }

  /** @param {boolean} muted */
  async mute(muted) {
    if (this.#state !== (muted ? 'free' : 'muted')) return;
    this.#microphone.through = !muted;
    if (muted) this.#conversation.hearing.rest();
    else this.#conversation.hearing.free();
    this.#become(muted ? 'muted' : 'free');
    await this.#conversation.microphone(muted ? null : this.#microphone.track);
  }

  /** Ends it: the device is let go. */
  close() {
    clearTimeout(this.#tail);
    this.#conversation.hearing.rest();
    this.#microphone.close();
    this.#conversation.microphone(null).catch(() => {});
    this.#become('off');
  }

  /** Ends it for good. */
  discard() {
    this.close();
    this.#microphone.discard();
  }

  /** @param {'held'|'free'} wish */
  async #listen(wish) {
    this.#wish = wish;
    if (this.#state === 'opening') return;
    if (!this.#microphone.track) {
      this.#become('opening');
      try {
        if (!(await this.#microphone.open())) return;
      } catch (why) {
        this.close();
        this.#ears.trouble(troubleOf(why));
        return;
      }
    }
    const mode = this.#wish;
    this.#microphone.through = true;
    if (mode === 'held') this.#conversation.hearing.hold();
    else this.#conversation.hearing.free();
    this.#become(mode);
    await this.#conversation.microphone(this.#microphone.track);
  }

  /** The device went away. If another one is there, it takes over. */
  async #lost() {
    const was = this.#state;
    this.close();
    this.#ears.trouble('lost');
    if (was === 'free') await this.free();
  }

  /** @param {ListeningState} state */
  #become(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.#ears.changed(state);
    if (!this.live) this.#ears.level(0);
  }
}
