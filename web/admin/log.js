// What happened, without what was said: newest first.
import { button, choice, empty, h, head, moment, noteRefused, shortID, table } from './parts.js';
import { ABOUT } from './receiver.js';

/** Pages that are read at most before somebody has to press again. */
const PAGES = 5;

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function log(view) {
  const box = h('div', { class: 'plain' });
  /** @type {any[]} */
  let rows = [];
  let next = 0;
  const about = choice('about', [['', 'Everything'], ...ABOUT.map(([name]) => /** @type {[string, string]} */ ([name, name]))], '', { label: 'What about', onchange: () => draw(true).catch(noteRefused) });
  about.dataset.keep = 'about';
  /** The rows that are asked for. A fact belongs to the first group that its name is in. */
  const shown = () => rows.filter((f) => !about.value || ABOUT.find(([, pattern]) => pattern.test(f.kind))?.[0] === about.value);
  const fetch = async () => {
    const page = await view.api.get(`facts?limit=100${next ? `&before=${next}` : ''}`);
    rows = [...rows, ...(page.facts ?? [])];
    next = page.next ?? 0;
  };
  const draw = async (/** @type {boolean} */ fill) => {
    for (let n = 0; fill && next && shown().length < 50 && n < PAGES; n++) await fetch();
    if (view.signal.aborted) return;
    const all = shown();
    box.replaceChildren(all.length === 0 ? empty(rows.length ? 'Nothing of that lately' : 'Nothing has happened yet', 'Each consent, change, reading and deletion is noted here: what, when and under which key. No words, no names.')
      : table('Log', ['When', 'What', 'Session', 'Key', 'More'], all.map((f) => [moment(f.at), String(f.kind).replaceAll('_', ' '), f.session ? shortID(f.session) : '', f.actor ? shortID(f.actor) : '', rest(f)])));
    if (next) box.append(h('div', { class: 'row' }, button('Show more', async () => {
      try {
        await fetch();
        await draw(false);
      } catch (why) {
        noteRefused(why);
      }
    })));
  };
  await fetch();
  await draw(false);
  return h('div', {}, head('Log', 'What happened, without what was said.', about), h('p', { class: 'hint' }, 'Reviewers verify it in the ', h('a', { href: '/review', target: '_blank', rel: 'noopener', text: 'ledger' }), ': who did what and when, with its proof, and what the operator of this gateway reached. An admin’s key opens it too.'), box);
}

/** @param {any} f */
function rest(f) {
  return [f.purposes?.length ? [].concat(f.purposes).join(', ') : '', String(f.reason ?? '').replaceAll('_', ' '), f.use ? `read for ${f.use}` : '', f.count ? `${f.count}` : '', f.policy ? `version ${f.policy}` : ''].filter(Boolean).join(' · ');
}
