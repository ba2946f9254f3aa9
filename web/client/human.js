// A human: asked for, waited for, there, gone again. What the person is told of it, and the one button for it.
import { $ } from '../shared/dom.js';
import { Hand } from '../shared/hand.js';

export class Human {
  #page;
  /** Closes the questions about a human who is not there any more. */
  #asking = new AbortController();
  #hand = new Hand();

  /**
   * @param {{words: () => import('../shared/words.js').Words, talk: import('./talk.js').Talk,
   *   data: () => import('../shared/talk/gateway.js').PageData, request: () => void, cancel: () => void,
   *   changed: () => void}} page
   *   changed: somebody else answers now
   */
  constructor(page) {
    this.#page = page;
    $('human').addEventListener('click', () => page.request());
    $('desk-stop').addEventListener('click', () => page.cancel());
  }

  /** Whether a human answers. */
  get here() {
    return this.#hand.here;
  }

  /** Who answers; empty: the avatar. */
  get name() {
    return this.#hand.name;
  }

  /** Ends with the human that a question is about. */
  get asking() {
    return this.#asking.signal;
  }

  /** Another session: nobody was asked for. */
  begin() {
    this.#hand = new Hand();
    this.show();
  }

  /**
   * @param {string} name
   * @param {any} e
   * @returns {boolean} whether it was about a human
   */
  take(name, e) {
    const { talk, changed } = this.#page;
    if (name === 'error' && /handoff|handed_off/.test(`${e.param ?? ''}${e.code ?? ''}`)) return true; // it crossed
    if (name !== 'handoff.state') return false;
    if (e.state !== 'connecting' && e.state !== 'active') {
      this.#asking.abort();
      this.#asking = new AbortController();
    }
    const was = this.here;
    const said = this.#hand.take(e);
    this.show();
    if (was !== this.here) changed();
    if (said === 'nobody') talk.toast(this.#nobody());
    // That one is here stands there for as long as it is so, and is announced by that: it is not said a second time.
    else if (said && said !== 'cut' && said !== 'here') talk.toast(this.#hand.says(this.#page.words(), said), { seconds: this.#hand.waits || this.here ? 8 : 0 });
    return true;
  }

  /** Says again what is so, in the language of now. */
  show() {
    const words = this.#page.words();
    const hand = this.#hand;
    const text = hand.standing(words);
    $('desk').hidden = text === '';
    $('desk-text').textContent = text;
    $('desk-stop').textContent = words.say(hand.here ? 'humanEnd' : 'humanCancel');
    $('desk').dataset.here = String(hand.here);
    $('human').hidden = hand.waits || hand.here;
    document.documentElement.dataset.human = String(hand.here);
  }

  #nobody() {
    const { words, data } = this.#page;
    const email = data().contact?.email;
    return email ? words().say('humanNone', { tenant: data().tenant?.name ?? '', email }) : words().say('humanNoneMail');
  }
}
