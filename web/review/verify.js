// Verifies an export of a tenant's logs as `mayfly audit verify` does: every
// tree is computed again from the entries, and no hash in the export is
// trusted, except as the only thing left of an entry that was dropped.
import { Bad } from './bad.js';
import { fromBase64, same, toBase64, toHex } from './bytes.js';
import { Cursor, parseEntry } from './entry.js';
import { Lines } from './lines.js';
import { openCheckpoint, parseName } from './note.js';
import { Frontier, leafHash } from './tree.js';

/** How many comparisons are begun before they are waited for. */
const AHEAD = 4096;
/** How long entries are kept before they are dropped, in milliseconds. */
const RETENTION = 400 * 24 * 3600 * 1000;
const SET_BACK = 60000; // milliseconds, as writing entries takes

/**
 * What was found. Every entry is in one of the three counts.
 * @typedef {{tenant: string, recomputed: number, dropped: number, stored: number, droppedBy: {fact: number, count: number}[], signed: number,
 *   newest: number, setBack: {number: number, by: number}[], agreed: number, heads: {log: string, size: number, root: string}[]}} Report
 */

/**
 * @param {ReadableStream<Uint8Array>} stream the export
 * @param {{keys: import('./note.js').Key[]|null, earlier?: import('./note.js').Checkpoint[], signal?: AbortSignal,
 *   progress?: (entries: number, log: string) => void, entry?: (number: number, is: import('./entry.js').Entry) => void}} how
 *   keys: those that may have signed; null: none is known. `entry` is given each entry that is there, before it is known to be right.
 * @returns {Promise<Report>} throws a Bad for the first entry that is wrong. The stream is read to its end all the same: whoever keeps it has all of it.
 */
export async function verify(stream, how) {
  const lines = new Lines(stream, how.signal);
  try {
    return await new Verifier(lines, how).run();
  } catch (why) {
    if (why instanceof Bad) await lines.rest();
    throw why;
  }
}

class Verifier {
  #lines;
  #how;
  /** @type {Report} */
  #report = { tenant: '', recomputed: 0, dropped: 0, stored: 0, droppedBy: [], signed: 0, newest: 0, setBack: [], agreed: 0, heads: [] };
  /** By log; those of logs that were read are gone. @type {Map<string, {size: number, root: Uint8Array, inside: boolean}[]>} */
  #earlier = new Map();
  #log = { name: '', tenant: '', month: '', base: 0, size: 0, ends: 0 };
  /** Of this log, at sizes still to come. @type {{size: number, root: Uint8Array, inside: boolean}[]} */
  #awaited = [];
  /** What the log before came to. @type {{month: string, size: number, root: Uint8Array}|null} */
  #head = null;
  #tree = new Frontier();
  /** @type {{name: string, base: number, starts: number}[]} */
  #read = [];
  #absent = 0; // number of the last entry without a leaf
  #present = false; // an entry with a leaf was seen
  /** @type {{fact: bigint, upTo: bigint, count: bigint, at: number}[]} */
  #drops = [];
  #last = -Infinity; // when the entry before was
  /** The first entry that no checkpoint in the export is about. @type {Bad|null} */
  #unsigned = null;
  /** What has to hold, in the order of the entries. @type {(() => void|Promise<void>)[]} */
  #checks = [];

  /**
   * @param {Lines} lines
   * @param {Parameters<typeof verify>[1]} how
   */
  constructor(lines, how) {
    this.#how = how;
    this.#lines = lines;
    for (const { log, size, root } of how.earlier ?? []) this.#earlier.set(log, [...(this.#earlier.get(log) ?? []), { size, root, inside: false }]);
  }

