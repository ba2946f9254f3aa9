// The second moment: the conversation as a page that is being written.
import { sentences } from './captions.js';
import { $, el } from '../shared/dom.js';
import { shownText } from '../shared/tray.js';
import { sourcesLine } from '../shared/sources.js';
import { failedText } from '../shared/talk/turns.js';

/**
 * @typedef {import('../shared/talk/turns.js').Line} Line
 * @typedef {import('../shared/words.js').Words} Words
 */

/** Lines, status, field. It knows no protocol; it is told and it asks. */
export class Talk {
  #log = $('log');
  #lines = $('lines');
  #form = $('composer');
  /** Whether the newest words are in view, or would be. */
  #newest = true;
  #field = /** @type {HTMLTextAreaElement} */ ($('field'));
  /** @type {Map<string, {node: HTMLElement, words: HTMLElement, from: HTMLElement, note: HTMLElement, report: HTMLButtonElement|null, again: HTMLButtonElement|null, announced: number}>} */
  #shown = new Map();
  /** @type {Words} */
  #words;
  #name = '';
  /** Of items that are not lines yet. @type {Map<string, {picture: HTMLCanvasElement|null, name: string}>} */
  #glimpses = new Map();
  /** The human who answers; empty: the avatar does. */
  #human = '';
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #toastTimer;
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #toastCount;
  announce = true;
  /** Whether an answer can be reported here. */
  reports = false;

