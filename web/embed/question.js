// One question at a time, with two buttons. Those of the notice lead on or
// away; those of a question weigh the same.

/** Where the element asks. */
export class Question {
  #parts;
  /** @type {((yes: boolean) => void)|null} */
  #answer = null;
  /** What is asked for now. @type {string[]} */
  #about = [];
  /** Whether the keyboard was in here when a button went away. */
  held = false;

  /** @param {import('./parts.js').Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  get open() {
    return this.#answer !== null;
  }

  /** @param {boolean} yes */
  answer(yes) {
    this.#answer?.(yes);
  }

  /** Nobody needs an answer any more. @param {string} purpose */
  leave(purpose) {
    if (!this.#about.includes(purpose)) return;
    this.#about = [];
    this.#answer?.(false);
  }

  /**
   * Shows a question and waits for one of two buttons.
   * @param {string} text
   * @param {string} no
   * @param {string} yes
   * @param {{dir?: string}} [notice] it is the notice
   * @returns {Promise<boolean>}
   */
  ask(text, no, yes, notice) {
    const p = this.#parts;
    this.#answer?.(false);
    p.noticeText.textContent = text;
    p.noticeText.dir = notice?.dir ?? '';
    p.no.textContent = no;
    p.yes.textContent = yes;
    p.no.setAttribute('part', notice ? 'button no leave-notice' : 'button no');
    p.yes.setAttribute('part', notice ? 'button yes continue' : 'button yes');
    return new Promise((resolve) => {
      this.#answer = (yes) => {
        this.#answer = null;
        this.held = /** @type {ShadowRoot} */ (p.box.getRootNode()).activeElement != null;
        p.notice.hidden = true;
        if (this.held && !notice && !p.field.closest('[hidden]')) p.field.focus({ preventScroll: true });
        resolve(yes);
      };
      p.notice.hidden = false;
      p.noticeText.focus({ preventScroll: true });
    });
  }

  /**
   * Each purpose is a question of its own, in the gateway's sentence; what it
   * has no sentence for is not asked, and so not agreed to.
   * @param {any} request avatar.consent.requested
   * @param {import('../shared/words.js').Words} words
   * @returns {Promise<Record<string, boolean>>}
   */
  async consent(request, words) {
    const grants = Object.fromEntries((request.purposes ?? []).map((/** @type {string} */ p) => [p, false]));
    this.#about = Object.keys(grants);
    for (const { purpose, text } of request.sentences ?? []) {
      if (this.#about.includes(purpose) && text) grants[purpose] = await this.ask(text, words.say('consentNo'), words.say('consentYes'));
    }
    this.#about = [];
    return grants;
  }
}
