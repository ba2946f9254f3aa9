// The way in: the button, and what a person reads when it does not open.
import { $ } from '../shared/dom.js';
import { own } from './leave.js';

export class Door {
  /** @type {import('../shared/words.js').Words} */
  #words;
  #start = /** @type {HTMLButtonElement} */ ($('start'));

  /** @param {import('../shared/words.js').Words} words */
  constructor(words) {
    this.#words = words;
  }

  /** @param {import('../shared/words.js').Words} words */
  speak(words) {
    this.#words = words;
  }

  /** @param {() => void} press @param {string} [word] */
  opens(press, word) {
    if (word) this.#start.textContent = this.#words.say(word);
    this.#start.onclick = press;
  }

  /** @param {boolean} busy somebody is on their way in */
  show(busy) {
    this.#start.setAttribute('aria-busy', String(busy));
    this.#start.textContent = this.#words.say(busy ? 'starting' : 'start');
  }

  /** @param {string} text */
  trouble(text) {
    $('trouble').textContent = text;
    $('trouble').hidden = !text;
  }

  get troubled() {
    return !$('trouble').hidden;
  }

  /**
   * Of an avatar that is switched off: why, and no way in.
   * @param {import('../shared/talk/gateway.js').AvatarCard} avatar
   */
  showOff({ off, name, id }) {
    const was = this.#start.disabled;
    this.#start.disabled = Boolean(off);
    if (!off) {
      if (was) this.trouble('');
      return;
    }
    $('trouble').replaceChildren(this.#words.say('avatarOff', { name: name ?? id }), ' ', own(off));
    $('trouble').hidden = false;
  }
}
