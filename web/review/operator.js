// When whoever runs the gateway could reach what is stored, and why.
import { empty, h, head, table } from '../admin/parts.js';
import { plain, utc } from './row.js';

/** @type {Record<string, string>} */
const REASONS = { support: 'Support', security: 'Security', authority: 'An authority', rights: 'Somebody’s rights' };

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function operator({ api }) {
  const { accesses, disclosures } = await api.get('accesses');
  return h('div', {}, head('The operator’s accesses', 'Whoever runs this gateway reaches what is stored only in a time that was opened for it, with a reason. Times are UTC.'),
    accesses.length === 0 ? empty('There was none', 'Nothing that is stored was within reach of whoever runs the gateway.')
      : table('The operator’s accesses', ['Opened', 'Until', 'Why', 'Reference', 'Used', 'What was done'], accesses.map((/** @type {any} */ a) => [utc(a.opened_at), a.open ? h('strong', { text: `open until ${utc(a.until)}` }) : utc(a.ended_at ?? a.until), REASONS[a.reason] ?? a.reason, a.case, a.used.toLocaleString('en'),
        h('a', { href: `#/log?actor=${encodeURIComponent(a.id)}`, text: 'In the ledger' })])),
    h('section', {}, h('h2', { text: 'Handed to authorities' }), h('p', { class: 'hint', text: 'It takes two people: one who proposes it, and another who confirms it.' }), disclosures.length === 0 ? h('p', { text: 'Nothing was.' })
      : table('Handed to authorities', ['Proposed', 'Basis', 'Reference', 'Concerns', 'State', 'Sessions'], disclosures.map((/** @type {any} */ d) => [utc(d.proposed_at), plain(d.basis), d.case, concerns(d), `${plain(d.state)}${d.handed_over_at ? ` ${utc(d.handed_over_at)}` : ''}`,
        h('a', { href: `#/log?${new URLSearchParams({ kind: 'authority_disclosure' })}`, text: d.sessions.toLocaleString('en') })]))));
}

/** What a disclosure is about. @param {any} d */
function concerns(d) {
  const from = d.from ? ` from ${utc(d.from)}` : '';
  const to = d.to ? ` before ${utc(d.to)}` : '';
  return d.session ? `session ${d.session.slice(-8)}` : `${d.person ? 'one person' : 'all people'}${from}${to}`;
}
