// Every version of what the organisation says, what it changed, and the way back.
import { changes } from './diff.js';
import { NEEDS } from './unsaved.js';
import { askDialog, button, empty, h, head, moment, noteRefused, note, table } from './parts.js';
import { icon } from '../shared/dom.js';
import { newRecipients } from './recipients.js';

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function history(view) {
  const box = h('div', { class: 'versions' });
  const more = async (/** @type {number} */ before) => {
    const page = await view.api.get(`versions?limit=20${before ? `&before=${before}` : ''}`);
    if (view.signal.aborted) return;
    box.querySelector('.row.more')?.remove();
    for (const v of page.versions ?? []) box.append(version(view, v));
    if (page.next) box.append(h('div', { class: 'row more' }, button('Show more', () => more(page.next).catch(noteRefused))));
  };
  await more(0);
  const { proposals = [] } = await view.api.get('proposals').catch(() => ({}));
  return h('div', {}, head('History', 'Every version, who saved it, and what it changed. Going back makes a new version.'),
    proposals.length ? proposed(view, proposals) : null,
    box.childElementCount ? box : empty('No versions yet', 'The first change makes the first entry.'));
}

/**
 * @param {import('./main.js').View} view
 * @param {any} v
 */
function version(view, v) {
  const now = v.number === view.tenant.number;
  const inside = h('div', {});
  const details = h('details', { class: 'version' },
    h('summary', {}, h('b', { text: `Version ${v.number}` }), now ? h('span', { class: 'mark-pill', text: 'in force' }) : null, h('span', { class: 'hint' }, moment(v.at), ` · ${v.by ? `key ${String(v.by).slice(-8)}` : v.source === 'file' ? 'the file' : 'the host'}`)), inside);
  details.addEventListener('toggle', async () => {
    if (!details.open || inside.childElementCount) return;
    try {
      const found = await view.api.get(`versions/${v.number}`);
      inside.replaceChildren(changes(found.changed ?? []),
        now || view.tenant.editable === false ? '' : h('div', { class: 'row' }, button(`Go back to version ${v.number}`, () => view.restore(v.number))));
    } catch (why) {
      noteRefused(why);
    }
  });
  if (now) details.open = true;
  return details;
}

/**
 * @param {import('./main.js').View} view
 * @param {any[]} proposals
 */
function proposed(view, proposals) {
  return h('section', { 'aria-label': 'Waiting for a second admin', class: 'notice' }, icon('info'), h('div', {}, h('h2', { text: 'Waiting for a second admin' }),
    table('Proposals', ['Proposed', 'It', 'By', ''], proposals.map((p) => [moment(p.at), (p.needs ?? []).map((/** @type {string} */ n) => NEEDS[n] ?? n).join(', '), p.own ? 'you' : String(p.by ?? 'the host').slice(-8),
      h('span', { class: 'row' }, p.own || !p.current ? null : button('Confirm…', () => confirm(view, p), { class: 'first' }), button('Take back', async () => {
        try {
          await view.api.call('DELETE', `proposals/${p.number}`);
          note('Taken back.');
        } catch (why) {
          noteRefused(why);
        }
        view.again();
      }))]))));
}

/**
 * @param {import('./main.js').View} view
 * @param {any} p
 */
async function confirm(view, p) {
  const done = await askDialog({
    title: 'Confirm this change?', yes: 'Confirm', body: [h('p', { text: 'It counts from now on, under both of your keys.' }), newRecipients(p.recipients ?? [], view.tenant.document?.avatars ?? []), changes(p.changed ?? [])],
    check: async () => {
      try {
        await view.api.call('POST', `proposals/${p.number}/confirm`, {});
        return '';
      } catch (why) {
        return String(/** @type {any} */ (why).message);
      }
    },
  });
  if (done) view.again();
}