  /**
   * @param {Words} words
   * @param {{waits: () => boolean, ask: (text: string) => boolean, typed: () => void, report: (line: Line) => void, again: (line: Line) => void}} on
   */
  constructor(words, on) {
    this.#words = words;
    this.on = on;
    this.#form.addEventListener('submit', (e) => {
      e.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener('keydown', (e) => {
      // A candidate window's Enter chooses a word; it does not send.
      if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return;
      e.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener('input', () => {
      this.#grow();
      on.typed();
    });
    // What takes room beside the lines does not hide the newest of them.
    let laid = '';
    // What moves because the room is another is no person who scrolls.
    const same = () => laid === (laid = [this.#log.scrollHeight, this.#log.clientHeight, this.#form.clientHeight, innerHeight].join());
    const follow = () => {
      if (this.#newest && $('empty').hidden) this.#follow();
      same();
    };
    for (const moved of [this.#log, window]) moved.addEventListener('scroll', () => { if (same()) this.#newest = this.#behind < 24; }, { passive: true });
    const sizes = new ResizeObserver(follow);
    for (const part of [this.#log, this.#form]) sizes.observe(part);
    window.addEventListener('resize', follow);
  }

  /**
   * @param {Words} words
   * @param {string} name of the avatar
   */
  speak(words, name) {
    this.#words = words;
    this.#name = name;
    this.addressed(this.#human);
    $('starters').replaceChildren(...['starter1', 'starter2', 'starter3'].map((key) => {
      const button = el('button', { text: words.say(key) });
      button.type = 'button';
      button.addEventListener('click', () => {
        this.on.ask(words.say(key));
        this.#field.focus();
      });
      return el('li', {}, [button]);
    }));
    for (const { node } of this.#shown.values()) this.#title(node);
  }

  /** Whom the person writes to. @param {string} human empty: the avatar */
  addressed(human) {
    this.#human = human;
    $('field-label').textContent = human ? this.#words.say('askHuman', { name: human }) : this.#words.say('ask', { name: this.#name });
  }

  get field() {
    return this.#field;
  }

  /** Where the next letter will be, in the window: the avatar looks there. */
  caret() {
    const box = this.#field.getBoundingClientRect();
    const along = Math.min(0.95, 0.06 + (this.#field.selectionEnd % 60) / 62);
    const rtl = this.#words.dir === 'rtl';
    return { x: box.left + box.width * (rtl ? 1 - along : along), y: box.top + box.height / 2 };
  }

  /** @param {Line} line */
  line(line) {
    let shown = this.#shown.get(line.id);
    if (line.status === 'gone') {
      shown?.node.remove();
      this.#shown.delete(line.id);
      return;
    }
    const near = this.#newest || this.#behind < 120;
    if (!shown) {
      const words = el('div', { class: 'words' });
      const from = el('div', { class: 'from' });
      from.hidden = true;
      const note = el('div', { class: 'note' });
      const node = el('li', { class: `line ${line.who}` }, [el('p', { class: 'who' }), words, from, note]);
      node.dataset.who = line.who;
      if (line.who === 'human') node.dataset.name = line.label?.provider ?? '';
      this.#title(node);
      shown = { node, words, from, note, report: null, again: null, announced: 0 };
      this.#shown.set(line.id, shown);
      this.#lines.append(node);
      $('empty').hidden = true;
    }
    shown.node.dataset.status = line.status;
    if (line.label?.digital_source_type) shown.node.dataset.source = line.label.digital_source_type;
    if (line.spoken) shown.node.dataset.spoken = 'true';
    const text = line.text || (line.who === 'human' && line.status !== 'open' ? this.#words.say('humanSpoke') : '');
    if (line.shown) this.#showing(line, shown);
    else if (shown.words.textContent !== text) shown.words.textContent = text;
    if (line.sources) shown.from.textContent = sourcesLine(line.sources, this.#words);
    shown.from.hidden = !line.sources;
    const failed = line.status === 'failed';
    const note = line.status === 'stopped' ? this.#words.say('stopped') : !failed ? '' : line.who === 'you' ? this.#words.say('notUnderstood') : failedText(line, this.#words);
    shown.note.textContent = note;
    shown.note.hidden = !note;
    if (failed && line.who === 'avatar' && !shown.again) {
      this.tell(note);
      shown.again = this.#button('again', 'retry', () => {
        this.on.again(line);
        shown.again?.remove();
        this.#field.focus({ preventScroll: true });
      });
      shown.node.append(shown.again);
    }
    if (line.who !== 'you') this.#announceLine(line, shown);
    else if (line.spoken && shown.announced === 0 && (line.status === 'done' || line.status === 'failed')) {
      shown.announced = 1;
      this.tell(line.status === 'done' ? this.#words.say('youSaid', { words: line.text }) : this.#words.say('notUnderstood'));
    }
    if (this.reports && line.who === 'avatar' && line.status !== 'open' && line.text !== '' && !shown.report) {
      shown.report = this.#button('bare report', 'report', () => this.on.report(line));
      shown.node.append(shown.report);
    }
    if (near || line.who === 'you') this.#follow();
  }

  /** Pixels of the lines under the field: where there is no room for a log that scrolls, the page does. */
  get #under() {
    return Math.max(0, this.#log.getBoundingClientRect().bottom - this.#form.getBoundingClientRect().top);
  }

  /** Pixels from what is in view to the newest words. */
  get #behind() {
    return this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight + this.#under;
  }

  #follow() {
    this.#newest = true;
    this.#log.scrollTop = this.#log.scrollHeight;
    const under = this.#under;
    if (under) scrollBy(0, under);
  }

  /**
   * @param {string} kind
   * @param {string} word
   * @param {() => void} press
   */
  #button(kind, word, press) {
    const button = el('button', { class: kind, text: this.#words.say(word) });
    button.type = 'button';
    button.addEventListener('click', press);
    return button;
  }

  /**
   * A line that shows something says what, before its words.
   * @param {Line} line
   * @param {{node: HTMLElement, words: HTMLElement}} shown
   */
  #showing(line, shown) {
    if (shown.node.dataset.shows) return;
    shown.node.dataset.shows = 'true';
    shown.words.replaceChildren(el('span', { class: 'what-shown', text: shownText(line.shown ?? [], this.#words) }), ...(line.text ? [` ${line.text}`] : []));
    this.#picture(line.id);
  }

  /** Who says a line. @param {Line} line */
  nameOf(line) {
    return this.#words.say(line.who === 'human' ? 'human' : 'badgeName', { name: this.#name });
  }

  /** An answer is reported: that is said at it, once and for all. @param {Line} line */
  reported(line) {
    const button = this.#shown.get(line.id)?.report;
    if (!button) return;
    button.textContent = this.#words.say('reported');
    button.disabled = true;
  }

  /**
   * One line of status, in words.
   * @param {string} state
   * @param {Record<string, string>} [values] of the words
   */
  status(state, values) {
    const text = this.#words.say(`status_${state}`, values);
    if ($('doing').textContent !== text) $('doing').textContent = text;
  }

  /**
   * Something that a person should know, above the words and never over them.
   * @param {string} text
   * @param {{button?: string, press?: () => void, urgent?: boolean, seconds?: number, again?: () => string}} [how]
   *   again: the text as it is a second later, for a count that goes down
   */
  toast(text, { button = 'dismiss', press, urgent = false, seconds = 0, again } = {}) {
    const box = $('toast');
    const [line, knob] = /** @type {[HTMLElement, HTMLButtonElement]} */ ([...box.children]);
    line.textContent = text;
    knob.textContent = this.#words.say(button);
    knob.onclick = () => {
      this.hideToast();
      press?.();
    };
    this.hideToast();
    box.className = urgent ? 'urgent' : '';
    box.hidden = false;
    if (seconds) this.#toastTimer = setTimeout(() => this.hideToast(), seconds * 1000);
    if (again) this.#toastCount = setInterval(() => (line.textContent = again()), 1000);
    this.tell(text, urgent);
  }

  hideToast() {
    clearTimeout(this.#toastTimer);
    clearInterval(this.#toastCount);
    // What goes away must not take the keyboard with it.
    if ($('toast').contains(document.activeElement)) this.#field.focus({ preventScroll: true });
    $('toast').hidden = true;
  }

  /**
   * To a screen reader.
   * @param {string} text
   * @param {boolean} [urgent]
   */
  tell(text, urgent = false) {
    const region = $(urgent ? 'urgent' : 'polite');
    while (region.childElementCount > 4) region.firstElementChild?.remove();
    region.append(el('p', { text }));
  }

  /**
   * What the person showed is this item. The picture never left the page for it.
   * @param {string} item
   * @param {HTMLCanvasElement|null} picture
   * @param {string} name
   */
  glimpse(item, picture, name) {
    this.#glimpses.set(item, { picture, name });
    this.#picture(item);
  }

  /** @param {string} item */
  #picture(item) {
    const shown = this.#shown.get(item);
    const seen = this.#glimpses.get(item);
    if (!shown || !seen) return;
    this.#glimpses.delete(item);
    if (seen.picture) shown.words.prepend(seen.picture);
    shown.words.append(el('span', { class: 'quiet', text: ` ${seen.name}` }));
  }

  /** Words that could not be asked are there again, unless others are. @param {string} text */
  restore(text) {
    if (this.#field.value) return;
    this.#field.value = text;
    this.#grow();
  }

  /** Takes every word off the page. */
  clear() {
    this.#lines.replaceChildren();
    this.#shown.clear();
    this.#glimpses.clear();
    this.#field.value = '';
    this.#grow();
    $('polite').replaceChildren();
    $('urgent').replaceChildren();
    $('empty').hidden = false;
    this.#newest = true;
    this.hideToast();
  }

  #submit() {
    const text = this.#field.value;
    if ((!text.trim() && !this.on.waits()) || !this.on.ask(text)) return;
    this.#field.value = '';
    this.#grow();
  }

  #grow() {
    const style = this.#field.style;
    style.blockSize = 'auto';
    if (this.#field.value) style.blockSize = `${this.#field.scrollHeight}px`;
  }

  /** @param {HTMLElement} node */
  #title(node) {
    const who = node.dataset.who;
    const title = /** @type {HTMLElement} */ (node.firstElementChild);
    if (who === 'you') title.replaceChildren(this.#words.say('you'));
    else if (who === 'human') title.replaceChildren(node.dataset.name || this.#words.say('human'), el('span', { class: 'pill human', text: this.#words.say('badgeHuman') }));
    else title.replaceChildren(this.#name, el('span', { class: 'pill', text: this.#words.say('badge') }));
  }

  /**
   * Sentence by sentence, and each one once.
   * @param {Line} line
   * @param {{announced: number}} shown
   */
  #announceLine(line, shown) {
    if (!this.announce) return;
    const fresh = sentences(line.text.slice(shown.announced));
    const whole = line.status === 'open' ? fresh.slice(0, -1) : fresh;
    for (const { segment } of whole) {
      shown.announced += segment.length;
      if (segment.trim()) this.tell(segment.trim());
    }
  }
}
