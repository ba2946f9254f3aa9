// One language's words out of a catalogue, with their places filled.

/** Languages written from right to left. */
const LEFTWARD = new Set(['he']);

/**
 * The first wish that is offered and in the catalogue, by language without region.
 * @param {readonly string[]} wishes
 * @param {readonly string[]} offered
 * @param {Record<string, Record<string, string>>} catalogue
 */
export function chooseFrom(wishes, offered, catalogue) {
  for (const wish of wishes) {
    const bare = wish.toLowerCase().split('-')[0];
    const found = offered.find((o) => o.toLowerCase().split('-')[0] === bare && bare in catalogue);
    if (found) return found;
  }
  return offered.find((o) => o in catalogue) ?? 'en';
}

export class Saying {
  #words;
  #english;

  /**
   * @param {string} locale
   * @param {Record<string, Record<string, string>>} catalogue
   */
  constructor(locale, catalogue) {
    this.locale = locale;
    const bare = locale.toLowerCase().split('-')[0];
    this.#english = catalogue.en;
    this.#words = catalogue[bare] ?? catalogue.en;
    this.dir = LEFTWARD.has(bare) ? 'rtl' : 'ltr';
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
