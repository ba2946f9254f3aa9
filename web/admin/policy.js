// What people see and what is kept, as sentences with switches inside.
import { askDialog, button, choice, copyCommand, field, h, head, moment, toggle } from './parts.js';
import { icon } from '../shared/dom.js';
import { Fields } from './fields.js';
import { Person } from './person.js';
import { keepSound } from './soundkept.js';
import { durations, durationsUpTo, plainSpan, spell } from './spans.js';
import { changeWords, decide, forMinors, hideNotice, ownWords } from './told.js';

const OPERATORS = /** @type {[string, string][]} */ ([['replace', 'replaced by their kind'], ['mask', 'masked'], ['drop', 'left out'], ['hash', 'replaced by a token'], ['off', 'kept as they are']]);
const ENTITIES = /** @type {[string, string][]} */ ([['email', 'E-mail addresses'], ['card', 'Card numbers'], ['iban', 'Bank account numbers'], ['phone', 'Telephone numbers'], ['ip', 'Addresses of machines'], ['mac', 'Addresses of network interfaces'], ['secret', 'Passwords and keys'], ['ssn', 'US social security numbers'],
  ['national_id', 'National numbers of persons'], ['passport', 'Passport numbers'], ['birth_date', 'Dates of birth'], ['custom', 'Own patterns and words']]);
const PURPOSES = /** @type {[string, string, string][]} */ ([['audit', 'Audit', 'to show later what was said'], ['quality', 'Quality', 'to check the answers and make them better'],
  ['learning', 'Learning', 'as a record of somebody’s learning']]);
const BASES = /** @type {[string, string][]} */ ([['consent', 'the person’s consent'], ['contract', 'a contract'], ['legal_obligation', 'a legal obligation'], ['public_task', 'a public task'], ['legitimate_interests', 'legitimate interests']]);

/**
 * @param {import('./main.js').View} view
 * @returns {Promise<Node>}
 */
export async function policy(view) {
  const { tenant, part } = view;
  const doc = tenant.document;
  const avatar = (doc.avatars ?? []).find((/** @type {any} */ a) => a.id === part);
  const person = new Person(view, doc, avatar?.id ?? '');
  const scope = h('nav', { class: 'scope', 'aria-label': 'For whom' }, ...[['', 'All avatars'], ...(doc.avatars ?? []).map((/** @type {any} */ a) => [a.id, a.name])].map(([id, text]) =>
    h('a', { href: `#/policy${id ? `/${encodeURIComponent(id)}` : ''}`, 'aria-current': id === (avatar?.id ?? '') ? 'page' : undefined, text })));
  const editable = tenant.editable !== false;
  const { recording } = await view.api.get('overview');
  const sentences = avatar ? avatarSentences(view, doc, avatar, editable) : tenantSentences(view, doc, editable);
  return h('div', {},
    head('What people see, and what is kept', ''),
    editable ? null : readOnly(view),
    recording.forced_off ? h('div', { class: 'notice', role: 'note' }, icon('ring'), h('p', {}, `Recording is forced off, whatever stands here.${recording.reason ? ` Reason: ${recording.reason}. ` : ' '}`, h('a', { href: '#/overview', text: 'Change that' }))) : null,
    scope,
    h('div', { class: 'split' }, h('div', { class: `sentences${editable ? '' : ' fixed'}` }, ...sentences), person.node));
}

/** @param {import('./main.js').View} view */
export function readOnly(view) {
  const { source, line, file } = view.who.tenant;
  const where = [file, line ? `line ${line}` : ''].filter(Boolean).join(', ');
  return h('div', { class: 'notice', role: 'note' }, icon('info'), h('p', {},
    source === 'file' || source === undefined ? 'This organisation is managed in the configuration file' : 'This cannot be changed here', where ? ` (${where})` : '',
    '. It is shown as it counts, and changed there. Recording can still be forced off under ', h('a', { href: '#/overview', text: 'Overview' }), '. To manage it here instead, move it: ',
    h('code', { text: view.command('tenant export') })));
}

/**
 * One sentence, its controls inside, and its command beside it.
 * @param {(Node|string|null)[]} parts
 * @param {string|(() => string)|null} command
 * @param {string} [hint]
 */
