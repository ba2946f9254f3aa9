// Keeping the sound of conversations: a switch of its own, a time of its own, and always a question of its own.
import { askChange } from './change.js';
import { choice, field, h } from './parts.js';
import { durationsUpTo, plainSpan } from './spans.js';

/**
 * @param {import('./main.js').View} view
 * @param {any} doc
 */
export async function keepSound(view, doc) {
  const p = doc.policy ?? {};
  const most = plainSpan(p.retention?.transcript);
  const offered = durationsUpTo(most);
  const was = plainSpan(p.retention?.audio);
  const retention = choice('retention', offered, offered.some(([v]) => v === was) ? was : offered.some(([v]) => v === '7d') ? '7d' : offered.at(-1)?.[0] ?? '');
  const said = h('div', { class: 'card', 'aria-live': 'polite' });
  const patch = () => ({ policy: { audio: true, retention: { audio: retention.value } } });
  let turn = 0;
  const show = async () => {
    const mine = ++turn;
    const document = { ...doc, policy: { ...p, audio: true, retention: { ...p.retention, audio: retention.value } } };
    const answer = await view.api.call('POST', 'preview', { document, locale: 'en' }).catch(() => ({}));
    if (mine !== turn) return;
    const sentences = answer.consent?.sentences ?? [];
    said.replaceChildren(...(sentences.length ? sentences : ['Each person is asked before any sound is kept.']).map((/** @type {string} */ text) => h('p', { text })),
      h('div', { class: 'row equal', 'aria-hidden': 'true' }, h('span', { class: 'fake', text: 'No' }), h('span', { class: 'fake', text: 'Yes' })));
  };
  retention.addEventListener('change', show);
  const asking = askChange(view, {
    title: 'Keep the sound too?', yes: p.second_admin ? 'Propose it to a second admin' : 'Keep the sound', no: 'Leave it off',
    body: [h('p', { text: 'A voice tells more than words: who somebody is, how they feel. Each person is asked for it apart from the words, always, and can say no and still be written down. Nothing in sound is masked.' }),
      field('How long does it live?', retention, 'No longer than the words. Then its key is destroyed.'), h('p', { class: 'label', text: 'What each person will be asked' }), said],
    keys: { 'policy.audio': retention, 'policy.retention.audio': retention }, patch,
  });
  show();
  await asking;
}
