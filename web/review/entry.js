// An entry of a log: read in the one form in which mayfly writes it, and in no other.
import { KINDS, PURPOSES, REASONS } from './facts.js';

const MOST = 1024; // bytes
const U64 = 2n ** 64n - 1n;
const ZERO = /^[0-]*$/;

/** Reads a line from its beginning to its end. */
export class Cursor {
  #text;
  #at = 0;
  bad = false;
  /** A name that is not on the lists. */
  newer = false;

  /** @param {string} text a sign for each byte */
  constructor(text) {
    this.#text = text;
  }

  /** How many bytes were read. */
  get at() { return this.#at; }

  get rest() { return this.#text.length - this.#at; }

  /** Steps over a text if it comes next. @param {string} text */
  take(text) {
    if (this.bad || !this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** The same, and wrong if it does not. @param {string} text */
  want(text) {
    if (!this.take(text)) this.bad = true;
  }

  /** Steps over a key that is not the first. @param {string} name */
  key(name) {
    return this.take(`,"${name}":`);
  }

  /**
   * @param {bigint} least
   * @param {bigint} most
   * @returns {bigint}
   */
  number(least, most) {
    const digits = /-?\d*/y;
    digits.lastIndex = this.#at;
    const found = digits.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    if (!/\d/.test(found) || (least === 0n && found.startsWith('-'))) {
      this.bad = true;
      return 0n;
    }
    const n = BigInt(found);
    if (n < least || n > most) {
      this.bad = true;
      return 0n;
    }
    return n;
  }

  signed() { return this.number(-(2n ** 63n), 2n ** 63n - 1n); }

  /**
   * A number that may be left out.
   * @param {string} key
   * @param {bigint} most
   */
  optional(key, most) { return this.key(key) ? this.number(0n, most) : 0n; }

  /** A string without escapes, without its quotes. */
  text() {
    this.want('"');
    const end = this.bad ? -1 : this.#text.indexOf('"', this.#at);
    if (end < 0) {
      this.bad = true;
      return '';
    }
    const found = this.#text.slice(this.#at, end);
    this.#at = end + 1;
    return found;
  }

  /** A name from a closed list. @param {Set<string>} list */
  oneOf(list) {
    const name = this.text();
    if (!this.bad && !list.has(name)) this.newer = true;
    return name;
  }

  /** @param {number} bytes */
  hex(bytes) {
    const found = this.text();
    if (!/^[0-9a-fA-F]*$/.test(found) || found.length !== 2 * bytes) this.bad = true;
    return found;
  }

  /** @param {string} key */
  id(key) {
    if (!this.key(key)) return '';
    const found = this.text();
    if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(found)) this.bad = true;
    return found;
  }

  purposes() {
    /** @type {string[]} */
    const all = [];
    if (!this.key('purposes')) return all;
    this.want('[');
    while (!this.bad) {
      const name = this.text();
      if (!PURPOSES.includes(name)) {
        this.newer = !this.bad;
        return all;
      }
      all.push(name);
      if (this.take(']')) return all;
      this.want(',');
    }
    return all;
  }
}

/**
 * What one entry says.
 * @typedef {{at: number, kind: string, session: string, actor: string, object: string, turn: bigint, notice: bigint, purposes: string[], reason: string,
 *   policy: bigint, before: bigint, count: bigint, hash: string, prior: {month: bigint, size: bigint, root: string}|null, salt: string}} Entry
 */

/**
 * @param {string} text a sign for each byte
 * @returns {Entry|'newer'|'malformed'}
 */
export function parseEntry(text) {
  const c = new Cursor(text);
  if (text.length > MOST || !c.take('{"v":')) return 'malformed';
  if (c.number(0n, U64) !== 1n) return c.bad ? 'malformed' : 'newer';
  c.want(',"at":');
  const at = c.signed();
  if (!c.key('kind')) c.bad = true;
  /** @type {Entry} */
  const e = {
    at: Number(at), kind: c.oneOf(KINDS), session: c.id('session'), actor: c.id('actor'), object: c.id('object'),
    turn: c.optional('turn', 2n ** 32n - 1n), notice: c.optional('notice', 2n ** 32n - 1n), purposes: c.purposes(),
    reason: c.key('reason') ? c.oneOf(REASONS) : '', policy: c.optional('policy', U64), before: c.optional('before', U64), count: c.optional('count', U64),
    hash: c.key('hash') ? c.hex(32) : '', prior: null, salt: '',
  };
  if (c.take(',"prior":{"month":')) {
    const month = c.signed();
    c.want(',"size":');
    const size = c.signed();
    if (!c.key('root')) c.bad = true;
    e.prior = { month, size, root: c.hex(32) };
    c.want('}');
  }
  if (!c.key('salt')) c.bad = true;
  e.salt = c.hex(16);
  c.want('}');
  if (c.newer) return 'newer';
  return c.bad || c.rest > 0 || write(e, at) !== text ? 'malformed' : e;
}

/**
 * The one form of an entry: keys in this order, what is zero left out, no space.
 * @param {Entry} e
 * @param {bigint} at
 */
function write(e, at) {
  const is = (/** @type {string} */ key, /** @type {string} */ v) => (v === '' || ZERO.test(v) ? '' : `,"${key}":"${v.toLowerCase()}"`);
  const n = (/** @type {string} */ key, /** @type {bigint} */ v) => (v === 0n ? '' : `,"${key}":${v}`);
  const purposes = PURPOSES.filter((p) => e.purposes.includes(p));
  const { prior } = e;
  return `{"v":1,"at":${at},"kind":"${e.kind}"${is('session', e.session)}${is('actor', e.actor)}${is('object', e.object)}${n('turn', e.turn)}${n('notice', e.notice)}`
    + `${purposes.length ? `,"purposes":[${purposes.map((p) => `"${p}"`).join(',')}]` : ''}${e.reason ? `,"reason":"${e.reason}"` : ''}${n('policy', e.policy)}${n('before', e.before)}${n('count', e.count)}${is('hash', e.hash)}`
    + `${prior && !(prior.month === 0n && prior.size === 0n && ZERO.test(prior.root)) ? `,"prior":{"month":${prior.month},"size":${prior.size},"root":"${prior.root.toLowerCase()}"}` : ''},"salt":"${e.salt.toLowerCase()}"}`;
}
