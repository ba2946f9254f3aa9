// The words of the client page and the element: English, and the languages that one of them adds.
import { Saying } from './saying.js';
import { en } from './words/en.js';

/** @type {Record<string, Record<string, string>>} */
export const WORDS = { en };

/** One language's words. */
export class Words extends Saying {
  /** @param {string} locale */
  constructor(locale) {
    super(locale, WORDS);
  }
}
