// What people reported of answers: nothing but what they ticked, read for a stated purpose.
import { nameOf } from './overview.js';
import { ago, askDialog, button, choice, copyCommand, empty, field, h, head, moment, note, noteRefused, shortID, table } from './parts.js';

/** Why somebody reported. @type {Record<string, string>} */
const REASONS = { wrong: 'It is wrong', harmful: 'It is harmful', offensive: 'It is offensive', privacy: 'It says too much about somebody', other: 'Another reason' };
/** Rows on a page. */
const PAGE = 50;

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function reports(view) {
  const list = h('div', {});
  /** @type {any[]} */
  let rows = [];
  const state = choice('state', [['open', 'Not answered'], ['', 'All'], ['answered', 'Answered']], 'open', { label: 'Which', onchange: () => more('').catch(noteRefused) });
  const more = async (/** @type {string} */ cursor) => {
    const page = await view.api.get(`reports?${new URLSearchParams({ limit: String(PAGE), ...(state.value ? { state: state.value } : {}), ...(cursor ? { cursor } : {}) })}`);
    if (view.signal.aborted) return;
    rows = cursor ? [...rows, ...page.reports] : page.reports;
    list.replaceChildren(rows.length === 0 ? nothing(state.value) : table('Reports', ['Reported', 'Avatar', 'Because', 'Lines', 'Goes', ''], rows.map((r) => [
      moment(r.at), nameOf(view, r.avatar), REASONS[r.reason] ?? r.reason, String(r.lines), h('span', {}, ago(r.until), ...['held', 'restricted'].filter((k) => r[k]).map((text) => h('span', { class: 'mark-pill', text })), r.state === 'answered' ? h('span', { class: 'mark-pill', text: 'answered' }) : null),
      h('span', { class: 'row' }, button('Read', () => read(view, r), { label: `Read report ${r.id.slice(-8)}` }), r.state === 'open' ? button('Answer…', () => answer(view, r), { label: `Answer report ${r.id.slice(-8)}` }) : null,
        button('Erase', () => erase(view, r), { class: 'bare', label: `Erase report ${r.id.slice(-8)}` }))])));
    if (page.next) list.append(h('div', { class: 'row' }, button('Show more', () => more(page.next).catch(noteRefused))));
  };
  await more('');
  return h('div', {}, head('Reports', 'Answers that people reported: nothing but the lines that they ticked. That somebody looked here is noted in the log.', state, copyCommand(view.command('log'))), list);
}

/** @param {string} state */
function nothing(state) {
  return empty(state === 'open' ? 'No report waits for an answer' : 'Nobody reported anything', 'Beside each answer a person can press Report, sees exactly what would be sent, ticks it line by line, and says why. What they send stands here, also where nothing is recorded.');
}

/**
 * @param {import('./main.js').View} view
 * @param {any} r
 */
async function read(view, r) {
  let found;
  try {
    found = await view.api.get(`reports/${encodeURIComponent(r.id)}`);
  } catch (why) {
    noteRefused(why);
    return;
  }
  const lines = (found.lines ?? []).map((/** @type {any} */ l) => h('li', { class: l.role === 'user' ? 'you' : 'avatar' },
    h('p', { class: 'who' }, l.role === 'user' ? 'Person' : 'Avatar', l.role === 'user' ? null : h('span', { class: 'pill', text: 'AI' }), l.as_said === false ? h('span', { class: 'mark-pill', text: 'not as it was said' }) : null),
    h('p', { class: 'words', dir: 'auto', text: l.words ?? '' })));
  const go = await askDialog({
    title: REASONS[r.reason] ?? 'A report', yes: r.state === 'open' ? 'Answer…' : 'Done', no: 'Close',
    body: [h('p', { class: 'hint' }, nameOf(view, r.avatar), ', session ', shortID(r.session), ', reported ', moment(r.at), '. That you read it is in the log.'),
      found.note ? h('blockquote', { dir: 'auto', text: found.note }) : '', h('ol', { class: 'script' }, ...lines), r.answer ? h('p', {}, 'Answered: ', h('q', { dir: 'auto', text: r.answer })) : ''],
  });
  if (go && r.state === 'open') await answer(view, r);
}

/**
 * @param {import('./main.js').View} view
 * @param {any} r
 */
async function answer(view, r) {
  const done = await askDialog({
    title: 'Answer this report?', yes: 'Answer and close it',
    body: [field('What the person reads', Object.assign(h('textarea', { name: 'answer', rows: 4, required: true, maxlength: 500 }), {}), 'They find it with their receipt, under /me. Write it in their language.')],
    check: async (form) => {
      await view.api.call('POST', `reports/${encodeURIComponent(r.id)}/answer`, { answer: String(new FormData(form).get('answer')).trim().replace(/\s+/g, ' ') });
    },
  });
  if (!done) return;
  note('Answered.');
  view.again();
}

/**
 * @param {import('./main.js').View} view
 * @param {any} r
 */
async function erase(view, r) {
  const sure = await askDialog({ title: 'Erase this report?', yes: 'Erase it', no: 'Keep it', danger: true, body: [h('p', { text: 'What the person sent, and the key that opens it, are destroyed now. Nobody can bring it back. That it was done stays in the log.' })] });
  if (!sure) return;
  try {
    await view.api.call('DELETE', `reports/${encodeURIComponent(r.id)}`);
    note('Erased, and its key.');
  } catch (why) {
    noteRefused(why);
  }
  view.again();
}
