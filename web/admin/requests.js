// What people asked for with their receipt, and the answers.
import { ago, askDialog, button, empty, field, h, head, noteRefused, refused, shortID, table } from './parts.js';

const KINDS = { access: 'See it', correct: 'Correct it', erase: 'Erase it', restrict: 'Restrict its use', object: 'Object', appeal: 'Appeal' };
const STATES = { open: 'open', carried_out: 'done', refused: 'refused' };

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function requests(view) {
  const { requests: all = [] } = await view.api.get('requests');
  const open = all.filter((/** @type {any} */ r) => r.state === 'open');
  const done = all.filter((/** @type {any} */ r) => r.state !== 'open');
  return h('div', {},
    head('Requests', 'What people asked for with their receipt. The law gives one month for an answer.'),
    open.length === 0 ? empty('Nobody waits for an answer', 'People open what is kept of them with their receipt key at /me. What they cannot do there by themselves arrives here.') : list(view, 'Open requests', open, true),
    done.length ? h('details', {}, h('summary', { text: `Answered (${done.length})` }), list(view, 'Answered requests', done, false)) : null);
}

/**
 * @param {import('./main.js').View} view
 * @param {string} caption
 * @param {any[]} rows
 * @param {boolean} open
 */
function list(view, caption, rows, open) {
  return table(caption, ['Asked', 'What', 'Session', 'In their words', 'State', ''], rows.map((r) => [
    ago(r.at), KINDS[/** @type {'access'} */ (r.kind)] ?? r.kind, shortID(r.session), r.note ? h('q', { dir: 'auto', text: r.note }) : '',
    h('span', {}, STATES[/** @type {'open'} */ (r.state)] ?? r.state, r.reason ? h('p', { class: 'hint', text: r.reason }) : null),
    open ? h('span', { class: 'row' }, button('Carry out', () => answer(view, r, 'carry_out'), { class: 'first' }), button('Refuse', () => answer(view, r, 'refuse'))) : ''])); }

/**
 * @param {import('./main.js').View} view
 * @param {any} r
 * @param {'carry_out'|'refuse'} how
 */
async function answer(view, r, how) {
  const does = how === 'carry_out';
  const done = await askDialog({
    title: does ? `${KINDS[/** @type {'access'} */ (r.kind)]}?` : 'Refuse it?', yes: does ? 'Carry it out' : 'Refuse', danger: does && r.kind === 'erase',
    body: [h('p', { text: does && r.kind === 'erase' ? 'What is kept of the session is destroyed now, with its key. Nobody can bring it back.' : 'The person finds your answer with their receipt.' }),
      field('Why', h('input', { name: 'reason', required: true, maxlength: 500, autocomplete: 'off' }), 'The person reads this.')],
    check: async (form) => {
      try {
        await view.api.call('POST', `requests/${encodeURIComponent(r.id)}`, { answer: how, reason: String(new FormData(form).get('reason')).trim() });
        return '';
      } catch (why) {
        noteRefused(why);
        return refused(why);
      }
    },
  });
  if (done) view.again();
}
