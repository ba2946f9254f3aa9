// Where an answer comes from, as one line of text. It is only ever text: what stands in a document becomes no link and no picture.

/**
 * @param {{title: string, url?: string, heading?: string, page?: number}[]} sources
 * @param {import('./words.js').Words} words
 */
export function sourcesLine(sources, words) {
  /** @type {Map<string, Set<string>>} */
  const places = new Map();
  for (const s of sources) {
    const key = s.url ? `${s.title} (${s.url})` : s.title;
    const at = places.get(key) ?? new Set();
    if (s.page) at.add(words.say('sourcePage', { n: String(s.page) }));
    else if (s.heading && s.heading !== s.title) at.add(s.heading);
    places.set(key, at);
  }
  return words.say('sourcesFrom', { sources: [...places].map(([title, at]) => [title, ...at].join(', ')).join(' · ') });
}
