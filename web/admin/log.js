// What happened, without what was said: newest first.
import { button, empty, h, head, moment, noteRefused, shortID, table } from './parts.js';

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function log(view) {
  const box = h('div', {});
  /** @type {any[]} */
  let rows = [];
  const more = async (/** @type {number} */ before) => {
    const page = await view.api.get(`facts?limit=100${before ? `&before=${before}` : ''}`);
    if (view.signal.aborted) return;
    rows = [...rows, ...(page.facts ?? [])];
    box.replaceChildren(rows.length === 0 ? empty('Nothing has happened yet', 'Each consent, change, reading and deletion is noted here: what, when and under which key. No words, no names.')
      : table('Log', ['When', 'What', 'Session', 'Key', 'More'], rows.map((f) => [moment(f.at), String(f.kind).replaceAll('_', ' '), f.session ? shortID(f.session) : '', f.actor ? shortID(f.actor) : '', rest(f)])));
    if (page.next) box.append(h('div', { class: 'row' }, button('Show more', () => more(page.next).catch(noteRefused))));
  };
  await more(0);
  return h('div', {}, head('Log', 'What happened, without what was said.'), box);
}

/** @param {any} f */
function rest(f) {
  return [f.purposes?.length ? [].concat(f.purposes).join(', ') : '', f.reason ?? '', f.use ? `read for ${f.use}` : '', f.count ? `${f.count}` : '', f.policy ? `version ${f.policy}` : ''].filter(Boolean).join(' · ');
}
