// How much was talked: numbers by day and avatar, nothing about anybody.
import { saveFile } from '../shared/save.js';
import { nameOf } from './overview.js';
import { button, empty, h, head, noteRefused, table } from './parts.js';
import { plot } from './plot.js';
import { limitFields, quotaBars } from './quotas.js';

const DAY = 86400000;
const ALL = /** @type {[string, string][]} */ ([['sessions', 'Sessions'], ['minutes', 'Minutes'], ['turns', 'Replies'], ['tokens', 'Tokens']]);
/** The most days that are given at once. */
const MOST = 366;

/** @param {number} ago days @returns {string} */
const dayOf = (ago) => new Date(Date.now() - ago * DAY).toISOString().slice(0, 10);

/**
 * Every day from one to the other, oldest first.
 * @param {string} from
 * @param {string} to
 */
function daysOf(from, to) {
  const n = Math.round((Date.parse(to) - Date.parse(from)) / DAY) + 1;
  return Array.from({ length: Math.max(0, Math.min(n, MOST)) }, (_, i) => new Date(Date.parse(from) + i * DAY).toISOString().slice(0, 10));
}

/**
 * Sessions of the last 30 days, by day.
 * @param {import('./main.js').View} view
 * @returns {Promise<number[]>}
 */
export async function lastDays(view) {
  const { days: rows = [] } = await view.api.get(`usage?from=${dayOf(29)}&to=${dayOf(0)}`);
  return daysOf(dayOf(29), dayOf(0)).map((day) => rows.filter((/** @type {any} */ r) => r.day.slice(0, 10) === day).reduce((/** @type {number} */ a, /** @type {any} */ r) => a + r.sessions, 0));
}

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function usage(view) {
  const [a = '', b = ''] = view.part.split('_');
  const dated = (/** @type {string} */ d) => /^\d{4}-\d\d-\d\d$/.test(d);
  const to = dated(b) ? b : dayOf(0);
  const from = dated(a) && a <= to && (Date.parse(to) - Date.parse(a)) / DAY < MOST ? a : new Date(Date.parse(to) - 29 * DAY).toISOString().slice(0, 10);
  const { days: rows = [], quotas = [] } = await view.api.get(`usage?from=${from}&to=${to}`);
  const csv = button('Save as CSV', async () => {
    try {
      const answer = await view.api.send('GET', `usage?from=${from}&to=${to}`, { accept: 'text/csv' });
      saveFile(`usage-${from}-${to}.csv`, await answer.blob(), 'text/csv');
    } catch (why) {
      noteRefused(why);
    }
  });
  const words = to === dayOf(0) && from === dayOf(29) ? 'The last 30 days.' : `${from} to ${to}.`;
  return h('div', {}, head('Usage', words, ...(rows.length ? [csv] : [])), quotaBars(quotas), picker(view, from, to),
    ...(rows.length === 0 ? [empty('Nothing in these days', 'Sessions, minutes and replies are counted here by day and avatar, once somebody has talked. Nobody is counted by name.')] : numbers(view, rows, daysOf(from, to))),
    limitFields(view));
}

/**
 * Which days: the usual ones with one press, or from and to.
 * @param {import('./main.js').View} view
 * @param {string} from
 * @param {string} to
 */
function picker(view, from, to) {
  const usual = /** @type {[number, string][]} */ ([[7, '7 days'], [30, '30 days'], [90, '90 days'], [365, 'A year']]);
  const go = (/** @type {string} */ f, /** @type {string} */ t) => view.go(`usage/${f}_${t}`);
  const first = h('input', { type: 'date', id: 'usage-from', value: from, max: to, 'data-keep': 'usage-from' });
  const last = h('input', { type: 'date', id: 'usage-to', value: to, max: dayOf(0), 'data-keep': 'usage-to' });
  return h('form', { class: 'range', on: { submit: (/** @type {Event} */ e) => { e.preventDefault(); go(first.value, last.value); } } },
    h('div', { class: 'segments', role: 'group', 'aria-label': 'Usual spans' }, ...usual.map(([n, text]) => h('label', {}, h('input', { type: 'radio', name: 'span', checked: to === dayOf(0) && from === dayOf(n - 1), 'data-keep': `span-${n}`, on: { change: () => go(dayOf(n - 1), dayOf(0)) } }), h('span', { text })))),
    h('div', { class: 'field' }, h('label', { for: 'usage-from', text: 'From' }), first), h('div', { class: 'field' }, h('label', { for: 'usage-to', text: 'To' }), last), h('button', { type: 'submit', text: 'Show' }));
}

