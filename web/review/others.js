// Who else gets something of a conversation, with what they state.
import { empty, h, head, table } from '../admin/parts.js';
import { utc } from './row.js';

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function others({ api, tenant, query }) {
  const [{ activities }, { changes, next }] = [await api.get('processing'), await api.get(`recipients/changes?limit=50${query.get('before') ? `&before=${encodeURIComponent(query.get('before') ?? '')}` : ''}`)];
  /** @type {Map<string, any>} */
  const all = new Map();
  for (const a of activities) for (const r of a.recipients ?? []) all.set(`${r.name}/${r.role}`, r);
  const words = (/** @type {string|undefined} */ s) => (s ?? '').replaceAll('_', ' ');
  return h('div', {}, head('Who else gets something', 'All to whom words or sound of a conversation may be sent, and what they state of it. Nobody else is sent anything.', h('a', { class: 'button', href: `/subprocessors?tenant=${encodeURIComponent(tenant)}`, target: '_blank', rel: 'noopener', text: 'The public list' })),
    all.size === 0 ? empty('Nobody', 'Everything happens on this server.')
      : table('Who else gets something', ['Who', 'Is sent', 'Region', 'Transfer', 'Keeps', 'Trains'], [...all.values()].map((r) => [h('span', {}, r.name, h('span', { class: 'hint', text: ` ${words(r.role)}` })), r.gets.map(words).join(', '), r.region || 'not declared', words(r.transfer), words(r.retention), r.training])),
    h('section', {}, h('h2', { text: 'What changed' }), changes.length === 0 ? h('p', { text: 'Nothing yet.' })
      : h('ol', { class: 'changes-of' }, ...changes.map((/** @type {any} */ c) => h('li', {}, h('b', { text: `${utc(c.at)} UTC` }), h('span', { class: 'hint', text: ` version ${c.number}, of the organisation’s document ${c.policy}` }), h('ul', {}, ...c.text.map((/** @type {string} */ t) => h('li', { text: t })))))),
      next ? h('a', { class: 'button', href: `#/others?before=${next}`, text: 'Older' }) : null));
}
