// How much was talked: numbers by day and avatar, nothing about anybody.
import { saveFile } from '../shared/save.js';
import { nameOf } from './overview.js';
import { button, empty, h, head, noteRefused, table } from './parts.js';
import { plot } from './plot.js';

const DAY = 86400000;
const KINDS = /** @type {[string, string][]} */ ([['sessions', 'Sessions'], ['minutes', 'Minutes'], ['turns', 'Replies']]);

/** The last 30 days, oldest first. */
function thirtyDays() {
  return Array.from({ length: 30 }, (_, i) => new Date(Date.now() - (29 - i) * DAY).toISOString().slice(0, 10));
}

/** What asks for them. */
function range() {
  const to = new Date(Date.now() + DAY).toISOString().slice(0, 10);
  return { from: thirtyDays()[0], to };
}

/**
 * Sessions of the last 30 days, by day.
 * @param {import('./main.js').View} view
 * @returns {Promise<number[]>}
 */
export async function lastDays(view) {
  const { from, to } = range();
  const { days: rows = [] } = await view.api.get(`usage?from=${from}&to=${to}`);
  return thirtyDays().map((day) => rows.filter((/** @type {any} */ r) => r.day.slice(0, 10) === day).reduce((/** @type {number} */ a, /** @type {any} */ r) => a + r.sessions, 0));
}

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function usage(view) {
  const { from, to } = range();
  const { days: rows = [] } = await view.api.get(`usage?from=${from}&to=${to}`);
  const ids = [...new Set(rows.map((/** @type {any} */ r) => r.avatar ?? ''))].sort();
  const called = (/** @type {any} */ id) => (id ? nameOf(view, id) : 'All avatars');
  const names = ids.map(called);
  const days = thirtyDays();
  const chart = h('div', { class: 'chart', role: 'region', 'aria-label': 'Plot', tabindex: '0' });
  const draw = (/** @type {string} */ kind) => {
    const label = KINDS.find(([k]) => k === kind)?.[1] ?? kind;
    chart.replaceChildren(plot(`${label} by day, the last 30 days`, days.map((day) => ({ day, parts: ids.map((id) => ({ name: called(id), n: of(rows, day, id, kind) })) })), names));
  };
  const sum = (/** @type {string} */ kind) => rows.reduce((/** @type {number} */ a, /** @type {any} */ r) => a + (r[kind] ?? 0), 0);
  const csv = button('Save as CSV', async () => {
    try {
      const answer = await view.api.send('GET', `usage?from=${from}&to=${to}`, { accept: 'text/csv' });
      saveFile(`usage-${from}-${to}.csv`, await answer.blob(), 'text/csv');
    } catch (why) {
      noteRefused(why);
    }
  });
  if (rows.length === 0) return h('div', {}, head('Usage', 'The last 30 days.'), empty('Nothing yet', 'Sessions, minutes and replies are counted here by day and avatar, once somebody has talked.'));
  draw('sessions');
  const figures = h('dl', { class: 'figures' }, ...KINDS.map(([kind, text]) => h('div', {}, h('dt', { text }), h('dd', { text: Math.round(sum(kind)).toLocaleString('en') }))));
  return h('div', {}, head('Usage', 'The last 30 days.', csv), figures,
    h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'What is drawn' }, ...KINDS.map(([kind, text], i) => h('label', {}, h('input', { type: 'radio', name: 'kind', checked: i === 0, on: { change: () => draw(kind) } }), h('span', { text })))),
    chart, names.length > 1 ? h('ul', { class: 'legend' }, ...names.map((n, i) => h('li', {}, h('span', { class: `swatch shade-${i % 5}`, 'aria-hidden': 'true' }), n))) : null,
    h('details', {}, h('summary', { text: 'As a table' }), table('Usage by day and avatar', ['Day', 'Avatar', 'Sessions', 'Minutes', 'Replies'],
      rows.map((/** @type {any} */ r) => [r.day.slice(0, 10), called(r.avatar), String(r.sessions), String(Math.round(r.minutes)), String(r.turns)]))));
}

/**
 * @param {any[]} rows
 * @param {string} day
 * @param {any} id
 * @param {string} kind
 */
function of(rows, day, id, kind) {
  return rows.filter((r) => (r.avatar ?? '') === id && r.day.slice(0, 10) === day).reduce((a, r) => a + (r[kind] ?? 0), 0);
}
