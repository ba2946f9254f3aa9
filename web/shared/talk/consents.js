// What a person has said yes and no to, purpose by purpose: asked by the
// gateway, answered anew or taken back at any time. It shows nothing itself.

/** Milliseconds for the gateway to take an answer. */
const ANSWERED = 6000;

export class Consents {
  #on;
  /** What the gateway says of each purpose. @type {Map<string, string>} */
  #sentences = new Map();
  /** @type {Record<string, boolean>} */
  #grants = {};
  /** @type {Set<string>} one way, for this session */
  #opted = new Set();
  /** A yes that the gateway has not taken yet. @type {Record<string, boolean>} */
  #given = {};
  /** Those who wait for it. @type {(() => void)[]} */
  #waiting = [];
  /** Of the sentences. */
  locale = '';

  /**
   * @param {{rights: () => import('./rights.js').Rights|undefined, ask: (request: any) => Promise<Record<string, boolean>>,
   *   changed: () => void}} on
   *   ask: shows the sentences of a request and waits for a person
   */
  constructor(on) {
    this.#on = on;
  }

  /** Another session: nothing was asked yet. */
  begin() {
    this.#sentences.clear();
    this.#opted.clear();
    this.#grants = {};
    this.#given = {};
    this.#on.changed();
  }

  /** Purpose and sentence. @returns {[string, string][]} */
  get all() {
    return [...this.#sentences];
  }

  /**
   * The gateway asks.
   * @param {any} request avatar.consent.requested
   * @returns {Promise<Record<string, boolean>>}
   */
  async asked(request) {
    this.locale = request.locale ?? '';
    for (const { purpose, text } of request.sentences ?? []) if (text) this.#sentences.set(purpose, text);
    this.#on.changed();
    this.#given = await this.#on.ask(request);
    return this.#given;
  }

  /**
   * @param {string} name
   * @param {any} e
   */
  take(name, e) {
    if (name === 'consent.state') {
      Object.assign(this.#grants, e.grants);
      this.#given = {};
    } else if (name === 'handoff.state' && (e.state === 'ended' || e.state === 'failed')) {
      // The next human is asked about anew.
      for (const purpose of ['handoff', 'handoff_context']) {
        this.#sentences.delete(purpose);
        delete this.#grants[purpose];
      }
    } else if (name === 'optout.state') for (const purpose of e.purposes ?? []) this.#opted.add(purpose);
    else return;
    for (const go of this.#waiting.splice(0)) go();
    this.#on.changed();
  }

  /** Whether it can be asked for at all. @param {string} purpose */
  open(purpose) {
    return this.#sentences.has(purpose) && !this.#opted.has(purpose);
  }

  /** @param {string} purpose */
  out(purpose) {
    return this.#opted.has(purpose);
  }

  /** @param {string} purpose */
  allows(purpose) {
    return this.#grants[purpose] === true && !this.#opted.has(purpose);
  }

  /** Whether the person has said yes and the gateway has not answered yet. @param {string} purpose */
  given(purpose) {
    return this.#given[purpose] === true;
  }

  /**
   * Asks the same question again, because the person wants what it is about.
   * @param {string} purpose
   * @returns {Promise<boolean>} whether it is allowed now
   */
  async agree(purpose) {
    if (!this.open(purpose)) return false;
    if (!this.#given[purpose]) {
      const grants = await this.#on.ask({ purposes: [purpose], locale: this.locale, sentences: [{ purpose, text: this.#sentences.get(purpose) }] });
      if (!grants[purpose] || !this.#on.rights()?.agree(grants)) return false;
    }
    await new Promise((resolve) => {
      this.#waiting.push(() => resolve(undefined));
      setTimeout(resolve, ANSWERED);
    });
    return this.allows(purpose);
  }

  /** Takes a yes back: here it ends at once, whatever the line does. @param {string} purpose */
  withdraw(purpose) {
    this.#grants[purpose] = false;
    this.#on.rights()?.withdraw([purpose]);
    this.#on.changed();
  }
}
