// The lines of a stream, as bytes: whole ones only. A stream that ends within one ends too early.
import { Bad } from './bad.js';

/** The longest line, in bytes. */
const LONGEST = (1 << 20) - 1;
const NEWLINE = 10;
const RETURN = 13;

export class Lines {
  #reader;
  #signal;
  #held = new Uint8Array();
  #at = 0;

  /**
   * @param {ReadableStream<Uint8Array>} stream
   * @param {AbortSignal} [signal]
   */
  constructor(stream, signal) {
    this.#reader = stream.getReader();
    this.#signal = signal;
  }

  /** The next line if it is here already. @returns {Uint8Array|null} */
  take() {
    const end = this.#held.indexOf(NEWLINE, this.#at);
    const long = (end < 0 ? this.#held.length : end) - this.#at > LONGEST;
    if (long) throw new Bad('foreign');
    if (end < 0) return null;
    const line = this.#held.subarray(this.#at, end > this.#at && this.#held[end - 1] === RETURN ? end - 1 : end);
    this.#at = end + 1;
    return line;
  }

  /** The next line. @returns {Promise<Uint8Array>} throws a Bad if there is none */
  async next() {
    for (;;) {
      const line = this.take();
      if (line) return line;
      if (!(await this.#more())) throw new Bad('truncated');
    }
  }

  /** Whether nothing follows. */
  async ended() {
    while (this.#at === this.#held.length) if (!(await this.#more())) return true;
    return false;
  }

  /** Reads what follows, and forgets it. */
  async rest() {
    do this.#at = this.#held.length; while (await this.#more());
  }

  async #more() {
    this.#signal?.throwIfAborted();
    const { value, done } = await this.#reader.read();
    if (done) return false;
    const rest = this.#held.subarray(this.#at);
    const held = new Uint8Array(rest.length + value.length);
    held.set(rest);
    held.set(value, rest.length);
    this.#held = held;
    this.#at = 0;
    return true;
  }
}
