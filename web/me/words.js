// The words of /me and /receipt.
import { Saying } from '../shared/saying.js';
import { en } from './words/en.js';
import { de } from './words/de.js';
import { fr } from './words/fr.js';
import { es } from './words/es.js';
import { he } from './words/he.js';

/** @type {Record<string, Record<string, string>>} */
export const MINE = { en, de, fr, es, he };

/** One language's words. */
export class Mine extends Saying {
  /** @param {string} locale */
  constructor(locale) {
    super(locale, MINE);
  }
}
