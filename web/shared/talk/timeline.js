// What the mouth and the captions do, by the clock of one spoken item.
// Offsets are milliseconds from the item's first sample.

/** Mouth shapes and words of one item, in order of time. */
export class Timeline {
  /** @type {{at: number, id: number, weight: number}[]} */
  shapes = [];
  /** @type {{at: number, end: number, from: number, to: number, text: string}[]} */
  words = [];
  /** Where in the caption the next word is looked for. */
  #cursor = 0;

  /** @param {any} event avatar.viseme.delta, single or batch form */
  addShapes(event) {
    const frames = event.frames ?? [[event.audio_offset_ms, event.viseme_id, event.weight ?? 1]];
    for (const [at, id, weight = 1] of frames) {
      if (!(id >= 0 && id <= 14) || !Number.isFinite(at)) continue;
      const last = this.shapes.at(-1);
      this.shapes.push({ at, id, weight });
      if (last && last.at > at) this.shapes.sort((a, b) => a.at - b.at);
    }
  }

  /**
   * @param {any} event avatar.word.delta
   * @param {string} text the item's words so far
   */
  addWord(event, text) {
    const at = event.audio_offset_ms;
    if (!Number.isFinite(at)) return;
    const word = { at, end: at + (event.audio_duration_ms || 0), from: -1, to: -1, text: String(event.text ?? '') };
    this.words.push(word);
    this.#place(word, text);
  }

  /**
   * Finds places for words that came before their text did.
   * @param {string} text
   */
  placeWords(text) {
    for (const word of this.words) if (word.from < 0) this.#place(word, text);
  }

  /**
   * @param {{from: number, to: number, text: string}} word
   * @param {string} text
   */
  #place(word, text) {
    const bare = word.text.trim().toLowerCase();
    if (!bare) return;
    const from = text.toLowerCase().indexOf(bare, this.#cursor);
    // A word far ahead is another word of the same spelling.
    if (from < 0 || from - this.#cursor > 60) return;
    word.from = from;
    word.to = from + bare.length;
    this.#cursor = word.to;
  }

  /**
   * The word that sounds at a position, else the last one that has sounded.
   * @param {number} ms
   */
  wordAt(ms) {
    let found = null;
    for (const word of this.words) {
      if (word.at > ms) break;
      found = word;
    }
    return found;
  }

  /**
   * The word behind a word, if it is known yet.
   * @param {Timeline['words'][0]} word
   */
  after(word) {
    return this.words[this.words.indexOf(word) + 1] ?? null;
  }

  /**
   * Whether the mouth rests at a moment, or within so many milliseconds of it.
   * @param {number} ms
   * @param {number} slack
   */
  restsAt(ms, slack) {
    return this.shapes.some((s, i) => (s.id === 0 || s.weight <= 0.05) && s.at <= ms + slack
      && (this.shapes[i + 1]?.at ?? Infinity) >= ms - slack);
  }

  /** Where sound can begin: the first shape after at least 80 ms of rest. @returns {number[]} */
  onsets() {
    const starts = [];
    let restSince = -Infinity;
    let open = false;
    for (const s of this.shapes) {
      const sounds = s.id !== 0 && s.weight > 0.05;
      if (sounds && !open && s.at - restSince >= 80) starts.push(s.at);
      if (!sounds && open) restSince = s.at;
      open = sounds;
    }
    return starts;
  }
}
