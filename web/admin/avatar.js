// One avatar, all of it: who it is, what answers, speaks and listens, and whose likeness it has. Nothing counts before it is saved.
import { Face } from '../shared/face/face.js';
import { serverFields } from './backend.js';
import { Fields } from './fields.js';
import { knowledgePart } from './knowledge.js';
import { likenessFields } from './likeness.js';
import { Person } from './person.js';
import { readOnly } from './policy.js';
import { button, empty, h, head } from './parts.js';
import { toolFields } from './tools.js';
import { tryQuestion } from './try.js';

export const LOOKS = /** @type {[string, string][]} */ ([['lantern', 'Lantern'], ['moth', 'Moth'], ['paper', 'Paper']]);
const VOICES = /** @type {[string, string][]} */ ([['auto', 'The best that is found here'], ['builtin', 'Built in'], ['piper', 'piper, on this machine'], ['espeak-ng', 'espeak-ng, on this machine'], ['flite', 'flite, on this machine'], ['speech', 'A speech server'], ['none', 'None: text and captions']]);
/** The languages that the gateway speaks of itself in. */
export const LANGUAGES = /** @type {[string, string][]} */ ([['en', 'English'], ['de', 'Deutsch'], ['fr', 'Français'], ['es', 'Español'], ['he', 'עברית']]);

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function avatar(view) {
  const { draft, part: id } = view;
  const of = (/** @type {string[]} */ ...keys) => ['avatars', id, ...keys];
  const a = draft.get(of());
  const back = h('a', { class: 'button', href: '#/avatars', text: 'All avatars' });
  if (!a) return h('div', {}, head('No such avatar', '', back), empty('It is not there', 'It was removed, or never saved.'));
  const fields = new Fields(view);
  const person = new Person(view, draft.document, id, { mistakes: false });
  /** @type {Face[]} */
  const faces = [];
  view.signal.addEventListener('abort', () => faces.forEach((f) => f.close()), { once: true });
  const title = h('span', {});
  const wear = () => {
    const now = draft.get(of()) ?? a;
    title.textContent = now.name || id;
    faces.forEach((f, i) => f.wear({ look: LOOKS[i][0], colour: now.colour, badge: 'AI' }));
  };
  let drawn = JSON.stringify(draft.document);
  let timer = /** @type {any} */ (0);
  draft.watch(() => {
    const now = JSON.stringify(draft.document);
    if (now === drawn) return;
    drawn = now;
    wear();
    clearTimeout(timer);
    timer = setTimeout(() => !view.signal.aborted && draft.get(of()) && person.show(draft.document), 300);
  }, view.signal);

  const page = head('', draft.touches(id) ? 'Not all of it is saved.' : '', button('Try a question…', () => tryQuestion(view, draft.get(of()), draft.dirty ? draft.document : undefined)), back);
  page.querySelector('h1')?.replaceChildren(title);
  const node = h('div', {}, page, view.tenant.editable === false ? readOnly(view) : null,
    h('div', { class: 'split editor' }, h('div', { class: `parts${view.tenant.editable === false ? ' fixed' : ''}` },
      part('Who it is', h('p', { class: 'hint wide' }, 'Its id is ', h('code', { text: id }), '. Sites name it by that; it stays.'),
        fields.text(of('name'), 'Name', { most: 60 }), looks(view, id, faces, a), colour(view, id), ...languages(fields, view, id)),
      part('What answers', ...answers(fields, view, id)),
      knowledgePart(fields, view, id),
      part('What it can look up', ...toolFields(view, id)),
      part('What speaks', ...speaks(fields, view, id)),
      part('Whether it listens', ...listens(fields, view, id)),
      part('Whose likeness it has', ...likenessFields(fields, view, id))), person.node));
  wear();
  return node;
}

/** @param {string} title @param {...(Node|null)} children */
export function part(title, ...children) {
  return h('section', { class: 'part', 'aria-label': title }, h('h2', { text: title }), h('div', { class: 'fields' }, ...children));
}

/**
 * The looks, as they look.
 * @param {import('./main.js').View} view
 * @param {string} id
 * @param {Face[]} faces in the order of the looks
 * @param {any} a
 */
function looks(view, id, faces, a) {
  const fixed = view.tenant.editable === false;
  return h('fieldset', { class: 'field wide' }, h('legend', { text: 'Look' }), h('div', { class: 'looks' }, ...LOOKS.map(([value, text]) => {
    const figure = h('span', { class: 'figure', 'aria-hidden': 'true' });
    faces.push(new Face(figure, { look: value, colour: a.colour, badge: 'AI', picture: true }));
    const input = h('input', { type: 'radio', name: 'look', value, checked: (a.look ?? 'lantern') === value, disabled: fixed, on: { change: () => view.draft.set(['avatars', id, 'look'], value === 'lantern' ? undefined : value) } });
    return h('label', {}, input, figure, h('span', { text }));
  })));
}

