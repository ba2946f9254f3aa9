// What goes when: the days on which something that is kept is destroyed, soonest first.
import { count, h } from './parts.js';

/** Milliseconds of a day. */
const DAY = 86400000;
/** How many days are shown at first. */
const FIRST = 12;
/** One and many of each. @type {Record<string, [string, string]>} */
const WHAT = { transcript: ['conversation', 'conversations'], audio: ['sound of a conversation', 'sounds of conversations'], report: ['report', 'reports'] };

/** @param {number} left whole days @param {string} day */
function word(left, day) {
  if (left <= 0) return 'today';
  if (left === 1) return 'tomorrow';
  return new Date(`${day}T12:00:00Z`).toLocaleDateString('en', { weekday: left < 7 ? 'long' : undefined, day: 'numeric', month: 'short', year: left > 300 ? 'numeric' : undefined });
}

/**
 * @param {{day: string, class: string, count: number, held: number}[]} days
 */
export function goesWhen(days) {
  if (days.length === 0) return null;
  const most = Math.max(...days.map((d) => d.count));
  const today = new Date().toISOString().slice(0, 10);
  const row = (/** @type {typeof days[0]} */ d) => {
    const left = Math.round((Date.parse(d.day) - Date.parse(today)) / DAY);
    const fill = h('i', {});
    fill.style.inlineSize = `${Math.max(1, (d.count / most) * 100).toFixed(1)}%`;
    const [one, many] = WHAT[d.class] ?? [d.class, d.class];
    return h('li', { class: left < 7 ? 'soon' : '' }, h('time', { datetime: d.day, title: d.day, text: word(left, d.day) }), h('span', { class: 'track', 'aria-hidden': 'true' }, fill),
      h('span', {}, count(d.count, one, many), d.held ? h('span', { class: 'many-held' }, ` (${d.held} held, ${d.held === 1 ? 'stays' : 'stay'})`) : null));
  };
  return h('section', { 'aria-label': 'What goes when' }, h('h2', { text: 'What goes when' }), h('ol', { class: 'goes' }, ...days.slice(0, FIRST).map(row)),
    days.length > FIRST ? h('details', {}, h('summary', { text: `${days.length - FIRST} later days` }), h('ol', { class: 'goes' }, ...days.slice(FIRST).map(row))) : null);
}
