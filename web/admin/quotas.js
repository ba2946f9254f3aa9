// How far the quotas are used, and what they are.
import { Fields } from './fields.js';
import { ago, h } from './parts.js';

/** @type {Record<string, [string, string]>} words, and the unit */
const NAMES = { sessions_per_day: ['Sessions of today', 'sessions'], minutes_per_month: ['Minutes of this month', 'minutes'], tokens_per_day: ['Tokens of today', 'tokens'], sessions: ['At the same time', 'sessions'] };

/**
 * @param {{key: string, used: number, most: number, renews_at: string}[]} quotas
 */
export function quotaBars(quotas) {
  if (quotas.length === 0) return null;
  return h('section', { class: 'quotas', 'aria-label': 'Quotas' }, ...quotas.map((q) => {
    const [name, unit] = NAMES[q.key] ?? [q.key.replaceAll('_', ' '), ''];
    const share = q.used / q.most;
    const fill = h('i', {});
    fill.style.inlineSize = `${Math.min(100, share * 100).toFixed(1)}%`;
    const state = share >= 1 ? 'All of it is used: no session begins until it is counted anew.' : share >= 0.8 ? 'Four fifths are used.' : '';
    return h('div', { class: `quota${share >= 0.8 ? ' near' : ''}` }, h('b', { text: name }), h('span', { text: `${q.used.toLocaleString('en')} of ${q.most.toLocaleString('en')} ${unit}` }),
      h('div', { class: 'track', role: 'meter', 'aria-label': name, 'aria-valuemin': '0', 'aria-valuemax': String(q.most), 'aria-valuenow': String(Math.min(q.used, q.most)), 'aria-valuetext': `${q.used} of ${q.most} ${unit}` }, fill, h('b', {})),
      h('p', { class: 'hint' }, state ? h('b', { text: `${state} ` }) : null, 'Counted anew ', ago(q.renews_at), '.'));
  }));
}

/**
 * The limits themselves, which count as soon as they are saved.
 * @param {import('./main.js').View} view
 */
export function limitFields(view) {
  const fields = new Fields(view);
  const open = [...Object.keys(view.draft.document.limits ?? {})].length > 0;
  return h('details', { open: view.draft.dirty }, h('summary', { text: open ? 'Limits and quotas' : 'Set limits and quotas' }),
    h('p', { class: 'hint', text: 'At four fifths of a quota this page says so; at all of it people read that no conversation can begin, and until when. Conversations under way are not cut short.' }),
    h('div', { class: 'fields' },
      fields.number(['limits', 'sessions_per_day'], 'Sessions a day', { instead: 'no bound' }), fields.number(['limits', 'minutes_per_month'], 'Minutes a month', { instead: 'no bound' }),
      fields.number(['limits', 'tokens_per_day'], 'Tokens a day', { instead: 'no bound', hint: 'What the servers behind the avatars take and give.' }), fields.number(['limits', 'sessions'], 'Sessions at the same time', { instead: '1000' }),
      fields.text(['limits', 'session_time'], 'The longest session', { instead: '1h', hint: 'As 30m or 2h.' }), fields.text(['limits', 'idle_time'], 'Ends when nothing is said for', { instead: '1m' })));
}
