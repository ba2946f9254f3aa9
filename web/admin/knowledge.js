// What an avatar answers from: its files and pages, what is wrong with them, and the versions that can be gone back to.
import { part } from './avatar.js';
import { documentsPart } from './documents.js';
import { ago, askDialog, button, copyCommand, count, h, heldIn, note, noteRefused, refused, shell, table, tell } from './parts.js';

/** Milliseconds between two looks while the sources are being read. */
const LOOK = 700;

/**
 * @param {import('./fields.js').Fields} fields
 * @param {import('./main.js').View} view
 * @param {string} id of the avatar
 */
export function knowledgePart(fields, view, id) {
  const of = (/** @type {string} */ key) => ['avatars', id, key];
  const now = view.draft.get(of('knowledge'));
  const box = h('div', { class: 'wide known' });
  if ((view.tenant.document.avatars ?? []).some((/** @type {any} */ a) => a.id === id)) load(view, id, box);
  else box.replaceChildren(h('p', { class: 'hint', text: 'Once it is saved, documents can be given to it here.' }));
  return part('What it answers from',
    box,
    fields.choice(of('knowledge'), view.tenant.editable === false ? 'Files' : 'Documents that are built in', /** @type {[string, string][]} */ ([['', view.tenant.editable === false ? 'As the configuration file says' : 'None'], ['demo', 'The documents of Mayfly itself'], ...(now && now !== 'demo' ? [[now, now]] : [])]), { absent: '' }),
    fields.text(of('knowledge_refresh'), 'Pages are looked at again every', { instead: '1h', hint: 'As 15m or 6h.' }),
    fields.lines(of('knowledge_urls'), 'Pages of the web', { rows: 3, hint: 'One address a line: a page, a text or a PDF. These are fetched and no others, with nothing of anybody in the request.' }));
}

/**
 * @param {import('./main.js').View} view
 * @param {string} id
 * @param {HTMLElement} box
 */
async function load(view, id, box) {
  const path = `avatars/${encodeURIComponent(id)}/knowledge`;
  try {
    draw(view, id, box, await view.api.call('GET', path));
  } catch (why) {
    if (!view.signal.aborted) box.replaceChildren(h('p', { class: 'hint', text: refused(why) }));
  }
}

/**
 * @param {import('./main.js').View} view
 * @param {string} id
 * @param {HTMLElement} box
 * @param {any} state
 */
function draw(view, id, box, state) {
  if (view.signal.aborted) return;
  if (state.reading) setTimeout(() => !view.signal.aborted && load(view, id, box), LOOK);
  const wrong = state.sources.filter((/** @type {any} */ s) => s.mistake).length;
  const kept = state.sources.some((/** @type {any} */ s) => s.mistake && s.read_at);
  const lead = state.reading ? 'The sources are being read.'
    : !state.serving ? 'Nothing was read yet.'
    : state.held ? `Version ${state.serving} was chosen by hand. Nothing is read until you read the sources again, or the gateway starts anew.`
    : `Version ${state.serving} is served.${state.looked_at ? ` The sources were read ${ago(state.looked_at).textContent}.` : ''}`;
  const back = heldIn(box);
  const said = box.querySelector('.lead-line')?.textContent;
  box.replaceChildren(
    documentsPart(view, id, state, (next) => draw(view, id, box, next)),
    h('p', { class: 'lead-line', text: lead }),
    state.mistake ? h('p', { class: 'wrong', text: state.mistake }) : '',
    wrong ? h('p', { class: 'wrong', text: `${count(wrong, 'source')} cannot be read now.${kept ? ' What was read before is served.' : ''}` }) : '',
    h('div', { class: 'row' }, button('Read the sources again', () => reindex(view, id, box), { disabled: state.reading }), copyCommand(() => view.command(`knowledge reindex --avatar ${shell(id)}`))),
    state.sources.length ? h('details', { open: wrong > 0 }, h('summary', { text: count(state.sources.length, 'source') }), table('Sources', ['Source', 'Title', 'Words', 'Read'],
      state.sources.map((/** @type {any} */ s) => [h('div', {}, h('code', { text: s.name }), s.mistake ? h('p', { class: 'wrong', text: s.mistake }) : ''), s.title ?? '', String(s.words), s.read_at ? ago(s.read_at) : 'never']))) : '',
    state.versions.length > 1 ? h('details', { open: state.held }, h('summary', { text: count(state.versions.length, 'version') }), table('Versions', ['Version', 'Read', 'Documents', 'Words', ''],
      state.versions.map((/** @type {any} */ v) => [String(v.number), ago(v.at), String(v.documents), String(v.words),
        v.number === state.serving ? 'served' : button('Answer from this', () => rollback(view, id, box, v), { label: `Answer from version ${v.number}` })]))) : '');
  back();
  if (said && said !== lead) tell(lead);
}

/**
 * @param {import('./main.js').View} view
 * @param {string} id
 * @param {HTMLElement} box
 */
async function reindex(view, id, box) {
  try {
    draw(view, id, box, await view.api.call('POST', `avatars/${encodeURIComponent(id)}/knowledge/reindex`));
    tell('The sources are being read.');
  } catch (why) {
    noteRefused(why);
  }
}

/**
 * @param {import('./main.js').View} view
 * @param {string} id
 * @param {HTMLElement} box
 * @param {any} version
 */
async function rollback(view, id, box, version) {
  const yes = await askDialog({
    title: `Answer from version ${version.number}?`, yes: 'Answer from it',
    body: [h('p', { text: 'Live conversations too, from their next turn on. Files and pages are not looked at until you read the sources again, or the gateway starts anew. That you chose it is noted.' })],
  });
  if (!yes) return;
  try {
    draw(view, id, box, await view.api.call('POST', `avatars/${encodeURIComponent(id)}/knowledge/rollback`, { version: version.number }));
    note(`Version ${version.number} is served.`);
  } catch (why) {
    noteRefused(why);
  }
}
