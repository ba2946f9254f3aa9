// What the operator of a server declares of what it does with what it is sent.
import { h } from './parts.js';

/** @type {[string, string][]} */
const TRAINING = [['', 'not stated: it counts as yes'], ['false', 'no'], ['true', 'yes']];
/** @type {[string, string][]} */
const TRANSFER = [['', 'not stated'], ['none', 'it does not leave'], ['adequacy', 'an adequacy decision'], ['scc', 'standard contractual clauses'], ['dpf', 'the EU-US framework'], ['other', 'another way']];
/** @type {[string, string][]} */
const REDACT = [['email', 'e-mail addresses'], ['phone', 'telephone numbers'], ['card', 'card numbers'], ['iban', 'bank accounts'], ['ip', 'addresses of machines'], ['mac', 'addresses of network interfaces'], ['secret', 'passwords and keys'], ['ssn', 'US social security numbers'],
  ['national_id', 'national numbers of persons'], ['passport', 'passport numbers'], ['birth_date', 'dates of birth'], ['custom', 'own patterns and words']];

/**
 * @param {import('./fields.js').Fields} fields
 * @param {import('./main.js').View} view
 * @param {string[]} server path of its group
 * @param {() => void} draw shows the server again
 * @returns {(HTMLElement|string)[]}
 */
export function termsFields(fields, view, server, draw) {
  const path = [...server, 'terms'];
  const there = Boolean(view.draft.get(path));
  const box = h('input', { type: 'checkbox', checked: there, disabled: view.tenant.editable === false, 'data-keep': `${path.join('-')}-on`, on: { change: () => {
    view.draft.set(path, box.checked ? { declared_on: new Date().toISOString().slice(0, 10) } : undefined);
    draw();
  } } });
  const hides = server[2] === 'transcriber' || server.length > 3 ? '' : fields.ticks([...server, 'redact'], 'It is not told', REDACT, { hint: server[2] === 'speech'
    ? 'As far as it is recognised. The voice says that it is written there.'
    : 'As far as it is recognised. It reads a mark, and people get their own words back in the answer.' });
  return [hides, h('label', { class: 'tick wide' }, box, h('span', {}, 'Its operator has stated what it does with what it is sent',
    h('small', { text: there ? 'People are told it as its statement.' : 'Nothing is stated: people are told that, and it counts as the worst.' }))),
  ...(there ? [fields.group(path),
    fields.text([...path, 'retention'], 'Keeps anything for at most', { most: 10, code: true, instead: 'not stated', options: ['none', '24h', '30d', '90d'], hint: 'Logs and backups included: none, 24h, 30d.' }),
    fields.choice([...path, 'training'], 'Trains models with it', TRAINING, { absent: '', then: (v) => view.draft.set([...path, 'training'], v === '' ? undefined : v === 'true') }),
    fields.choice([...path, 'transfer'], 'Why it may leave your region', TRANSFER, { absent: '' }),
    fields.lines([...path, 'recipients'], 'Passes it on to', { instead: 'nobody is named', hint: 'Names, one on each line. People are told.' }),
    fields.text([...path, 'declared_by'], 'Written down by', { most: 100, hint: 'A person or an office of yours. People are not told.' }),
    fields.text([...path, 'declared_on'], 'On', { type: 'date' }),
    fields.text([...path, 'evidence_sha256'], 'Hash of what says so', { code: true, most: 64, wide: true, instead: 'sha256sum contract.pdf', hint: 'Receipts carry it.' })] : [])];
}

/**
 * What the policy asks of every server.
 * @param {import('./fields.js').Fields} fields
 */
export function termsPolicy(fields) {
  return [
    fields.choice(['policy', 'training'], 'Servers may train models with it', [['', 'not one that states that it does'], ['forbidden', 'only those that state that they do not'], ['allowed', 'yes']], { absent: '' }),
    fields.text(['policy', 'backend_retention_max'], 'Servers may keep it for at most', { most: 10, code: true, instead: 'any time', options: ['none', '24h', '30d'], hint: 'A server that has not stated it is then refused.' }),
    fields.lines(['policy', 'objections'], 'Never to these', { instead: 'nobody', hint: 'Names or hosts, one on each line. Nor to whoever states that it passes things on to them.' }),
  ];
}

/**
 * What a server states, in a few words.
 * @param {any} server
 */
export function statedShort(server) {
  const t = server.terms;
  if (!t) return 'nothing';
  const keeps = t.retention === 'none' ? 'keeps nothing' : t.retention ? `keeps ${t.retention}` : 'does not say what it keeps';
  return `${keeps}, ${t.training === true ? 'trains with it' : t.training === false ? 'does not train' : 'does not say whether it trains'}`;
}
