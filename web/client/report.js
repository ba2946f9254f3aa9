// "Report this answer": what would be sent is shown first, line by line, each
// with a tick that nobody set before; it has its own yes and no.
import { $, el, radios } from '../shared/dom.js';
import { REASONS } from '../shared/talk/reports.js';
import { whenText } from '../shared/talk/stored.js';
import { closeBox, openBox } from './boxes.js';

/** @typedef {import('../shared/talk/turns.js').Line} Line */

export class Report {
  /** @type {import('../shared/words.js').Words} */
  #words;
  #talk;
  #reports;
  #tenant;
  #reason = '';
  /** @type {Line|null} the answer that the box is about */
  #about = null;

  /**
   * @param {import('../shared/words.js').Words} words
   * @param {import('./talk.js').Talk} talk
   * @param {import('../shared/talk/reports.js').Reports} reports
   * @param {() => string} tenant
   */
  constructor(words, talk, reports, tenant) {
    this.#words = words;
    this.#talk = talk;
    this.#reports = reports;
    this.#tenant = tenant;
    $('report-no').addEventListener('click', () => this.close());
    $('report-yes').addEventListener('click', () => this.#send());
    $('report-box').addEventListener('close', () => this.#empty());
  }

  /** @param {import('../shared/words.js').Words} words */
  speak(words) {
    this.#words = words;
  }

  begin() {
    this.#reports.begin();
    this.#talk.reports = false;
  }

  /**
   * @param {string} name
   * @param {any} e
   * @returns {boolean} whether it was about reports
   */
  take(name, e) {
    const mine = this.#reports.take(name, e);
    this.#talk.reports = this.#reports.days > 0;
    return mine;
  }

  /** @param {Line} line the answer */
  open(line) {
    const words = this.#words;
    this.#about = line;
    this.#reason = '';
    const all = this.#reports.lines(line);
    $('report-lines').replaceChildren(...all.slice(-2).map((l) => this.#tick(l)));
    $('report-before').replaceChildren(...all.slice(0, -2).map((l) => this.#tick(l)));
    const more = /** @type {HTMLDetailsElement} */ ($('report-more'));
    more.hidden = all.length <= 2;
    more.open = false;
    radios($('report-reasons'), 'report-reason', REASONS.map((value) => ({ value, label: words.say(`reason_${value}`) })), '', (v) => {
      this.#reason = v;
      this.#say('');
    });
    $('report-consent').textContent = words.say('reportConsent', { tenant: this.#tenant(), n: this.#reports.days });
    this.#say('');
    openBox('report-box');
  }

  close() {
    closeBox('report-box');
  }

  get #note() {
    return /** @type {HTMLTextAreaElement} */ ($('report-note'));
  }

  /** @param {Line} line */
  #tick(line) {
    const box = el('input');
    box.type = 'checkbox';
    box.value = line.id;
    const who = line.who === 'you' ? this.#words.say('you') : this.#talk.nameOf(line);
    const words = el('span', { class: 'words', text: line.text, dir: 'auto' });
    return el('li', {}, [el('label', { class: 'tick' }, [box, el('span', {}, [el('span', { class: 'who', text: who }), words])])]);
  }

  async #send() {
    if (this.#reports.busy) return;
    const about = this.#about;
    const ticked = [...$('report-box').querySelectorAll('input[type=checkbox]:checked')].map((box) => /** @type {HTMLInputElement} */ (box).value);
    this.#say('reportSending');
    const { word, until } = await this.#reports.send(ticked, this.#reason, this.#note.value);
    if (word === 'reportStored') {
      this.close();
      if (about) this.#talk.reported(about);
      this.#talk.toast(this.#words.say(word, { date: whenText(until, this.#words.locale) }), { seconds: 12 });
      return;
    }
    const box = /** @type {HTMLDialogElement} */ ($('report-box'));
    if (!box.open) this.#talk.toast(this.#words.say(word));
    else this.#say(word);
    const missing = { reportNoLine: 'report-lines', reportNoReason: 'report-reasons' }[word];
    if (missing) /** @type {HTMLElement|null} */ ($(missing).querySelector('input'))?.focus();
  }

  /** The box is closed: its words are nowhere any more. */
  #empty() {
    this.#note.value = '';
    for (const id of ['report-lines', 'report-before', 'report-reasons']) $(id).replaceChildren();
  }

  /** @param {string} key */
  #say(key) {
    $('report-said').textContent = key ? this.#words.say(key) : '';
  }
}
