// Captions on the stage: the piece of a sentence that is heard now, with the
// word of the moment underlined. The line under it is a layer of its own that
// is only moved: from word to word nothing is laid out or painted again.
import { $, el } from '../shared/dom.js';

/** Characters that fit two or three lines of a caption. */
const PIECE = 90;
/** Milliseconds below which a word would only flicker by. */
const SHORT = 190;

export class Captions {
  #box = $('caption');
  #item = '';
  #text = '';
  /** @type {{from: number, to: number}[]} */
  #pieces = [];
  #from = -1;
  /** @type {{at: number, span: HTMLElement}[]} words of the piece in view */
  #spans = [];
  /** @type {{x: number, y: number, width: number}[]} where the words end up; empty until somebody asks */
  #places = [];
  #line = el('i');
  #shines = false;
  #now = -1;
  /** The last word under the line: a short word takes the next one with it. */
  #last = -1;
  #laid = '';

  constructor() {
    new ResizeObserver(() => this.#replace()).observe(this.#box);
  }

  /** @param {string} size 1 to 4 */
  set size(size) {
    this.#box.dataset.size = size;
    this.#replace();
  }

  /**
   * @param {import('../shared/talk/turns.js').Line} line
   * @param {number|null} ms position in the line's sound; null: it is read, not heard
   * @returns {boolean} whether anything looks other than before
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
    if (!piece) return false;
    this.#lay(piece);
    const sounds = word !== null && word.from >= piece.from && word.from < piece.to;
    const now = sounds ? this.#spans.findLastIndex((s) => s.at <= at) : this.#spans.length;
    if (now >= this.#now && now <= this.#last) return false;
    this.#now = now;
    this.#last = now;
    let text = sounds ? word.text : '';
    const next = sounds && word.end - word.at < SHORT ? line.time.after(word) : null;
    if (next && this.#joins(next.from)) {
      this.#last = now + 1;
      text += ` ${next.text}`;
    }
    this.#box.dataset.word = text;
    this.#underline();
    return true;
  }

  /**
   * Whether the word that begins there is the one behind the word of the moment, in the same line of the caption.
   * @param {number} from
   */
  #joins(from) {
    const [span, over] = [this.#spans[this.#now + 1], this.#spans[this.#now + 2]];
    if (!span || from < span.at || (over && from >= over.at)) return false;
    const places = this.#placed();
    return Math.abs(places[this.#now].y - places[this.#now + 1].y) < 2;
  }

  /** Nothing is heard any more: the words stay, the line under them goes. */
  rest() {
    this.#shine(false);
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
    this.#places = [];
    this.#now = -1;
    this.#last = -1;
  }

  /** Moves the line under the word of the moment, or takes it away. */
  #underline() {
    const places = this.#placed();
    const [first, last] = [places[this.#now], places[this.#last]];
    this.#shine(Boolean(first));
    if (!first) return;
    const x = Math.min(first.x, last.x);
    const width = Math.max(first.x + first.width, last.x + last.width) - x;
    this.#line.style.transform = `translate(${x}px, ${first.y}px) scaleX(${width})`;
  }

  #placed() {
    if (this.#places.length === 0) this.#places = this.#measure();
    return this.#places;
  }

  /** @param {boolean} on */
  #shine(on) {
    if (on === this.#shines) return;
    this.#shines = on;
    this.#line.style.opacity = on ? '1' : '0';
  }

  #measure() {
    const box = this.#box.getBoundingClientRect();
    return this.#spans.map(({ span }) => {
      const word = span.getClientRects()[0] ?? box;
      return { x: word.left - box.left, y: word.bottom - box.top, width: word.width };
    });
  }

  /** The letters have another size, or the lines break elsewhere. */
  #replace() {
    this.#places = [];
    if (this.#shines) this.#underline();
  }

  /** @param {{from: number, to: number}} piece */
  #lay(piece) {
    const text = this.#text.slice(piece.from, piece.to).trim();
    if (this.#from === piece.from && this.#laid === text) return;
    this.#from = piece.from;
    this.#laid = text;
    this.#now = -1;
    this.#last = -1;
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
    this.#places = [];
    this.#box.replaceChildren(...nodes, this.#line);
    this.#shine(false);
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
