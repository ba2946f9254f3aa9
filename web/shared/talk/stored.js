// What the gateway has said about recording in one session, and what of it is
// stored. It believes nothing that was not said: what cannot be known is unknown.

/**
 * A time as the wire has it, in the words of a place. Soon means with the hour.
 * @param {string|number|undefined} value RFC 3339, or seconds since 1970
 * @param {string} locale
 */
export function whenText(value, locale) {
  const at = new Date(typeof value === 'number' ? value * 1000 : value ?? NaN);
  if (Number.isNaN(at.getTime())) return '';
  const soon = Math.abs(at.getTime() - Date.now()) < 172800000;
  return new Intl.DateTimeFormat(locale, soon ? { dateStyle: 'long', timeStyle: 'short' } : { dateStyle: 'long' }).format(at);
}

/**
 * The claims of a signed receipt, unchecked: who shows them has just had them from the gateway.
 * @param {string} jws compact form
 * @returns {any} null when it is none
 */
export function claimsOf(jws) {
  try {
    const part = String(jws).split('.')[1].replace(/-/g, '+').replace(/_/g, '/');
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (c) => c.charCodeAt(0))));
  } catch {
    return null;
  }
}

/** The state of recording in one session. */
export class Stored {
  /** @type {'off'|'on'|'failed'} */
  state = 'off';
  /** Why it is so: a stable code. */
  reason = '';
  /** Sound is kept as well as text. */
  sound = false;
  /** The person has switched it off, and the gateway has said so. */
  opted = false;
  /** What a person reads while nothing is recorded, as the gateway computed it. */
  off = '';
  /** What others state of what they are sent, as the gateway computed it. @type {string[]} */
  elsewhere = [];
  /** The receipt key, once something is stored. It is told once and kept in this memory only. */
  key = '';
  /** Where the key opens what is stored. */
  url = '';
  /** @type {string|number|undefined} */
  until;
  /** The signed receipt, at the end. @type {{jws: string, key_id?: string}|null} */
  receipt = null;
  /** Whoever has the key asks the organisation, which carries out what it is asked for. */
  instructed = false;
  /** The person has the key: saved, copied, or nothing is left to open. */
  taken = false;
  /** Reports of answers that are stored, each by its own yes. */
  reports = 0;
  #committed = 0;
  #erased = 0;
  /** Exchanges that were on their way to the disk when the receipt was made. */
  #unsettled = 0;
  #wasOn = false;
  #base;

  /** @param {string} base origin of the gateway */
  constructor(base) {
    this.#base = base;
  }

  /**
   * The word that is always there.
   * @param {import('../words.js').Words} words
   */
  word(words) {
    if (this.state !== 'on') return this.off || words.say('notRecordedNow');
    return words.say(this.sound ? 'recordedSound' : 'recordedNow');
  }

  /**
   * What the key is good for, in the words for who carries it out.
   * @param {string} key of a sentence with a twin that ends in Ask
   * @param {import('../words.js').Words} words
   * @param {string} [tenant]
   */
  says(key, words, tenant = '') {
    return words.say(this.instructed ? `${key}Ask` : key, { tenant });
  }

  /** Exchanges that are stored, as far as was said. */
  get turns() {
    return Math.max(0, this.#committed - this.#erased);
  }

  /** The address that opens what is stored; the key is behind the #, which no browser sends anywhere. */
  get link() {
    return this.key ? `${this.url}#key=${this.key}` : '';
  }

  /**
   * Whether something is left: what was committed and not erased. It is
   * unknown if a turn was still on its way to the disk, or if it was being
   * recorded to the end and no receipt came.
   * @returns {'nothing'|'stored'|'unknown'}
   */
  get left() {
    if (this.turns > 0 || this.reports > 0) return 'stored';
    return this.#unsettled > 0 || (this.state === 'on' && this.#wasOn && !this.receipt) ? 'unknown' : 'nothing';
  }

  /**
   * @param {string} name of the event behind `avatar.`
   * @param {any} e
   * @returns {boolean} whether it was about recording
   */
  take(name, e) {
    if (name === 'ready') {
      this.off = e.storage?.word ?? '';
      this.elsewhere = e.storage?.elsewhere ?? [];
      return false; // the state comes right after it
    } else if (name === 'disclosure') { // in another language, it may be
      this.off = e.storage?.word ?? this.off;
      this.elsewhere = e.storage?.elsewhere ?? this.elsewhere;
    } else if (name === 'recording.state') {
      this.state = ['on', 'failed'].includes(e.state) ? e.state : 'off';
      this.reason = e.reason ?? '';
      this.sound = e.audio === true || (e.kinds ?? []).includes('audio');
      this.#wasOn ||= this.state === 'on';
    } else if (name === 'transcript.committed') {
      this.#committed++;
      this.#unsettled = Math.max(0, this.#unsettled - 1);
    } else if (name === 'report.stored') {
      this.reports++;
      this.until ??= e.until;
    } else if (name === 'receipt.key') {
      this.key = e.key ?? '';
      this.url = new URL(String(e.url ?? '/me').split('#')[0], this.#base).href;
      this.until = e.stored_until;
      this.instructed = e.rights === 'on_instruction';
      this.taken = false;
    } else if (name === 'optout.state') {
      this.opted ||= (e.purposes ?? []).includes('transcript');
      this.#erased += e.erased ?? 0;
      if (e.erased > 0) this.reports = 0;
    } else if (name === 'receipt') {
      this.receipt = { jws: e.jws, key_id: e.key_id };
      this.#count(claimsOf(e.jws)?.stored ?? []);
    } else {
      return name === 'transcript.withheld';
    }
    return true;
  }

  /**
   * The receipt counts what is stored, whatever events a lost line swallowed.
   * @param {any[]} stored
   */
  #count(stored) {
    const sum = (/** @type {string} */ key) => stored.reduce((all, part) => all + (part[key] ?? 0), 0);
    this.reports = sum('reports');
    this.#committed = sum('turns');
    this.#erased = sum('erased_turns');
    this.#unsettled = sum('unsettled_turns') + sum('unsettled_reports');
    this.until ??= stored.map((part) => part.until).filter(Boolean).sort().at(-1);
  }

  /** Everything that was stored is gone: the gateway has said so. */
  gone() {
    this.#erased = this.#committed;
    this.#unsettled = this.reports = 0;
    this.taken = true;
  }
}

/**
 * The file that holds a key. /me opens it.
 * @param {Stored} stored
 * @param {string} note what the file says about itself
 */
export function keyFile(stored, note) {
  return `${JSON.stringify({ mayfly: 'receipt key', note, key: stored.key, url: stored.url, stored_until: stored.until }, null, 2)}\n`;
}
