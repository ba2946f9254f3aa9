// Who may act for the organisation, by key. A key is shown once.
import { copyText } from '../shared/save.js';
import { ago, askDialog, button, choice, copyCommand, empty, field, h, head, moment, note, noteRefused, shell, shortID, table, tell } from './parts.js';

const ROLES = { admin: 'Admin', reviewer: 'Reviewer', caller: 'Caller', agent: 'Agent' };
const MAY = { admin: 'changes everything here', reviewer: 'reads the log and proves it', caller: 'starts sessions from your server', agent: 'answers people who ask for a human, at /agent' };

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function keys(view) {
  const { keys: all = [], rules = [] } = await view.api.get('keys');
  const live = all.filter((/** @type {any} */ k) => k.works);
  const gone = all.filter((/** @type {any} */ k) => !k.works);
  return h('div', {},
    head('Keys', 'Stored as a hash; nobody can show one again.', button('Issue a key…', () => issue(view), { class: 'first' }), copyCommand(view.command('key issue --role caller --name NAME --reason TEXT'))),
    live.length === 0 ? empty('No keys here', 'Issue one for each server and each person, so that each can be ended alone.') : list(view, 'Keys', live, true),
    gone.length ? h('details', {}, h('summary', { text: `Ended (${gone.length})` }), list(view, 'Ended keys', gone, false)) : null,
    rules.length ? h('section', { 'aria-label': 'Who else can sign in', class: 'plain' }, h('h2', { text: `Who else can sign in: people of ${rules[0].provider}` }), h('p', { class: 'hint', text: 'Of whom the provider says this, to the letter. The rules stand in the configuration file of the gateway.' }),
      table('Rules of signing in', ['It says', 'Is', 'They may', 'First seen'], rules.map((/** @type {any} */ r) => [h('code', { text: r.claim }), h('code', { text: r.value }), h('span', {}, ROLES[/** @type {'admin'} */ (r.role)] ?? r.role, h('span', { class: 'hint', text: `: ${MAY[/** @type {'admin'} */ (r.role)] ?? ''}` })), r.made_at ? moment(r.made_at) : '']))) : null);
}

/**
 * @param {import('./main.js').View} view
 * @param {string} caption
 * @param {any[]} rows
 * @param {boolean} live
 */
function list(view, caption, rows, live) {
  return table(caption, ['Name', 'May', 'Made', live ? 'Ends' : 'Ended', ''], rows.map((k) => [
    h('span', {}, k.kind === 'sign_in' ? (k.name ? `Signed in by ${k.name}` : 'Signed in by a one-time link') : k.name || shortID(k.id), k.own ? h('span', { class: 'mark-pill', text: 'this one' }) : null, k.kind === 'file_key' ? h('p', { class: 'hint', text: view.who.tenant.source === 'file' ? 'in the configuration file' : 'of the demonstration' }) : null, k.reason ? h('p', { class: 'hint', text: `Issued on the host: ${k.reason}` }) : null),
    h('span', { title: MAY[/** @type {'admin'} */ (k.role)] }, ROLES[/** @type {'admin'} */ (k.role)] ?? k.role), k.made_at ? moment(k.made_at) : '',
    live ? (k.expires_at ? ago(k.expires_at) : 'never') : moment(k.revoked_at ?? k.expires_at),
    live && k.kind !== 'file_key' ? h('span', { class: 'row' }, button('End it', () => revoke(view, k), { label: `End it: ${k.name || k.id}` }), copyCommand(view.command(`key revoke ${shell(k.id)}`))) : '']));
}

/** @param {import('./main.js').View} view */
async function issue(view) {
  let made = /** @type {any} */ (null);
  const done = await askDialog({
    title: 'Issue a key?', yes: 'Issue it',
    body: [field('For what', h('input', { name: 'name', required: true, maxlength: 100, autocomplete: 'off', placeholder: 'website back end' })),
      field('It may', choice('role', Object.entries(MAY).map(([r, what]) => /** @type {[string, string]} */ ([r, `${ROLES[/** @type {'admin'} */ (r)]}: ${what}`])), 'caller')),
      field('It ends after', choice('expires_in', [['30d', '30 days'], ['90d', '90 days'], ['365d', 'one year'], ['730d', 'two years']], '365d'))],
    check: async (form) => {
      made = await view.api.call('POST', 'keys', Object.fromEntries([...new FormData(form)].map(([k, v]) => [k, String(v).trim()])));
    },
  });
  if (!done || !made) return;
  const secret = h('output', { class: 'secret', text: made.key });
  await askDialog({
    title: 'Here is the key', yes: 'I have stored it', no: 'Copy it',
    body: [h('p', { text: 'It is shown now and never again. Put it where your server or you keep secrets.' }), secret, button('Copy', async () => {
      if (await copyText(made.key)) tell('Copied.');
      note('Copied.');
    })],
  });
  secret.textContent = '';
  made = null;
  view.again();
}

/**
 * @param {import('./main.js').View} view
 * @param {any} k
 */
async function revoke(view, k) {
  const done = await askDialog({
    title: 'End this key?', yes: 'End it', danger: true,
    body: [h('p', {}, h('b', { text: k.name || k.id }), ' opens nothing any more from now on. Sessions that it started go on.')],
  });
  if (!done) return;
  try {
    await view.api.call('DELETE', `keys/${encodeURIComponent(k.id)}`);
    note('Ended.');
  } catch (why) {
    noteRefused(why);
  }
  view.again();
}
