// What an avatar would answer, tried out before people hear it.
import { askDialog, choice, field, h } from './parts.js';

/**
 * @param {import('./main.js').View} view
 * @param {any} a the avatar
 * @param {any} [document] that is not saved; none: the one in force
 */
export async function tryQuestion(view, a, document) {
  const languages = a.languages ?? ['en'];
  const result = h('div', { class: 'tried', 'aria-live': 'polite' });
  await askDialog({
    title: `What would ${a.name} answer?`, yes: 'Ask', no: 'Close', stays: true,
    body: [h('p', { class: 'hint', text: a.backend ? 'A model writes its answers. The model is not asked: you see what is found in the documents for it to answer from.' : 'It answers from its documents. Nothing of this is stored.' }),
      field('Question', h('input', { name: 'question', required: true, maxlength: 2000, autocomplete: 'off', dir: 'auto' })),
      languages.length > 1 ? field('Language', choice('locale', languages.map((/** @type {string} */ l) => [l, l]), languages[0])) : '', result],
    check: async (form) => {
      const data = new FormData(form);
      const got = await view.api.call('POST', 'preview/answer', { avatar: a.id, question: String(data.get('question')).trim(), locale: String(data.get('locale') ?? languages[0]), ...(document ? { document } : {}) });
      result.replaceChildren(...said(got));
    },
  });
}

/** @param {any} got */
function said(got) {
  if (got.problems.length) return got.problems.map((/** @type {any} */ p) => h('p', { class: 'wrong', text: p.text }));
  if (got.kind === 'passages') {
    return got.said.length === 0 ? [h('p', { text: 'Nothing in the documents fits. The model would answer from what it learned elsewhere.' })]
      : [h('p', {}, 'Only the passages found are shown:'), ...got.said.map((/** @type {any} */ s) => h('blockquote', { dir: 'auto', lang: got.locale }, s.text, h('footer', { class: 'hint', text: place(s) })))];
  }
  return [h('blockquote', { dir: 'auto', lang: got.locale, text: got.said.map((/** @type {any} */ s) => s.text).join(' ') }),
    h('p', { class: 'hint' }, got.documents.length ? `From: ${[...new Set(got.said.filter((/** @type {any} */ s) => s.source).map(place))].join('; ')}` : 'Its own words, from no document.')];
}

/**
 * Where a passage is.
 * @param {any} s
 */
function place(s) {
  return [s.source, s.heading !== s.source && s.heading, s.page && `page ${s.page}`, s.url].filter(Boolean).join(', ');
}
