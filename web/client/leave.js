// The last moment: the words leave, and what remains is said.
import { $, el } from '../shared/dom.js';

/** Milliseconds in which the last letter is gone. */
const LEAVING = 850;
/** Words that fly one by one; what is more goes with its line. */
const FLYING = 160;

/**
 * Lets the conversation dissolve, or simply go for people who want stillness.
 * @returns {Promise<void>}
 */
export async function dissolve() {
  const lines = /** @type {HTMLElement[]} */ ([...$('lines').children]);
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (still || lines.length === 0 || document.hidden) return;
  const log = $('log').getBoundingClientRect();
  const seen = lines.filter((l) => {
    const box = l.getBoundingClientRect();
    return box.bottom > log.top && box.top < log.bottom;
  });
  /** @type {Animation[]} */
  const motions = [];
  let flying = 0;
  seen.forEach((line, i) => {
    const start = (i / Math.max(1, seen.length)) * 280;
    for (const part of line.querySelectorAll('.who, .note')) motions.push(part.animate([{ opacity: 0 }], { duration: 160, delay: start, fill: 'forwards' }));
    const words = /** @type {HTMLElement} */ (line.querySelector('.words'));
    words.animate([{ backgroundColor: 'transparent' }], { duration: 200, delay: start, fill: 'forwards' });
    const parts = (words.textContent ?? '').split(/(\s+)/);
    if (flying + parts.length > FLYING * 2) {
      motions.push(words.animate([{ opacity: 0, transform: 'translateY(-0.8rem)', filter: 'blur(4px)' }], { duration: 420, delay: start, fill: 'forwards' }));
      return;
    }
    flying += parts.length;
    words.replaceChildren(...parts.map((p) => (p.trim() ? leaf(p) : p)));
    for (const span of words.children) {
      const late = start + Math.random() * 200;
      const x = (Math.random() - 0.4) * 3;
      motions.push(span.animate(
        [
          { opacity: 1, transform: 'none', filter: 'blur(0)' },
          { opacity: 0, transform: `translate(${x.toFixed(2)}rem, ${(-1.5 - Math.random() * 2.5).toFixed(2)}rem) rotate(${((Math.random() - 0.5) * 40).toFixed(1)}deg)`, filter: 'blur(3px)' },
        ],
        { duration: Math.max(120, LEAVING - late - 40) * (0.6 + Math.random() * 0.4), delay: late, fill: 'forwards', easing: 'cubic-bezier(.4,0,.8,.4)' },
      ));
    }
  });
  const all = Promise.all(motions.map((m) => m.finished.catch(() => {})));
  await Promise.race([all, new Promise((resolve) => setTimeout(resolve, LEAVING))]);
}

/** The organisation's own words, in their own direction. @param {string} text */
export function own(text) {
  return el('q', { class: 'own', text, dir: 'auto' });
}

/** @param {string} text */
function leaf(text) {
  const span = el('span', { text });
  span.style.display = 'inline-block';
  return span;
}

/**
 * What is left: nothing, or exactly what a person agreed to.
 * @param {{why: string, said?: string, record: import('./record.js').Record, page: import('../shared/talk/gateway.js').PageData}} facts
 * @param {import('../shared/words.js').Words} words
 */
export function showGone({ why, said = '', record, page }, words) {
  const { stored } = record;
  const left = stored.left;
  const kept = left !== 'nothing';
  $('ended').className = kept ? 'kept' : '';
  $('gone').textContent = words.say(kept ? 'kept' : 'gone');
  $('bytes').hidden = kept;
  $('why').textContent = words.has(`why_${why}`) ? words.say(`why_${why}`) : words.say('why_closed');
  if (said) $('why').append(' ', own(said));
  $('why').hidden = !why || !$('why').textContent;
  const tenant = page.tenant?.name ?? '';
  $('left').textContent = left === 'stored' ? stored.says('keptText', words, tenant) : words.say(kept ? 'keptUnknown' : 'goneText');
  $('stored').hidden = left !== 'stored';
  $('stored').replaceChildren(...record.lines());
  $('yours').hidden = !kept || !stored.key;
  // What only the organisation can do is no button here.
  $('erase').hidden = stored.instructed;
  /** @type {HTMLAnchorElement} */ ($('read')).href = stored.link || '/me';
  $('sent').replaceChildren(...stored.elsewhere.map((text) => el('li', { text, dir: 'auto' })));
  $('receipt').hidden = !stored.receipt;
}
