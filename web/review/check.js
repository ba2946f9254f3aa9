// "Verify now": the whole log is fetched and computed again here. No hash that came is trusted.
import { button, empty, h, head, tell } from '../admin/parts.js';
import { icon } from '../shared/dom.js';
import { saveFile } from '../shared/save.js';
import { Bad } from './bad.js';
import { commands } from './commands.js';
import { saidByEntry } from './marks.js';
import { readCheckpoints } from './note.js';
import { utc } from './row.js';
import { verify } from './verify.js';

/**
 * What came out: it is shown until the next one, also when somebody comes back to the view.
 * @typedef {{report?: import('./verify.js').Report, wrong?: string, bad?: Bad, given: number, took: number, worth: string, bytes?: Blob, name: string}} Result
 */

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function check(view) {
  const { api, tenant, trust, marks, memory, signal } = view;
  const result = h('div', { id: 'result', tabindex: '-1' });
  const show = () => result.replaceChildren(...(memory.last ? [shown(memory.last)] : [empty('Nothing was verified yet', 'It takes some seconds for a hundred thousand entries. You can stop it at any time.')]));
  const bar = h('progress', { 'aria-label': 'Entries verified' });
  const how = h('p', { class: 'hint', role: 'status' });
  const running = h('div', { class: 'running', hidden: true }, bar, how, button('Stop', () => stop?.abort(new Stopped())));
  const starts = h('div', { class: 'row' });
  /** @type {AbortController|null} */
  let stop = null;
  signal.addEventListener('abort', () => stop?.abort(new Stopped()), { once: true });

  /**
   * @param {(signal: AbortSignal) => Promise<{stream: ReadableStream<Uint8Array>, name: string, keep: boolean}>} open
   * @param {number} entries how many there are, if that is known
   */
  const run = async (open, entries) => {
    stop = new AbortController();
    const since = performance.now();
    const said = new Map();
    const copy = new Copy();
    let given = 0;
    let name = '';
    running.hidden = false;
    starts.inert = true;
    bar.removeAttribute('value');
    if (entries) bar.max = entries;
    how.textContent = 'Fetching the log.';
    try {
      const keys = await trust.keys();
      const earlier = memory.kept.trim() ? await readCheckpoints(memory.kept, keys) : [];
      given = earlier.length;
      const from = await open(stop.signal);
      name = from.name;
      const stream = from.keep ? from.stream.pipeThrough(new TransformStream({ transform: (chunk, c) => { copy.add(chunk); c.enqueue(chunk); } })) : from.stream;
      const report = await verify(stream, { keys, earlier, signal: stop.signal, entry: (n, e) => { said.set(n, saidByEntry(e)); if (said.size > SAID) said.delete(said.keys().next().value); },
        progress: (n, log) => { if (entries) bar.value = Math.min(n, entries); how.textContent = `${n.toLocaleString('en')} entries are right so far, up to ${log}.`; } });
      if (report.tenant !== tenant) throw new Error(`This is the log of ${report.tenant}, and not of ${tenant}.`);
      if (given > 0 && report.agreed === 0) throw new Bad('disagrees', { more: `: none of the checkpoints is of the tenant ${tenant}; give those of its logs` });
      marks.all(said, total(report));
      memory.last = { report, given, name, took: performance.now() - since, worth: trust.worth, bytes: copy.bytes };
    } catch (why) {
      if (why instanceof Stopped || stop.signal.aborted) {
        how.textContent = 'Stopped. Nothing is said about the rest.';
        tell('Stopped.');
        bar.value = 0;
        return;
      }
      const bad = why instanceof Bad ? why : undefined; // all else says nothing of the log
      if (bad) marks.none();
      memory.last = { wrong: /** @type {Error} */ (why).message, bad, given, name, took: performance.now() - since, worth: '', bytes: bad ? copy.bytes : undefined };
    } finally {
      running.hidden = true;
      starts.inert = false;
      stop = null;
    }
    show();
    result.focus({ preventScroll: true });
    tell(memory.last.wrong ? `${memory.last.bad ? 'Not good' : 'Not verified'}: ${memory.last.wrong}` : 'Good: the log is what was written.');
  };

  const file = h('input', { type: 'file', hidden: true, accept: '.jsonl', on: { change: () => {
    const f = file.files?.[0];
    if (f) run(async () => ({ stream: f.stream(), name: f.name, keep: false }), 0);
    file.value = '';
  } } });
  const newest = (await api.get('facts?limit=1')).facts[0]?.number ?? 0;
  starts.append(button('Verify now', () => run(async (s) => ({ stream: /** @type {ReadableStream<Uint8Array>} */ ((await api.send('GET', `/audit/${encodeURIComponent(tenant)}/export`, { accept: 'application/jsonl', signal: s })).body), name: `audit-${tenant}-${new Date().toISOString().slice(0, 10)}.jsonl`, keep: true }), newest), { class: 'first', icon: 'verify' }),
    button('Verify a file that you have…', () => file.click()), file);
  show();
  return h('div', {}, head('Verify', 'This page fetches the whole log, computes every tree again from the entries, and says what it could not see. That you took the log along is in it.'),
    h('div', { class: 'brought' }, await keyPart(view), checkpointPart(view)), starts, running, result,
    commands('Verify it elsewhere', 'The same with your own machine, without this page and without us. $KEY is your key.', tenant, ['--checkpoint checkpoints']));
}

