// Where a WebRTC track is in its item. The track carries no item clock, so the
// beginning of sound is matched with the beginning of the first mouth shape,
// and again after every pause.

/** Milliseconds by which a new onset may differ from the running clock and only nudge it. */
const NEAR = 80;
/** Milliseconds around the running clock in which an onset after a pause is looked for. */
const BEFORE = 250;
const AFTER = 3000;
/** Milliseconds by which shapes and loudness differ about the end of what was heard. */
const SLACK = 100;
/** Milliseconds of silence within a word that no speaker makes. */
const STUMBLE = 250;

/** A clock that listens. All times are milliseconds of one monotonic clock. */
export class TrackClock {
  /** @type {import('../talk/timeline.js').Timeline|null} */
  #time = null;
  #item = '';
  /** When the item's first sample sounded, or null while unknown. @type {number|null} */
  #zero = null;
  /** Onset that came before its shapes did. @type {number|null} */
  #early = null;
  #sounding = false;
  #ended = 0;

  /**
   * The item whose sound is expected next, or is under way.
   * @param {string} item
   * @param {import('../talk/timeline.js').Timeline} time
   */
  follow(item, time) {
    if (item === this.#item) {
      if (this.#zero === null && this.#early !== null) this.onset(this.#early);
      return;
    }
    this.#item = item;
    this.#time = time;
    this.#zero = null;
    if (this.#early !== null) this.onset(this.#early);
  }

  get item() {
    return this.#item;
  }

  get sounding() {
    return this.#sounding;
  }

  /** @param {number} at */
  onset(at) {
    this.#sounding = true;
    const starts = this.#time?.onsets() ?? [];
    if (starts.length === 0) {
      this.#early ??= at; // where the item begins, though it may have paused since
      return;
    }
    this.#early = null;
    if (this.#zero === null) {
      this.#zero = at - starts[0];
      return;
    }
    const heard = this.#ended - this.#zero;
    if (!this.#time?.restsAt(heard, SLACK)) {
      // The sound broke off where nothing was to rest: the line stumbled, and goes on where it was.
      if (at - this.#ended > STUMBLE) this.#zero += at - this.#ended;
      return;
    }
    // What begins now lies behind what was heard last.
    const next = starts.find((s) => s >= heard - SLACK);
    if (next === undefined) return;
    const off = at - this.#zero - next;
    if (off < -BEFORE || off > AFTER) return;
    // Late by a lot: the gateway paused between sentences and so must the mouth.
    this.#zero += Math.abs(off) < NEAR ? off / 2 : off;
  }

  /** @param {number} at when it was last heard */
  offset(at) {
    this.#sounding = false;
    this.#ended = at;
  }

  reset() {
    this.#item = '';
    this.#time = null;
    this.#zero = null;
    this.#early = null;
    this.#sounding = false;
  }

  /**
   * @param {number} now
   * @returns {number|null} milliseconds into the item; it stands still in a pause
   */
  at(now) {
    if (this.#zero === null) return null;
    return (this.#sounding ? now : Math.min(now, this.#ended + HOLD)) - this.#zero;
  }
}

/** Milliseconds that the clock runs on into silence: short rests are part of speech. */
const HOLD = 250;