function sentence(parts, command, hint) {
  return h('div', { class: 'sentence' }, h('p', {}, ...parts), command ? copyCommand(command) : null, hint ? h('p', { class: 'hint', text: hint }) : null);
}

/** @param {string} title @param {...Node} children */
function block(title, ...children) {
  return h('section', { 'aria-label': title }, h('h2', { text: title }), ...children);
}

/** What recording is to the person. @param {any} p policy */
function recordedHow(p) {
  return (p.legal_basis?.transcript ?? 'consent') === 'consent' ? 'recorded, if the person agrees' : 'recorded, unless the person says no';
}

/**
 * @param {import('./main.js').View} view
 * @param {any} doc
 * @param {boolean} editable
 */
function tenantSentences(view, doc, editable) {
  const p = doc.policy ?? {};
  const r = p.redaction ?? {};
  const on = p.transcript === true;
  const minors = doc.audience === 'minors';
  const set = (/** @type {string} */ assign) => view.command(`tenant set ${assign}`);
  const pick = (/** @type {string} */ label, /** @type {[string, string][]} */ options, /** @type {string} */ now, /** @type {(v: string) => any} */ patch) => {
    const select = choice(label, options, now, { label, onchange: (v) => view.change(patch(v)) });
    select.disabled = !editable;
    select.className = 'inline';
    select.dataset.keep = label;
    return select;
  };
  const recording = toggle({ on, words: ['not recorded', recordedHow(p)], label: 'Recording of conversations', red: true, disabled: !editable || (minors && !on),
    press: () => (on ? view.change({ policy: { transcript: false } }) : switchOn(view, doc)) });
  recording.dataset.keep = 'recording';
  const sounds = p.audio === true;
  const sound = toggle({ on: sounds, words: ['not kept', 'kept, if the person agrees to that too'], label: 'Keeping of sound', red: true, disabled: !editable, press: () => (sounds ? view.change({ policy: { audio: false } }) : keepSound(view, doc)) });
  sound.dataset.keep = 'sound';
  const takes = p.reports !== false && !minors;
  const shows = p.attachments === true;
  const answering = (doc.avatars ?? []).filter((/** @type {any} */ a) => a.backend);
  const seeing = answering.filter((/** @type {any} */ a) => a.backend.vision === true);
  const retention = plainSpan(p.retention?.transcript);
  const chosen = p.purposes ?? [];
  const fields = new Fields(view);
  const hiding = p.disclosure_hidden;
  const hidden = Boolean(hiding) && new Date(hiding.expires).getTime() > Date.now();
  const decides = p.automated_decisions?.used === true;
  const blocks = [
    block('Conversations',
      sentence(['Conversations are ', recording, '.'], () => set(on ? 'policy.transcript=false' : `policy.transcript=true policy.retention.transcript=${retention || '30d'} 'policy.purposes=["quality"]'`),
        minors ? 'With minors nothing can be kept.' : on ? 'Switching it off counts at once, in every live session. What is kept until then goes when it was going to.' : 'Switching it on asks first, and counts for conversations that begin afterwards.'),
      on || retention ? sentence(['What is kept lives for ', pick('Retention', durations(retention), retention, (v) => ({ policy: { retention: { transcript: v } } })), '. Then its key is destroyed.'],
        () => set(`policy.retention.transcript=${retention || '30d'}`), 'A shorter time counts for what is kept from now on.') : h('p', { class: 'hint', text: 'How long it lives, what for, and what is masked is asked when it is switched on.' }),
      on ? sentence(['Their sound is ', sound, sounds ? ', for ' : null, sounds ? pick('Retention of sound', durationsUpTo(p.retention?.transcript), plainSpan(p.retention?.audio), (v) => ({ policy: { retention: { audio: v } } })) : null, '.'],
        () => set(sounds ? 'policy.audio=false' : 'policy.audio=true policy.retention.audio=7d'), sounds ? 'Each person is asked for it apart from the words.' : '') : null,
      on || chosen.length ? h('fieldset', { class: 'sentence' }, h('legend', { text: 'It may be read for' }), h('div', { class: 'ticks' }, ...PURPOSES.map(([id, name, what]) => {
        const box = h('input', { type: 'checkbox', checked: chosen.includes(id), disabled: !editable || (on && chosen.length === 1 && chosen.includes(id)), 'data-keep': `purpose-${id}`,
          on: { change: () => view.change({ policy: { purposes: PURPOSES.map(([v]) => v).filter((v) => (v === id ? box.checked : chosen.includes(v))) } }) } });
        return h('label', {}, box, h('span', {}, h('b', { text: name }), ` ${what}`));
      })), copyCommand(() => set(`'policy.purposes=${JSON.stringify(chosen.length ? chosen : ['quality'])}'`)), h('p', { class: 'hint', text: 'The person is told each of them, and whoever reads states one. Nothing is ever used to train a model.' })) : null),
    block('Before anything is kept',
      ...ENTITIES.map(([id, name]) => sentence([`${name} are `, pick(name, OPERATORS, r[id] ?? 'replace', (v) => ({ policy: { redaction: { [id]: v } } })), '.'], () => set(`policy.redaction.${id}=${r[id] ?? 'replace'}`)))),
    block('When it holds too much', h('p', { class: 'hint', text: 'A turn in which that many values of personal data are recognised is not kept, whatever becomes of them. The person is told.' }),
      h('div', { class: 'fields' }, fields.number(['policy', 'sensitive_limit', 'turn'], 'Values in a turn', { instead: 'no bound' }), fields.number(['policy', 'sensitive_limit', 'session'], 'Values in a conversation', { instead: 'no bound' }))),
    block('What people show',
      sentence(['People may ', toggle({ on: shows, words: ['not show anything', 'show pictures and documents, if they agree'], label: 'Pictures and documents of people', disabled: !editable, press: () => view.change({ policy: { attachments: !shows } }) }), '.'],
        () => set(shows ? 'policy.attachments=false' : 'policy.attachments=true'),
        answering.length === 0 ? 'No avatar here has a back end that could be given something: it counts for none of them.'
          : `They are held in memory, given to what answers, and never kept, not even in a recording. ${seeing.length === 0 ? 'No back end is said to take pictures, so only documents can be shown.' : `Pictures go to ${seeing.map((/** @type {any} */ a) => a.backend.name || a.name).join(', ')}.`}`)),
    block('What people report',
      sentence(['People may ', toggle({ on: takes, words: ['not report an answer', 'report an answer'], label: 'Reports of answers', disabled: !editable || minors, press: () => view.change({ policy: { reports: !takes } }) }),
        ...(takes ? ['. A report lives for ', pick('Retention of reports', durations(plainSpan(p.retention?.reports) || '90d'), plainSpan(p.retention?.reports) || '90d', (v) => ({ policy: { retention: { reports: v } } }))] : []), '.'],
      () => set(takes ? 'policy.reports=false' : 'policy.reports=true'), minors ? 'Minors are asked nothing that would be kept.' : 'Only what they tick themselves is sent, each time with their yes, whether anything is recorded or not.')),
    block('What is noted',
      sentence(['The log holds ', toggle({ on: p.audit_detail === true, words: ['what it must', 'the course of sessions too'], label: 'Detail of the log', disabled: !editable, press: () => view.change({ policy: { audit_detail: p.audit_detail !== true } }) }), '.'], () => set(`policy.audit_detail=${p.audit_detail === true ? 'false' : 'true'}`), 'Never a word that was said, and no name.')),
    block('Why it is allowed',
      sentence(['It rests on ', pick('Legal basis', BASES, p.legal_basis?.transcript ?? 'consent', (v) => ({ policy: { legal_basis: { transcript: v } } })), '.'], () => set(`policy.legal_basis.transcript=${p.legal_basis?.transcript ?? 'consent'}`),
        (p.legal_basis?.transcript ?? 'consent') === 'consent' ? 'The person is asked, with two buttons of equal weight.' : 'The person is told instead of asked, and can still say no.'),
      sentence(['Switching recording on, or the notice off, takes ', toggle({ on: p.second_admin === true, words: ['one admin', 'two admins'], label: 'A second admin for recording', disabled: !editable, press: () => view.change({ policy: { second_admin: p.second_admin !== true } }) }), '.'],
        () => set(`policy.second_admin=${p.second_admin === true ? 'false' : 'true'}`)),
      sentence(['Sending what people say to somebody new takes ', toggle({ on: p.second_admin_recipients === true, words: ['one admin', 'two admins'], label: 'A second admin for new recipients', disabled: !editable, press: () => view.change({ policy: { second_admin_recipients: p.second_admin_recipients !== true } }) }), '.'],
        () => set(`policy.second_admin_recipients=${p.second_admin_recipients === true ? 'false' : 'true'}`))),
    block('The person',
      sentence(['The notice has to be ', toggle({ on: p.acknowledgement !== false, words: ['shown', 'shown and acknowledged'], label: 'Acknowledgement of the notice', disabled: !editable, press: () => view.change({ policy: { acknowledgement: p.acknowledgement === false } }) }), ' before the avatar says anything.'],
        () => set(`policy.acknowledgement=${p.acknowledgement === false ? 'true' : 'false'}`)),
      sentence(['The avatars talk with ', toggle({ on: minors, words: ['everybody', 'minors'], label: 'Audience: minors', disabled: !editable, press: () => (minors ? view.change({ audience: 'general' }) : forMinors(view, doc)) }), '.'], () => set(`audience=${doc.audience ?? 'general'}`),
        minors ? 'Nothing is kept, they are reminded every three hours that an AI talks with them, and the help line is shown.' : 'Nothing guesses anybody’s age.'),
      minors || doc.help_line ? h('div', { class: 'fields' }, fields.text(['help_line'], 'Help line, in your words', { most: 200, wide: true })) : null,
      sentence(['What people ask for with their receipt is done ', pick('Rights', [['self_service', 'at once, by themselves'], ['on_instruction', 'when an admin says so']], p.rights ?? (doc.controller === 'controller' ? 'self_service' : 'on_instruction'), (v) => ({ policy: { rights: v } })), '.'],
        () => set(`policy.rights=${p.rights ?? 'self_service'}`), 'From within the conversation a person can always erase at once.')),
    block('What people are told',
      sentence(['The notice that an AI answers is ', toggle({ on: !hidden, words: ['hidden', 'shown'], label: 'The visible notice', disabled: !editable || (minors && !hidden), press: () => (hidden ? view.change({ policy: { disclosure_hidden: null } }) : hideNotice(view, doc)) }), '.'],
        () => set(hidden ? 'policy.disclosure_hidden=null' : 'policy.disclosure_hidden.by=NAME policy.disclosure_hidden.reason=TEXT policy.disclosure_hidden.legal_basis=TEXT policy.disclosure_hidden.expires=DATE'),
        minors ? 'Minors are always told.' : hidden ? '' : 'The mark for machines is on everything that is said, whatever stands here.'),
      hiding ? hiddenUntil(view, doc, hiding, editable) : null,
      sentence(['Beside it people read ', inline(ownWords(doc), () => changeWords(view, doc), !editable), '.'], null, 'The gateway’s own notice stays, word for word.'),
      sentence(['About people ', toggle({ on: decides, words: ['nothing is decided without a human', 'something is decided without a human'], label: 'Automated decisions', disabled: !editable, press: () => (decides ? view.change({ policy: { automated_decisions: null } }) : decide(view, doc)) }), '.'],
        () => set(decides ? 'policy.automated_decisions=null' : 'policy.automated_decisions.used=true policy.automated_decisions.logic_notice=URL policy.automated_decisions.human_route=TEXT'),
        decides ? `They are told, with ${p.automated_decisions.logic_notice ?? ''} and how to reach a human: ${p.automated_decisions.human_route ?? ''}` : '')),
    block('When something fails',
      sentence(['If a turn cannot be kept, the conversation ', pick('When keeping fails', [['go_on', 'goes on, not recorded'], ['end', 'ends']], p.on_failure ?? 'go_on', (v) => ({ policy: { on_failure: v } })), '. The person is told.'], () => set(`policy.on_failure=${p.on_failure ?? 'go_on'}`))),
    block('Who answers for it',
      sentence(['Whoever runs this gateway is ', pick('Role', [['processor', 'our processor'], ['controller', 'the controller']], doc.controller ?? 'processor', (v) => ({ controller: v })), '.'], () => set(`controller=${doc.controller ?? 'processor'}`)),
      contact(fields)),
  ];
  return blocks;
}

