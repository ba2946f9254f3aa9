// Something that a person should know, above the conversation.

/** The element's one note. */
export class Note {
  #parts;
  #words;
  /** @type {{organisation?: string, email?: string}} */
  contact = {};

  /**
   * @param {import('./parts.js').Parts} parts
   * @param {() => import('../shared/words.js').Words} words
   */
  constructor(parts, words) {
    this.#parts = parts;
    this.#words = words;
  }

  /** @param {string} text @param {boolean} [expiring] the end is near, and can be put off */
  show(text, expiring = false) {
    const p = this.#parts;
    if (!p.note) return;
    p.noteText.textContent = text;
    p.note.hidden = text === '';
    p.goOn.hidden = !expiring;
  }

  /** Nobody can join: who can be reached instead. */
  nobody() {
    const { organisation, email } = this.contact;
    this.show(email ? this.#words().say('humanNone', { tenant: organisation ?? '', email }) : this.#words().say('humanNoneMail'));
  }
}
