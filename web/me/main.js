// What is kept of a person, opened with their key; and a receipt, verified here.
import { $, el, translate } from '../shared/dom.js';
import { choose, LANGUAGES } from '../shared/saying.js';
import { askLog, MyApi } from './api.js';
import { Holding } from './holding.js';
import { showReceipt } from './receipt.js';
import { brought, loadKeys } from './verify.js';
import { Mine, MINE } from './words.js';

const root = document.documentElement;
/** /receipt sends nothing anywhere; it is told apart by the page itself. */
const OFFLINE = document.body.dataset.page === 'receipt';

class Page {
  #words = new Mine(choose(navigator.languages, Object.keys(MINE)));
  /** @type {Promise<any[]|null>} */
  #keys = loadKeys();
  /** @type {Holding|null} */
  #holding = null;
  #jws = '';

  open() {
    const select = /** @type {HTMLSelectElement} */ ($('language'));
    select.replaceChildren(...Object.keys(MINE).map((l) => {
      const option = el('option', { text: LANGUAGES[l] });
      option.value = l;
      option.lang = l;
      option.selected = l === this.#words.locale;
      return option;
    }));
    select.addEventListener('change', () => this.#speak(new Mine(select.value)));
    $('form').addEventListener('submit', (e) => {
      e.preventDefault();
      const input = /** @type {HTMLInputElement} */ ($('key'));
      this.#bring(input.value);
      input.value = '';
    });
    $('file').addEventListener('change', () => this.#file(/** @type {HTMLInputElement} */ ($('file')).files?.[0]));
    addEventListener('dragover', (e) => e.preventDefault());
    addEventListener('drop', (e) => {
      e.preventDefault();
      this.#file(e.dataTransfer?.files[0]);
    });
    addEventListener('hashchange', () => this.#fragment());
    this.#speak(this.#words);
    root.dataset.state = 'open';
    this.#fragment();
  }

  /** A key in the address is taken out of it at once. */
  #fragment() {
    const key = new URLSearchParams(location.hash.slice(1)).get('key');
    if (!key) return;
    history.replaceState(null, '', location.pathname);
    this.#bring(key);
  }

  /** @param {Mine} words */
  #speak(words) {
    this.#words = words;
    translate(words);
    document.title = `${words.say(OFFLINE ? 'receiptTitle' : 'openTitle')} · Mayfly`;
    this.#holding?.draw(words);
    if (this.#jws) this.#receipt(this.#jws);
  }

  /** @param {File|undefined} file */
  async #file(file) {
    if (file) this.#bring(file.size < 1 << 20 ? await file.text() : '');
  }

  /** @param {string} text */
  async #bring(text) {
    $('wrong').textContent = '';
    const { key, jws } = brought(text);
    if (jws) {
      await this.#receipt(jws);
      $('shown').querySelector('h1')?.focus();
    } else if (key && !OFFLINE) await this.#key(key);
    else this.#wrong('noKey');
  }

  /** @param {string} key */
  async #key(key) {
    this.#holding?.drop();
    this.#holding = new Holding(new MyApi(key), this.#words, { shown: $('shown'), tell: (text) => this.#tell(text), close: () => this.#close() });
    try {
      await this.#holding.open();
    } catch (why) {
      this.#holding = null;
      const { status } = /** @type {any} */ (why);
      this.#wrong(status === 401 ? 'keyUnknown' : status === 429 ? 'tooMany' : 'failed');
      return;
    }
    this.#become('shown');
    $('shown').querySelector('h1')?.focus();
  }

  /** @param {string} jws */
  async #receipt(jws) {
    this.#jws = jws;
    const parts = await showReceipt(jws, await this.#keys, this.#words, OFFLINE ? null : askLog);
    const close = el('button', { class: 'bare', text: this.#words.say('close') });
    close.type = 'button';
    close.addEventListener('click', () => this.#close());
    $('shown').replaceChildren(...parts, el('div', { class: 'row' }, [close]));
    this.#become('shown');
  }

  #close() {
    this.#holding?.drop();
    this.#holding = null;
    this.#jws = '';
    $('shown').replaceChildren();
    this.#become('open');
    $('open-title').focus();
  }

  /** @param {'open'|'shown'} state */
  #become(state) {
    root.dataset.state = state;
    $('open').hidden = state !== 'open';
    $('shown').hidden = state !== 'shown';
  }

  /** @param {string} key */
  #wrong(key) {
    $('wrong').textContent = this.#words.say(key);
    $('key').focus();
  }

  /** @param {string} text to everybody, by voice and in writing */
  #tell(text) {
    $('polite').replaceChildren(el('p', { text }));
    let note = $('shown').querySelector('.told');
    if (!note) {
      note = el('p', { class: 'told card' });
      $('shown').prepend(note);
    }
    note.textContent = text;
  }
}

new Page().open();