/**
 * On what terms the notice is hidden, and how long still.
 * @param {import('./main.js').View} view
 * @param {any} doc
 * @param {any} hiding
 * @param {boolean} editable
 */
function hiddenUntil(view, doc, hiding, editable) {
  const ended = new Date(hiding.expires).getTime() <= Date.now();
  const who = (hiding.avatars ?? []).map((/** @type {string} */ id) => doc.avatars.find((/** @type {any} */ a) => a.id === id)?.name ?? id).join(', ');
  return h('div', { class: 'danger-note' }, h('p', {}, ended ? 'It was hidden until ' : 'Hidden until ', moment(hiding.expires), who ? ` for ${who}` : ' for all avatars', ended ? '; it is shown again.' : `. ${hiding.by} answers for it: “${hiding.reason}” It rests on: “${hiding.legal_basis}”`),
    editable && !ended ? h('div', { class: 'row' }, button('Change its terms…', () => hideNotice(view, doc))) : null);
}

/** A word within a sentence that opens something. @param {string} text @param {() => void} press @param {boolean} fixed */
function inline(text, press, fixed) {
  const b = button(`${text}…`, press, { class: 'inline-button' });
  b.disabled = fixed;
  b.dataset.keep = text;
  return b;
}

/** @param {Fields} fields */
function contact(fields) {
  return h('div', { class: 'fields' }, ...(/** @type {[string, string, string][]} */ ([['email', 'Questions about data', 'email'], ['dpo', 'Data protection officer', 'email'], ['privacy', 'Your own notice', 'url'], ['complaint', 'Where to complain', 'url']])).map(([id, label, type]) => fields.text(['contact', id], label, { type })));
}

