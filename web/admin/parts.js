// Small parts that every view is made of. Text only ever goes in as text.
import { icon } from '../shared/dom.js';
import { copyText } from '../shared/save.js';

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, any>} [is] attributes; `text`, `on` ({type: listener}), `class`, and properties of fields
 * @param {...(Node|string|null|undefined|false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(name, is = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(is)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'text') node.textContent = value;
    else if (key === 'on') for (const [type, f] of Object.entries(value)) node.addEventListener(type, /** @type {any} */ (f));
    else if (key === 'value' || key === 'checked' || key === 'disabled') /** @type {any} */ (node)[key] = value;
    else node.setAttribute(key, value === true ? '' : String(value));
  }
  node.append(.../** @type {(Node|string)[]} */ (children.filter((c) => c !== null && c !== undefined && c !== false)));
  return node;
}

/**
 * @param {string} text
 * @param {() => void} press
 * @param {{class?: string, icon?: string, label?: string}} [is]
 */
export function button(text, press, is = {}) {
  return h('button', { type: 'button', class: is.class, 'aria-label': is.label, on: { click: press } }, is.icon ? icon(is.icon) : null, text);
}

/** @param {string} text to a screen reader */
export function tell(text) {
  const region = /** @type {HTMLElement} */ (document.getElementById('polite'));
  region.replaceChildren(h('p', { text }));
}

/**
 * What a control does, as a line for the command line.
 * @param {string|(() => string)} command
 */
export function copyCommand(command) {
  const text = () => (typeof command === 'string' ? command : command());
  const b = button('', async () => {
    const done = await copyText(text());
    note(done ? 'Copied: ' : 'The command: ', text());
  }, { class: 'bare copy', icon: 'command', label: 'Copy as command' });
  b.addEventListener('pointerenter', () => (b.title = text()));
  return b;
}

/** A word of a shell, quoted if it has to be. @param {string} word */
export function shell(word) {
  return /^[\w./:=@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

// Where the keyboard is -----------------------------------------------------

/**
 * Remembers where the keyboard is in a box that is about to be drawn anew.
 * @param {HTMLElement} box
 * @returns {() => void} gives it back: to the control of the same name, or the one in the same place
 */
export function heldIn(box) {
  const all = () => /** @type {HTMLElement[]} */ ([...box.querySelectorAll('a, button, input, select, textarea, summary')]);
  const held = /** @type {HTMLElement|null} */ (document.activeElement);
  const place = held ? all().indexOf(held) : -1;
  const name = held?.closest('[data-keep]')?.getAttribute('data-keep');
  if (place < 0) return () => {};
  return () => {
    const named = name ? /** @type {HTMLElement|null} */ (box.querySelector(`[data-keep="${CSS.escape(name)}"]`)) : null;
    (named ?? all()[place] ?? box.querySelector('h1'))?.focus({ preventScroll: true });
  };
}

// Telling what happened ------------------------------------------------------

/** @type {ReturnType<typeof setTimeout>|undefined} */
let noteTimer;

/**
 * Says what has happened, with what can be done about it.
 * @param {string} text
 * @param {string} [code] shown as what can be typed
 * @param {{act?: string, press?: () => void, wrong?: boolean, seconds?: number}} [how]
 */
export function note(text, code = '', { act, press, wrong = false, seconds = 8 } = {}) {
  clearTimeout(noteTimer);
  const box = /** @type {HTMLElement} */ (document.getElementById('effect'));
  const hide = () => box.replaceChildren();
  const said = h('p', {}, text, code ? h('code', { text: code }) : null);
  box.replaceChildren(h('div', { class: wrong ? 'wrong' : '' }, said,
    act && press ? button(act, () => { hide(); press(); }, { class: 'first' }) : null,
    button('Close', hide, { class: 'bare' })));
  if (seconds) noteTimer = setTimeout(hide, seconds * 1000);
}

/**
 * What is wrong and what to do, with each mistake's key.
 * @param {unknown} why
 */
export function refused(why) {
  const wrong = /** @type {any} */ (why);
  const more = (wrong.problems ?? []).map((/** @type {any} */ p) => `${p.key ? `${p.key}: ` : ''}${p.text}`).join(' ');
  return [wrong.message ?? String(why), more].filter(Boolean).join(' ');
}

/** @param {unknown} why */
export function noteRefused(why) { note(refused(why), '', { wrong: true, seconds: 0 }); }

// Asking ---------------------------------------------------------------------

/**
 * A box with a question and two buttons. It is gone when it is answered.
 * @param {{title: string, body?: (Node|string)[], yes: string, no?: string, danger?: boolean,
 *   check?: (form: HTMLFormElement) => string|Promise<string|void>, stays?: boolean}} is `check` says what is wrong, or does it and says nothing,
 *   and what it throws is shown; with `stays` it can be done again until somebody closes the box
 * @returns {Promise<FormData|null>} what was filled in; null: no
 */
export function askDialog({ title, body = [], yes, no = 'Cancel', danger = false, check, stays = false }) {
  const box = h('dialog', { 'aria-labelledby': 'ask-title' });
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  const form = h('form', { method: 'dialog' },
    h('h2', { id: 'ask-title', tabindex: '-1', autofocus: true, text: title }), ...body, wrong,
    h('div', { class: 'row equal' }, button(no, () => box.close('no')), h('button', { type: 'submit', class: danger ? 'danger' : 'first', text: yes })));
  box.append(form);
  document.body.append(box);
  return new Promise((resolve) => {
    form.addEventListener('submit', async (e) => {
      e.preventDefault();
      form.setAttribute('aria-busy', 'true');
      let bad;
      try {
        bad = check ? await check(form) : '';
      } catch (why) {
        bad = refused(why);
      }
      form.removeAttribute('aria-busy');
      wrong.textContent = bad ?? '';
      if (!bad && !stays) box.close('yes');
    });
    box.addEventListener('close', () => {
      resolve(box.returnValue === 'yes' ? new FormData(form) : null);
      box.remove();
    });
    box.showModal();
  });
}

/**
 * @param {string} label
 * @param {HTMLElement} control gets an id
 * @param {string} [hint]
 */
export function field(label, control, hint) {
  control.id ||= `f${Math.random().toString(36).slice(2, 8)}`;
  if (hint) control.setAttribute('aria-describedby', `${control.id}-hint`);
  return h('div', { class: 'field' }, h('label', { for: control.id, text: label }), control, hint ? h('p', { id: `${control.id}-hint`, class: 'hint', text: hint }) : null);
}

/**
 * @param {string} name
 * @param {[string, string][]} options value and words
 * @param {string} chosen
 * @param {{label?: string, onchange?: (value: string) => void}} [is]
 */
export function choice(name, options, chosen, { label, onchange } = {}) {
  const select = h('select', { name, 'aria-label': label }, ...options.map(([value, text]) => {
    const o = h('option', { value, text });
    o.selected = value === chosen;
    return o;
  }));
  if (onchange) select.addEventListener('change', () => onchange(select.value));
  return select;
}

/**
 * A switch in words.
 * @param {{on: boolean, words: [string, string], label: string, press: () => void, disabled?: boolean, red?: boolean}} is words: off, on
 */
export function toggle({ on, words, label, press, disabled = false, red = false }) {
  return h('button', { type: 'button', role: 'switch', class: `toggle${red ? ' red' : ''}`, 'aria-checked': String(on), 'aria-label': label, disabled, on: { click: press } },
    h('span', { class: 'knob', 'aria-hidden': 'true' }), on ? words[1] : words[0]);
}

// Showing --------------------------------------------------------------------

/**
 * @param {string} caption read by screen readers
 * @param {string[]} heads
 * @param {(Node|string|null)[][]} rows
 */
export function table(caption, heads, rows) {
  return h('div', { class: 'table', role: 'region', 'aria-label': caption, tabindex: '0' }, h('table', {}, h('caption', { class: 'quiet', text: caption }),
    h('thead', {}, h('tr', {}, ...heads.map((t) => h('th', { scope: 'col' }, t || h('span', { class: 'quiet', text: 'Actions' }))))),
    h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells.map((c, i) => h(i ? 'td' : 'th', { scope: i ? undefined : 'row', 'data-head': heads[i] }, c ?? '')))))));
}

