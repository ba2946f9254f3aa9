// What is kept of conversations, until when, and who asked for it to stay.
import { goesWhen } from './goes.js';
import { nameOf } from './overview.js';
import { ago, askDialog, button, choice, copyCommand, count, empty, field, h, head, moment, note, noteRefused, shell, shortID, table } from './parts.js';

/** Milliseconds of a day. */
const DAY = 86400000;
/** Why something may be held. */
const HOLDS = { complaint: 'A complaint', legal_claim: 'A legal claim', authority: 'An authority asks', security: 'A security incident' };
/** Rows on a page. */
const PAGE = 50;

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function stored(view) {
  const avatars = (view.tenant.document.avatars ?? []).map((/** @type {any} */ a) => /** @type {[string, string]} */ ([a.id, a.name]));
  const avatar = choice('avatar', [['', 'All'], ...avatars], '');
  const from = h('input', { type: 'date', name: 'from' });
  const to = h('input', { type: 'date', name: 'to' });
  const subject = h('input', { name: 'subject', autocomplete: 'off', maxlength: 200 });
  const list = h('div', {});
  const filter = () => Object.fromEntries([['avatar', avatar.value], ['from', from.value], ['to', to.value], ['subject', subject.value.trim()]].filter(([, v]) => v));
  /** @type {any[]} */
  let rows = [];
  const more = async (/** @type {string} */ cursor) => {
    const query = new URLSearchParams({ ...filter(), limit: String(PAGE), ...(cursor ? { cursor } : {}) });
    const page = await view.api.get(`transcripts?${query}`);
    if (view.signal.aborted) return;
    rows = cursor ? [...rows, ...(page.transcripts ?? [])] : page.transcripts ?? [];
    list.replaceChildren(...content(view, rows, Object.keys(filter()).length > 0));
    if (page.next) list.append(h('div', { class: 'row' }, button('Show more', () => more(page.next).catch(noteRefused))));
  };
  const form = h('form', { class: 'filter', role: 'search', on: { submit: (/** @type {Event} */ e) => { e.preventDefault(); more('').catch(noteRefused); }, change: () => more('').catch(noteRefused) } },
    field('Avatar', avatar), field('Began from', from), field('Before', to), field('Person, by your pseudonym', subject), h('button', { type: 'submit', text: 'Find' }));
  const erase = button('Erase all that match…', () => eraseAll(view, filter(), () => more('')));
  await more('');
  const holds = await view.api.get('holds').catch(() => ({ holds: [] }));
  const { days = [] } = await view.api.get('expiries').catch(() => ({}));
  return h('div', {},
    head('What is kept', 'That somebody looked here is noted in the log.', erase, copyCommand(view.command('transcript list'))),
    goesWhen(days), form, list, holdsBlock(view, holds.holds ?? []));
}

/**
 * @param {import('./main.js').View} view
 * @param {any[]} rows
 * @param {boolean} filtered
 */
function content(view, rows, filtered) {
  if (rows.length === 0) {
    if (filtered) return [empty('Nothing matches', 'Nothing that is kept fits these conditions.')];
    const on = view.tenant.document.policy?.transcript === true;
    return [empty('Nothing is kept', on ? 'Recording is on. Conversations of people who agree appear here, turn by turn, as they become durable.'
      : 'Recording is off. What people say is worked with in memory and gone when they leave; there is nothing here to see, and nobody could.', on ? '' : h('p', {}, h('a', { class: 'button', href: '#/policy', text: 'What would change that' })))];
  }
  return [table('Kept conversations', ['Began', 'Avatar', 'Session', 'Turns', 'May be read for', 'Goes', ''], rows.map((r) => [
    moment(r.began_at), nameOf(view, r.avatar), shortID(r.session), String(r.turns), (r.purposes ?? []).join(', '),
    h('span', {}, ago(r.until), ...marks(r)),
    h('span', { class: 'row' }, h('a', { class: 'button', href: `#/transcript/${encodeURIComponent(r.session)}`, 'aria-label': `Read session ${String(r.session).slice(-8)}`, text: 'Read' }),
      button('Erase', () => eraseOne(view, r), { class: 'bare', label: `Erase session ${String(r.session).slice(-8)}` }),
      button('Hold', () => placeHold(view, 'session', r.session), { class: 'bare', label: `Hold session ${String(r.session).slice(-8)}` })),
  ]))];
}

/** @param {any} r */
function marks(r) {
  return [r.held && 'held', r.restricted && 'restricted', r.corrected > 0 && 'corrected'].filter(Boolean).map((text) => h('span', { class: 'mark-pill', text: String(text) }));
}

/**
 * @param {import('./main.js').View} view
 * @param {any} r
 */