/**
 * The figures, drawn for each avatar, and as a table.
 * @param {import('./main.js').View} view
 * @param {any[]} rows
 * @param {string[]} days
 */
function numbers(view, rows, days) {
  const ids = /** @type {string[]} */ ([...new Set(rows.map((r) => r.avatar ?? ''))]).sort();
  const called = (/** @type {string} */ id) => (id ? nameOf(view, id) : 'An avatar that is gone');
  const sum = (/** @type {string} */ kind, /** @type {string} */ id) => rows.filter((r) => id === '*' || (r.avatar ?? '') === id).reduce((n, r) => n + (r[kind] ?? 0), 0);
  const KINDS = ALL.filter(([kind]) => kind !== 'tokens' || sum('tokens', '*') > 0); // counted where a quota bounds them
  const chart = h('div', { class: 'chart', role: 'region', 'aria-label': 'Plot', tabindex: '0' });
  const small = h('div', { class: 'multiples' });
  const draw = (/** @type {string} */ kind) => {
    const label = KINDS.find(([k]) => k === kind)?.[1] ?? kind;
    chart.replaceChildren(plot(`${label} by day and avatar`, days.map((day) => ({ day, parts: ids.map((id) => ({ name: called(id), n: of(rows, day, id, kind) })) })), ids.map(called)));
    small.replaceChildren(...(ids.length < 2 ? [] : ids.map((id, i) => h('figure', {}, h('figcaption', {}, h('b', { text: called(id) }), h('span', { text: `${Math.round(sum(kind, id)).toLocaleString('en')} ${label.toLowerCase()}` })),
      plot(`${label} by day, ${called(id)}`, days.map((day) => ({ day, parts: [{ name: called(id), n: of(rows, day, id, kind) }] })), [...Array(i).fill(''), called(id)])))));
  };
  const first = KINDS.find(([k]) => sum(k, '*') > 0)?.[0] ?? 'sessions';
  draw(first);
  return [h('dl', { class: 'figures' }, ...KINDS.map(([kind, text]) => h('div', {}, h('dt', { text }), h('dd', { text: Math.round(sum(kind, '*')).toLocaleString('en') })))),
    h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'What is drawn' }, ...KINDS.map(([kind, text]) => h('label', {}, h('input', { type: 'radio', name: 'kind', checked: kind === first, on: { change: () => draw(kind) } }), h('span', { text })))),
    chart, ids.length > 1 ? h('ul', { class: 'legend' }, ...ids.map((id, i) => h('li', {}, h('span', { class: `swatch shade-${i % 5}`, 'aria-hidden': 'true' }), called(id)))) : null, small,
    h('details', {}, h('summary', { text: 'As a table' }), table('Usage by day and avatar', ['Day', 'Avatar', ...KINDS.map(([, text]) => text)],
      rows.map((r) => [r.day.slice(0, 10), called(r.avatar ?? ''), ...KINDS.map(([kind]) => String(Math.round(r[kind] ?? 0)))])))];
}

/**
 * @param {any[]} rows
 * @param {string} day
 * @param {string} id
 * @param {string} kind
 */
function of(rows, day, id, kind) {
  return rows.filter((r) => (r.avatar ?? '') === id && r.day.slice(0, 10) === day).reduce((n, r) => n + (r[kind] ?? 0), 0);
}
