// What is asked in a box, and how boxes open and close.
import { $ } from '../shared/dom.js';
import { dirOf } from '../shared/saying.js';

/**
 * @param {string} id of a dialog with `id-yes` and `id-no`
 * @param {AbortSignal} gone closes it when there is nobody left to answer to
 * @returns {Promise<boolean>}
 */
export function askBox(id, gone) {
  const box = /** @type {HTMLDialogElement} */ ($(id));
  return new Promise((resolve) => {
    const done = new AbortController();
    const answer = (/** @type {boolean} */ yes) => {
      done.abort();
      if (box.open) box.close();
      resolve(yes);
    };
    const once = { signal: done.signal };
    $(`${id}-yes`).addEventListener('click', () => answer(true), once);
    $(`${id}-no`).addEventListener('click', () => answer(false), once);
    box.addEventListener('cancel', () => answer(false), once);
    gone.addEventListener('abort', () => answer(false), once);
    if (gone.aborted) answer(false);
    else if (!box.open) box.showModal();
  });
}

/**
 * @param {import('../shared/talk/conversation.js').Disclosure} disclosure
 * @param {AbortSignal} gone
 */
export function askNotice(disclosure, gone) {
  const text = $('ask-notice-text');
  text.textContent = disclosure.text;
  text.dir = disclosure.dir ?? 'auto';
  text.lang = disclosure.locale ?? '';
  return askBox('ask-notice', gone);
}

/**
 * One question for each purpose, two equal buttons. What would be kept, who
 * would see it and until when is the gateway's own sentence; what it has no
 * sentence for is not asked, and so not agreed to.
 * @param {any} request avatar.consent.requested
 * @param {AbortSignal} gone
 * @returns {Promise<Record<string, boolean>>}
 */
export async function askConsent(request, gone) {
  /** @type {string[]} */
  const purposes = request.purposes ?? [];
  const grants = Object.fromEntries(purposes.map((p) => [p, false]));
  /** @type {{purpose: string, text: string}[]} */
  const sentences = (request.sentences ?? []).filter((/** @type {any} */ s) => s.purpose in grants && s.text);
  for (const [i, { purpose, text }] of sentences.entries()) {
    $('ask-consent-step').textContent = sentences.length > 1 ? `${i + 1}/${sentences.length}` : '';
    const words = $('ask-consent-text');
    words.textContent = text;
    words.lang = request.locale ?? '';
    words.dir = dirOf(words.lang);
    grants[purpose] = await askBox('ask-consent', gone);
  }
  return grants;
}

/** @param {string} id */
export function openBox(id) {
  const box = /** @type {HTMLDialogElement} */ ($(id));
  if (!box.open) box.showModal();
}

/** @param {string} id */
export function closeBox(id) {
  const box = /** @type {HTMLDialogElement} */ ($(id));
  if (box.open) box.close();
}
