// What happens when a server does not answer: how long it is waited for, and what answers in its place.
import { fallbackFields } from './fallback.js';
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
 * @param {(path: string[], draw: () => void) => (HTMLElement|string)[]} [one] the fields of another in its place; absent: this is one
 * @returns {HTMLElement} folded, unless there is another
 */
export function failsFields(fields, view, path, one) {
  return h('details', { class: 'wide', open: Boolean(one && view.draft.get([...path, 'fallback'])) }, h('summary', { text: 'When it fails' }),
    h('div', { class: 'fields wide' },
      ...WAITS.map(([key, label, instead, hint]) => fields.text([...path, 'deadlines', key], label, { instead, hint: hint || undefined })),
      one ? fallbackFields(view, path, one) : '',
      one && path[2] === 'backend' ? fields.tick([...path, 'fallback_resident'], 'At last the built-in engine answers', { hint: 'It quotes the documents. Its answers are labelled as its own.' }) : ''));
}
