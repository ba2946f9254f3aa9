// Captions on the stage: the piece of a sentence that is heard now, with the
// word of the moment underlined.
import { $, el } from './dom.js';

/** Characters that fit two or three lines of a caption. */
const PIECE = 90;

export class Captions {
  #box = $('caption');
  #item = '';
  #text = '';
  /** @type {{from: number, to: number}[]} */
  #pieces = [];
  #from = -1;
  /** @type {{at: number, span: HTMLElement}[]} words of the piece in view */
  #spans = [];
  #now = -1;
  #laid = '';

  /** @param {string} size 1 to 4 */
  set size(size) {
    this.#box.dataset.size = size;
  }

  /**
   * @param {import('../shared/talk/turns.js').Line} line
   * @param {number|null} ms position in the line's sound; null: it is read, not heard
   */
  show(line, ms) {
    if (line.id !== this.#item || line.text !== this.#text) {
      this.#item = line.id;
      this.#text = line.text;
      this.#pieces = pieces(line.text);
      this.#box.dataset.item = line.id;
    }
    const word = ms === null ? null : line.time.wordAt(ms);
    const at = word && word.from >= 0 ? word.from : 0;
    const piece = ms === null ? this.#pieces.at(-1) : this.#pieces.find((p) => at < p.to);
    if (!piece) return;
    this.#lay(piece);
    const sounds = word !== null && word.from >= piece.from && word.from < piece.to;
    const now = sounds ? this.#spans.findLastIndex((s) => s.at <= at) : this.#spans.length;
    if (now === this.#now) return;
    this.#now = now;
    this.#box.dataset.word = sounds ? word.text : '';
    // Only colours change from word to word: nothing is laid out again.
    this.#spans.forEach(({ span }, i) => (span.className = i < now ? 'said' : i === now ? 'now' : ''));
  }

  clear() {
    this.#box.replaceChildren();
    this.#box.dataset.item = '';
    this.#box.dataset.word = '';
    this.#item = '';
    this.#text = '';
    this.#pieces = [];
    this.#from = -1;
    this.#laid = '';
    this.#spans = [];
    this.#now = -1;
  }

  /** @param {{from: number, to: number}} piece */
  #lay(piece) {
    const text = this.#text.slice(piece.from, piece.to).trim();
    if (this.#from === piece.from && this.#laid === text) return;
    this.#from = piece.from;
    this.#laid = text;
    this.#now = -1;
    this.#spans = [];
    const nodes = [];
    for (const m of text.matchAll(/\S+|\s+/g)) {
      if (!m[0].trim()) {
        nodes.push(m[0]);
        continue;
      }
      const span = el('span', { text: m[0] });
      this.#spans.push({ at: piece.from + m.index, span });
      nodes.push(span);
    }
    this.#box.replaceChildren(...nodes);
  }
}

/**
 * Sentences, and long ones in parts that break between words.
 * @param {string} text
 * @returns {{from: number, to: number}[]}
 */
export function pieces(text) {
  const found = [];
  for (const { index, segment } of sentences(text)) {
    const end = index + segment.length;
    const parts = Math.ceil(segment.length / PIECE);
    let from = index;
    for (let i = 1; i <= parts; i++) {
      let to = end;
      if (i < parts) {
        const aim = index + Math.round((segment.length / parts) * i);
        const space = text.lastIndexOf(' ', aim);
        to = space > from ? space + 1 : aim;
      }
      found.push({ from, to });
      from = to;
    }
  }
  return found;
}

/**
 * @param {string} text
 * @returns {{index: number, segment: string}[]}
 */
export function sentences(text) {
  if (typeof Intl.Segmenter === 'function') return [...new Intl.Segmenter(undefined, { granularity: 'sentence' }).segment(text)];
  return [...text.matchAll(/[^.!?…]+[.!?…]*\s*/g)].map((m) => ({ index: m.index, segment: m[0] }));
}
