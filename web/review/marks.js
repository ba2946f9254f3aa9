// What this page has verified, so that a row can say whether it is what the log has. In memory only.

/** What a transcript was read for, as an entry counts it. */
const USES = ['', 'audit', 'quality', 'learning', 'rights', 'export'];

/**
 * What a row says, to be compared with what its entry says.
 * @param {any} f a fact as the API gives it
 */
export function saidByRow(f) {
  return [Date.parse(f.at), f.kind, f.session ?? '', f.actor ?? '', f.object ?? '', f.turn ?? 0, f.notice ?? 0, (f.purposes ?? []).join(), f.reason ?? '', f.policy ?? 0, f.before ?? 0,
    f.use ? USES.indexOf(f.use) : f.count ?? 0, f.sha256 ?? ''].join('|');
}

/** @param {import('./entry.js').Entry} e */
export function saidByEntry(e) {
  return [e.at, e.kind, e.session, e.actor, e.object, Number(e.turn), Number(e.notice), e.purposes.join(), e.reason, Number(e.policy), Number(e.before), Number(e.count), e.hash].join('|');
}

export class Marks {
  /** What each entry says that was verified, by its number. @type {Map<number, string>} */
  #said = new Map();
  /** When all of the log was verified, and up to which number. @type {{at: Date, upTo: number}|null} */
  #whole = null;

  /**
   * One entry was verified.
   * @param {number} number
   * @param {import('./entry.js').Entry} e
   */
  one(number, e) {
    this.#said.set(number, saidByEntry(e));
  }

  /**
   * All were.
   * @param {Map<number, string>} said
   * @param {number} upTo
   */
  all(said, upTo) {
    this.#said = said;
    this.#whole = { at: new Date(), upTo };
  }

  /** Something was wrong: what was verified before says nothing now. */
  none() {
    this.#said.clear();
    this.#whole = null;
  }

  /**
   * @param {any} f a fact as the API gives it
   * @returns {'open'|'proven'|'differs'}
   */
  state(f) {
    const said = this.#said.get(f.number);
    if (said === undefined) return 'open';
    return said === saidByRow(f) ? 'proven' : 'differs';
  }

  /** In words, for paper. */
  get words() {
    if (!this.#whole) return 'not verified as a whole when this was printed';
    return `verified up to entry ${this.#whole.upTo.toLocaleString('en')} at ${this.#whole.at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  }
}
