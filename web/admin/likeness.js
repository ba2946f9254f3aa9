// Whose likeness an avatar has, and what that person permitted. The paper itself never leaves the browser.
import { button, choice, h } from './parts.js';

/**
 * @param {import('./fields.js').Fields} fields
 * @param {import('./main.js').View} view
 * @param {string} id
 */
export function likenessFields(fields, view, id) {
  const of = (/** @type {string[]} */ ...keys) => ['avatars', id, ...keys];
  const box = h('div', { class: 'fields wide server' });
  const draw = () => {
    const real = view.draft.get(of('likeness')) === 'real';
    box.hidden = !real;
    if (!real) {
      box.replaceChildren();
      return;
    }
    const ends = new Date(view.draft.get(of('permission', 'expires')) ?? NaN);
    box.replaceChildren(h('p', { class: 'hint wide', text: 'Without a permission that covers what is used, no conversation begins. When it ends, live ones end with it.' }), fields.group(of('permission')),
      Number.isNaN(ends.getTime()) || ends.getTime() > Date.now() ? '' : h('p', { class: 'wrong wide', text: 'The permission has ended. Nobody can talk with this avatar.' }),
      fields.text(of('permission', 'id'), 'Name of the permission', { code: true, most: 64, hint: 'a-z, 0-9, _ and -. Every conversation writes it into the log.' }),
      fields.text(of('permission', 'subject'), 'The person, as an id', { code: true, most: 64, hint: 'One that says nothing about them.' }),
      fields.ticks(of('permission', 'scope'), 'What may be used', [['voice', 'The voice'], ['picture', 'The picture']]),
      fields.text(of('permission', 'territory'), 'Where', { code: true, instead: 'world', hint: 'Countries as DE, FR, or world alone. Receipts tell it.', write: (v) => (v ?? []).join(', '), read: (t) => { const all = t.split(/[\s,]+/).filter(Boolean).map((s) => (s.toLowerCase() === 'world' ? 'world' : s.toUpperCase())); return all.length ? all : undefined; } }),
      fields.day(of('permission', 'expires'), 'Until', { hint: 'From the beginning of that day (UTC) it counts no longer.' }),
      evidence(fields, view, of('permission', 'evidence_sha256')));
  };
  const select = choice('likeness', [['none', 'Nobody’s: it is drawn, and speaks with a voice of a program'], ['real', 'A real person’s, with their permission']], view.draft.get(of('likeness')) ?? 'none', { label: 'Likeness', onchange: (v) => {
    view.draft.set(of('likeness'), v === 'real' ? 'real' : undefined);
    if (v !== 'real') view.draft.set(of('permission'), undefined);
    else if (!view.draft.get(of('permission'))) view.draft.set(of('permission'), {});
    draw();
  } });
  select.disabled = view.tenant.editable === false;
  select.dataset.keep = 'likeness';
  draw();
  return [h('div', { class: 'field wide' }, select), box];
}

/**
 * The hash of the signed paper, made here: the file is not sent anywhere.
 * @param {import('./fields.js').Fields} fields
 * @param {import('./main.js').View} view
 * @param {string[]} path
 */
function evidence(fields, view, path) {
  const node = fields.text(path, 'Hash of the signed permission (SHA-256)', { code: true, wide: true, most: 64, hint: 'You keep the paper. Choose the file and its hash is made in this page; the file stays on your machine.' });
  const input = /** @type {HTMLInputElement} */ (node.querySelector('input'));
  const file = h('input', { type: 'file', hidden: true, on: { change: async () => {
    const chosen = file.files?.[0];
    if (!chosen) return;
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await chosen.arrayBuffer()));
    input.value = [...digest].map((b) => b.toString(16).padStart(2, '0')).join('');
    input.dispatchEvent(new Event('input'));
    view.draft.touch(path);
    said.textContent = `Made from ${chosen.name}. The file was not sent.`;
    file.value = '';
  } } });
  const said = h('span', { class: 'hint', role: 'status' });
  node.append(h('div', { class: 'row' }, button('Choose the file…', () => file.click()), said, file));
  return node;
}
