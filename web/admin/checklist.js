// What an avatar needs before people meet it, each line tested as it is now.
import { button, h, noteRefused, tell } from './parts.js';

/** Where each line is put right. @type {Record<string, string>} */
const WHERE = { origin: '#/around', key: '#/keys', contact: '#/policy', disclosure: '#/policy', backend: '#/avatars', terms: '#/avatars' };

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<HTMLElement>}
 */
export async function checklist(view) {
  const box = h('div', { class: 'checklist' });
  const draw = (/** @type {any} */ list) => {
    const rows = h('ul', {}, ...list.rows.map((/** @type {any} */ r) => h('li', { class: r.ok ? 'ok' : 'missing' },
      h('span', { class: 'mark', 'aria-hidden': 'true', text: r.ok ? '✓' : '○' }), h('span', { class: 'quiet', text: r.ok ? 'Done: ' : 'Missing: ' }),
      h('div', {}, h('p', { text: r.text }), r.remedy ? h('p', { class: 'hint' }, r.remedy, ' ', WHERE[r.key] ? h('a', { href: WHERE[r.key], text: 'Go there' }) : null) : null),
      r.key === 'backend' && tests(view) ? test() : null)));
    const missing = list.rows.filter((/** @type {any} */ r) => !r.ok).length;
    box.replaceChildren(list.ok
      ? h('details', {}, h('summary', { text: 'Everything is ready for people' }), rows)
      : h('section', { 'aria-labelledby': 'checklist-title' }, h('h2', { id: 'checklist-title', text: `Before people meet it: ${missing} of ${list.rows.length} to do` }), rows));
  };
  const test = () => button('Test', async () => {
    try {
      draw(await view.api.call('POST', 'checklist'));
      tell('Tested.');
    } catch (why) {
      noteRefused(why);
    }
  }, { label: 'Test the servers behind the avatars' });
  draw(await view.api.get('checklist'));
  return box;
}

/** Whether there is a server to test. @param {import('./main.js').View} view */
function tests(view) {
  return (view.tenant.document.avatars ?? []).some((/** @type {any} */ a) => a.backend || a.speech);
}