/**
 * Nothing is there yet: what would be, and how it comes to be.
 * @param {string} title
 * @param {string} text
 * @param {...Node} more
 */
export function empty(title, text, ...more) {
  return h('div', { class: 'empty' }, h('h2', { text: title }), h('p', { text }), ...more);
}

/** @param {string} id an opaque id: its end tells it apart */
export function shortID(id) {
  return h('code', { class: 'id', title: id, text: String(id).slice(-8) });
}

/** @param {string|undefined} at RFC 3339 */
export function moment(at) {
  const date = new Date(at ?? NaN);
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 2000) return h('span', { text: '—' });
  const text = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(date);
  return h('time', { datetime: date.toISOString(), title: date.toISOString(), text });
}

const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** @param {string|undefined} at */
export function ago(at) {
  const date = new Date(at ?? NaN);
  if (Number.isNaN(date.getTime())) return h('span', { text: '—' });
  const seconds = (date.getTime() - Date.now()) / 1000;
  /** @type {[number, Intl.RelativeTimeFormatUnit][]} */
  const units = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];
  const [size, unit] = units.find(([n]) => Math.abs(seconds) >= n * 1.5) ?? [1, 'second'];
  return h('time', { datetime: date.toISOString(), title: date.toISOString(), text: RELATIVE.format(Math.round(seconds / size), unit) });
}

/** @param {number} n @param {string} one @param {string} [many] */
export function count(n, one, many = `${one}s`) {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

/**
 * Whether something is recorded, in the one word and the one colour for it.
 * @param {string} state
 */
export function recordWord(state) {
  const on = state === 'on';
  return h('span', { class: `recorded ${on ? 'red' : ''}` }, icon(on ? 'dot' : 'ring'), on ? 'Recorded' : state === 'failed' ? 'Not recorded: it failed' : 'Not recorded');
}

/**
 * The head of a view.
 * @param {string} title
 * @param {string} lead
 * @param {...Node} tools
 */
export function head(title, lead, ...tools) {
  return h('div', { class: 'head' }, h('div', {}, h('h1', { tabindex: '-1', text: title }), lead ? h('p', { class: 'lead', text: lead }) : null),
    tools.length ? h('div', { class: 'tools' }, ...tools) : null);
}
