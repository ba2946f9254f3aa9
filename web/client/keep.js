// A person's own copy, made from memory and marked for what it is.
import { $, el } from '../shared/dom.js';

/**
 * @param {import('../shared/talk/turns.js').Line[]} lines
 * @param {string} name of the avatar
 * @param {import('../shared/words.js').Words} words
 * @param {Date} now
 * @returns {string}
 */
export function asText(lines, name, words, now) {
  const labels = lines.map((l) => l.label).filter(Boolean);
  const sources = [...new Set(labels.map((l) => l.digital_source_type).filter(Boolean))];
  const systems = [...new Set(labels.map((l) => [l.provider, l.system, l.system_version].filter(Boolean).join(' ')).filter(Boolean))];
  const head = [
    words.say('fileTitle', { name }),
    now.toLocaleString(words.locale),
    words.say('fileNote'),
    ...systems.map((s) => `${words.say('fileSystem')}: ${s}`),
    ...sources.map((s) => `${words.say('fileSource')}: ${s}`),
  ];
  const body = lines.filter((l) => l.text).map((l) => {
    const who = l.who === 'you' ? words.say('you') : l.who === 'human' ? words.say('human') : `${name} [${words.say('fileMark')}]`;
    return `${who}:\n${l.text}`;
  });
  return `${head.join('\n')}\n\n${body.join('\n\n')}\n`;
}

/**
 * Prints the conversation with its mark on top.
 * @param {string} name
 * @param {import('../shared/words.js').Words} words
 */
export function printTalk(name, words) {
  const head = el('div', { class: '' }, [
    el('h1', { text: words.say('fileTitle', { name }) }),
    el('p', { text: new Date().toLocaleString(words.locale) }),
    el('p', { text: words.say('fileNote') }),
  ]);
  head.id = 'print-head';
  $('log').prepend(head);
  window.print();
  head.remove();
}
