// How a fact is said: who, what, on whose behalf, and whether that is proven.
import { count, h } from '../admin/parts.js';
import { icon } from '../shared/dom.js';
import { doer, said } from './facts.js';

/** The address of an entry's page. @param {any} f */
export function placeOf(f) {
  return `#/entry/${f.month}/${f.index}`;
}

/**
 * A link to all entries with one more condition.
 * @param {string} field
 * @param {string} value
 * @param {...(Node|string)} words
 */
function only(field, value, ...words) {
  return h('a', { href: `#/log?${new URLSearchParams({ [field]: value })}`, title: `${value}: show only these` }, ...words);
}

/** The end of an opaque id tells it apart. @param {string} id */
const short = (id) => h('code', { text: id.slice(-8) });

/**
 * The ids of the operator's accesses, which stand in entries where else a key does.
 * @param {import('../admin/api.js').Api} api
 */
export async function accessIDs(api) {
  const { accesses } = await api.get('accesses');
  return new Set(accesses.map((/** @type {any} */ a) => /** @type {string} */ (a.id)));
}

/**
 * Who did it. Keys have no names here: the organisation's admins see whose each is.
 * @param {any} f
 * @param {string} own the key of whoever looks
 * @param {Set<string>} accesses the operator's
 */
export function who(f, own, accesses) {
  if (!f.actor) return doer(f.kind);
  if (f.actor === own) return only('actor', f.actor, 'You');
  return only('actor', f.actor, accesses.has(f.actor) ? 'The operator, access ' : 'Key ', short(f.actor));
}

/**
 * On whose behalf: of the person in a session, or of the organisation.
 * @param {any} f
 */
export function behalf(f) {
  return f.session ? only('session', f.session, 'A person, session ', short(f.session)) : 'The organisation';
}

/** @param {any} f */
export function what(f) {
  return f.damaged ? 'This entry cannot be read' : said(f.kind);
}

/** What is counted, where a number says enough by itself. @type {Record<string, [string, string]>} */
const COUNTED = {
  facts_lost: ['fact', 'facts'], audit_pruned: ['entry', 'entries'], audit_verified: ['entry', 'entries'], tokens_used: ['token', 'tokens'], picture_taken: ['byte', 'bytes'], document_taken: ['byte', 'bytes'], knowledge_stored: ['byte', 'bytes'], likeness_stored: ['byte', 'bytes'], attachments_shown: ['of them', 'of them'], recipients_changed: ['recipient', 'recipients'],
  incident_opened: ['session', 'sessions'], authority_disclosure: ['session', 'sessions'], evidence_written: ['file', 'files'], turn_withheld: ['value', 'values'], report_made: ['line', 'lines'], backend_unexpected_control: ['time', 'times'], human_waited: ['in the queue', 'in the queue'],
};

/** The rest of what it says, in few words. @param {any} f */
export function more(f) {
  const grew = f.before && f.policy && /^(tenant|recording|disclosure)_/.test(f.kind);
  return [plain(f.purposes?.join(', ')), plain(f.reason), f.use ? `for ${f.use}` : '', f.avatar ? `avatar ${f.avatar}` : '', f.turn ? `turn ${f.turn}` : '',
    grew ? `version ${f.before} to ${f.policy}` : f.policy ? `version ${f.policy}` : '', f.count && COUNTED[f.kind] ? count(f.count, ...COUNTED[f.kind]) : ''].filter(Boolean).join(' · ');
}

/** A name of the API as words. @param {string|undefined} name */
export function plain(name) {
  return (name ?? '').replaceAll('_', ' ');
}

const MARKS = /** @type {const} */ ({ open: ['ring', 'Not verified yet'], proven: ['proven', 'Verified in this page'], differs: ['wrong', 'Not what the log has'] });

/** @param {'open'|'proven'|'differs'} state */
export function mark(state) {
  const [name, words] = MARKS[state];
  return h('span', { class: `proof ${state}`, title: words }, icon(name), h('span', { class: 'quiet', text: words }));
}

/** When, as the log has it: UTC. @param {string|number} at */
export function utc(at) {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
