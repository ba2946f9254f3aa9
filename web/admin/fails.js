// What happens when a server does not answer: how long it is waited for, and what answers in its place.
import { h } from './parts.js';

const WAITS = [
  ['connect', 'Waits for a connection', '3s', ''],
  ['first_byte', 'Then for the answer to begin', '8s', 'A model that is loaded when it is asked may take longer.'],
  ['idle', 'From one piece to the next', '10s', ''],
  ['turn', 'In all', '1m', 'As 90s or 2m.'],
];

/**
 * @param {import('./fields.js').Fields} fields
 * @param {import('./main.js').View} view
 * @param {string[]} path of the server
 * @returns {HTMLElement} folded
 */
export function failsFields(fields, view, path) {
  const others = (view.draft.get([...path, 'fallback']) ?? []).map((/** @type {any} */ s) => s.name ?? s.url);
  return h('details', { class: 'wide' }, h('summary', { text: 'When it fails' }),
    h('div', { class: 'fields wide' },
      ...WAITS.map(([key, label, instead, hint]) => fields.text([...path, 'deadlines', key], label, { instead, hint: hint || undefined })),
      path[2] === 'backend' ? fields.tick([...path, 'fallback_resident'], 'At last the built-in engine answers', { hint: 'It quotes the documents. Its answers are labelled as its own.' }) : '',
      path[2] === 'transcriber' ? '' : h('p', { class: 'hint wide' }, others.length ? `In its place, in this order: ${others.join(', ')}. ` : 'No other server answers in its place. ',
        'Servers that do are named in the document, under ', h('code', { text: `${path[2]}.fallback` }), ', each with its terms.')));
}
