// Who is talking right now, by opaque id, and the one big switch.
import { checklist } from './checklist.js';
import { offCards, switchOff } from './off.js';
import { ago, askDialog, button, choice, copyCommand, count, empty, field, h, head, heldIn, note, noteRefused, recordWord, shortID, table, tell } from './parts.js';
import { spark } from './plot.js';
import { silentCards } from './servers.js';
import { lastDays } from './usage.js';

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function overview(view) {
  const { api } = view;
  const box = h('div', { class: 'overview' });
  // How it was lately, beside how it is now.
  const lately = await lastDays(view).catch(() => []);
  const ready = await checklist(view).catch(() => null);
  let shown = '';
  const draw = async () => {
    const now = await api.get('overview');
    if (view.signal.aborted) return;
    const alike = JSON.stringify({ ...now, now: 0 });
    if (alike === shown) return;
    shown = alike;
    const back = heldIn(box);
    box.replaceChildren(...content(view, now, lately, ready, draw));
    back();
  };
  await draw();
  view.every(2000, () => draw().catch(() => {}));
  view.every(20000, () => (shown = ''));
  return box;
}

/**
 * @param {import('./main.js').View} view
 * @param {any} now
 * @param {number[]} lately sessions by day
 * @param {HTMLElement|null} ready the checklist; null: it could not be had
 * @param {() => Promise<void>} draw
 */
function content(view, now, lately, ready, draw) {
  const live = now.live ?? { total: 0, recorded: 0 };
  const sessions = now.sessions ?? [];
  const figures = h('dl', { class: 'figures' },
    figure('Talking now', live.total),
    figure('Recorded', live.recorded, live.recorded > 0 ? 'red' : ''),
    lately.some((n) => n > 0) ? h('div', {}, h('dt', {}, h('a', { href: '#/usage', text: 'Sessions in 30 days' })), h('dd', { class: 'with-spark' }, lately.reduce((a, n) => a + n, 0).toLocaleString('en'), spark(lately))) : '',
    ...Object.entries(live.by_avatar ?? {}).map(([id, n]) => figure(nameOf(view, id), Number(n))));
  const list = sessions.length === 0
    ? empty('Nobody is talking right now', 'Whoever starts a conversation appears here: an opaque id, never a name and never a word of what is said.',
      h('p', {}, h('a', { class: 'button', href: `/?tenant=${encodeURIComponent(view.who.tenant.id)}`, target: '_blank', rel: 'noopener' }, 'Open the page that people see')))
    : h('div', {}, table('Live sessions', ['Session', 'Avatar', 'Began', 'Over', 'Recording', 'State', 'Errors', ''], sessions.map((/** @type {any} */ s) => [
      shortID(s.id), nameOf(view, s.avatar), ago(s.began_at), { websocket: 'WebSocket', webrtc: 'WebRTC', none: 'reconnecting' }[/** @type {'none'} */ (s.transport)] ?? s.transport,
      recordWord(s.recording), s.state, s.errors ? String(s.errors) : '0',
      button('End', () => endOne(view, s, draw), { label: `End session ${s.id.slice(-8)}` }),
    ])), h('div', { class: 'row' }, button('End sessions…', () => endAll(view, draw))));
  const on = (view.tenant.document.avatars ?? []).filter((/** @type {any} */ a) => !a.off);
  const off = view.tenant.editable !== false && on.length > 0 ? [button('Switch an avatar off…', () => switchOff(view, on, live.by_avatar))] : [];
  return [head('Overview', '', ...off), ...offCards(view), ...silentCards(now), recordingCard(view, now, draw), ...(ready ? [ready] : []), figures, h('section', {}, h('h2', { text: 'Live sessions' }), list)];
}

/** @param {string} label @param {number} n @param {string} [mark] */
function figure(label, n, mark = '') {
  return h('div', { class: mark }, h('dt', { text: label }), h('dd', { text: n.toLocaleString('en') }));
}

/** @param {import('./main.js').View} view @param {string} id */
export function nameOf(view, id) {
  return (view.tenant?.document?.avatars ?? []).find((/** @type {any} */ a) => a.id === id)?.name ?? id;
}

/**
 * Whether anything may be recorded, why, and the switch that overrules the policy.
 * @param {import('./main.js').View} view
 * @param {any} now
 * @param {() => Promise<void>} draw
 */