/**
 * Everything that is needed before anything is recorded, with the person's question beside it.
 * @param {import('./main.js').View} view
 * @param {any} doc
 */
async function switchOn(view, doc) {
  const p = doc.policy ?? {};
  const retention = choice('retention', durations(plainSpan(p.retention?.transcript)), plainSpan(p.retention?.transcript) || '30d');
  const ticks = PURPOSES.map(([id, name, what]) => h('label', {}, h('input', { type: 'checkbox', name: 'purpose', value: id, checked: (p.purposes ?? []).includes(id) }), h('span', {}, h('b', { text: name }), ` ${what}`)));
  const said = h('div', { class: 'card', 'aria-live': 'polite' });
  const patch = (/** @type {HTMLFormElement} */ form) => {
    const data = new FormData(form);
    return { policy: { transcript: true, retention: { transcript: String(data.get('retention')) }, purposes: data.getAll('purpose').map(String) } };
  };
  let turn = 0;
  const show = async () => {
    const mine = ++turn;
    const form = /** @type {HTMLFormElement} */ (said.closest('form'));
    const now = patch(form).policy;
    if (now.purposes.length === 0) {
      said.replaceChildren(h('p', { class: 'quietly', text: 'Choose what it is for, and the question that people will be asked appears here.' }));
      return;
    }
    const document = { ...doc, policy: { ...p, ...now } };
    const answer = await view.api.call('POST', 'preview', { document, locale: 'en' }).catch(() => ({}));
    if (mine !== turn) return;
    const sentences = answer.consent?.sentences ?? [];
    said.replaceChildren(...sentences.map((/** @type {string} */ text) => h('p', { text })),
      h('div', { class: 'row equal', 'aria-hidden': 'true' }, h('span', { class: 'fake', text: 'No' }), h('span', { class: 'fake', text: 'Yes' })));
  };
  const asking = askDialog({
    title: 'Record conversations?', yes: 'Switch recording on', no: 'Leave it off',
    body: [h('p', { text: 'It counts for conversations that begin from now on. Live ones stay unrecorded. Each person is asked first.' }),
      h('fieldset', { class: 'ticks' }, h('legend', { text: 'What is it for?' }), ...ticks),
      field('How long does it live?', retention, 'Then its key is destroyed, and nobody can read it any more.'),
      h('p', { class: 'label', text: 'What each person will be asked' }), said],
    check: (form) => (patch(form).policy.purposes.length === 0 ? 'Choose at least one purpose: the person is told it.' : ''),
  });
  const form = /** @type {HTMLFormElement} */ (said.closest('form'));
  form.addEventListener('change', show);
  show();
  if (await asking) await view.change(patch(form));
}

