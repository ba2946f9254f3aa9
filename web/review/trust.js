// The key that checkpoints are verified with, and where it came from: that is
// what a verification is worth.
import { parseKeys } from './note.js';

export class Trust {
  /** What the reviewer brought. */
  #own = '';
  /** @type {Promise<string>|null} */
  #theirs = null;

  /** Whether the reviewer brought the key. */
  get own() { return this.#own !== ''; }

  /**
   * Uses what the reviewer kept, or nothing of it.
   * @param {string} text lines of public keys
   * @returns {Promise<void>} throws a Bad if it is no key
   */
  async bring(text) {
    if (text.trim()) await parseKeys(text);
    this.#own = text.trim();
  }

  /** What this gateway says that its keys are. @returns {Promise<string>} */
  theirs() {
    this.#theirs ??= fetch('/.well-known/mayfly-audit-keys.txt', { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error('This gateway shows no key of its audit log.'))));
    this.#theirs.catch(() => (this.#theirs = null));
    return this.#theirs;
  }

  /** @returns {Promise<import('./note.js').Key[]>} */
  async keys() {
    if (!globalThis.crypto?.subtle) throw new Error('A browser computes hashes only on a page that came over https. Open this one over https, or verify with the command line.');
    return parseKeys(this.#own || (await this.theirs()));
  }

  /** Which key it is, in words. @returns {Promise<string>} */
  async name() {
    return (await this.keys()).map((k) => `${k.name}+${k.hash}`).join(', ');
  }

  /** Whether the key that was brought is among those that the gateway shows. */
  async agree() {
    const own = await parseKeys(this.#own);
    const theirs = await this.theirs().then(parseKeys).catch(() => []);
    return own.some((k) => theirs.some((t) => t.text === k.text));
  }

  /** What a verification with this key is worth. */
  get worth() {
    return this.own ? 'The key is the one that you brought: what is signed with it was signed by whoever had it when you kept it.'
      : 'The key came from this gateway just now. So this proves that the log and the key fit each other, and not that nobody made both anew. A key that you kept from before proves that.';
  }
}
