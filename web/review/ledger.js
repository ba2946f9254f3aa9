// What happened, newest first, as a bank statement has it. The filters are in the address.
import { button, choice, empty, h, head } from '../admin/parts.js';
import { icon } from '../shared/dom.js';
import { plot } from '../admin/plot.js';
import { groupsOfFacts } from './facts.js';
import { accessIDs, behalf, mark, more, placeOf, utc, what, who } from './row.js';

const FILTERS = ['from', 'to', 'kind', 'actor', 'session'];
const DAY = 86400000;
/** The most days that are drawn. */
const DRAWN = 92;

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function ledger(view) {
  const { api, query } = view;
  const asked = new URLSearchParams();
  for (const f of FILTERS) if (query.get(f)) asked.set(f, moment(f, query.get(f) ?? ''));
  const page = new URLSearchParams(asked);
  if (query.get('before')) page.set('before', query.get('before') ?? '');
  page.set('limit', '100');
  const { facts, next } = await api.get(`facts?${page}`);
  const { days } = await api.get(`facts/days?${asked}`); // after the reading is noted, so that it counts it
  const own = view.who.key.id;
  const accesses = await accessIDs(api);
  const older = new URLSearchParams(query);
  older.set('before', String(next));
  return h('div', {}, head('Ledger', 'What happened, without what was said. Times are UTC.', h('a', { class: 'button', href: '#/verify' }, icon('verify'), 'Verify now')),
    await ownReading(view, facts, own), h('details', { class: 'which', open: wide() || FILTERS.some((f) => query.get(f)) }, h('summary', { text: 'Filter' }), filters(view)), drawn(days, query),
    facts.length ? table(view, facts, own, accesses) : empty('Nothing of that is in the log', 'Each consent, change, reading and deletion is an entry here: what, when and under which key. Take a condition away to see more.'),
    h('nav', { class: 'row pager', 'aria-label': 'Pages of the ledger' }, query.get('before') ? h('a', { class: 'button', href: `#/log?${without(query, 'before')}`, text: 'Newest' }) : null, next ? h('a', { class: 'button', href: `#/log?${older}`, text: 'Older' }) : null));
}

/** Whether there is room to show everything at once. */
const wide = () => innerWidth >= 720;

/**
 * A moment of the address, as the API takes it.
 * @param {string} field
 * @param {string} value
 */
