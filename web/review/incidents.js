// What went wrong, or may have, with the clock that runs until it has to have been reported.
import { count, empty, h, head } from '../admin/parts.js';
import { icon } from '../shared/dom.js';
import { utc } from './row.js';

const HOUR = 3600000;
/** Hours within which an incident has to have been reported. */
const WITHIN = 72;

/** @type {Record<string, string>} */
const KINDS = {
  undeclared_egress: 'Something was sent, or tried to be, where nobody declared that it goes', canary_leak: 'A text that was looked for was found where nothing may be', audit_disagrees: 'An audit log is not what was published of it',
  outside_policy: 'Something was recorded that the policy did not allow', master_key_lost: 'What is stored cannot be read', other: 'Something that people noticed',
};

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function incidents({ api, signal }) {
  const { incidents: all } = await api.get('incidents');
  return h('div', {}, head('Incidents', `What went wrong, or may have. Whom the law names has to be told within ${WITHIN} hours of when it was noticed. Times are UTC.`),
    ...(all.length ? all.map((/** @type {any} */ i) => shown(i, signal)) : [empty('Nothing went wrong', 'An incident opens by itself when something is sent where nobody declared that it goes, when a log does not agree with what was published of it, or when an admin says that something happened.')]));
}

/**
 * @param {any} i
 * @param {AbortSignal} signal
 */
function shown(i, signal) {
  const title = `${i.drill ? 'A drill: ' : ''}${KINDS[i.kind] ?? i.kind.replaceAll('_', ' ')}`;
  const words = (/** @type {string|undefined} */ s) => (s ?? '').replaceAll('_', ' ');
  return h('section', { class: 'incident' }, h('h2', {}, icon(i.state === 'closed' ? 'proven' : 'incident'), title), i.state === 'open' && !i.drill ? clock(i, signal) : h('p', { text: i.state === 'closed' ? 'Closed.' : i.state === 'reported' ? 'Reported: its clock has stopped.' : 'A drill has no clock that counts: nothing of anybody leaked.' }),
    h('dl', { class: 'record' }, ...[['Noticed', utc(i.noticed_at)], ['Concerns', `${utc(i.from)} to ${utc(i.to)}${i.times > 1 ? `, seen ${i.times.toLocaleString('en')} times` : ''}`],
      ['Sessions that it may concern', `${i.sessions_affected.toLocaleString('en')}, counted from ${i.sessions_from === 'audit_log' ? 'the log' : 'what is stored'}, without content`]].map(([t, v]) => h('div', {}, h('dt', { text: t }), h('dd', { text: v })))),
    h('ol', { class: 'plainly' }, ...i.history.map((/** @type {any} */ s) => h('li', {}, `${utc(s.at)}: ${words(s.what)}${s.choice ? `, ${words(s.choice)}` : ''}${s.by ? `, by key ${s.by.slice(-8)}` : ''}${s.note ? `: ${s.note}` : ''}`))));
}

/**
 * How much of the time is left.
 * @param {any} i
 * @param {AbortSignal} signal
 */
function clock(i, signal) {
  const words = h('strong', {});
  const bar = h('progress', { max: String(WITHIN), 'aria-label': 'Hours that have gone' });
  const draw = () => {
    const left = (Date.parse(i.due_at) - Date.now()) / HOUR;
    bar.value = Math.min(WITHIN, Math.max(0, WITHIN - left));
    words.textContent = left <= 0 ? `Overdue by ${count(Math.floor(-left), 'hour')}` : left < 1 ? `${count(Math.ceil(left * 60), 'minute')} left` : `${count(Math.floor(left), 'hour')} left`;
  };
  draw();
  const timer = setInterval(draw, 30000);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return h('div', { class: `clock${i.overdue ? ' overdue' : ''}` }, words, bar, h('span', { class: 'hint', text: `It has to have been reported by ${utc(i.due_at)}.` }));
}