function recordingCard(view, now, draw) {
  const { allowed_by_policy: allowed, forced_off: forced, reason, recorder } = now.recording ?? {};
  let title = 'Nothing is recorded';
  let text = 'The policy keeps nothing of any conversation.';
  if (forced) {
    title = 'Recording is forced off';
    text = `Whatever the policy says, nothing is kept.${reason ? ` Reason: ${reason}` : ''}`;
  } else if (allowed && recorder && recorder !== 'ready') {
    title = 'Recording is off: it would fail';
    text = String(recorder);
  } else if (allowed) {
    title = 'Recorded, where the person agrees';
    text = 'Each person is asked before anything is kept, and can go off the record at any time.';
  }
  const act = forced
    ? button('Let the policy count again', async () => {
      try {
        await view.api.call('DELETE', 'recording/off');
        note('The policy counts again, for sessions that start from now on. Live ones stay unrecorded.');
        await draw();
      } catch (why) {
        noteRefused(why);
      }
    })
    : allowed ? button('Force recording off…', () => forceOff(view, draw)) : h('a', { class: 'button', href: '#/policy', text: 'Change what is kept' });
  act.dataset.keep = 'force';
  const command = forced ? view.command('recording on') : view.command('recording off --reason TEXT');
  return h('section', { class: `state ${allowed && !forced ? 'on' : 'off'}`, 'aria-labelledby': 'state-title' },
    h('div', {}, h('h2', { id: 'state-title', text: title }), h('p', { text })), h('div', { class: 'row' }, act, allowed || forced ? copyCommand(command) : null));
}

/**
 * @param {import('./main.js').View} view
 * @param {() => Promise<void>} draw
 */
async function forceOff(view, draw) {
  let applied = /** @type {any} */ (null);
  const done = await askDialog({
    title: 'Force recording off?', yes: 'Switch it off now',
    body: [h('p', { text: 'It is off at once, in every live session and every new one, until somebody lets the policy count again. What is already kept stays kept.' }),
      field('Reason', h('input', { name: 'reason', required: true, maxlength: 500, autocomplete: 'off' }), 'Other admins read it.')],
    check: async (form) => {
      try {
        applied = (await view.api.call('PUT', 'recording/off', { reason: String(new FormData(form).get('reason')).trim() })).applied;
        return '';
      } catch (why) {
        return String(/** @type {any} */ (why).message);
      }
    },
  });
  if (!done) return;
  const { live = 0, narrowed = 0, took_ms: took = 0 } = applied ?? {};
  note(`Recording is off. Applied to ${narrowed} of ${live} live sessions in ${Math.max(1, Math.round(took))} ms.`);
  await draw();
}

const REASON = 'What the person reads';

/**
 * @param {import('./main.js').View} view
 * @param {any} s
 * @param {() => Promise<void>} draw
 */
async function endOne(view, s, draw) {
  const data = await askDialog({
    title: 'End this session?', yes: 'End it', danger: true,
    body: [h('p', {}, 'Session ', shortID(s.id), `, ${nameOf(view, s.avatar)}. The conversation ends at once and cannot be resumed.`),
      field(REASON, h('input', { name: 'reason', maxlength: 500, autocomplete: 'off' }))],
  });
  if (!data) return;
  try {
    const reason = String(data.get('reason') ?? '').trim();
    await view.api.call('DELETE', `sessions/${encodeURIComponent(s.id)}${reason ? `?reason=${encodeURIComponent(reason)}` : ''}`);
    tell('Ended.');
  } catch (why) {
    noteRefused(why);
  }
  await draw();
}

/**
 * @param {import('./main.js').View} view
 * @param {() => Promise<void>} draw
 */
async function endAll(view, draw) {
  const all = (view.tenant.document.avatars ?? []).map((/** @type {any} */ a) => /** @type {[string, string]} */ ([a.id, a.name]));
  const data = await askDialog({
    title: 'End sessions?', yes: 'End them', danger: true,
    body: [field('Which', choice('avatar', [['', 'All of them'], ...all], '')),
      field(REASON, h('input', { name: 'reason', required: true, maxlength: 500, autocomplete: 'off' }), 'Everybody whose conversation ends reads this sentence.')],
  });
  if (!data) return;
  try {
    const avatar = String(data.get('avatar') ?? '');
    const { ended } = await view.api.call('POST', 'sessions/end', { ...(avatar ? { avatar } : {}), reason: String(data.get('reason')).trim() });
    note(`${count(ended, 'session')} ended.`);
  } catch (why) {
    noteRefused(why);
  }
  await draw();
}
