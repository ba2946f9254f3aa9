// "Report this answer" in the element: what would be sent, with a tick at each
// line that nobody set before, a reason, a note, and two equal buttons.
import { REASONS } from '../shared/talk/reports.js';
import { whenText } from '../shared/talk/stored.js';
import { part } from './parts.js';

/** Where an answer is reported. */
export class ElementReport {
  #parts;
  #on;
  /** @type {import('../shared/talk/turns.js').Line|null} */
  #about = null;

  /**
   * @param {import('./parts.js').Parts} parts
   * @param {{words: () => import('../shared/words.js').Words, reports: import('../shared/talk/reports.js').Reports,
   *   who: (line: import('../shared/talk/turns.js').Line) => string, tenant: () => string, note: (text: string) => void,
   *   reported: (line: import('../shared/talk/turns.js').Line) => void}} on
   */
  constructor(parts, on) {
    this.#parts = parts;
    this.#on = on;
  }

  /** @param {import('../shared/talk/turns.js').Line} line the answer */
  open(line) {
    const p = this.#parts;
    const w = this.#on.words();
    this.#about = line;
    p.reportLines.replaceChildren(...this.#on.reports.lines(line).slice(-6).map((l) => {
      const tick = /** @type {HTMLInputElement} */ (part('input', 'tick-box'));
      tick.type = 'checkbox';
      tick.value = l.id;
      const text = part('span', 'tick-text');
      text.dir = 'auto';
      text.textContent = `${this.#on.who(l)}: ${l.text}`;
      const label = part('label', 'tick');
      label.append(tick, text);
      return label;
    }));
    p.reportReason.replaceChildren(...['', ...REASONS].map((reason) => {
      const option = /** @type {HTMLOptionElement} */ (document.createElement('option'));
      option.value = reason;
      option.textContent = reason ? w.say(`reason_${reason}`) : w.say('reportReason');
      return option;
    }));
    for (const [key, text] of [['reportWhat', 'reportWhat'], ['reportNo', 'reportNo'], ['reportYes', 'reportYes']]) p[key].textContent = w.say(text);
    p.report.setAttribute('aria-label', w.say('reportTitle'));
    p.reportReason.setAttribute('aria-label', w.say('reportReason'));
    p.reportNote.setAttribute('aria-label', w.say('reportNote'));
    p.reportNote.setAttribute('placeholder', w.say('reportNote'));
    p.reportConsent.textContent = w.say('reportConsent', { tenant: this.#on.tenant(), n: this.#on.reports.days });
    p.reportSaid.textContent = '';
    p.report.hidden = false;
    p.reportWhat.focus({ preventScroll: true });
    p.report.scrollIntoView({ block: 'nearest' });
  }

  /** Away with it, and with the words in it. */
  close() {
    const p = this.#parts;
    if (!p.report || p.report.hidden) return;
    const held = p.report.contains(/** @type {ShadowRoot} */ (p.box.getRootNode()).activeElement);
    p.report.hidden = true;
    p.reportLines.replaceChildren();
    /** @type {HTMLInputElement} */ (p.reportNote).value = '';
    if (held) p.field.focus({ preventScroll: true });
  }

  async send() {
    const p = this.#parts;
    const w = this.#on.words();
    const about = this.#about;
    const ticked = [...p.reportLines.querySelectorAll('input')].filter((box) => box.checked).map((box) => box.value);
    p.reportSaid.textContent = w.say('reportSending');
    const reason = /** @type {HTMLSelectElement} */ (p.reportReason).value;
    const { word, until } = await this.#on.reports.send(ticked, reason, /** @type {HTMLInputElement} */ (p.reportNote).value);
    if (!p.report) return;
    if (word !== 'reportStored') {
      p.reportSaid.textContent = w.say(word);
      return;
    }
    this.close();
    if (about) this.#on.reported(about);
    this.#on.note(w.say(word, { date: whenText(until, w.locale) }));
  }
}
