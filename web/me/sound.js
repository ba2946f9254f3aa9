// The sound that is kept of a conversation, to be heard here or taken along.
import { el } from '../shared/dom.js';
import { saveFile } from '../shared/save.js';
import { timeText } from './receipt.js';

/** @typedef {import('./words.js').Mine} Mine */
/** @typedef {{turn: number, side: 'person'|'avatar', at: string, stored_until: string, ms: number}} Sound */

export class Sounds {
  #mine;
  #tell;
  #session = '';
  /** @type {Sound[]} */
  #kept = [];
  /** What was asked for, so that it is asked for once: each time is noted. @type {Map<Sound, Blob>} */
  #here = new Map();
  /** @type {Set<string>} */
  #urls = new Set();

  /**
   * @param {import('./api.js').MyApi} mine
   * @param {(key: string) => void} tell
   */
  constructor(mine, tell) {
    this.#mine = mine;
    this.#tell = tell;
  }

  /** @param {string} session @returns {Promise<void>} rejects with Refused */
  async open(session) {
    this.#session = session;
    this.#kept = (await this.#mine.get('sound')).sounds ?? [];
  }

  get any() {
    return this.#kept.length > 0;
  }

  /** How much there is and until when; empty: nothing. @param {Mine} words */
  summary(words) {
    if (!this.any) return '';
    const last = this.#kept.reduce((a, b) => (a.stored_until > b.stored_until ? a : b));
    return words.say('soundLine', { time: lengthText(this.#kept.reduce((ms, s) => ms + s.ms, 0), words), date: timeText(last.stored_until, words) });
  }

  /**
   * A player for each sound, at the first thing that was said on its side of its exchange. Those of before are done with.
   * @param {any[]} items of the transcript
   * @param {Mine} words
   * @returns {Map<any, HTMLElement>}
   */
  players(items, words) {
    this.#letGo();
    const found = new Map();
    for (const sound of this.#kept) {
      const item = items.find((i) => i.turn === sound.turn && (i.role === 'avatar') === (sound.side === 'avatar') && !found.has(i));
      if (item) found.set(item, this.#player(sound, words));
    }
    return found;
  }

  /** Nothing of it stays in the page. */
  drop() {
    this.#letGo();
    this.#here.clear();
    this.#kept = [];
  }

  #letGo() {
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls.clear();
  }

  /** @param {Sound} sound @param {Mine} words */
  #player(sound, words) {
    const time = lengthText(sound.ms, words);
    const whose = `${words.say(sound.side === 'avatar' ? 'avatar' : 'you')}, ${time}`;
    const button = (/** @type {string} */ text, /** @type {(sound: Blob) => void} */ use) => {
      const b = el('button', { text, class: 'bare small' });
      b.type = 'button';
      b.setAttribute('aria-label', `${text}: ${whose}`);
      b.addEventListener('click', async () => {
        b.disabled = true;
        const blob = await this.#fetch(sound);
        b.disabled = false;
        if (blob) use(blob);
      });
      return b;
    };
    const player = (/** @type {Blob} */ blob) => {
      const audio = el('audio');
      audio.controls = true;
      audio.setAttribute('aria-label', whose);
      audio.src = URL.createObjectURL(blob);
      this.#urls.add(audio.src);
      return audio;
    };
    const here = this.#here.get(sound);
    const listen = here ? player(here) : button(words.say('listen', { time }), (blob) => {
      const audio = player(blob);
      listen.replaceWith(audio);
      audio.focus();
      audio.play().catch(() => {}); // the browser may want a press of its own
    });
    return el('div', { class: 'row sound' }, [listen, button(words.say('take'), (blob) =>
      saveFile(`mayfly-${this.#session.slice(-8)}-${sound.turn}-${sound.side}.opus`, blob, 'audio/ogg'))]);
  }

  /** @param {Sound} sound @returns {Promise<Blob|null>} null: it cannot be had, and that was said */
  async #fetch(sound) {
    try {
      const blob = this.#here.get(sound) ?? await this.#mine.file(`sound/${sound.turn}/${sound.side}`, 'audio/ogg');
      if (!this.#kept.includes(sound)) return null; // dropped meanwhile
      this.#here.set(sound, blob);
      return blob;
    } catch (why) {
      this.#tell(/** @type {any} */ (why).status === 429 ? 'tooMany' : 'failed');
      return null;
    }
  }
}

/** @param {number} ms @param {Mine} words */
function lengthText(ms, words) {
  const all = Math.max(1, Math.round(ms / 1000));
  const unit = (/** @type {number} */ n, /** @type {string} */ name) => new Intl.NumberFormat(words.locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(n);
  return [all >= 60 ? unit(Math.floor(all / 60), 'minute') : '', all < 60 || all % 60 ? unit(all % 60, 'second') : ''].filter(Boolean).join(' ');
}