function moment(field, value) {
  return field !== 'from' && field !== 'to' ? value : /^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00Z` : /T\d\d:\d\d$/.test(value) ? `${value}:00Z` : value;
}

/**
 * @param {URLSearchParams} query
 * @param {string} field
 */
function without(query, field) {
  const rest = new URLSearchParams(query);
  rest.delete(field);
  return rest;
}

/**
 * That whoever looks is in the log for it.
 * @param {import('./main.js').View} view
 * @param {any[]} facts
 * @param {string} own
 */
async function ownReading(view, facts, own) {
  const mine = (/** @type {any} */ f) => f.kind === 'audit_read' && f.actor === own;
  const found = facts.find(mine) ?? (await view.api.get(`facts?kind=audit_read&actor=${own}&limit=1`)).facts[0];
  if (!found) return null;
  return h('p', { class: 'own' }, 'Your reading is in this log: ', h('a', { href: placeOf(found), text: `entry ${found.number.toLocaleString('en')}` }), `, ${utc(found.at)}.`);
}

/** @param {import('./main.js').View} view */
function filters({ query, go }) {
  const kind = choice('kind', [['', 'Everything']], '', {});
  for (const { title, kinds } of groupsOfFacts()) {
    const all = kinds.map((k) => k.name).join();
    kind.append(h('optgroup', { label: title }, h('option', { value: all, text: `${title}: all` }), ...kinds.map((k) => h('option', { value: k.name, text: k.says }))));
  }
  const given = query.get('kind') ?? '';
  if (given && ![...kind.options].some((o) => o.value === given)) kind.append(h('option', { value: given, text: given.replaceAll('_', ' ') }));
  kind.value = given;
  kind.id = 'by-kind';
  const input = (/** @type {string} */ name, /** @type {string} */ label, /** @type {Record<string, string>} */ is) => h('div', { class: 'field' }, h('label', { for: `by-${name}`, text: label }), h('input', { id: `by-${name}`, name, value: query.get(name) ?? '', autocomplete: 'off', spellcheck: 'false', ...is }));
  const clear = FILTERS.some((f) => query.get(f)) ? button('Clear', () => go('log'), { class: 'bare' }) : null;
  return h('form', { class: 'filter ledger-filter', 'aria-label': 'Which entries', on: { submit: (/** @type {SubmitEvent} */ e) => {
    e.preventDefault();
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(/** @type {HTMLFormElement} */ (e.currentTarget))) if (String(value).trim()) asked.set(name, String(value).trim());
    go(`log?${asked}`);
  } } },
  input('from', 'From (UTC)', { type: 'datetime-local', step: '60' }), input('to', 'Before (UTC)', { type: 'datetime-local', step: '60' }),
  h('div', { class: 'field' }, h('label', { for: 'by-kind', text: 'What' }), kind),
  input('actor', 'Key', { placeholder: 'Any' }), input('session', 'Session', { placeholder: 'Any' }),
  h('div', { class: 'row' }, h('button', { type: 'submit', text: 'Show' }), clear));
}

/**
 * How many by day.
 * @param {{day: string, count: number}[]} days
 * @param {URLSearchParams} query
 */
function drawn(days, query) {
  if (days.length === 0) return null;
  const today = new Date().toISOString().slice(0, 10);
  const to = Date.parse(query.get('to') ? days[days.length - 1].day : today);
  const from = Math.max(to - (DRAWN - 1) * DAY, Math.min(Date.parse(days[0].day), to - 29 * DAY));
  const by = new Map(days.map((d) => [d.day, d.count]));
  const all = Array.from({ length: Math.round((to - from) / DAY) + 1 }, (_, i) => new Date(from + i * DAY).toISOString().slice(0, 10));
  const sum = days.reduce((n, d) => n + d.count, 0);
  return h('details', { class: 'over-time', open: wide() }, h('summary', { text: `${sum.toLocaleString('en')} ${sum === 1 ? 'entry' : 'entries'}${from > Date.parse(days[0].day) ? `, the last ${DRAWN} days of them drawn` : ''}` }),
    h('div', { class: 'chart', role: 'region', 'aria-label': 'Entries by day', tabindex: '0' }, plot(`Entries by day, ${all[0]} to ${all[all.length - 1]}`, all.map((day) => ({ day, parts: [{ name: 'entries', n: by.get(day) ?? 0 }] })), ['entries'], wide() ? { width: 1200, height: 170 } : { width: 480, height: 170 })));
}

/**
 * @param {import('./main.js').View} view
 * @param {any[]} facts
 * @param {string} own
 * @param {Set<string>} accesses
 */
function table(view, facts, own, accesses) {
  /** @type {Map<string, any[]>} */
  const byDay = new Map();
  for (const f of facts) {
    const day = f.at ? utc(f.at).slice(0, 10) : 'When is not known';
    byDay.set(day, [...(byDay.get(day) ?? []), f]);
  }
  const heads = ['Time', 'Who', 'What', 'On whose behalf', 'Proof'];
  return h('div', { class: 'table', role: 'region', 'aria-label': 'Ledger', tabindex: '0' }, h('table', { class: 'ledger' }, h('caption', { class: 'quiet', text: 'What happened, newest first' }),
    h('thead', {}, h('tr', {}, ...heads.map((text) => h('th', { scope: 'col', text })))),
    ...[...byDay].map(([day, all]) => h('tbody', {}, h('tr', { class: 'day' }, h('th', { scope: 'rowgroup', colspan: '5', text: day })),
      ...all.map((f) => h('tr', {}, h('td', {}, f.at ? h('time', { datetime: f.at, text: utc(f.at).slice(11) }) : '—'), h('td', {}, who(f, own, accesses)),
        h('td', {}, h('a', { href: placeOf(f), text: what(f) }), ' ', h('span', { class: 'hint', text: more(f) })), h('td', {}, behalf(f)), h('td', {}, mark(view.marks.state(f)))))))));
}
