// The few things that every view does to the page. Text only ever goes in as text.

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function $(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return /** @type {T} */ (found);
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {{class?: string, text?: string, dir?: string}} [is]
 * @param {(Node|string)[]} [children]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(name, is = {}, children = []) {
  const node = document.createElement(name);
  if (is.class) node.className = is.class;
  if (is.text !== undefined) node.textContent = is.text;
  if (is.dir) node.dir = is.dir;
  node.append(...children);
  return node;
}

/** @param {string} name of a symbol in the page */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/**
 * Puts a language's words into everything that is marked for them.
 * @param {import('./saying.js').Saying} words
 */
export function translate(words) {
  document.documentElement.lang = words.locale;
  document.documentElement.dir = words.dir;
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = words.say(node.getAttribute('data-t') ?? '');
  for (const node of document.querySelectorAll('[data-t-label]')) {
    node.setAttribute('aria-label', words.say(node.getAttribute('data-t-label') ?? ''));
  }
  for (const node of document.querySelectorAll('[data-t-placeholder]')) {
    node.setAttribute('placeholder', words.say(node.getAttribute('data-t-placeholder') ?? ''));
  }
}

/**
 * A link, if the address is one that people may be sent to.
 * @param {string} address
 * @param {string} text
 * @returns {Node}
 */
export function link(address, text) {
  let url;
  try {
    url = new URL(address, location.href);
  } catch {
    return document.createTextNode(address);
  }
  if (!['https:', 'http:', 'mailto:'].includes(url.protocol)) return document.createTextNode(text);
  const a = el('a', { text });
  a.href = url.href;
  a.target = '_blank';
  a.rel = 'noopener noreferrer';
  return a;
}

/**
 * A group of radio buttons.
 * @param {HTMLElement} box
 * @param {string} name
 * @param {{value: string, label: string, before?: Node}[]} options
 * @param {string} chosen
 * @param {(value: string) => void} onchoose
 */
export function radios(box, name, options, chosen, onchoose) {
  box.replaceChildren(...options.map(({ value, label, before }) => {
    const input = el('input');
    input.type = 'radio';
    input.name = name;
    input.value = value;
    input.checked = value === chosen;
    input.addEventListener('change', () => onchoose(value));
    return el('label', {}, [input, ...(before ? [before] : []), el('span', { text: label })]);
  }));
}