class Stopped extends Error {}

/** What the newest entries say is kept, to mark the lines of the ledger with: so many. */
const SAID = 250000;
/** How much of an export is held as it came, in bytes; the browser may put the rest on a disk until the page is closed. */
const HELD = 8 << 20;

/** The bytes of an export, as they came. */
class Copy {
  /** @type {BlobPart[]} */
  #parts = [];
  #held = 0;

  /** @param {Uint8Array} chunk */
  add(chunk) {
    this.#parts.push(/** @type {any} */ (chunk));
    this.#held += chunk.length;
    if (this.#held < HELD) return;
    this.#parts = [new Blob(this.#parts)];
    this.#held = 0;
  }

  /** @returns {Blob|undefined} */
  get bytes() { return this.#parts.length ? new Blob(this.#parts, { type: 'application/jsonl' }) : undefined; }
}

/** @param {import('./verify.js').Report} r */
const total = (r) => r.recomputed + r.dropped + r.stored;

/**
 * A field into which text is pasted, or loaded from a file.
 * @param {{name: string, label: string, hint: string, value: string, take: (text: string) => Promise<string>, rows: string}} is `take` says what is wrong
 */
function bring({ name, label, hint, value, take, rows }) {
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const text = h('textarea', { id: name, rows, value, spellcheck: 'false', autocomplete: 'off', 'aria-describedby': `${name}-hint`, on: { change: async () => (wrong.textContent = await take(text.value)) } });
  const file = h('input', { type: 'file', hidden: true, on: { change: async () => {
    text.value = (await file.files?.[0]?.text()) ?? '';
    file.value = '';
    wrong.textContent = await take(text.value);
  } } });
  return h('div', { class: 'field' }, h('label', { for: name, text: label }), text, h('p', { id: `${name}-hint`, class: 'hint', text: hint }), wrong, h('div', { class: 'row' }, button('From a file…', () => file.click()), file));
}

/** @param {import('./main.js').View} view */
async function keyPart({ trust }) {
  const worth = h('p', {});
  const draw = async () => {
    const name = await trust.name().catch((/** @type {Error} */ e) => e.message);
    worth.replaceChildren(h('code', { text: name }), ` ${trust.worth}`, trust.own && !(await trust.agree()) ? h('strong', { text: ' This gateway shows another key now: ask why.' }) : '');
  };
  await draw();
  return h('section', {}, h('h2', { text: 'Signed with' }), worth, bring({ name: 'own-key', label: 'The key that you kept', rows: '2', value: '', hint: 'A line like example.org/audit+9a3f1c02+AXk…, kept from before anything was in doubt.', take: async (text) => {
    try {
      await trust.bring(text);
      await draw();
      return '';
    } catch (why) {
      return `${/** @type {Error} */ (why).message}.`;
    }
  } }));
}

/** @param {import('./main.js').View} view */
function checkpointPart({ memory }) {
  return h('section', {}, h('h2', { text: 'Compared with' }), h('p', { text: 'Only a checkpoint from before shows that somebody with the gateway’s key and its database wrote all of it anew.' }),
    bring({ name: 'earlier', label: 'Checkpoints that you kept', rows: '5', value: memory.kept, hint: 'As they were fetched, one after the other, or the gateway’s own log with its lines about them.', take: async (text) => {
      memory.kept = text;
      return '';
    } }));
}

/** @param {Result} r */
function shown(r) {
  const save = r.bytes ? button('Save this export', () => saveFile(r.name, /** @type {Blob} */ (r.bytes), 'application/jsonl')) : null;
  const { report } = r;
  if (!report && !r.bad) return h('section', { class: 'verdict open' }, h('h2', {}, icon('ring'), 'Not verified'), h('p', { text: r.wrong ?? '' }));
  if (!report) {
    const entry = (r.bad?.index ?? -1) >= 0;
    return h('section', { class: 'verdict bad' }, h('h2', {}, icon('wrong'), 'Not good'), h('p', { class: 'first-bad', text: `${r.wrong}.` }),
      h('p', { class: 'hint', text: entry ? 'This is the first entry that is wrong. What comes before it is right; of what comes after it nothing is said.' : 'This is the first thing that is wrong. Of what comes after it nothing is said.' }), save);
  }
  const n = (/** @type {number} */ v) => v.toLocaleString('en');
  return h('section', { class: 'verdict good' }, h('h2', {}, icon('proven'), `Good: ${n(total(report))} entries, the newest of ${utc(report.newest)} UTC`),
    h('dl', { class: 'figures' },
      h('div', {}, h('dt', { text: 'Computed again' }), h('dd', { text: n(report.recomputed) })),
      h('div', {}, h('dt', { text: 'Dropped, by a fact' }), h('dd', { text: n(report.dropped) })),
      h('div', {}, h('dt', { text: 'By stored hash only' }), h('dd', { text: n(report.stored) }))),
    h('ul', { class: 'plainly' },
      ...report.droppedBy.map((d) => h('li', { text: `Fact ${n(d.fact)} says that it dropped ${n(d.count)} at the end of their retention.` })),
      report.stored ? h('li', { text: `Of ${n(report.stored)} only the hash is left, since the fact that dropped them was dropped too.` }) : null,
      ...report.heads.map((l) => h('li', { text: `${l.log} is signed to its last entry, the number ${n(l.size)} of that month.` })),
      ...report.setBack.map((s) => h('li', { text: `The clock went back: entry ${n(s.number)} is ${n(s.by / 1000)} seconds earlier than the one before it.` })),
      h('li', { text: r.given ? `Earlier checkpoints that agree: ${n(report.agreed)}${report.agreed < r.given ? `. Of other tenants, and not looked at: ${n(r.given - report.agreed)}` : ', which is all'}. Nothing that they reach to was changed since.`
        : 'What it could not see: no earlier checkpoint was given, and without one nobody sees that somebody with the gateway’s key and its database wrote all of this anew.' }),
      h('li', { text: r.worth }),
      h('li', { text: r.took < 1000 ? 'It took less than a second in this page.' : `It took ${(r.took / 1000).toLocaleString('en', { maximumFractionDigits: 1 })} seconds in this page.` })), save);
}
