// One conversation, read for a stated purpose. That it is read is noted before the first word arrives.
import { saveFile } from '../shared/save.js';
import { button, copyCommand, empty, h, head, moment, noteRefused, shell, shortID } from './parts.js';
import { soundPlayer, soundsOf } from './soundplayer.js';
import { eraseOne } from './stored.js';

const WHY = { audit: 'Audit', quality: 'Quality', learning: 'Learning', rights: 'Carrying out somebody’s rights' };
const FORMS = /** @type {[string, string, string][]} */ ([['text', 'Text', 'txt'], ['jsonl', 'JSON Lines', 'jsonl'], ['vtt', 'WebVTT', 'vtt']]);

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function transcript(view) {
  const id = view.part;
  const back = h('a', { class: 'button', href: '#/stored', text: 'Back' });
  const box = h('div', {});
  const ask = h('form', { class: 'ask-purpose', on: { submit: (/** @type {SubmitEvent} */ e) => {
    e.preventDefault();
    const purpose = String(new FormData(/** @type {HTMLFormElement} */ (e.target)).get('purpose') ?? '');
    if (purpose) read(view, id, purpose, box);
  } } },
  h('fieldset', { class: 'ticks' }, h('legend', { text: 'What do you read it for?' }),
    ...Object.entries(WHY).map(([p, text]) => h('label', {}, h('input', { type: 'radio', name: 'purpose', value: p, required: true }), h('span', { text })))),
  h('p', { class: 'hint', text: 'Your key, this purpose and the time are in the log before the first word is sent. The person agreed to some purposes; for another it is refused.' }),
  h('button', { class: 'first', type: 'submit', text: 'Read' }));
  box.append(ask);
  return h('div', {}, head('A kept conversation', '', copyCommand(view.command(`transcript read ${shell(id)} --purpose PURPOSE`)), back), h('p', { class: 'lead' }, 'Session ', shortID(id)), box);
}

/**
 * @param {import('./main.js').View} view
 * @param {string} id
 * @param {string} purpose
 * @param {HTMLElement} box
 */
async function read(view, id, purpose, box) {
  const path = (/** @type {string} */ form) => `transcripts/${encodeURIComponent(id)}?purpose=${purpose}&form=${form}`;
  let found;
  try {
    found = await view.api.get(path('json'));
  } catch (why) {
    noteRefused(why);
    return;
  }
  const items = found.items ?? [];
  const sounds = await soundsOf(view, id);
  if (view.signal.aborted) return;
  /** @type {Set<string>} */
  const placed = new Set();
  const save = async (/** @type {string} */ form, /** @type {string} */ end) => {
    try {
      const answer = await view.api.send('GET', path(form), { accept: '*/*' });
      saveFile(`conversation-${id.slice(-8)}.${end}`, await answer.blob(), answer.headers.get('Content-Type') ?? 'text/plain');
    } catch (why) {
      noteRefused(why);
    }
  };
  box.replaceChildren(
    h('p', { class: 'lead' }, `Read for: ${WHY[/** @type {'audit'} */ (purpose)]}. `, h('span', {}, 'Kept until ', moment(found.stored_until), '.')),
    items.length === 0 ? empty('Nothing is in it', 'What was kept of it is gone.') : h('ol', { class: 'script' }, ...items.map((/** @type {any} */ item) => {
      // One sound is of a whole side of a turn: it stands at the first thing that was said there.
      const key = `${item.turn} ${item.role === 'avatar' ? 'avatar' : 'person'}`;
      const sound = placed.has(key) ? null : sounds.get(key);
      placed.add(key);
      return line(item, sound ? soundPlayer(view, id, purpose, sound) : null);
    })),
    sounds.size ? h('p', { class: 'hint', text: 'Each listening is noted in the log, like this reading.' }) : '',
    h('div', { class: 'row' }, ...FORMS.map(([form, text, end]) => button(`Save as ${text}`, () => save(form, end))),
      button('Erase…', async () => { if (await eraseOne(view, { session: id, turns: new Set(items.map((/** @type {any} */ i) => i.turn)).size })) view.go('stored'); }, { class: 'bare' })));
}

/** @param {any} item @param {HTMLElement|null} player */
function line(item, player) {
  const ai = item.ai === true;
  const human = !ai && item.role === 'avatar';
  return h('li', { class: ai || human ? 'avatar' : 'you' },
    h('p', { class: 'who' }, ai ? 'Avatar' : human ? 'A human' : 'Person', ai ? h('span', { class: 'pill', text: 'AI' }) : null, ' ', moment(item.at)),
    h('p', { class: 'words', dir: 'auto', text: item.text ?? '' }),
    player,
    item.corrected ? h('p', { class: 'hint', dir: 'auto', text: `Corrected by the person: ${item.corrected.text}` }) : null);
}
