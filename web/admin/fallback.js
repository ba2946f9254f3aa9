// The servers that are asked when one does not answer: which, in which order, and each with its terms.
import { button, h } from './parts.js';

/** How many there may be. */
const MOST = 3;

const PLACES = ['Asked when it does not answer', 'Asked when that does not answer either', 'Asked at last'];

/**
 * @param {import('./main.js').View} view
 * @param {string[]} path of the server
 * @param {(path: string[], draw: () => void) => (HTMLElement|string)[]} one the fields of one server
 * @returns {HTMLElement}
 */
export function fallbackFields(view, path, one) {
  const at = [...path, 'fallback'];
  const fixed = view.tenant.editable === false;
  const list = h('div', { class: 'wide toollist' });
  const servers = () => /** @type {any[]} */ (view.draft.get(at) ?? []);
  /** @param {(all: any[]) => void} by */
  const change = (by) => {
    const all = structuredClone(servers());
    by(all);
    view.draft.set(at, all.length ? all : undefined);
    draw();
  };
  const row = (/** @type {any} */ _, /** @type {number} */ i) => {
    const place = PLACES[i] ?? PLACES[MOST - 1];
    const press = (/** @type {string} */ text, /** @type {(all: any[]) => void} */ by) => {
      const b = button(text, () => change(by), { label: `${text}: ${place}` });
      b.disabled = fixed;
      return b;
    };
    return h('fieldset', { class: 'fields wide server' }, h('legend', { text: place }), ...one([...at, String(i)], draw),
      h('div', { class: 'row wide' }, i ? press('Ask it earlier', (all) => all.splice(i - 1, 2, all[i], all[i - 1])) : '', press('Remove', (all) => all.splice(i, 1))));
  };
  const more = button('Add a server in its place', () => {
    change((all) => all.push({}));
    /** @type {HTMLElement|null} */ (list.querySelector('fieldset:last-of-type input'))?.focus();
  });
  more.disabled = fixed;
  const draw = () => {
    const all = servers();
    list.replaceChildren(...all.map(row));
    more.hidden = all.length >= MOST;
  };
  draw();
  return h('div', { class: 'wide toollist' }, h('p', { class: 'hint' }, 'People are told of each of them before they begin, as of the first.'), list, h('div', { class: 'row' }, more));
}
