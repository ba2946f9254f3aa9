// What a person says aloud: how it is listened for, and what the gateway says
// of it. Nothing is sent here that a microphone did not hand over.
import { encodePCM } from './pcm.js';

/**
 * `off`: nobody listens; `held`: for as long as a person holds on; `free`: the gateway finds the end of what is said.
 * @typedef {'off'|'held'|'free'} HearingMode
 * `quiet`: nothing is said yet; `heard`: somebody speaks; `over`: they have spoken and it is being understood.
 * @typedef {'quiet'|'heard'|'over'} HearingState
 */

/** Milliseconds for which words that are over count as being understood: then something went wrong. */
const UNDERSTANDING = 15000;
/** How the gateway finds the end of what is said, by the words as well as by the silence. */
const FREE = { type: 'semantic_vad', create_response: true, interrupt_response: true };

export class Hearing {
  #on;
  /** @type {HearingMode} */
  #mode = 'off';
  /** @type {HearingState} */
  #state = 'quiet';
  #overAt = 0;
  /** What is over was held: the gateway does not answer by itself. */
  #held = false;

  /**
   * @param {{send: (e: object) => boolean, update: (part: object) => void, sounds: () => boolean,
   *   request: (item: string) => void}} on
   *   sounds: whether sound goes in events; request: asks for an answer to an item
   */
  constructor(on) {
    this.#on = on;
  }

  get mode() {
    return this.#mode;
  }

  /** @returns {HearingState} */
  get state() {
    if (this.#state === 'over' && performance.now() - this.#overAt > UNDERSTANDING) this.#state = 'quiet';
    return this.#state;
  }

  /** From here on the gateway finds out by itself when somebody speaks. */
  free() {
    this.#begin('free', FREE);
  }

  /** From here on everything is one thing that is said, until `release`. */
  hold() {
    this.#begin('held', null);
    this.#on.send({ type: 'input_audio_buffer.clear' });
  }

  /** What was held is said: it is asked. */
  release() {
    if (this.#mode === 'held') this.#commit();
  }

  /** Whatever was begun is not said. */
  drop() {
    this.#on.send({ type: 'input_audio_buffer.clear' });
    this.#state = 'quiet';
    if (this.#mode === 'held') this.#mode = 'off';
  }

  /** Nobody listens any more. What was begun counts: the person said it. */
  rest() {
    if (this.#mode === 'free' && this.#state === 'heard') this.#commit();
    this.#mode = 'off';
    if (this.#state === 'heard') this.#state = 'quiet';
  }

  /** The same again on another link. */
  renew() {
    if (this.#mode === 'free') this.#on.update({ audio: { input: { turn_detection: FREE } } });
    else if (this.#mode === 'held') this.drop();
  }

  /** @param {Int16Array} pcm 24 kHz, a piece of 20 to 40 ms */
  sound(pcm) {
    if (this.#mode !== 'off' && this.#on.sounds()) this.#on.send({ type: 'input_audio_buffer.append', audio: encodePCM(pcm) });
  }

  /** @param {any} e of the gateway */
  take(e) {
    switch (e.type) {
      case 'input_audio_buffer.speech_started':
        this.#state = 'heard';
        break;
      case 'input_audio_buffer.speech_stopped':
        this.#over();
        break;
      case 'input_audio_buffer.committed':
        this.#over();
        if (this.#held) this.#on.request(e.item_id);
        this.#held = false;
        break;
      case 'error':
        // There was nothing to take as said.
        if (e.error?.code !== 'input_audio_buffer_commit_empty') break;
        this.#held = false;
        this.#state = 'quiet';
        break;
      case 'input_audio_buffer.cleared':
      case 'conversation.item.input_audio_transcription.completed':
      case 'conversation.item.input_audio_transcription.failed':
        this.#state = this.#state === 'heard' && e.type !== 'input_audio_buffer.cleared' ? 'heard' : 'quiet';
        break;
    }
  }

  /**
   * @param {HearingMode} mode
   * @param {object|null} detection
   */
  #begin(mode, detection) {
    if (this.#mode !== mode) this.#on.update({ audio: { input: { turn_detection: detection } } });
    this.#mode = mode;
    this.#state = 'quiet';
    this.#held = false;
  }

  #commit() {
    // What the gateway ends by itself it answers by itself.
    this.#held = this.#on.send({ type: 'input_audio_buffer.commit' }) && this.#mode === 'held';
    if (this.#mode === 'held') this.#mode = 'off';
    this.#over();
  }

  #over() {
    this.#state = 'over';
    this.#overAt = performance.now();
  }
}
