// What somebody types to find out the same without this page.
import { button, h, note, shell } from '../admin/parts.js';
import { copyText } from '../shared/save.js';

/**
 * @param {string} title
 * @param {string} lead
 * @param {string} tenant
 * @param {string[]} [checkpoints] options
 */
export function commands(title, lead, tenant, checkpoints = []) {
  const text = [
    `curl -s -H "Authorization: Bearer $KEY" ${shell(`${location.origin}/audit/${tenant}/export`)} > audit.jsonl`,
    `curl -s ${shell(`${location.origin}/.well-known/mayfly-audit-keys.txt`)} > audit-key.txt`,
    ['mayfly audit verify audit.jsonl --key audit-key.txt', ...checkpoints].join(' '),
  ].join('\n');
  return h('section', { class: 'elsewhere' }, h('div', { class: 'head' }, h('div', {}, h('h2', { text: title }), h('p', { class: 'hint', text: lead })),
    button('Copy', async () => note((await copyText(text)) ? 'Copied.' : 'The browser did not take it: select it and copy it.'), { icon: 'command' })),
  h('pre', { tabindex: '0', 'aria-label': 'Commands' }, h('code', { text })));
}
