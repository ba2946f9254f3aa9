// The faces and voices, in the order in which people are offered them, and the lines that put one on a site.
import { Face } from '../shared/face/face.js';
import { copyText } from '../shared/save.js';
import { LANGUAGES } from './avatar.js';
import { hostOf } from './backend.js';
import { offButtons } from './off.js';
import { readOnly } from './policy.js';
import { askDialog, button, copyCommand, field, h, head, note, noteRefused, tell } from './parts.js';
import { tryQuestion } from './try.js';

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function avatars(view) {
  const { draft } = view;
  const editable = view.tenant.editable !== false;
  const inForce = (view.tenant.document.avatars ?? []).map((/** @type {any} */ a) => a.id);
  const all = draft.document.avatars;
  /** @type {Face[]} */
  const faces = [];
  view.signal.addEventListener('abort', () => faces.forEach((f) => f.close()), { once: true });
  const cards = all.map((/** @type {any} */ a, /** @type {number} */ i) => {
    const figure = h('div', { class: 'figure', 'aria-hidden': 'true' });
    faces.push(new Face(figure, { look: a.look, colour: a.colour, badge: 'AI', picture: true }));
    const saved = inForce.includes(a.id);
    const edit = `#/avatar/${encodeURIComponent(a.id)}`;
    const marks = [a.off ? 'off' : '', i === 0 && all.length > 1 ? 'first' : '', !saved ? 'new, not saved' : draft.touches(a.id) ? 'not saved' : '', a.likeness === 'real' ? 'a real person’s' : ''].filter(Boolean);
    return h('li', { class: 'avatar-card', 'data-avatar': a.id }, figure, h('div', {},
      h('h2', {}, h('a', { href: edit, text: a.name }), ...marks.map((m) => h('span', { class: 'mark-pill', text: m }))), h('p', { class: 'hint' }, h('code', { text: a.id })),
      a.off ? h('p', {}, 'Switched off. People read: ', h('q', { dir: 'auto', text: a.off.reason })) : null,
      h('dl', { class: 'facts' }, ...fact('Answers', a.backend ? a.backend.name ?? hostOf(a.backend.url) : 'Mayfly itself, from documents'), ...fact('Languages', (a.languages ?? ['en']).map((/** @type {string} */ l) => LANGUAGES.find(([v]) => v === l)?.[1] ?? l).join(', ')),
        ...fact('Voice', a.speech ? a.speech.name ?? hostOf(a.speech.url) : a.voice === 'none' ? 'none, captions only' : a.voice ?? 'the best that is found'), ...fact('Microphone', a.microphone ? 'may be used' : 'not used'), ...(a.persona ? fact('Persona', a.persona) : [])),
      h('div', { class: 'row' }, h('a', { class: 'button', href: edit, 'aria-label': `${editable ? 'Change' : 'Look at'} ${a.name}`, text: editable ? 'Change' : 'Look' }), button('Try a question…', () => tryQuestion(view, a, draft.dirty ? draft.document : undefined)), saved ? button('Put it on a site…', () => embed(view, a)) : null),
      editable ? h('div', { class: 'row small' }, ...(saved ? offButtons(view, a) : []), button('Duplicate…', () => add(view, a), { class: 'bare', label: `Duplicate ${a.name}…` }),
        all.length > 1 ? button('Remove…', () => remove(view, a), { class: 'bare', label: `Remove ${a.name}…` }) : null,
        all.length > 1 ? moves(view, a, i, all.length) : null) : null));
  });
  return h('div', {}, head('Avatars', 'Drawn from parameters, never a human face, always labelled. The first is the one that people get where none is named.',
    ...(editable ? [button('Add an avatar…', () => add(view, null), { class: 'first' })] : []), copyCommand(view.command('tenant show'))),
  editable ? null : readOnly(view), h('ol', { class: 'avatar-cards' }, ...cards));
}

/** @param {string} name @param {string} value */
function fact(name, value) {
  return [h('dt', { text: name }), h('dd', { text: value })];
}

/**
 * @param {import('./main.js').View} view
 * @param {any} a
 * @param {number} i
 * @param {number} n
 */
function moves(view, a, i, n) {
  const move = (/** @type {number} */ by, /** @type {string} */ name, /** @type {string} */ sign, /** @type {boolean} */ ends) => {
    const b = button('', () => {
      view.draft.move(a.id, by);
      tell(`${a.name} is number ${i + by + 1} of ${n} now.`);
      view.again();
    }, { class: 'bare round', label: `Move ${a.name} ${name}` });
    b.append(h('span', { 'aria-hidden': 'true', text: sign }));
    b.disabled = ends;
    b.dataset.keep = `${a.id}-${name}`;
    return b;
  };
  return h('span', { class: 'moves' }, move(-1, 'forward', '↑', i === 0), move(1, 'back', '↓', i === n - 1));
}

