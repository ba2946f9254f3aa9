// The words of the pages, in the languages that the notice is in.
import { en } from './words/en.js';
import { de } from './words/de.js';
import { fr } from './words/fr.js';
import { es } from './words/es.js';
import { he } from './words/he.js';

/** @type {Record<string, Record<string, string>>} */
export const WORDS = { en, de, fr, es, he };

/** Languages written from right to left. */
const LEFTWARD = new Set(['he']);

/**
 * The first wish that is offered, by language without region.
 * @param {readonly string[]} wishes
 * @param {readonly string[]} offered
 */
export function choose(wishes, offered) {
  for (const wish of wishes) {
    const bare = wish.toLowerCase().split('-')[0];
    const found = offered.find((o) => o.toLowerCase().split('-')[0] === bare && bare in WORDS);
    if (found) return found;
  }
  return offered.find((o) => o in WORDS) ?? 'en';
}

/** One language's words. */
export class Words {
  #words;

  /** @param {string} locale */
  constructor(locale) {
    this.locale = locale;
    const bare = locale.toLowerCase().split('-')[0];
    this.#words = WORDS[bare] ?? en;
    this.dir = LEFTWARD.has(bare) ? 'rtl' : 'ltr';
  }

  /**
   * @param {string} key
   * @param {Record<string, string|number>} [values] for the {places} in it
   */
  say(key, values) {
    const text = this.#words[key] ?? en[key] ?? key;
    if (!values) return text;
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  }

  /** @param {string} key */
  has(key) {
    return key in this.#words;
  }
}
