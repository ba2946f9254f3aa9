// The wish for a human: the button, and what became of it.
import { $ } from '../shared/dom.js';

export class Human {
  #page;

  /**
   * @param {{words: () => import('../shared/words.js').Words, talk: import('./talk.js').Talk,
   *   data: () => import('../shared/talk/gateway.js').PageData, request: () => void}} page
   */
  constructor(page) {
    this.#page = page;
    $('human').addEventListener('click', () => page.request());
  }

  /**
   * @param {string} name
   * @param {any} e
   * @returns {boolean} whether it was about a human
   */
  take(name, e) {
    const { words, talk } = this.#page;
    if (name === 'handoff.state') {
      const failed = e.state === 'failed';
      talk.toast(failed ? this.#nobody() : words().say('humanAsked'), { seconds: failed ? 0 : 8 });
    } else if (name === 'error' && /handoff/.test(`${e.param ?? ''}${e.code ?? ''}`)) talk.toast(this.#nobody());
    else return false;
    return true;
  }

  #nobody() {
    const { words, data } = this.#page;
    const email = data().contact?.email;
    return email ? words().say('humanNone', { tenant: data().tenant?.name ?? '', email }) : words().say('humanNoneMail');
  }
}
