// The lines of the conversation, and the one that is heard now.
import { sourcesLine } from '../shared/sources.js';
import { shownText } from '../shared/tray.js';
import { failedText } from '../shared/talk/turns.js';
import { button, part } from './parts.js';

/** Lines that stay in view; older ones stay in memory only. */
const LINES = 40;

/** @typedef {import('../shared/talk/turns.js').Line} Line */

/** What has been said, as the element shows it. */
export class Log {
  #parts;
  /** Whether an answer can be reported here. */
  reports = false;
  /** @type {Map<string, {node: HTMLElement, words: HTMLElement, from: HTMLElement, report: HTMLButtonElement|null, again: HTMLElement|null}>} */
  #lines = new Map();

  #report;
  #again;
  /** Of items that are not lines yet. @type {Map<string, HTMLCanvasElement>} */
  #glimpses = new Map();

  /**
   * @param {import('./parts.js').Parts} parts
   * @param {{report: (line: Line) => void, again: (line: Line) => void}} on what a press on a line's button does
   */
  constructor(parts, { report, again }) {
    this.#parts = parts;
    this.#report = report;
    this.#again = again;
  }

  /**
   * @param {Line} line
   * @param {import('../shared/words.js').Words} w
   * @param {string} name of the avatar
   */
  line(line, w, name) {
    const p = this.#parts;
    let shown = this.#lines.get(line.id);
    if (line.status === 'gone') {
      shown?.node.remove();
      this.#lines.delete(line.id);
      return;
    }
    if (!shown) {
      const words = part('span', 'words');
      const from = part('span', 'from');
      from.hidden = true;
      const who = part('span', 'who');
      who.textContent = line.who === 'you' ? w.say('you') : line.who === 'human' ? `${line.label?.provider || w.say('human')} · ${w.say('badgeHuman')}` : `${name} · ${w.say('badge')}`;
      const node = part('li', `line ${line.who}`);
      node.append(who, words, from);
      shown = { node, words, from, report: null, again: null };
      this.#lines.set(line.id, shown);
      p.log.append(node);
      if (p.log.childElementCount > LINES) p.log.firstElementChild?.remove();
    }
    const mine = line.who === 'you';
    const failed = mine && line.status === 'failed';
    if (line.shown) this.#showing(line, shown.words, w);
    else shown.words.textContent = failed ? w.say('notUnderstood') : line.text || (line.spoken ? '…' : '');
    if (line.sources) shown.from.textContent = sourcesLine(line.sources, w);
    shown.from.hidden = !line.sources;
    if (line.status === 'failed' && line.who === 'avatar' && !shown.again) {
      const why = part('span', 'why');
      const press = button('again', () => {
        this.#again(line);
        press.remove();
        p.field.focus({ preventScroll: true });
      });
      why.textContent = p.polite.textContent = failedText(line, w);
      press.textContent = w.say('retry');
      shown.words.hidden = line.text === '';
      shown.again = press;
      shown.node.append(why, press);
    }
    p.log.scrollTop = p.log.scrollHeight;
    if (this.reports && line.who === 'avatar' && line.status !== 'open' && line.text !== '' && !shown.report) {
      shown.report = button('report-this', () => this.#report(line));
      shown.report.textContent = w.say('report');
      shown.node.append(shown.report);
    }
    const over = mine ? Boolean(line.spoken) && line.status !== 'open' : line.status === 'done';
    if (over && shown.node.dataset.told !== 'yes') {
      shown.node.dataset.told = 'yes';
      p.polite.textContent = !mine ? line.text : failed ? w.say('notUnderstood') : w.say('youSaid', { words: line.text });
    }
  }

  /**
   * A line that shows something says what, before its words.
   * @param {Line} line
   * @param {HTMLElement} words
   * @param {import('../shared/words.js').Words} w
   */
  #showing(line, words, w) {
    if (words.dataset.shows) return;
    words.dataset.shows = 'true';
    words.textContent = `${shownText(line.shown ?? [], w)} ${line.text}`.trim();
    const picture = this.#glimpses.get(line.id);
    if (picture) this.glimpse(line.id, picture);
  }

  /**
   * What the person showed is this item. The picture never left the page for it.
   * @param {string} item
   * @param {HTMLCanvasElement|null} picture
   */
  glimpse(item, picture) {
    const line = this.#lines.get(item);
    if (!picture) return;
    if (!line) this.#glimpses.set(item, picture);
    else {
      this.#glimpses.delete(item);
      line.words.prepend(picture);
    }
  }

  /**
   * @param {Line} line
   * @param {number|null} ms
   */
  caption(line, ms) {
    const word = ms === null ? null : line.time.wordAt(ms);
    const from = word && word.from >= 0 ? line.text.lastIndexOf('. ', word.from) : line.text.trimEnd().lastIndexOf('. ', line.text.length - 2);
    const start = from < 0 ? 0 : from + 2;
    const stop = line.text.indexOf('. ', word && word.from >= 0 ? word.from : start);
    const text = line.text.slice(start, stop < 0 ? undefined : stop + 1);
    if (this.#parts.caption.textContent !== text) this.#parts.caption.textContent = text;
  }

  /**
   * An answer is reported: that is said at it, once and for all.
   * @param {Line} line
   * @param {string} text
   */
  reported(line, text) {
    const report = this.#lines.get(line.id)?.report;
    if (!report) return;
    report.textContent = text;
    report.disabled = true;
  }

  /** Takes every word off the page. */
  clear() {
    this.#lines.clear();
    this.#glimpses.clear();
    for (const key of ['log', 'caption', 'polite']) this.#parts[key].replaceChildren();
  }
}
