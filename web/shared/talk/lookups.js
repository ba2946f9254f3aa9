// What the gateway looks up for an answer, and where: never a word of it.

export class Lookups {
  /** Who is asked, by call. @type {Map<string, string>} */
  #running = new Map();

  /** Who is asked now; empty: nobody. */
  get provider() {
    return [...this.#running.values()].at(-1) ?? '';
  }

  /**
   * @param {string} name of an avatar event
   * @param {any} e
   * @returns {boolean} whether it was about this
   */
  take(name, e) {
    if (name === 'ready') this.#running.clear(); // what ran when the line dropped
    if (name !== 'tool.state') return false;
    const call = `${e.response_id} ${e.call}`;
    if (e.state === 'running') this.#running.set(call, String(e.provider ?? ''));
    else this.#running.delete(call);
    return true;
  }
}
