// One entry: its full record, the proof that it is in the log, and how to find that out elsewhere.
import { count, h, head } from '../admin/parts.js';
import { icon } from '../shared/dom.js';
import { said } from './facts.js';
import { prove } from './proof.js';
import { commands } from './commands.js';
import { accessIDs, behalf, placeOf, plain, utc, who } from './row.js';

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function entry(view) {
  const { api, tenant, part: [month = '', at = ''], trust, marks } = view;
  const index = Number(at);
  const log = `${tenant}/${month}`;
  const answer = await api.get(`facts/${encodeURIComponent(month)}/${encodeURIComponent(at)}`);
  const { fact } = answer;
  const keys = await trust.keys().catch((/** @type {Error} */ why) => why);
  const proven = keys instanceof Error ? null : await prove(answer, { log, index }, keys);
  if (proven?.good && proven.entry) marks.one(fact.number, proven.entry);
  const title = fact ? said(fact.kind) : answer.dropped ? 'An entry that was dropped' : 'An entry that is not there';
  return h('div', {}, head(title, `Entry ${index.toLocaleString('en')} of ${log}, counted from 0.${fact?.at ? ` ${utc(fact.at)} UTC.` : ''}`, ...turns(month, index, answer.size)),
    h('section', { class: `verdict ${proven ? (proven.good ? 'good' : 'bad') : 'open'}`, 'aria-label': 'Proof' },
      h('h2', {}, icon(proven ? (proven.good ? 'proven' : 'wrong') : 'ring'), proven ? (proven.good ? 'Verified in this page' : 'Not good') : 'Not verified'),
      proven ? h('ol', { class: 'steps' }, ...proven.steps.map((s) => h('li', { class: s.holds ? '' : 'bad' }, icon(s.holds ? 'proven' : 'wrong'), h('span', {}, h('span', { class: 'quiet', text: s.holds ? 'Holds: ' : 'Does not hold: ' }), s.text))))
        : h('p', { text: /** @type {Error} */ (keys).message }),
      proven ? h('p', { class: 'hint' }, `${trust.worth} `, h('a', { href: '#/verify', text: trust.own ? 'Use another key' : 'Bring your key' }), '.') : null),
    fact ? record(view, fact, await accessIDs(api)) : dropper(answer),
    h('section', {}, h('h2', { text: 'As it is in the log' }),
      answer.leaf ? h('pre', { class: 'leaf', tabindex: '0', 'aria-label': 'The entry’s bytes' }, h('code', { text: proven?.leaf ?? '' })) : null,
      h('details', {}, h('summary', { text: `The proof: ${count((answer.proof ?? []).length, 'hash', 'hashes')}, and the checkpoint` }),
        h('pre', { class: 'leaf', tabindex: '0', 'aria-label': 'The proof' }, h('code', { text: `entry ${answer.leaf_hash}\n${(answer.proof ?? []).map((/** @type {string} */ p, /** @type {number} */ i) => `${String(i + 1).padStart(5)} ${p}`).join('\n')}\n root ${answer.root}` })),
        h('pre', { class: 'leaf', tabindex: '0', 'aria-label': 'The signed checkpoint' }, h('code', { text: answer.checkpoint ?? '' })))),
    commands('Verify it elsewhere', `The same, without this page and without us. The entry is the line with "n":${index} below the line of ${log}.`, tenant));
}

/**
 * The ways to the entries beside it.
 * @param {string} month
 * @param {number} index
 * @param {number} size
 */
function turns(month, index, size) {
  const to = (/** @type {number} */ i, /** @type {string} */ text) => h('a', { class: 'button', href: placeOf({ month, index: i }), text });
  return [...(index > 0 ? [to(index - 1, 'Before it')] : []), ...(index + 1 < size ? [to(index + 1, 'After it')] : [])];
}

/**
 * All that the entry says.
 * @param {import('./main.js').View} view
 * @param {any} f
 * @param {Set<string>} accesses
 */
function record(view, f, accesses) {
  const rows = /** @type {[string, Node|string|number|undefined][]} */ ([
    ['Number through all months', f.number.toLocaleString('en')], ['Time', `${f.at} (UTC)`], ['Who', who(f, view.who.key.id, accesses)], ['On whose behalf', behalf(f)], ['Name of the fact', h('code', { text: f.kind })], ['Purposes', plain(f.purposes?.join(', '))], ['Reason', plain(f.reason)], ['Read for', f.use], ['Turn', f.turn], ['Notice', f.notice], ['Version of the policy', f.policy], ['Before', f.before], ['Count', f.count], ['Avatar', f.avatar],
    ['Session', id(f.session)], [accesses.has(f.actor) ? 'Access' : 'Key', id(f.actor)], ['Object', id(f.object)], ['SHA-256', id(f.sha256)],
  ]).filter(([, v]) => v);
  return h('section', {}, h('h2', { text: 'What it says' }), h('dl', { class: 'record' }, ...rows.map(([t, v]) => h('div', {}, h('dt', { text: t }), h('dd', {}, typeof v === 'number' ? v.toLocaleString('en') : v ?? '')))));
}

/** @param {string|undefined} text */
const id = (text) => (text ? h('code', { text }) : undefined);

/** Which fact says that it was dropped. @param {any} answer */
function dropper({ dropped_by: by }) {
  return by ? h('p', {}, 'That it was dropped says ', h('a', { href: placeOf(by), text: `entry ${by.number.toLocaleString('en')}` }), '.') : null;
}
