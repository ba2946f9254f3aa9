// The record of processing activities, made from the configuration in force.
import { button, h, head, noteRefused, table } from '../admin/parts.js';
import { saveFile } from '../shared/save.js';

const words = (/** @type {string[]|undefined} */ all) => (all ?? []).join(', ').replaceAll('_', ' ');

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function processing({ api, tenant }) {
  const r = await api.get('processing');
  const save = (/** @type {string} */ kind, /** @type {string} */ accept) => button(`Save as ${kind}`, async () => {
    try {
      saveFile(`processing-${tenant}.${kind.toLowerCase()}`, await (await api.send('GET', 'processing', { accept })).blob(), accept);
    } catch (why) {
      noteRefused(why);
    }
  });
  const c = r.controller;
  return h('div', {}, head('Processing record', `Made from version ${r.number} of the organisation’s document, which is in force.`, save('CSV', 'text/csv'), save('JSON', 'application/json')),
    h('dl', { class: 'record' }, ...[['Who answers for the data', c.name], ['Reached at', c.email], ['Data protection officer', c.dpo], ['Whoever runs this gateway is', `the ${r.role}`], ['Whose data it is', words(r.subjects)]]
      .filter(([, v]) => v).map(([t, v]) => h('div', {}, h('dt', { text: t }), h('dd', { text: v })))),
    h('section', {}, h('h2', { text: 'What is done' }), table('Activities', ['Activity', 'Purposes', 'Basis', 'Data', 'Others who get it', 'Kept'],
      r.activities.map((/** @type {any} */ a) => [h('span', {}, words([a.key]), a.avatars?.length ? h('span', { class: 'hint', text: ` ${a.avatars.join(', ')}` }) : null, a.decisions ? h('strong', { text: ' decides about people' }) : null), words(a.purposes), words([a.basis]), words(a.categories),
        a.recipients?.length ? a.recipients.map((/** @type {any} */ x) => `${x.name} (${x.region || 'region unknown'})`).join(', ') : 'nobody', words([a.retention])]))),
    h('p', { class: 'hint' }, 'What protects it is the ', h('a', { href: '#/posture', text: 'posture' }), '.'));
}
