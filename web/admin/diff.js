// What changes, in words: each place of the document by its name, before and after.
import { h } from './parts.js';

/** What the keys of the document are called. `*` stands for an id or a number. @type {[RegExp, string][]} */
const NAMES = [
  [/^policy\.transcript$/, 'Recording of conversations'], [/^policy\.audio$/, 'Recording of sound'],
  [/^policy\.retention\.transcript$/, 'How long what was said is kept'], [/^policy\.retention\.audio$/, 'How long sound is kept'], [/^retention\.reports$/, 'How long reports of people are kept'],
  [/^policy\.purposes/, 'What it may be read for'], [/^policy\.redaction\.(\w+)/, 'Before it is kept: $1'], [/^policy\.legal_basis/, 'Legal basis'],
  [/^policy\.on_failure$/, 'When a turn cannot be kept'], [/^policy\.rights$/, 'How rights are carried out'], [/^policy\.acknowledgement$/, 'Acknowledgement of the notice'], [/^policy\.attachments$/, 'Pictures and documents of people'],
  [/^policy\.second_admin$/, 'A second admin'], [/^policy\.second_admin_recipients$/, 'A second admin for new recipients'], [/^policy\.disclosure_hidden\.by$/, 'Notice hidden: who answers for it'], [/^policy\.disclosure_hidden\.(\w+)/, 'Notice hidden: $1'], [/^policy\.disclosure_hidden/, 'The visible notice hidden'],
  [/^policy\.allowed_backends/, 'Servers that may be sent words'], [/^policy\.regions/, 'Regions that words may go to'], [/^policy\.(training|backend_retention_max|objections)/, 'What servers may do with words'], [/^policy\.automated_decisions/, 'Automated decisions'],
  [/^contact\.email$/, 'Questions about data'], [/^contact\.dpo$/, 'Data protection officer'], [/^contact\.privacy$/, 'Your own notice'], [/^contact\.complaint$/, 'Where to complain'],
  [/^help_line$/, 'Help line'], [/^audience$/, 'Whom the avatars talk with'], [/^controller$/, 'Role of whoever runs the gateway'], [/^name$/, 'Name of the organisation'], [/^public$/, 'The gateway’s own page'],
  [/^origins/, 'Pages that may call'], [/^frames/, 'Pages that may show it in a frame'], [/^webhook\.url$/, 'Receiver: address'], [/^webhook\.kinds/, 'Receiver: what it is told'], [/^webhook/, 'Receiver'],
  [/^limits\.(\w+)/, 'Limit: $1'], [/^disclosure\.version$/, 'Your words: their date'], [/^disclosure\.material$/, 'Your words: whether people are asked anew'], [/^disclosure/, 'Your words beside the notice'],
  [/^avatars$/, 'The order of the avatars'],
  [/^avatars\[([^\]]+)\]$/, '$1'], [/^avatars\[([^\]]+)\]\.backend\.?(\w*)/, '$1: model server $2'], [/^avatars\[([^\]]+)\]\.speech\.?(\w*)/, '$1: speech server $2'], [/^avatars\[([^\]]+)\]\.transcriber\.?(\w*)/, '$1: transcriber $2'],
  [/^avatars\[([^\]]+)\]\.tools(?:\[([^\]]+)\])?\.?(\w*)/, '$1: tool $2 $3'], [/^avatars\[([^\]]+)\]\.permission\.?(\w*)/, '$1: permission $2'], [/^avatars\[([^\]]+)\]\.likeness$/, '$1: likeness'], [/^avatars\[([^\]]+)\]\.off/, '$1: switched off'], [/^avatars\[([^\]]+)\]\.(.*)$/, '$1: $2'],
];

/** @param {string} key */
export function placeName(key) {
  const found = NAMES.find(([pattern]) => pattern.test(key));
  if (!found) return key;
  const m = /** @type {RegExpExecArray} */ (found[0].exec(key));
  return found[1].replace(/\$(\d)/g, (_, n) => m[Number(n)] ?? '').replaceAll('_', ' ').trim();
}

/** @param {any} value */
function say(value) {
  if (value === undefined || value === null || value === '') return 'nothing';
  if (value === 'true') return 'yes';
  if (value === 'false') return 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** @param {{key: string, before?: string, after?: string}[]} changed */
export function changes(changed) {
  if (changed.length === 0) return h('p', { class: 'hint', text: 'Nothing else than before.' });
  return h('dl', { class: 'changes' }, ...changed.map((c) => h('div', {}, h('dt', {}, placeName(c.key), ' ', h('code', { text: c.key })),
    h('dd', {}, c.before === undefined ? null : h('del', { dir: 'auto', text: say(c.before) }), c.before === undefined ? h('span', { class: 'hint', text: 'new ' }) : h('span', { 'aria-hidden': 'true', text: ' → ' }),
      c.after === undefined ? h('span', { class: 'hint', text: 'taken away' }) : h('ins', { dir: 'auto', text: say(c.after) })))));
}
