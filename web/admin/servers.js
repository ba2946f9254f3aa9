// Servers behind the avatars that do not answer: since when, and what people notice of it.
import { ago, h } from './parts.js';

const KINDS = { model: 'model', speech: 'speech', transcriber: 'transcription' };

/** What went wrong last, by the code of the gateway's one table. */
const WHY = {
  backend_unreachable: 'It cannot be reached, or breaks off.',
  backend_timeout: 'It takes longer than its deadlines allow.',
  backend_overloaded: 'It says that it is busy.',
  backend_refused: 'It lets nobody in. Look at its key and address.',
  backend_invalid: 'What it answers is not an answer. Look at its address.',
  speech_failed: 'It gives no sound. Answers are spoken by another voice, or written.',
};

/**
 * @param {any} now the overview
 * @returns {HTMLElement[]}
 */
export function silentCards(now) {
  return (now.servers ?? []).map((/** @type {any} */ s) => {
    const kind = KINDS[/** @type {'model'} */ (s.kind)] ?? s.kind;
    const title = `The ${kind} server does not answer since ${new Date(s.since).toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit' })}`;
    const next = s.rests ? 'It is left alone for a moment, and then tried again by one question.' : 'It is still asked.';
    return h('section', { class: 'state silent', 'aria-label': title },
      h('div', {}, h('h2', { text: title }),
        h('p', {}, `${s.name}: the first failure was `, ago(s.since), `. ${WHY[/** @type {'backend_timeout'} */ (s.code)] ?? ''} ${next}`)));
  });
}
