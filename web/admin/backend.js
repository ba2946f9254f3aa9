// A server behind an avatar: whether there is one, what it is, and whether it answers.
import { failsFields } from './fails.js';
import { button, h, refused, tell } from './parts.js';
import { termsFields } from './terms.js';

/** @type {Record<string, string>} */
const KINDS = { backend: 'Model server', speech: 'Speech server', transcriber: 'Transcription server' };

/** @type {Record<string, [string, string][]>} the first is what counts while nothing stands there */
const PROTOCOLS = {
  backend: [['chat', 'Chat completions: it writes'], ['realtime', 'The Realtime protocol: it writes and speaks']],
  transcriber: [['transcriptions', 'Transcriptions: it is sent what was said when it is over'], ['realtime', 'The Realtime protocol: it hears while somebody speaks']],
};

/** What makes sense with one way of speaking only. @type {Record<string, string[]>} */
const ONLY = { chat: ['voice', 'session'], transcriptions: ['transcription_model'], realtime: ['partials'] };

/**
 * The fields of one server: the first, or another in its place.
 * @param {import('./fields.js').Fields} fields
 * @param {import('./main.js').View} view
 * @param {string[]} path of the group
 * @param {boolean} voice whether it speaks
 * @param {() => void} draw shows the server again
 * @returns {(HTMLElement|string)[]}
 */
function rows(fields, view, path, voice, draw) {
  const there = view.draft.get(path) ?? {};
  const protocols = PROTOCOLS[path[2]];
  const realtime = there.protocol === 'realtime';
  return [fields.group(path),
    fields.text([...path, 'url'], 'Address', { type: 'url', code: true, wide: true, instead: 'https://…/v1', hint: 'With its /v1. It has to be reachable from outside; one on the gateway’s own network stands in the configuration file.' }),
    fields.text([...path, 'model'], 'Model', { code: true, most: 200 }),
    protocols ? fields.choice([...path, 'protocol'], 'How it is spoken with', protocols, { absent: protocols[0][0], then: (is) => {
      for (const key of ONLY[is] ?? []) view.draft.set([...path, key], undefined);
      draw();
    } }) : '',
    voice || path[2] === 'backend' && realtime ? fields.text([...path, 'voice'], 'Voice there', { code: true, most: 100, ...(voice ? {} : { instead: 'its own choice', hint: 'It is heard where the avatar’s voice is chosen by itself and no speech server stands below.' }) }) : '',
    path[2] === 'backend' && realtime ? fields.text([...path, 'session'], 'It keeps a session for', { instead: '60m', hint: 'As 15m or 1h. Before that another is opened, and told the conversation.' }) : '',
    path[2] === 'backend' ? fields.tick([...path, 'vision'], 'Takes pictures', { hint: 'It is sent those that people show, where the policy lets them. Without it pictures are refused.' }) : '',
    path[2] === 'transcriber' && realtime ? fields.text([...path, 'transcription_model'], 'Model that writes down', { code: true, most: 200, instead: 'the same' }) : '',
    path[2] === 'transcriber' && !realtime ? fields.tick([...path, 'partials'], 'Captions while somebody speaks', { hint: 'It is asked once a second with all of the sound so far.' }) : '',
    fields.text([...path, 'name'], 'What people are told', { most: 100, instead: hostOf(there.url) || 'its host', hint: 'The name of whoever gets their words.' }),
    fields.text([...path, 'region'], 'Region, as declared', { most: 32, instead: 'not declared', options: view.draft.get(['policy', 'regions']) ?? ['eu', 'us', 'uk', 'ca', 'au', 'sg'], hint: 'Receipts name it as your word, not as a fact.' }),
    ...termsFields(fields, view, path, draw)];
}

/**
 * @param {import('./fields.js').Fields} fields
 * @param {import('./main.js').View} view
 * @param {string[]} path of the group
 * @param {{title: string, none: string, some: string, about: string, voice?: boolean, then?: (on: boolean) => void}} is
 */
export function serverFields(fields, view, path, { title, none, some, about, voice = false, then }) {
  const fixed = view.tenant.editable === false;
  const box = h('div', { class: 'fields wide server' });
  const result = h('div', { class: 'wide reached', 'aria-live': 'polite' });
  /** What stood there, if it is taken away and wanted back. @type {any} */
  let was = null;
  const draw = () => {
    const there = view.draft.get(path);
    result.replaceChildren();
    box.hidden = !there;
    if (!there) {
      box.replaceChildren();
      return;
    }
    box.replaceChildren(h('p', { class: 'hint wide', text: about }), ...rows(fields, view, path, voice, draw),
      failsFields(fields, view, path, (other, again) => [...rows(fields, view, other, voice, again), failsFields(fields, view, other)]),
      h('p', { class: 'hint wide' }, 'A credential never stands in this document. A server that asks for one is named in the configuration file, with the file that holds it (', h('code', { text: 'key_file' }), ').'),
      h('div', { class: 'row wide' }, button('Test it now', test, { label: `Test it now: the ${KINDS[path[2]].toLowerCase()}` }), h('span', { class: 'hint', text: 'It is asked once for its models, and nothing else. Also before it is saved.' })), result);
  };
  const test = async () => {
    result.replaceChildren(h('p', { class: 'hint', text: 'Asking…' }));
    try {
      const got = await view.api.call('POST', 'avatars/test', { avatar: path[1], ...(view.draft.dirty ? { document: view.draft.document } : {}) });
      const rows = got.servers.filter((/** @type {any} */ s) => s.kind === path[2]);
      result.replaceChildren(...(got.problems.length ? [h('p', { class: 'wrong', text: 'Nobody was asked: put right first what is wrong.' })]
        : rows.map((/** @type {any} */ s) => h('p', { class: s.ok ? 'right' : 'wrong' }, `${s.server} ${s.text}.`))));
      if (got.problems.length) {
        view.draft.tried = true;
        await view.draft.check();
      }
      tell(result.textContent ?? '');
    } catch (why) {
      result.replaceChildren(h('p', { class: 'wrong', text: refused(why) }));
    }
  };
  const name = path.join('-');
  const pick = (/** @type {boolean} */ on, /** @type {string} */ text) => h('label', { class: 'tick' }, h('input', { type: 'radio', name, disabled: fixed, checked: Boolean(view.draft.get(path)) === on, 'data-keep': `${name}-${on}`, on: { change: () => {
    if (!on) was = view.draft.get(path);
    view.draft.set(path, on ? was ?? {} : undefined);
    if (voiceOf(view, path) && on) view.draft.set(['avatars', path[1], 'voice'], undefined);
    then?.(on);
    draw();
  } } }), h('span', { text }));
  draw();
  return [h('fieldset', { class: 'field wide ticks' }, h('legend', { text: title }), pick(false, none), pick(true, some)), box];
}

/**
 * Whether the avatar's voice would keep a speech server from ever being used.
 * @param {import('./main.js').View} view
 * @param {string[]} path
 */
function voiceOf(view, path) {
  return path[2] === 'speech' && !['auto', 'speech', undefined].includes(view.draft.get(['avatars', path[1], 'voice']));
}

/** @param {string|undefined} url */
export function hostOf(url) {
  try {
    return new URL(url ?? '').hostname;
  } catch {
    return url ?? '';
  }
}
