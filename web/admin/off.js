// An avatar off now, with a reason that people read, and on again.
import { askDialog, button, choice, copyCommand, count, field, h, shell } from './parts.js';

/**
 * @param {import('./main.js').View} view
 * @param {any} a the avatar
 */
export function offButtons(view, a) {
  return a.off
    ? [button('Switch on', () => view.switchAvatar(a.id, null), { label: `Switch on (${a.name})` }), copyCommand(() => command(view, a.id, null))]
    : [button('Switch off…', () => switchOff(view, [a]), { label: `Switch off… (${a.name})` }), copyCommand(() => command(view, a.id, 'TEXT'))];
}

/**
 * Asks why, and does it.
 * @param {import('./main.js').View} view
 * @param {any[]} avatars to choose from
 * @param {Record<string, number>} [live] sessions by avatar
 */
export async function switchOff(view, avatars, live = {}) {
  const one = avatars.length === 1 ? avatars[0] : null;
  const data = await askDialog({
    title: one ? `Switch ${one.name} off?` : 'Switch an avatar off?', yes: 'Switch it off now', danger: true,
    body: [h('p', { text: 'It and what answers for it are off at once: its conversations end, and none begins until somebody switches it on again.' }),
      one ? '' : field('Which', choice('avatar', avatars.map((a) => [a.id, live[a.id] ? `${a.name} (${count(live[a.id], 'live session')})` : a.name]), avatars[0].id)),
      field('What people read', h('input', { name: 'reason', required: true, maxlength: 500, autocomplete: 'off' }), 'Everybody reads it who talks with the avatar, or wants to. Write it in their language.')],
  });
  if (data) await view.switchAvatar(one ? one.id : String(data.get('avatar')), String(data.get('reason')).trim());
}

/**
 * The avatars that are off, each with the way back.
 * @param {import('./main.js').View} view
 */
export function offCards(view) {
  const fixed = view.tenant.editable === false;
  return (view.tenant.document.avatars ?? []).filter((/** @type {any} */ a) => a.off).map((/** @type {any} */ a) =>
    h('section', { class: 'state off', 'aria-label': `${a.name} is switched off` },
      h('div', {}, h('h2', { text: `${a.name} is switched off` }), h('p', {}, 'Nobody can talk with it. People read: ', h('q', { dir: 'auto', text: a.off.reason }))),
      h('div', { class: 'row' }, ...(fixed ? [] : offButtons(view, a)))));
}

/**
 * The same on the command line: a list of the document is set as a whole.
 * @param {import('./main.js').View} view
 * @param {string} id
 * @param {string|null} reason null: on
 */
function command(view, id, reason) {
  const avatars = view.tenant.document.avatars.map((/** @type {any} */ a) => {
    if (a.id !== id) return a;
    const { off: _, ...on } = a;
    return reason === null ? on : { ...on, off: { reason } };
  });
  return view.command(`tenant set ${shell(`avatars=${JSON.stringify(avatars)}`)}`);
}
