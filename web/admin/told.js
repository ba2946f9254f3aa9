// What people are told beside the gateway's own notice, and taking over the duty to tell them.
import { LANGUAGES } from './avatar.js';
import { askChange } from './change.js';
import { field, h } from './parts.js';

/** Milliseconds of a day. */
const DAY = 86400000;

/** @param {string} locale */
const primary = (locale) => locale.toLowerCase().split('-')[0];

/** The languages in which somebody may talk. @param {any} doc */
function spoken(doc) {
  const all = [...new Set((doc.avatars ?? []).flatMap((/** @type {any} */ a) => (a.languages ?? ['en']).map(primary)))];
  return /** @type {string[]} */ (all);
}

/** The texts that count now. @param {any} doc */
function textsOf(doc) {
  return (doc.disclosure?.texts ?? []).filter((/** @type {any} */ t) => (t.audience ?? 'general') === (doc.audience ?? 'general'));
}

/** In how many languages people read own words. @param {any} doc */
export function ownWords(doc) {
  const n = textsOf(doc).length;
  return n === 0 ? 'nothing of your own' : n === 1 ? 'your words' : `your words in ${n} languages`;
}

/**
 * The organisation's words, in every language that somebody may talk in.
 * @param {import('./main.js').View} view
 * @param {any} doc
 */
export async function changeWords(view, doc) {
  const languages = spoken(doc);
  const audience = doc.audience ?? 'general';
  const old = textsOf(doc);
  const kept = (doc.disclosure?.texts ?? []).filter((/** @type {any} */ t) => !old.includes(t));
  const rows = languages.map((l) => {
    const was = old.find((/** @type {any} */ t) => primary(t.locale) === l) ?? {};
    const text = Object.assign(h('textarea', { rows: 3, maxlength: 600, lang: l, dir: 'auto' }), { value: was.text ?? '' });
    const aloud = h('input', { maxlength: 300, lang: l, dir: 'auto', autocomplete: 'off', value: was.spoken ?? '' });
    return { l, was, text, aloud };
  });
  const material = h('input', { type: 'checkbox', name: 'material' });
  /** @type {Record<string, HTMLElement>} */
  const keys = {};
  const filled = () => rows.filter((r) => r.text.value.trim());
  await askChange(view, {
    title: 'What people read beside the notice', yes: 'Save',
    body: [h('p', { class: 'hint', text: 'The gateway’s own notice stays, word for word. Yours follows it, in each language that somebody may talk in. All empty: nothing of your own.' }),
      ...rows.map(({ l, text, aloud }) => h('fieldset', { class: 'ticks' }, h('legend', { text: LANGUAGES.find(([v]) => v === l)?.[1] ?? l }), field('What is shown', text), field('Where it is spoken, in fewer words', aloud))),
      h('label', { class: 'tick' }, material, h('span', { text: 'It matters: people in live conversations are told again before the next answer, and asked anew' }))],
    check: () => {
      for (const k of Object.keys(keys)) delete keys[k];
      filled().forEach((r, i) => { keys[`disclosure.texts[${kept.length + i}].text`] = r.text; keys[`disclosure.texts[${kept.length + i}].spoken`] = r.aloud; });
      const missing = rows.find((r) => filled().length && !r.text.value.trim());
      if (missing) keys.avatars = missing.text;
      return '';
    },
    keys,
    patch: () => {
      const texts = [...kept, ...filled().map(({ l, was, text, aloud }) => ({ locale: was.locale ?? l, text: text.value.trim(), ...(aloud.value.trim() ? { spoken: aloud.value.trim() } : {}), ...(audience !== 'general' ? { audience } : {}) }))];
      return { disclosure: texts.length ? { version: new Date().toISOString().slice(0, 10), material: material.checked || null, texts } : null };
    },
  });
}

/**
 * Taking over the duty to tell people: who, why, on what, until when, and for which avatars.
 * @param {import('./main.js').View} view
 * @param {any} doc
 */
