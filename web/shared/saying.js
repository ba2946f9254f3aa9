// One language's words out of a catalogue, with their places filled.

/** The languages in which everything is said, each as it calls itself. @type {Record<string, string>} */
export const LANGUAGES = { en: 'English', de: 'Deutsch', fr: 'Français', es: 'Español', he: 'עברית' };
/** Languages written from right to left. */
const LEFTWARD = new Set(['he']);

/**
 * The first wish that is offered and said here, by language without region.
 * @param {readonly string[]} wishes
 * @param {readonly string[]} offered
 */
export function choose(wishes, offered) {
  for (const wish of wishes) {
    const bare = wish.toLowerCase().split('-')[0];
    const found = offered.find((o) => o.toLowerCase().split('-')[0] === bare && bare in LANGUAGES);
    if (found) return found;
  }
  return offered.find((o) => o in LANGUAGES) ?? 'en';
}

/** Which way a language is written, whatever name a sentence of it begins with. @param {string} locale */
export function dirOf(locale) {
  return LEFTWARD.has(locale.toLowerCase().split('-')[0]) ? 'rtl' : 'ltr';
}

export class Saying {
  #words;
  #english;

  /**
   * @param {string} locale one that is not in the catalogue is said in English
   * @param {Record<string, Record<string, string>>} catalogue
   */
  constructor(locale, catalogue) {
    const wish = locale.toLowerCase().split('-')[0];
    const bare = wish in catalogue ? wish : 'en';
    this.locale = bare === wish ? locale : bare;
    this.language = LANGUAGES[bare];
    this.#english = catalogue.en;
    this.#words = catalogue[bare];
    this.dir = dirOf(bare);
  }

  /**
   * @param {string} key
   * @param {Record<string, string|number>} [values] for the {places} in it
   */
  say(key, values) {
    const text = this.#words[key] ?? this.#english[key] ?? key;
    if (!values) return text;
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  }

  /** @param {string} key */
  has(key) {
    return key in this.#words;
  }
}