  async run() {
    const first = new Cursor(text(await this.#lines.next().catch(foreign)));
    if (!first.take('{"mayfly_audit":1,"logs":')) throw new Bad('foreign');
    const logs = first.signed();
    if (first.bad || logs < 1n || !first.take('}')) throw new Bad('foreign');
    for (let n = 0n; n < logs; n++) await this.#oneLog();
    if (!(await this.#lines.ended())) throw new Bad('foreign', { more: ': something follows after its end' });
    this.#passed('~');
    this.#account();
    if (this.#unsigned) throw this.#unsigned;
    return this.#report;
  }

  /**
   * @param {string} code
   * @param {number} [index]
   * @param {string} [more]
   */
  #bad(code, index = -1, more = '') {
    return new Bad(code, { log: this.#log.name, index, more });
  }

  async #oneLog() {
    const { root, checkpoint } = this.#header(new Cursor(text(await this.#lines.next())));
    const signed = await this.#await(checkpoint);
    if (this.#how.keys && signed < this.#log.size) this.#unsigned ??= this.#bad('unsigned', signed);
    this.#tree = new Frontier();
    this.#agree();
    for (let n = 0; n < this.#log.size; n++) {
      try {
        this.#entry(n, this.#lines.take() ?? (await this.#lines.next()));
      } catch (why) {
        await this.#settle(); // what comes before it is named first
        throw why instanceof Bad && !why.log ? this.#bad(why.code, n) : why;
      }
      if (this.#checks.length >= AHEAD) {
        await this.#settle();
        this.#how.progress?.(this.#entries, this.#log.name);
      }
    }
    await this.#settle();
    const { month, size, name } = this.#log;
    const came = await this.#tree.root();
    if (root !== toBase64(came)) throw this.#bad('root');
    if (this.#awaited.length) throw this.#disagrees(this.#awaited[0]);
    this.#head = { month, size, root: came };
    this.#report.heads.push({ log: name, size, root });
    this.#how.progress?.(this.#entries, name);
  }

  get #entries() { return this.#report.recomputed + this.#report.dropped + this.#report.stored; }

  async #settle() {
    const checks = this.#checks;
    this.#checks = [];
    for (const one of checks) await one();
    this.#how.signal?.throwIfAborted();
  }

  /**
   * The line of a log, which has to follow on the one before.
   * @param {Cursor} c
   */
  #header(c) {
    if (!c.take('{"log":')) throw new Bad('foreign');
    const name = c.text();
    const of = parseName(name);
    if (!of) throw new Bad('foreign');
    const base = c.optional('base', 2n ** 63n);
    if (!c.key('size')) c.bad = true;
    const size = Number(c.signed());
    if (!c.key('root')) c.bad = true;
    const root = c.text();
    if (!c.key('checkpoint')) c.bad = true;
    const checkpoint = fromBase64(c.text(), { strict: true });
    if (c.bad || !checkpoint || !c.take('}') || c.rest > 0 || size < 1) throw new Bad('foreign');
    const day = new Date(`${of.month}-01T00:00:00Z`);
    const starts = day.getTime();
    this.#log = { name, ...of, base: Number(base), size, ends: day.setUTCMonth(day.getUTCMonth() + 1) };
    this.#read.push({ name, base: Number(base), starts });
    if (!this.#head) {
      this.#report.tenant = of.tenant;
      if (base !== 0n) throw this.#bad('gap');
    } else if (of.tenant !== this.#report.tenant) {
      throw new Bad('foreign', { log: name, more: ': logs of two tenants' });
    } else if (of.month <= this.#head.month || base !== BigInt(this.#entries)) {
      throw this.#bad('gap');
    }
    return { root, checkpoint };
  }

  /**
   * Collects the checkpoints that the log has to agree with.
   * @param {Uint8Array} checkpoint that came with it
   * @returns {Promise<number>} the size of that one, zero if none did
   */
  async #await(checkpoint) {
    const { name, month } = this.#log;
    this.#passed(month);
    this.#awaited = this.#earlier.get(name) ?? [];
    this.#earlier.delete(name);
    if (!this.#how.keys || checkpoint.length === 0) return 0;
    let c;
    try {
      c = await openCheckpoint(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(checkpoint), this.#how.keys);
    } catch (why) {
      throw this.#bad('checkpoint', -1, why instanceof Bad ? why.message.slice(new Bad('checkpoint').message.length) : ': malformed note');
    }
    if (c.log !== name) throw this.#bad('disagrees');
    this.#awaited = [...this.#awaited, { size: c.size, root: c.root, inside: true }];
    return c.size;
  }

  /** Looks for checkpoints of logs that should have come before this month. @param {string} month */
  #passed(month) {
    for (const [log, [first]] of [...this.#earlier].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const of = parseName(log);
      if (of && of.tenant === this.#report.tenant && of.month < month) throw new Bad('disagrees', { log, more: ` (the checkpoint is of ${first.size} entries, and the export has no such log)` });
    }
  }

  /** Compares the log with every checkpoint of the size that it has now. */
  #agree() {
    const now = this.#awaited.filter((c) => c.size === this.#tree.size);
    if (now.length === 0) return;
    this.#awaited = this.#awaited.filter((c) => c.size !== this.#tree.size);
    const root = this.#tree.root();
    for (const c of now) {
      this.#checks.push(async () => {
        if (!same(await root, c.root)) throw this.#disagrees(c);
        if (c.inside) this.#report.signed += c.size;
        else this.#report.agreed++;
      });
    }
  }

  /** @param {{size: number}} c */
  #disagrees(c) {
    const { size } = this.#log;
    return this.#bad('disagrees', -1, c.size > size ? ` (the checkpoint is of ${c.size} entries, and the export has ${size}: it is an older export, or its end was cut off)` : ` (checkpoint of ${c.size} entries)`);
  }

  /**
   * The line of one entry. What takes the browser's cryptography is noted, to be compared later.
   * @param {number} n
   * @param {Uint8Array} line
   */
  #entry(n, line) {
    const words = text(line);
    const c = new Cursor(words);
    c.want('{"n":');
    const got = c.signed();
    if (c.bad) throw this.#bad('truncated', n);
    if (got !== BigInt(n)) throw this.#bad('order', n);
    if (!c.key('hashes')) c.bad = true;
    const stored = fromBase64(c.text(), { strict: true });
    if (!stored) c.bad = true;
    if (c.take(',"damaged":')) throw this.#bad('changed', n);
    const leaf = c.take(',"leaf":');
    if (c.bad || c.rest < 1 || !words.endsWith('}')) throw this.#bad('malformed', n);
    const from = c.at;
    if (!stored || stored.length < 32) throw this.#bad('missing', n);
    if (leaf) {
      this.#expect(leafHash(line.subarray(from, line.length - 1)), stored.subarray(0, 32), this.#bad('changed', n));
      this.#leaf(n, words.slice(from, -1));
    } else if (c.rest > 1) {
      throw this.#bad('malformed', n);
    } else {
      this.#dropped(n);
    }
    const nodes = this.#tree.add(stored);
    if (!nodes) throw this.#bad('tree', n);
    for (const { hash, is } of nodes) this.#expect(hash, is, this.#bad('tree', n));
    this.#agree();
  }

  /**
   * @param {Promise<Uint8Array>} hash
   * @param {Uint8Array} is
   * @param {Bad} else_
   */
  #expect(hash, is, else_) {
    this.#checks.push(async () => {
      if (!same(await hash, is)) throw else_;
    });
  }

  /**
   * Counts an entry whose leaf is there.
   * @param {number} n
   * @param {string} leaf
   */
  #leaf(n, leaf) {
    const e = parseEntry(leaf);
    if (typeof e === 'string') throw this.#bad(e, n);
    const before = n === 0 ? this.#head : null;
    if (before ? !e.prior || e.prior.month !== BigInt(before.month.replace('-', '')) || e.prior.size !== BigInt(before.size) || e.prior.root !== toHex(before.root) : e.prior) throw this.#bad('prior', n);
    const report = this.#report;
    // The fact that begins a month begins a log. So nobody who appends to a log says that it is another year already.
    if (e.at >= this.#log.ends) throw this.#bad('malformed', n, ': it is of a later month than its log');
    const number = this.#log.base + n + 1;
    this.#present = true;
    report.recomputed++;
    if (this.#last - e.at > SET_BACK && report.setBack.length < 100) report.setBack.push({ number, by: this.#last - e.at });
    this.#last = e.at;
    report.newest = Math.max(report.newest, e.at);
    if (e.kind === 'audit_pruned') this.#drops.push({ fact: BigInt(number), upTo: e.before, count: e.count, at: e.at });
    this.#how.entry?.(number, e);
  }

  /**
   * Counts an entry of which only the hash is left. Which fact dropped it is
   * known at the end, since facts come later than what they drop.
   * @param {number} n
   */
  #dropped(n) {
    if (this.#present) throw this.#bad('missing', n);
    this.#report.stored++;
    this.#absent = this.#log.base + n + 1;
  }

  /** Says which fact dropped what. Entries are dropped from the oldest on, so whatever a fact does not reach is missing. */
  #account() {
    const report = this.#report;
    let covered = 0; // up to this number
    for (const [i, d] of this.#drops.entries()) {
      if (d.upTo >= d.fact || d.count > d.upTo) throw new Bad('malformed', { log: this.#log.name, more: `: number ${d.fact} says that it dropped what it cannot have` });
      const first = Number(d.upTo - d.count);
      if (i > 0 && first > covered) break; // whatever is between them, no fact dropped
      this.#timely(d, i === 0);
      const from = Math.max(first, covered);
      const upTo = Math.min(Number(d.upTo), this.#absent);
      if (upTo > from) {
        report.droppedBy.push({ fact: Number(d.fact), count: upTo - from });
        report.dropped += upTo - from;
        report.stored -= upTo - from;
      }
      covered = Math.max(covered, Number(d.upTo));
    }
    if (this.#absent <= covered) return;
    const of = this.#read.findLast((l) => covered >= l.base);
    throw new Bad('missing', of ? { log: of.name, index: covered - of.base } : {});
  }

  /**
   * Holds a fact to the retention, as exactly as what is left of a log says it.
   * The first entry of a log is of its month, whatever the clock did later, and
   * is dropped before the others: so the fact that dropped it is no younger than
   * the month's beginning and the retention. What is before the first of all
   * facts was dropped by one that was dropped since, which took the retention
   * twice; by which of those that are there is not known.
   * @param {{upTo: bigint, count: bigint, at: number}} d
   * @param {boolean} first
   */
  #timely(d, first) {
    const from = Number(d.upTo - d.count);
    for (const l of this.#read) {
      if (l.base >= Number(d.upTo)) return;
      if (l.base >= from && d.at < l.starts + RETENTION) throw new Bad('early', { log: l.name, index: 0 });
      if (l.base < from && first && !this.#drops.some((d) => d.at >= l.starts + 2 * RETENTION)) throw new Bad('missing', { log: l.name, index: 0 });
    }
  }
}

/** A sign for each byte. */
const LATIN = new TextDecoder('latin1');
const text = (/** @type {Uint8Array} */ line) => LATIN.decode(line);

/** @param {unknown} why @returns {never} */
function foreign(why) {
  throw why instanceof Bad ? new Bad('foreign') : why;
}
