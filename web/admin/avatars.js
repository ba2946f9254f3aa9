// The faces and voices, and the lines that put one on a site.
import { Face } from '../shared/face/face.js';
import { copyText } from '../shared/save.js';
import { offButtons } from './off.js';
import { readOnly } from './policy.js';
import { askDialog, button, choice, copyCommand, field, h, head, note, noteRefused } from './parts.js';
import { tryQuestion } from './try.js';

const LOOKS = /** @type {[string, string][]} */ ([['lantern', 'Lantern'], ['moth', 'Moth'], ['paper', 'Paper']]);
const VOICES = /** @type {[string, string][]} */ ([['auto', 'The best that is found'], ['builtin', 'Built in'], ['none', 'None: text and captions']]);
const LANGUAGES = /** @type {[string, string][]} */ ([['en', 'English'], ['de', 'Deutsch'], ['fr', 'Français'], ['es', 'Español'], ['he', 'עברית']]);

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function avatars(view) {
  const doc = view.tenant.document;
  const editable = view.tenant.editable !== false;
  /** @type {Face[]} */
  const faces = [];
  view.signal.addEventListener('abort', () => faces.forEach((f) => f.close()), { once: true });
  const cards = (doc.avatars ?? []).map((/** @type {any} */ a) => {
    const figure = h('div', { class: 'figure', 'aria-hidden': 'true' });
    faces.push(new Face(figure, { look: a.look, colour: a.colour, badge: 'AI', picture: true }));
    return h('li', { class: 'avatar-card' }, figure, h('div', {}, h('h2', {}, a.name, a.off ? h('span', { class: 'mark-pill', text: 'off' }) : null), h('p', { class: 'hint' }, h('code', { text: a.id })),
      a.off ? h('p', {}, 'Switched off. People read: ', h('q', { dir: 'auto', text: a.off.reason })) : null,
      h('dl', { class: 'facts' }, ...fact('Answers', a.backend ? a.backend.name ?? hostOf(a.backend.url) : 'Mayfly itself, from documents'), ...fact('Languages', (a.languages ?? ['en']).join(', ')),
        ...fact('Voice', a.speech ? a.speech.name ?? hostOf(a.speech.url) : a.voice ?? 'auto'), ...fact('Microphone', a.microphone ? 'may be used' : 'not used'), ...(a.persona ? fact('Persona', a.persona) : [])),
      h('div', { class: 'row' }, editable ? button('Change…', () => edit(view, doc, a)) : null, button('Try a question…', () => tryQuestion(view, a)), button('Put it on a site…', () => embed(view, a)), ...(editable ? offButtons(view, a) : []), copyCommand(`mayfly tenant show --tenant ${view.who.tenant.id}`))));
  });
  return h('div', {}, head('Avatars', 'Drawn from parameters, never a human face, always labelled.', ...(editable ? [button('Add an avatar…', () => edit(view, doc, null), { class: 'first' })] : [])),
    editable ? null : readOnly(view), h('ul', { class: 'avatar-cards' }, ...cards));
}

/** @param {string} name @param {string} value */
function fact(name, value) {
  return [h('dt', { text: name }), h('dd', { text: value })];
}

/** @param {string} url */
function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

/**
 * @param {import('./main.js').View} view
 * @param {any} doc
 * @param {any} avatar null: a new one
 */
async function edit(view, doc, avatar) {
  const a = avatar ?? { look: 'lantern', languages: ['en'], knowledge: 'demo' };
  const figure = h('div', { class: 'figure', 'aria-hidden': 'true' });
  const face = new Face(figure, { look: a.look, colour: a.colour, badge: 'AI', picture: true });
  const look = choice('look', LOOKS, a.look ?? 'lantern');
  const colour = h('input', { type: 'color', name: 'colour', value: a.colour ?? '#f0aa3c' });
  const own = h('input', { type: 'checkbox', name: 'own', checked: Boolean(a.colour) });
  const wear = () => face.wear({ look: look.value, colour: own.checked ? colour.value : undefined, badge: 'AI' });
  for (const input of [look, colour, own]) input.addEventListener('input', wear);
  colour.addEventListener('input', () => { own.checked = true; wear(); });
  const data = await askDialog({
    title: avatar ? `Change ${a.name}` : 'Add an avatar', yes: 'Save',
    body: [h('div', { class: 'edit-avatar' }, figure, h('div', {},
      avatar ? '' : field('Id', h('input', { name: 'id', required: true, pattern: '[a-z0-9_\\-]{1,64}', autocomplete: 'off' }), 'a-z, 0-9, _ and -. It cannot be changed later.'),
      field('Name', h('input', { name: 'name', value: a.name ?? '', required: true, maxlength: 60, autocomplete: 'off' })),
      field('Look', look), h('label', { class: 'tick' }, own, ' A colour of its own ', colour),
      field('Voice', choice('voice', VOICES.some(([v]) => v === (a.voice ?? 'auto')) ? VOICES : [...VOICES, [a.voice, a.voice]], a.voice ?? 'auto')),
      h('fieldset', { class: 'ticks' }, h('legend', { text: 'Languages' }), ...LANGUAGES.map(([v, text]) => h('label', {}, h('input', { type: 'checkbox', name: 'languages', value: v, checked: (a.languages ?? ['en']).includes(v) }), h('span', { lang: v, text })))),
      field('Persona', Object.assign(h('textarea', { name: 'persona', rows: 4, maxlength: 8000 }), { value: a.persona ?? '' }), 'How it is to speak and what it is there for. It cannot make it deny being an AI.'),
      h('label', { class: 'tick' }, h('input', { type: 'checkbox', name: 'microphone', checked: a.microphone === true }), ' People may speak to it')))],
    check: (form) => (new FormData(form).getAll('languages').length === 0 ? 'Choose at least one language.' : ''),
  });
  face.close();
  if (!data) return;
  const next = { ...a, name: String(data.get('name')).trim(), look: data.get('look'), voice: data.get('voice'), languages: data.getAll('languages'), microphone: data.get('microphone') !== null };
  if (!avatar) next.id = String(data.get('id')).trim();
  const persona = String(data.get('persona')).trim();
  if (persona) next.persona = persona;
  else delete next.persona;
  if (data.get('own')) next.colour = data.get('colour');
  else delete next.colour;
  const all = doc.avatars ?? [];
  await view.change({ avatars: avatar ? all.map((/** @type {any} */ x) => (x.id === a.id ? next : x)) : [...all, next] });
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
  const text = `<script type="module" crossorigin\n        integrity="${integrity}"\n        src="${here}/embed/v1/mayfly-avatar.js"></script>\n\n<mayfly-avatar gateway="${here}" token-url="/avatar-token" avatar="${a.id}" name="${a.name}"></mayfly-avatar>`;
  const origins = view.tenant.document.origins ?? [];
  await askDialog({
    title: `${a.name} on your site`, yes: 'Done', no: 'Close',
    body: [h('pre', { tabindex: '0' }, h('code', { text })), button('Copy', async () => note((await copyText(text)) ? 'Copied.' : 'Select the lines and copy them.')),
      h('p', { class: 'hint' }, 'Your pages’ origins that may: ', origins.length ? origins.join(', ') : 'none yet. Add them under "origins".', ' The token endpoint is on your server; ', h('a', { href: '/docs/embed', target: '_blank', rel: 'noopener', text: 'how' }), '.')],
  });
}