/**
 * @param {import('./main.js').View} view
 * @param {string} id
 */
function colour(view, id) {
  const path = ['avatars', id, 'colour'];
  const now = view.draft.get(path);
  const fixed = view.tenant.editable === false;
  const pick = h('input', { type: 'color', value: now ?? '#f0aa3c', disabled: fixed, 'aria-label': 'Colour' });
  const own = h('input', { type: 'checkbox', checked: Boolean(now), disabled: fixed });
  const set = () => view.draft.set(path, own.checked ? pick.value : undefined);
  own.addEventListener('change', set);
  pick.addEventListener('input', () => { own.checked = true; set(); });
  return h('div', { class: 'field' }, h('label', { class: 'tick' }, own, h('span', { text: 'A colour of its own' })), pick);
}

/**
 * The languages that the gateway has words in as ticks, others by their tags.
 * @param {Fields} fields
 * @param {import('./main.js').View} view
 * @param {string} id
 */
function languages(fields, view, id) {
  const path = ['avatars', id, 'languages'];
  const known = LANGUAGES.map(([v]) => v);
  const others = () => (view.draft.get(path) ?? ['en']).filter((/** @type {string} */ l) => !known.includes(l));
  const first = h('div', { class: 'field' });
  const drawFirst = () => {
    const all = view.draft.get(path) ?? ['en'];
    const select = h('select', { id: 'first-language', disabled: view.tenant.editable === false, 'data-keep': 'first-language', on: { change: () => { view.draft.set(path, [select.value, ...all.filter((/** @type {string} */ l) => l !== select.value)]); drawFirst(); } } },
      ...all.map((/** @type {string} */ l) => h('option', { value: l, text: LANGUAGES.find(([v]) => v === l)?.[1] ?? l })));
    first.replaceChildren(h('label', { for: 'first-language', text: 'It begins in' }), select);
    first.hidden = all.length < 2;
  };
  drawFirst();
  const more = h('input', { value: others().join(', '), autocomplete: 'off', placeholder: 'it, pt-BR', disabled: view.tenant.editable === false, on: { input: () => {
    const all = (view.draft.get(path) ?? ['en']).filter((/** @type {string} */ l) => known.includes(l));
    const typed = more.value.split(/[\s,]+/).filter(Boolean);
    view.draft.set(path, [...all, ...typed]);
    view.draft.touch(path);
    drawFirst();
  } } });
  more.id = 'more-languages';
  return [fields.ticks(path, 'Languages', LANGUAGES, { lang: true, absent: ['en'], then: drawFirst }),
    h('div', { class: 'field' }, h('label', { for: more.id, text: 'Others, by their tags' }), more, h('p', { class: 'hint', text: 'The notice is in English where neither the gateway nor you have words.' })), first];
}

/**
 * @param {Fields} fields
 * @param {import('./main.js').View} view
 * @param {string} id
 */
function answers(fields, view, id) {
  const path = ['avatars', id, 'backend'];
  return [
    fields.text(['avatars', id, 'persona'], 'Persona', { rows: 5, most: 8000, wide: true, hint: 'How it is to speak and what it is there for. It cannot make it deny being an AI.' }),
    ...serverFields(fields, view, path, { title: 'What writes the answers', none: 'Mayfly itself, word for word from its documents', some: 'A model server', about: 'It is sent what people write and what is found in the documents for it.' }),
  ];
}

/**
 * @param {Fields} fields
 * @param {import('./main.js').View} view
 * @param {string} id
 */
function speaks(fields, view, id) {
  return [
    fields.choice(['avatars', id, 'voice'], 'Voice', VOICES, { absent: 'auto' }),
    ...serverFields(fields, view, ['avatars', id, 'speech'], { title: 'What makes the sound', none: 'A voice on the gateway’s machine', some: 'A speech server', about: 'It is sent every sentence that the avatar says.', voice: true,
      then: (on) => { if (!on && view.draft.get(['avatars', id, 'voice']) === 'speech') view.draft.set(['avatars', id, 'voice'], undefined); } }),
  ];
}

/**
 * @param {Fields} fields
 * @param {import('./main.js').View} view
 * @param {string} id
 */
function listens(fields, view, id) {
  return [
    fields.tick(['avatars', id, 'microphone'], 'People may speak to it', { hint: 'Each person is asked before the microphone is opened. Nothing they say is sent anywhere before a yes.' }),
    ...serverFields(fields, view, ['avatars', id, 'transcriber'], { title: 'What writes down what people say', none: 'The transcriber of the gateway’s machine, if there is one', some: 'A transcription server', about: 'It is sent the sound of the person’s voice.' }),
  ];
}
