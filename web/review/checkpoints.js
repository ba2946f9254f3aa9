// What the logs came to, signed, as it was kept day by day.
import { button, empty, h, head } from '../admin/parts.js';
import { saveFile } from '../shared/save.js';
import { openCheckpoint } from './note.js';
import { mark } from './row.js';

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function checkpoints({ api, tenant, trust }) {
  const { checkpoints: all } = await api.get('checkpoints');
  const keys = await trust.keys().catch(() => []);
  const rows = await Promise.all(all.map(async (/** @type {any} */ c) => {
    const signed = await openCheckpoint(c.note, keys).then((s) => s.log === `${tenant}/${c.month}` && s.size === c.count).catch(() => false);
    return h('tr', {}, h('td', { 'data-head': 'Day', text: String(c.at).slice(0, 10) }), h('td', { 'data-head': 'Log', text: c.month }), h('td', { class: 'number', 'data-head': 'Entries', text: c.count.toLocaleString('en') }), h('td', { 'data-head': 'Root' }, h('code', { class: 'id root', text: c.root })),
      h('td', { 'data-head': 'Signed' }, mark(signed ? 'proven' : 'differs')));
  }));
  const save = button('Save them all', () => saveFile(`checkpoints-${tenant}.txt`, all.map((/** @type {any} */ c) => c.note).join(''), 'text/plain'));
  return h('div', {}, head('Checkpoints', 'Each says what a log came to, signed. Keep them where whoever runs this gateway cannot write: a later verification against one shows everything that was changed since.', ...(all.length ? [save] : [])),
    all.length === 0 ? empty('None was kept yet', 'The gateway signs one in every minute in which the log grew, and keeps the last of each day.')
      : h('div', { class: 'table', role: 'region', 'aria-label': 'Checkpoints', tabindex: '0' }, h('table', {}, h('caption', { class: 'quiet', text: 'Checkpoints, newest first' }),
        h('thead', {}, h('tr', {}, ...['Day', 'Log', 'Entries', 'Root', 'Signed'].map((text) => h('th', { scope: 'col', text })))), h('tbody', {}, ...rows))),
    h('p', { class: 'hint', text: trust.worth }));
}
