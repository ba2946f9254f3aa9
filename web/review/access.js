// Who can read what: made by the gateway from its own routes.
import { h, head, table } from '../admin/parts.js';

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function access({ api }) {
  const { roles, rows } = await api.get('access');
  return h('div', {}, head('Who can read what', 'Made from the addresses that this gateway answers, and not written by hand. “Noted” means that each time is an entry of the ledger.'),
    h('div', { class: 'matrix' }, table('Who can read what', ['What', ...roles], rows.map((/** @type {any} */ r) => [r.what, ...roles.map((/** @type {string} */ role) => r.may[role] ?? h('span', { class: 'no', text: 'nothing' }))]))));
}