export async function eraseOne(view, r) {
  const done = await askDialog({
    title: 'Erase this conversation?', yes: 'Erase it', no: 'Keep it', danger: true,
    body: [h('p', { text: `${count(r.turns, 'turn')} and the key that opens them are destroyed now. Nobody can bring them back. That it was done stays in the log.` }),
      h('p', { class: 'command' }, h('code', { text: view.command(`transcript erase ${shell(r.session)}`) }))],
  });
  if (!done) return false;
  try {
    const { turns } = await view.api.call('DELETE', `transcripts/${encodeURIComponent(r.session)}`);
    note(`Erased: ${count(turns, 'turn')}, and their key.`);
    view.again();
    return true;
  } catch (why) {
    noteRefused(why);
    return false;
  }
}

/**
 * @param {import('./main.js').View} view
 * @param {Record<string, string>} filter
 * @param {() => Promise<void>} draw
 */
async function eraseAll(view, filter, draw) {
  const words = Object.entries(filter).map(([k, v]) => `${k} ${v}`).join(', ');
  if (!words) {
    note('Say first what: an avatar, a person, or when it began.', '', { wrong: true });
    return;
  }
  const done = await askDialog({
    title: 'Erase all that match?', yes: 'Erase them', no: 'Keep them', danger: true,
    body: [h('p', {}, 'Everything kept with ', h('b', { text: words }), ' is destroyed now, with its keys. What a hold keeps stays.')],
  });
  if (!done) return;
  try {
    const report = await view.api.call('POST', 'transcripts/erase', filter);
    const left = [report.held ? `${count(report.held, 'conversation')} held` : '', ...(report.unreached ?? [])].filter(Boolean);
    note(`Erased: ${count(report.sessions ?? 0, 'conversation')}, ${count(report.turns ?? 0, 'turn')}.${left.length ? ` Not reached: ${left.join('; ')}.` : ''}`, '', { seconds: 0 });
    await draw();
  } catch (why) {
    noteRefused(why);
  }
}

/**
 * @param {import('./main.js').View} view
 * @param {any[]} holds
 */
function holdsBlock(view, holds) {
  const open = holds.filter((x) => !x.lifted_at);
  return h('section', {}, h('div', { class: 'head' }, h('h2', { text: 'Holds' }), h('div', { class: 'tools' }, button('Place a hold…', () => placeHold(view, 'subject', '')))),
    open.length === 0 ? h('p', { class: 'hint', text: 'Nothing is held. A hold keeps a conversation, a person’s conversations or an avatar’s from deletion, for a named case, until somebody decides again.' })
      : table('Holds', ['What', 'Why', 'Case', 'Decide again', 'Confirmed', ''], open.map((x) => [
        h('span', {}, `${x.kind} `, h('code', { text: x.value })), HOLDS[/** @type {'complaint'} */ (x.reason)] ?? x.reason, x.case, moment(x.review),
        x.confirmed_by ? 'by a second admin' : x.own ? 'waits for a second admin' : button('Confirm', () => act(view, 'POST', `holds/${x.id}/confirm`, 'Confirmed.')),
        button('Lift', () => act(view, 'DELETE', `holds/${x.id}`, 'Lifted. What was due goes with the next sweep.'), { class: 'bare' })])));
}

/**
 * @param {import('./main.js').View} view
 * @param {string} method
 * @param {string} path
 * @param {string} done
 */
async function act(view, method, path, done) {
  try {
    await view.api.call(method, path);
    note(done);
  } catch (why) {
    noteRefused(why);
  }
  view.again();
}

/**
 * @param {import('./main.js').View} view
 * @param {string} kind
 * @param {string} value
 */
async function placeHold(view, kind, value) {
  const soon = new Date(Date.now() + 90 * DAY).toISOString().slice(0, 10);
  const done = await askDialog({
    title: 'Keep something from deletion?', yes: 'Place the hold',
    body: [field('What', choice('kind', [['session', 'One conversation'], ['subject', 'A person’s conversations'], ['avatar', 'An avatar’s conversations']], kind)),
      field('Which', h('input', { name: 'value', value, required: true, maxlength: 200, autocomplete: 'off' }), 'The session’s id, your pseudonym of the person, or the avatar’s id.'),
      field('Why', choice('reason', Object.entries(HOLDS), 'complaint')),
      field('Case', h('input', { name: 'case', required: true, maxlength: 64, pattern: '[A-Za-z0-9._\\/\\-]+', autocomplete: 'off' }), 'The file under which the matter is known: letters, digits, . _ / and -.'),
      field('Decide again on', h('input', { name: 'review', type: 'date', value: soon, required: true }))],
    check: async (form) => {
      await view.api.call('POST', 'holds', Object.fromEntries([...new FormData(form)].map(([k, v]) => [k, String(v).trim()])));
    },
  });
  if (!done) return;
  note('The hold counts now. A second admin confirms it.');
  view.again();
}
