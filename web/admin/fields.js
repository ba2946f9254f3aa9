// Fields of the document: what is written in one goes into the draft, and what is wrong with it stands at it.
import { choice, h } from './parts.js';

/** @typedef {import('./draft.js').Path} Path */

/** Fields of one view. */
export class Fields {
  #draft;
  /** @type {{path: Path, control: HTMLElement|null, wrong: HTMLElement, show?: (value: any) => void}[]} */
  #all = [];
  #fixed;

  /** @param {import('./main.js').View} view */
  constructor(view) {
    this.#draft = view.draft;
    this.#fixed = view.tenant.editable === false;
    view.draft.watch(() => this.#mistakes(), view.signal);
    setTimeout(() => this.#mistakes()); // once they are in the page
  }

  /**
   * One line, or several.
   * @param {Path} path
   * @param {string} label
   * @param {{hint?: string, type?: string, rows?: number, most?: number, code?: boolean, wide?: boolean, instead?: string, options?: string[],
   *   write?: (value: any) => string, read?: (text: string) => any}} [is] `instead` is what counts while nothing stands there;
   *   read makes the value of the text, undefined for none
   */
  text(path, label, { hint, type = 'text', rows = 0, most, code = false, wide = false, instead, options, write = (v) => String(v ?? ''), read = (t) => t.trim() || undefined } = {}) {
    const is = { autocomplete: 'off', spellcheck: code ? 'false' : undefined, maxlength: most, placeholder: instead, class: code ? 'code' : undefined, value: write(this.#draft.get(path)), disabled: this.#fixed };
    const control = rows ? h('textarea', { ...is, rows }) : h('input', { ...is, type });
    let list = null;
    if (options && !rows) {
      list = h('datalist', { id: `o${Math.random().toString(36).slice(2, 8)}` }, ...options.map((value) => h('option', { value })));
      control.setAttribute('list', list.id);
    }
    control.addEventListener('input', () => this.#draft.set(path, read(control.value)));
    control.addEventListener('blur', () => { if (this.#draft.dirty) this.#draft.touch(path); });
    return this.#wrap(path, label, control, { hint, wide, list });
  }

  /**
   * A whole number.
   * @param {Path} path
   * @param {string} label
   * @param {{hint?: string, instead?: string}} [is]
   */
  number(path, label, is = {}) {
    return this.text(path, label, { ...is, read: (t) => (/^\d+$/.test(t.trim()) ? Number(t.trim()) : t.trim() || undefined) });
  }

  /**
   * One thing on each line.
   * @param {Path} path
   * @param {string} label
   * @param {{hint?: string, instead?: string, rows?: number}} [is]
   */
  lines(path, label, is = {}) {
    return this.text(path, label, { rows: 2, code: true, wide: true, ...is, write: (v) => (v ?? []).join('\n'), read: (t) => {
      const all = t.split(/[\n,]/).map((s) => s.trim()).filter(Boolean);
      return all.length ? all : undefined;
    } });
  }

  /**
   * A day, from the beginning of which something counts no longer.
   * @param {Path} path
   * @param {string} label
   * @param {{hint?: string}} [is]
   */
  day(path, label, is = {}) {
    return this.text(path, label, { ...is, type: 'date', write: (v) => String(v ?? '').slice(0, 10), read: (t) => (t ? `${t}T00:00:00Z` : undefined) });
  }

  /**
   * @param {Path} path
   * @param {string} label
   * @param {[string, string][]} options
   * @param {{hint?: string, absent?: string, then?: (value: string) => void}} [is] `absent` is the value that is not written down
   */
  choice(path, label, options, { hint, absent, then } = {}) {
    const now = String(this.#draft.get(path) ?? absent ?? '');
    const control = choice(path.at(-1) ?? '', options.some(([v]) => v === now) ? options : [...options, [now, now]], now);
    control.disabled = this.#fixed;
    control.addEventListener('change', () => {
      this.#draft.set(path, control.value === absent ? undefined : control.value);
      this.#draft.touch(path);
      then?.(control.value);
    });
    return this.#wrap(path, label, control, { hint });
  }

  /**
   * @param {Path} path
   * @param {string} label
   * @param {{hint?: string, then?: (on: boolean) => void}} [is]
   */
  tick(path, label, { hint, then } = {}) {
    const control = h('input', { type: 'checkbox', checked: this.#draft.get(path) === true, disabled: this.#fixed });
    control.addEventListener('change', () => {
      this.#draft.set(path, control.checked || undefined);
      this.#draft.touch(path);
      then?.(control.checked);
    });
    const wrong = this.#wrong(path, control, hint);
    return h('div', { class: 'field wide' }, h('label', { class: 'tick' }, control, h('span', { text: label })), hint ? h('p', { id: `${control.id}-hint`, class: 'hint', text: hint }) : null, wrong);
  }

  /**
   * Some of a list.
   * @param {Path} path
   * @param {string} legend
   * @param {[string, string][]} options
   * @param {{hint?: string, then?: () => void, lang?: boolean, absent?: string[]}} [is]
   */
  ticks(path, legend, options, { hint, then, lang = false, absent = [] } = {}) {
    const now = () => /** @type {string[]} */ (this.#draft.get(path) ?? absent);
    const boxes = options.map(([value, text]) => {
      const box = h('input', { type: 'checkbox', value, checked: now().includes(value), disabled: this.#fixed });
      box.addEventListener('change', () => {
        const rest = now().filter((v) => v !== value);
        const all = box.checked ? [...rest, value] : rest;
        this.#draft.set(path, all.length && JSON.stringify(all) !== JSON.stringify(absent) ? all : absent.length ? (all.length ? undefined : []) : undefined);
        this.#draft.touch(path);
        then?.();
      });
      return h('label', { class: 'tick' }, box, h('span', { lang: lang ? value : undefined, text }));
    });
    const set = h('fieldset', { class: 'ticks field wide' }, h('legend', { text: legend }), h('div', { class: 'many' }, ...boxes), hint ? h('p', { class: 'hint', text: hint }) : null);
    set.append(this.#wrong(path, set));
    return set;
  }

  /**
   * Where mistakes of a whole group stand.
   * @param {Path} path
   */
  group(path) {
    return this.#wrong(path, null);
  }

  /**
   * @param {Path} path
   * @param {HTMLElement|null} control
   * @param {string} [hint]
   */
  #wrong(path, control, hint) {
    const id = `f${Math.random().toString(36).slice(2, 8)}`;
    if (control) {
      control.id ||= id;
      control.dataset.keep = path.join('.');
      control.setAttribute('aria-describedby', `${control.id}-wrong${hint ? ` ${control.id}-hint` : ''}`);
    }
    const wrong = h('p', { class: 'mistake', id: `${control?.id ?? id}-wrong`, hidden: true });
    this.#all.push({ path, control, wrong });
    return wrong;
  }

  /**
   * @param {Path} path
   * @param {string} label
   * @param {HTMLElement} control
   * @param {{hint?: string, wide?: boolean, list?: HTMLElement|null}} is
   */
  #wrap(path, label, control, { hint, wide = false, list = null }) {
    const wrong = this.#wrong(path, control, hint);
    return h('div', { class: `field${wide ? ' wide' : ''}` }, h('label', { for: control.id, text: label }), control, list, hint ? h('p', { id: `${control.id}-hint`, class: 'hint', text: hint }) : null, wrong);
  }

  /** Says each mistake where it is. */
  #mistakes() {
    const all = this.#all.filter((f) => f.wrong.isConnected);
    const keys = all.map((f) => this.#draft.key(f.path));
    /** @type {Map<object, string[]>} */
    const of = new Map();
    for (const p of this.#draft.said.problems) {
      let best = -1;
      keys.forEach((key, i) => {
        if ((p.key === key || p.key.startsWith(`${key}.`) || p.key.startsWith(`${key}[`)) && (best < 0 || key.length > keys[best].length)) best = i;
      });
      if (best >= 0) of.set(all[best], [...(of.get(all[best]) ?? []), p.text]);
    }
    for (const f of all) {
      const text = this.#draft.says(f.path) ? (of.get(f) ?? []).join(' ') : '';
      if (f.wrong.textContent !== text) f.wrong.textContent = text;
      f.wrong.hidden = text === '';
      if (f.control) {
        if (text) f.control.setAttribute('aria-invalid', 'true');
        else f.control.removeAttribute('aria-invalid');
      }
    }
  }
}
