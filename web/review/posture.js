// What protects the people who talk: each control as enforced, declared or absent, and why.
import { h, head } from '../admin/parts.js';
import { icon } from '../shared/dom.js';

const STATES = /** @type {[string, string, string][]} */ ([['absent', 'Absent', 'wrong'], ['declared', 'Declared, and not checked by the gateway', 'ring'], ['enforced', 'Enforced by the gateway', 'proven']]);

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function posture({ api }) {
  const { controls, ...counts } = await api.get('posture');
  return h('div', {}, head('Posture', 'What protects the people who talk, as it is now, and why.'),
    h('dl', { class: 'figures' }, ...['enforced', 'declared', 'absent'].map((state) => h('div', {}, h('dt', { text: state[0].toUpperCase() + state.slice(1) }), h('dd', { text: String(counts[state]) })))),
    ...STATES.map(([state, title, name]) => {
      const all = controls.filter((/** @type {any} */ c) => c.state === state);
      return all.length === 0 ? null : h('section', {}, h('h2', { text: title }), h('ul', { class: `controls ${state}` }, ...all.map((/** @type {any} */ c) => h('li', {}, icon(name), h('div', {}, h('b', { text: c.key.replaceAll('_', ' ') }), h('p', { text: c.why }))))));
    }));
}
