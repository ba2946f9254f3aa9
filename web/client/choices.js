// The list of what a person has said yes and no to, with a way to change each.
import { $, el } from '../shared/dom.js';

export class Choices {
  /** @type {import('../shared/words.js').Words} */
  #words;
  #consents;

  /**
   * @param {import('../shared/words.js').Words} words
   * @param {import('../shared/talk/consents.js').Consents} consents
   */
  constructor(words, consents) {
    this.#words = words;
    this.#consents = consents;
  }

  /** @param {import('../shared/words.js').Words} words */
  speak(words) {
    this.#words = words;
    this.show();
  }

  /** Says again what is so. */
  show() {
    const all = this.#consents.all;
    const box = $('choices');
    box.hidden = all.length === 0;
    const held = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.purpose : undefined;
    $('choices-list').replaceChildren(...all.map(([purpose, text], i) => this.#row(purpose, text, `choice-${i}`)));
    // A row that says something else now is the same row to who pressed it.
    if (held) /** @type {HTMLElement|null} */ (box.querySelector(`[data-purpose='${held}']`))?.focus();
  }

  /**
   * @param {string} purpose
   * @param {string} text
   * @param {string} id
   */
  #row(purpose, text, id) {
    const [words, consents] = [this.#words, this.#consents];
    const yes = consents.allows(purpose);
    const sentence = el('p', { text, dir: 'auto' });
    sentence.lang = consents.locale;
    sentence.id = id;
    const state = words.say(consents.out(purpose) ? 'choiceOff' : yes ? 'choiceYes' : 'choiceNo');
    const row = el('li', {}, [sentence, el('p', { class: 'state', text: state })]);
    if (consents.out(purpose)) return row;
    const button = el('button', { text: words.say(yes ? 'withdraw' : 'choiceAsk') });
    button.type = 'button';
    button.dataset.purpose = purpose;
    button.setAttribute('aria-describedby', id);
    button.addEventListener('click', () => (yes ? consents.withdraw(purpose) : consents.agree(purpose)));
    row.append(button);
    return row;
  }
}
