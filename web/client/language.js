// The languages that are offered here, and the one that is chosen.
import { $, el } from '../shared/dom.js';
import { LANGUAGES } from '../shared/saying.js';
import { WORDS } from '../shared/words.js';

/** Milliseconds after which nobody waits for words any more. */
const LATE = 5000;

/**
 * Those that the page, the gateway and the avatar all have.
 * @param {import('../shared/talk/gateway.js').PageData} page
 * @param {import('../shared/talk/gateway.js').AvatarCard} avatar
 */
export function languagesOf(page, avatar) {
  const here = page.languages ?? Object.keys(LANGUAGES);
  const its = avatar.languages;
  const both = here.filter((l) => l in LANGUAGES && (!its || its.length === 0 || its.includes(l)));
  return both.length ? both : ['en'];
}

/**
 * Each in its own words.
 * @param {string[]} offered
 * @param {string} chosen
 */
export function showLanguages(offered, chosen) {
  $('language').replaceChildren(...offered.map((l) => {
    const option = el('option', { text: LANGUAGES[l] });
    option.value = l;
    option.lang = l;
    option.selected = l === chosen;
    return option;
  }));
}

/**
 * Has a language's words here; those of the others are not fetched.
 * @param {string} locale
 * @returns {Promise<boolean>} false: they cannot be had, or not soon
 */
export async function fetchWords(locale) {
  const bare = locale.toLowerCase().split('-')[0];
  if (bare in WORDS) return true;
  const coming = import(`../shared/words/${bare}.js`).then((it) => Boolean(WORDS[bare] = it[bare]), () => false);
  return Promise.race([coming, new Promise((resolve) => setTimeout(() => resolve(false), LATE))]);
}