/** @param {string} name @param {string[]} taken */
function idFrom(name, taken) {
  const plain = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60);
  let id = plain;
  for (let n = 2; taken.includes(id); n++) id = `${plain}-${n}`;
  return id;
}

/**
 * A new avatar: its name and id, then all the rest on its own page.
 * @param {import('./main.js').View} view
 * @param {any} like the one that it is to be like; null: none
 */
async function add(view, like) {
  const taken = [...view.draft.document.avatars, ...(view.tenant.document.avatars ?? [])].map((/** @type {any} */ a) => a.id);
  const name = h('input', { name: 'name', required: true, maxlength: 60, autocomplete: 'off', value: like ? `${like.name} 2` : '' });
  const id = h('input', { name: 'id', required: true, pattern: '[a-z0-9_\\-]{1,64}', autocomplete: 'off', spellcheck: 'false', class: 'code', value: like ? idFrom(`${like.name} 2`, taken) : '' });
  let own = false;
  id.addEventListener('input', () => { own = id.value !== ''; });
  name.addEventListener('input', () => { if (!own) id.value = idFrom(name.value, taken); });
  const data = await askDialog({
    title: like ? `Another one like ${like.name}` : 'Add an avatar', yes: 'Go on',
    body: [h('p', { class: 'hint', text: 'Nothing is saved yet. Next you see all of it, with the screen of a person beside it.' }), field('Name', name), field('Id', id, 'Sites name it by this: a-z, 0-9, _ and -. It cannot be changed later.')],
    check: () => (taken.includes(id.value.trim()) ? 'Another avatar has this id.' : ''),
  });
  if (!data) return;
  const made = { ...(like ?? { knowledge: 'demo' }), id: id.value.trim(), name: name.value.trim() };
  // What one person permitted is not permitted for another avatar, and one that is off is not switched on by a copy.
  delete made.permission;
  delete made.likeness;
  delete made.off;
  view.draft.add(made);
  view.go(`avatar/${encodeURIComponent(made.id)}`);
}

/**
 * @param {import('./main.js').View} view
 * @param {any} a
 */
async function remove(view, a) {
  const { live = {} } = await view.api.get('overview').catch(() => ({}));
  const talking = live.by_avatar?.[a.id] ?? 0;
  const sure = await askDialog({
    title: `Remove ${a.name}?`, yes: 'Remove it', no: 'Keep it', danger: true,
    body: [h('p', { text: `It goes when you save. Nobody can begin a conversation with it then, and sites that name “${a.id}” show that it is not there.${talking ? ` ${talking} are talking with it now.` : ''}` }),
      h('p', { class: 'hint', text: 'What is kept of its conversations stays until it goes by itself. Going back to an earlier version brings the avatar back.' })],
  });
  if (!sure) return;
  view.draft.remove(a.id);
  tell(`${a.name} is taken away when you save.`);
  view.again();
}

/**
 * @param {import('./main.js').View} view
 * @param {any} a
 */
async function embed(view, a) {
  let integrity = '';
  try {
    integrity = (await fetch('/embed/v1/mayfly-avatar.js', { method: 'HEAD', credentials: 'omit' })).headers.get('Mayfly-Integrity') ?? '';
  } catch (why) {
    noteRefused(why);
    return;
  }
  const here = location.origin;
  const text = `<script type="module" crossorigin\n        integrity="${integrity}"\n        src="${here}/embed/v1/mayfly-avatar.js"></script>\n\n<mayfly-avatar gateway="${here}" token-url="/avatar-token" avatar="${a.id}" name="${a.name.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"></mayfly-avatar>`;
  const origins = view.tenant.document.origins ?? [];
  await askDialog({
    title: `${a.name} on your site`, yes: 'Done', no: 'Close',
    body: [h('pre', { tabindex: '0' }, h('code', { text })), button('Copy', async () => note((await copyText(text)) ? 'Copied.' : 'Select the lines and copy them.')),
      h('p', { class: 'hint' }, 'Your pages’ origins that may: ', origins.length ? origins.join(', ') : 'none yet. ', h('a', { href: '#/around', text: 'Change them' }), '. The token endpoint is on your server; ', h('a', { href: '/docs/embed', target: '_blank', rel: 'noopener', text: 'how' }), '.')],
  });
}
