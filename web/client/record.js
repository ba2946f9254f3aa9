// Whether this is recorded, as a word that is always there; the switch that
// ends it; and the key to what is stored.
import { copyText, saveFile } from '../shared/save.js';
import { keyFile, Stored, whenText } from '../shared/talk/stored.js';
import { askBox, closeBox } from './boxes.js';
import { $, el, icon } from '../shared/dom.js';

/** Milliseconds after which a person is told that the gateway has not answered yet. */
const SLOW = 3000;

/**
 * @typedef {import('../shared/words.js').Words} Words
 */

export class Record {
  #words;
  #talk;
  #page;
  stored = new Stored(location.origin);
  #asking = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #slow;

  /**
   * @param {Words} words
   * @param {import('./talk.js').Talk} talk
   * @param {{off: (erase: boolean) => void, tenant: () => string, boxes: () => AbortSignal}} page
   */
  constructor(words, talk, page) {
    this.#words = words;
    this.#talk = talk;
    this.#page = page;
    $('off').addEventListener('click', () => this.#switchOff());
    $('key').addEventListener('click', () => this.#offer(true));
    $('receipt').addEventListener('click', () => saveFile('mayfly-receipt.json', JSON.stringify(this.stored.receipt), 'application/json'));
    $('offer-later').addEventListener('click', () => this.#offer(false));
    for (const id of ['offer-save', 'ask-leave-save', 'take']) $(id).addEventListener('click', () => this.#save());
    for (const id of ['offer-copy', 'ask-leave-copy']) $(id).addEventListener('click', () => this.#copy());
  }

  /** @param {Words} words */
  speak(words) {
    this.#words = words;
    this.show();
  }

  /** Another session: nothing is known of it yet. */
  begin() {
    clearTimeout(this.#slow);
    this.stored = new Stored(location.origin);
    this.#asking = false;
    this.#offer(false);
    this.show();
  }

  /** Whether going away would leave something behind without its key. */
  get needsKey() {
    return this.stored.left === 'stored' && this.stored.key !== '' && !this.stored.taken;
  }

  /**
   * @param {string} name
   * @param {any} e
   * @returns {boolean} whether it was about recording
   */
  take(name, e) {
    const was = this.stored.state;
    if (!this.stored.take(name, e)) return false;
    const words = this.#words;
    if (name === 'recording.state' && this.stored.state !== was) {
      if (this.stored.state === 'on') this.#talk.tell(this.stored.word(words));
      else if (this.stored.state === 'failed') this.#talk.toast(words.say('recordFailed'), { urgent: true });
      else if (was === 'on' && !this.#asking && !this.stored.opted) this.#talk.toast(words.say('recordStopped'), { urgent: true });
    } else if (name === 'transcript.withheld') {
      this.#talk.toast(words.say('withheld'), { seconds: 12 });
    } else if (name === 'optout.state') {
      this.#acknowledged(e);
    } else if (name === 'receipt.key') {
      this.#offer(true);
      this.#talk.tell(this.#says('keyOffer'));
    }
    this.show();
    return true;
  }

  /** Says again what is so. */
  show() {
    const { state, opted } = this.stored;
    const words = this.#words;
    document.documentElement.dataset.recording = opted && state !== 'on' ? 'optout' : state;
    const line = $('record');
    line.className = state === 'on' ? 'red' : '';
    line.replaceChildren(icon(state === 'on' ? 'dot' : 'ring'), el('span', { text: this.stored.word(words), dir: 'auto' }));
    const off = $('off');
    off.hidden = !(state === 'on' || opted || this.#asking);
    off.setAttribute('aria-checked', String(opted));
    off.setAttribute('aria-busy', String(this.#asking));
    off.setAttribute('aria-disabled', String(opted));
    $('off-word').textContent = words.say(this.#asking ? 'offWaiting' : 'offRecord');
    $('key').hidden = this.stored.key === '' || this.stored.left === 'nothing';
    $('offer-text').textContent = this.#says('keyOffer');
    $('read').textContent = this.#says('read');
    $('offer-until').textContent = this.stored.until ? words.say('storedUntil', { date: whenText(this.stored.until, words.locale) }) : '';
    if (this.stored.left === 'nothing') this.#offer(false);
  }

  /** What is stored, in as many lines as there are facts. @returns {HTMLElement[]} */
  lines() {
    const words = this.#words;
    const { turns, reports } = this.stored;
    const lines = turns > 0 || reports === 0 ? [words.say('storedCount', { n: turns.toLocaleString(words.locale) })] : [];
    if (reports > 0) lines.push(words.say('storedReports', { n: reports.toLocaleString(words.locale) }));
    const date = whenText(this.stored.until, words.locale);
    if (date) lines.push(words.say('storedUntil', { date }));
    return lines.map((text) => el('li', { text }));
  }

  /**
   * Before a person goes whose key would be lost with the page.
   * @returns {Promise<boolean>} whether they go
   */
  async mayLeave() {
    if (!this.needsKey) return true;
    $('ask-leave-text').textContent = this.#says('leaveText');
    $('ask-leave-what').replaceChildren(...this.lines());
    $('ask-leave-done').textContent = '';
    return askBox('ask-leave', this.#page.boxes());
  }

  /**
   * @param {string} text what is said before the choice
   * @param {AbortSignal} gone
   * @returns {Promise<boolean>} whether it is to be erased
   */
  askErase(text, gone) {
    $('ask-erase-text').textContent = text;
    $('ask-erase-what').replaceChildren(...this.lines());
    return askBox('ask-erase', gone);
  }

  #switchOff() {
    if (this.stored.opted) this.#talk.toast(this.#words.say('offStays'), { seconds: 8 });
    if (this.stored.opted || this.#asking) return;
    this.#asking = true;
    this.#page.off(false);
    this.#slow = setTimeout(() => this.#asking && this.#talk.tell(this.#words.say('offWaiting'), true), SLOW);
    this.show();
  }

  /**
   * It counts from here. What was stored before is a question of its own.
   * @param {any} e
   */
  async #acknowledged(e) {
    clearTimeout(this.#slow);
    const words = this.#words;
    const first = this.#asking;
    this.#asking = false;
    if (e.erased > 0) {
      if (this.stored.left === 'nothing') this.stored.gone();
      this.#talk.toast(words.say('erased'), { seconds: 8 });
      return;
    }
    this.#talk.tell(words.say('isOffRecord'), true);
    if (first && this.stored.turns > 0 && (await this.askErase(words.say('eraseBefore'), this.#page.boxes()))) this.#page.off(true);
  }

  /** @param {boolean} shown */
  #offer(shown) {
    const box = $('offer');
    if (!shown && box.contains(document.activeElement)) this.#talk.field.focus({ preventScroll: true });
    box.hidden = !shown;
  }

  #save() {
    saveFile('mayfly-key.json', keyFile(this.stored, this.#says('keyFileNote')), 'application/json');
    this.#took('keySaved');
  }

  async #copy() {
    if (await copyText(this.stored.link)) this.#took('keyCopied');
    else this.#save();
  }

  /** @param {string} word */
  #took(word) {
    this.stored.taken = true;
    this.#offer(false);
    const said = word === 'keyCopied' ? this.#says(word) : this.#words.say(word);
    $('ask-leave-done').textContent = said;
    this.#talk.tell(said);
  }

  /** @param {string} key */
  #says(key) {
    return this.stored.says(key, this.#words, this.#page.tenant());
  }

  close() {
    for (const id of ['ask-erase', 'ask-leave']) closeBox(id);
  }
}
