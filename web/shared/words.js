// The words of the client page and the element, in the languages that the notice is in.
import { chooseFrom, Saying } from './saying.js';
import { en } from './words/en.js';
import { de } from './words/de.js';
import { fr } from './words/fr.js';
import { es } from './words/es.js';
import { he } from './words/he.js';

/** @type {Record<string, Record<string, string>>} */
export const WORDS = { en, de, fr, es, he };

/**
 * The first wish that is offered, by language without region.
 * @param {readonly string[]} wishes
 * @param {readonly string[]} offered
 */
export function choose(wishes, offered) {
  return chooseFrom(wishes, offered, WORDS);
}

/** One language's words. */
export class Words extends Saying {
  /** @param {string} locale */
  constructor(locale) {
    super(locale, WORDS);
  }
}
