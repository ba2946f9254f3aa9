// The languages that are offered here, and the one that is chosen.
import { $, el } from '../shared/dom.js';
import { Words, WORDS } from '../shared/words.js';

/**
 * Those that the page, the gateway and the avatar all have.
 * @param {import('../shared/talk/gateway.js').PageData} page
 * @param {import('../shared/talk/gateway.js').AvatarCard} avatar
 */
export function languagesOf(page, avatar) {
  const here = page.languages ?? Object.keys(WORDS);
  const its = avatar.languages;
  const both = here.filter((l) => l in WORDS && (!its || its.length === 0 || its.includes(l)));
  return both.length ? both : ['en'];
}

/**
 * Each in its own words.
 * @param {string[]} offered
 * @param {string} chosen
 */
export function showLanguages(offered, chosen) {
  $('language').replaceChildren(...offered.map((l) => {
    const option = el('option', { text: new Words(l).say('languageName') });
    option.value = l;
    option.lang = l;
    option.selected = l === chosen;
    return option;
  }));
}
