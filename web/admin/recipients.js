// Who would be sent what people say and is not yet: said in the words that people read, and asked before it is saved.
import { askDialog, count, h } from './parts.js';

/** What somebody else does for an avatar. @type {Record<string, string>} */
const DOES = { backend: 'answers', speech: 'speaks', transcriber: 'writes down what people say', tool: 'is asked as a tool' };
/** @type {Record<string, string>} */
const GETS = { words: 'what people write and say, and the answers', answers: 'the answers', voice: 'the sound of people’s voices', pictures: 'the pictures and documents that people show', arguments: 'what the avatar asks it, made from what people say' };

/**
 * @param {any[]} all as the gateway's preview has them
 * @param {{id: string, name: string}[]} avatars
 */
export function newRecipients(all, avatars) {
  if (all.length === 0) return '';
  return h('section', { class: 'danger-note newcomers', 'aria-label': 'New recipients' },
    h('p', {}, h('strong', { text: `${count(all.length, 'recipient')} more would be sent something of people’s conversations:` })),
    h('ul', { class: 'dots' }, ...all.map((r) => h('li', {},
      h('p', {}, h('strong', { text: r.name || r.host }), ` (${r.host}) ${DOES[r.role] ?? r.role} for ${avatars.find((a) => a.id === r.avatar)?.name ?? r.avatar}. It gets ${r.gets.map((/** @type {string} */ g) => GETS[g] ?? g).join('; ')}. Region: ${r.region || 'not declared'}.`),
      h('p', { class: 'hint' }, 'People read: ', h('q', { text: r.sentence }))))),
    h('label', { class: 'tick' }, h('input', { type: 'checkbox', name: 'recipients', required: true }), h('span', { text: all.length === 1 ? 'It may be sent that.' : 'They may be sent that.' })));
}

/**
 * Asks before a document is saved that adds recipients.
 * @param {import('./api.js').Api} api
 * @param {any} document as it would be
 * @returns {Promise<boolean>} false: somebody said no
 */
export async function mayBeSent(api, document) {
  const said = await api.call('POST', 'preview', { document });
  const list = newRecipients(said.recipients ?? [], document.avatars ?? []);
  if (!list) return true; // what is wrong with it is said when it is saved
  return (await askDialog({ title: 'Send what people say to somebody new?', yes: 'Save it', no: 'Do not save', danger: true, body: [list] })) !== null;
}
