// What is kept of the conversation: the word for it, the switch that ends it,
// and the key to it.
import { saveFile } from '../shared/save.js';
import { keyFile, Stored, whenText } from '../shared/talk/stored.js';

/** The element's view of what is stored. */
export class Kept {
  #parts;
  #on;
  stored;
  /** The person has pressed Off the record and the gateway has not answered yet. */
  #offing = false;

  /**
   * @param {import('./parts.js').Parts} parts
   * @param {string} gateway its origin
   * @param {{words: () => import('../shared/words.js').Words, question: import('./question.js').Question,
   *   rights: () => import('../shared/talk/rights.js').Rights|undefined, note: (text: string) => void, organisation: () => string, key: (stored: Stored) => void}} on
   */
  constructor(parts, gateway, on) {
    this.#parts = parts;
    this.#on = on;
    this.stored = new Stored(gateway);
  }

  /** @param {string} gateway */
  begin(gateway) {
    this.#offing = false;
    this.stored = new Stored(gateway);
    this.show();
  }

  /**
   * @param {string} name
   * @param {any} e
   */
  take(name, e) {
    const stored = this.stored;
    if (!stored.take(name, e)) return;
    const words = this.#on.words();
    if (name === 'receipt.key') {
      this.#on.key(stored);
    } else if (name === 'optout.state') {
      this.#offing = false;
      if (e.erased > 0) {
        if (stored.left === 'nothing') stored.gone();
        this.#on.note(words.say('erased'));
      } else if (stored.turns > 0) this.#askErase();
    } else if (name === 'recording.state' && stored.state === 'failed') {
      this.#on.note(words.say('recordFailed'));
    } else if (name === 'transcript.withheld') {
      this.#on.note(words.say('withheld'));
    }
    this.show();
  }

  /** The word that says whether it is recorded, the switch that ends that, and the key. */
  show() {
    const p = this.#parts;
    const w = this.#on.words();
    const { state, opted, key, until } = this.stored;
    p.recording.textContent = this.stored.word(w);
    p.recording.dataset.recording = state;
    p.off.hidden = state !== 'on' && !opted && !this.#offing;
    p.off.textContent = w.say(this.#offing ? 'offWaiting' : 'offRecord');
    p.off.setAttribute('aria-checked', String(opted));
    p.off.setAttribute('aria-busy', String(this.#offing));
    p.off.setAttribute('aria-disabled', String(opted));
    p.kept.hidden = key === '' || this.stored.left === 'nothing';
    p.keptText.textContent = [this.stored.says('keyOffer', w, this.#on.organisation()), until ? `${w.say('storedUntil', { date: whenText(until, w.locale) })}.` : ''].join(' ').trim();
    p.keyOpen.textContent = this.stored.says('read', w, this.#on.organisation());
    /** @type {HTMLAnchorElement} */ (p.keyOpen).href = this.stored.link || '#';
  }

  saveKey() {
    saveFile('mayfly-key.json', keyFile(this.stored, this.stored.says('keyFileNote', this.#on.words())), 'application/json');
    this.stored.taken = true;
  }

  /** The person switches recording off. */
  off() {
    if (this.stored.opted) this.#on.note(this.#on.words().say('offStays'));
    if (this.stored.opted || this.#offing) return;
    this.#offing = true;
    this.#on.rights()?.offTheRecord(false);
    this.show();
  }

  /**
   * Whoever would leave the key behind is asked first.
   * @returns {Promise<boolean>} whether they go
   */
  async mayLeave() {
    const w = this.#on.words();
    const { left, key, taken } = this.stored;
    if (left !== 'stored' || !key || taken) return true;
    return this.#on.question.ask(this.stored.says('leaveText', w, this.#on.organisation()), w.say('stay'), w.say('leave'));
  }

  async #askErase() {
    const w = this.#on.words();
    if (await this.#on.question.ask(w.say('eraseBefore'), w.say('eraseNo'), w.say('erase'))) this.#on.rights()?.offTheRecord(true);
  }
}