export async function hideNotice(view, doc) {
  const was = doc.policy?.disclosure_hidden ?? {};
  const by = h('input', { name: 'by', required: true, maxlength: 100, autocomplete: 'off', value: was.by ?? '' });
  const reason = h('input', { name: 'reason', required: true, maxlength: 500, autocomplete: 'off', value: was.reason ?? '' });
  const basis = h('input', { name: 'legal_basis', required: true, maxlength: 500, autocomplete: 'off', value: was.legal_basis ?? '' });
  const day = (/** @type {number} */ n) => new Date(Date.now() + n * DAY).toISOString().slice(0, 10);
  const expires = h('input', { name: 'expires', type: 'date', required: true, min: day(1), max: day(365), value: (was.expires ?? '').slice(0, 10) || day(90) });
  const all = doc.avatars ?? [];
  const ticks = all.map((/** @type {any} */ a) => h('label', {}, h('input', { type: 'checkbox', name: 'avatars', value: a.id, checked: (was.avatars ?? []).includes(a.id) }), h('span', { text: a.name })));
  const two = doc.policy?.second_admin === true;
  await askChange(view, {
    title: 'Switch the visible notice off?', yes: two ? 'Propose it to a second admin' : 'Switch the notice off', no: 'Leave it on', danger: true,
    body: [h('div', { class: 'danger-note' }, h('p', { text: 'The law asks that people know that an AI answers. With this your organisation takes over that duty, and tells them itself.' }),
      h('ul', { class: 'dots' }, h('li', { text: 'The mark for machines stays on everything that is said.' }), h('li', { text: 'People are asked before anything is kept, as ever.' }), h('li', { text: 'Who asks whether an AI answers is told so.' }), h('li', { text: 'It is in the log, in every receipt, and it ends by itself.' }))),
    field('Who answers for it, by name', by), field('Why', reason, 'People read it in their receipt.'), field('What permits it', basis, 'The provision, in your words.'), field('Until', expires, 'Then the notice is shown again. A year at most.'),
    all.length > 1 ? h('fieldset', { class: 'ticks' }, h('legend', { text: 'For which avatars? None ticked: all.' }), ...ticks) : ''],
    keys: { 'policy.disclosure_hidden.by': by, 'policy.disclosure_hidden.reason': reason, 'policy.disclosure_hidden.legal_basis': basis, 'policy.disclosure_hidden.expires': expires },
    patch: (form) => {
      const data = new FormData(form);
      const ids = data.getAll('avatars').map(String);
      const say = (/** @type {string} */ name) => String(data.get(name)).trim();
      return { policy: { disclosure_hidden: { by: say('by'), reason: say('reason'), legal_basis: say('legal_basis'), expires: `${say('expires')}T00:00:00Z`, avatars: ids.length ? ids : null } } };
    },
  });
}

/**
 * Avatars for minors: where they find help has to be there first, and nothing may be kept.
 * @param {import('./main.js').View} view
 * @param {any} doc
 * @returns {Promise<boolean>}
 */
export function forMinors(view, doc) {
  const help = h('input', { name: 'help', required: true, maxlength: 200, autocomplete: 'off', value: doc.help_line ?? '' });
  const hidden = Boolean(doc.policy?.disclosure_hidden);
  const records = doc.policy?.transcript === true;
  return askChange(view, {
    title: 'Do the avatars talk with minors?', yes: 'Yes, with minors', no: 'No',
    body: [h('ul', { class: 'dots' }, h('li', { text: records ? 'Recording is switched off now, in every live conversation, and cannot be switched on.' : 'Nothing of what they say can be kept.' }), h('li', { text: 'They are reminded every three hours that an AI talks with them, and to take a break.' }), h('li', { text: 'The help line is always in sight.' }), hidden ? h('li', { text: 'The visible notice is shown again: minors are always told.' }) : ''),
      field('Help line, in your words', help, 'Who helps somebody in need, with the number. Write it in their language.')],
    keys: { help_line: help, audience: help },
    patch: () => ({ audience: 'minors', help_line: help.value.trim(), policy: { transcript: false, ...(doc.policy?.audio !== undefined ? { audio: false } : {}), ...(hidden ? { disclosure_hidden: null } : {}) } }),
  });
}

/**
 * Decisions without a human: people are told how, and how to reach one.
 * @param {import('./main.js').View} view
 * @param {any} doc
 */
export async function decide(view, doc) {
  const was = doc.policy?.automated_decisions ?? {};
  const logic = h('input', { name: 'logic', type: 'url', required: true, autocomplete: 'off', value: was.logic_notice ?? '' });
  const route = h('input', { name: 'route', required: true, maxlength: 200, autocomplete: 'off', value: was.human_route ?? '' });
  await askChange(view, {
    title: 'Is somebody decided about without a human?', yes: 'Yes: tell people', no: 'Cancel', danger: true,
    body: [h('p', { text: 'Say so only if what people say here decides something about them that matters, as a grade, money or a place, and no human looks at it. They are told.' }),
      field('Page that explains how it is decided', logic), field('How a human looks at it', route, 'With the address or the number, as people read it.')],
    keys: { 'policy.automated_decisions.logic_notice': logic, 'policy.automated_decisions.human_route': route },
    patch: () => ({ policy: { automated_decisions: { used: true, logic_notice: logic.value.trim(), human_route: route.value.trim() } } }),
  });
}