/**
 * What narrows the policy for one avatar.
 * @param {import('./main.js').View} view
 * @param {any} doc
 * @param {any} avatar
 * @param {boolean} editable
 */
function avatarSentences(view, doc, avatar, editable) {
  const all = doc.policy ?? {};
  const own = avatar.policy ?? {};
  const save = (/** @type {any} */ policy) => {
    const next = { ...own, ...policy };
    for (const key of Object.keys(next)) if (next[key] === undefined) delete next[key];
    view.change({ avatars: doc.avatars.map((/** @type {any} */ a) => {
      if (a.id !== avatar.id) return a;
      const { policy: _, ...rest } = a;
      return Object.keys(next).length ? { ...rest, policy: next } : rest;
    }) });
  };
  const on = all.transcript === true && own.transcript !== false;
  const may = durationsUpTo(all.retention?.transcript);
  const keep = plainSpan(own.retention?.transcript);
  const recording = toggle({ on, words: ['not recorded', recordedHow({ ...all, ...own })], label: `Recording of ${avatar.name}`, red: true, disabled: !editable || all.transcript !== true,
    press: () => save({ transcript: on ? false : undefined }) });
  recording.dataset.keep = 'recording';
  const shorter = choice('Retention', [['', `as long as everywhere (${spell(all.retention?.transcript ?? '')})`], ...may], keep, { label: 'Retention', onchange: (v) => save({ retention: v ? { transcript: v } : undefined }) });
  shorter.disabled = !editable;
  shorter.className = 'inline';
  return [block(avatar.name,
    sentence([`Conversations with ${avatar.name} are `, recording, '.'], null, all.transcript === true ? 'An avatar can narrow what counts for all, and widen nothing.' : 'Recording is off for all avatars. It is switched on there.'),
    on ? sentence(['What is kept lives ', shorter, '.'], null) : null,
    on && all.audio === true ? sentence(['Their sound is ', toggle({ on: own.audio !== false, words: ['not kept', 'kept, if the person agrees to that too'], label: `Keeping of sound of ${avatar.name}`, red: true, disabled: !editable, press: () => save({ audio: own.audio === false ? undefined : false }) }), '.'], null) : null,
    all.attachments === true && avatar.backend ? sentence(['People may ', toggle({ on: own.attachments !== false, words: ['not show anything', 'show something, if they agree'], label: `Pictures and documents shown to ${avatar.name}`, disabled: !editable, press: () => save({ attachments: own.attachments === false ? undefined : false }) }), '.'], null) : null,
    all.reports !== false && doc.audience !== 'minors' ? sentence(['People may ', toggle({ on: own.reports !== false, words: ['not report an answer', 'report an answer'], label: `Reports of answers of ${avatar.name}`, disabled: !editable, press: () => save({ reports: own.reports === false ? undefined : false }) }), '.'], null) : null,
    ...(on ? ENTITIES : []).map(([id, name]) => {
      const base = all.redaction?.[id] ?? 'replace';
      const hides = ['off', 'hash', 'replace', 'mask', 'drop'];
      const select = choice(name, [['', `as everywhere (${OPERATORS.find(([v]) => v === base)?.[1]})`], ...OPERATORS.filter(([v]) => hides.indexOf(v) > hides.indexOf(base))], own.redaction?.[id] ?? '',
        { label: name, onchange: (v) => { const redaction = { ...own.redaction, [id]: v || undefined }; save({ redaction: Object.values(redaction).some(Boolean) ? JSON.parse(JSON.stringify(redaction)) : undefined }); } });
      select.disabled = !editable;
      select.className = 'inline';
      return sentence([`${name} are `, select, '.'], null);
    }))];
}
