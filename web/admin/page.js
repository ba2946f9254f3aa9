// What the pages behind a sign-in share: signing in, the rail, and the way from view to view.
import { Api, Refused } from './api.js';
import { offerProvider } from './oidc.js';
import { ago, button, empty, h, heldIn } from './parts.js';
import { icon, $ } from '../shared/dom.js';

/**
 * What the address says of a view. `signal` ends with the view.
 * @typedef {{part: string[], query: URLSearchParams, signal: AbortSignal}} At
 */

/**
 * A view. One without an icon is not in the rail, but `within` another that is;
 * one without roles is for everybody who may sign in.
 * @template V
 * @typedef {{title: string, icon?: string, within?: string, roles?: string[], show: (view: V) => Promise<Node>}} Shown
 */

const root = document.documentElement;

/**
 * A page is one of these that says what its views are given.
 * @template V
 */
export class Page {
  api = new Api();
  /** Who is signed in; null: nobody. @type {any} */
  who = null;
  #name;
  #views;
  #left = new AbortController();
  /** The view that the page was last moved to. @type {string|null} */
  #moved = null;

  /**
   * @param {string} name at the end of every title
   * @param {Record<string, Shown<V>>} views the first is shown where the address names none
   */
  constructor(name, views) {
    this.#name = name;
    this.#views = views;
    this.api.onlost = () => this.#signedOut('Your sign-in has ended. Sign in again.');
    $('signin-form').addEventListener('submit', (e) => {
      e.preventDefault();
      const input = /** @type {HTMLInputElement} */ ($('signin-key'));
      this.#signIn(input.value.trim());
      input.value = '';
    });
    offerProvider(this.api, $('signin-provider'), (link) => this.#redeem(link), (why) => ($('signin-wrong').textContent = why));
    $('signout').addEventListener('click', async () => {
      if (!(await this.mayLeave())) return;
      await this.api.signOut();
      this.#signedOut('');
    });
    $('menu').addEventListener('click', () => this.#menu($('menu').getAttribute('aria-expanded') !== 'true'));
    addEventListener('hashchange', () => this.#taken() || this.show());
  }

  // What a page can say ---------------------------------------------------------

  /**
   * What a view is given.
   * @param {At} _at
   * @returns {Promise<V>}
   */
  async given(_at) { throw new Error('a page says what its views are given'); }

  /** Somebody has signed in. */
  entered() {}

  /** Whether somebody who wants to sign out may. */
  async mayLeave() { return true; }

  /** Nobody is signed in any more. */
  left() {}

  /** What stands above a view. @param {string} _id @returns {Node[]} */
  above(_id) { return []; }

  // Signing in ------------------------------------------------------------------

  open() {
    if (this.#taken()) return;
    this.#become('signin');
    $('signin-key').focus();
  }

  /**
   * A one-time link in the address is used up and removed before anything else.
   * @returns {boolean} whether there was one
   */
  #taken() {
    const link = new URLSearchParams(location.hash.slice(1)).get('link');
    if (!link) return false;
    history.replaceState(null, '', location.pathname);
    this.#redeem(link);
    return true;
  }

  /** @param {string} link */
  async #redeem(link) {
    if (this.who) this.#signedOut(''); // who comes is not mixed with who was here
    this.#become('signin');
    try {
      const answer = await this.api.call('POST', 'signin', { link });
      await this.#signIn(answer.token);
    } catch (why) {
      $('signin-wrong').textContent = why instanceof Refused && why.status ? 'This link has been used or is older than 15 minutes. Make another (in the demonstration: go run ./cmd/mayfly tenant link demo), or sign in with a key.' : String(/** @type {any} */ (why).message);
    }
  }

  /** @param {string} secret */
  async #signIn(secret) {
    $('signin-wrong').textContent = '';
    this.api.use(secret);
    try {
      this.who = await this.api.get('whoami');
    } catch (why) {
      this.#refuse(/** @type {any} */ (why).status === 401 ? 'This key does not open anything here. It may have ended or been revoked.' : String(/** @type {any} */ (why).message));
      return;
    }
    if (!['admin', 'reviewer'].includes(this.who.role)) {
      this.#refuse('This key answers people who ask for a human. Use it at /agent.');
      return;
    }
    this.entered();
    const { tenant, key, role } = this.who;
    $('tenant').textContent = tenant.name || tenant.id;
    $('me-key').replaceChildren(key?.name || role, h('br'), key?.expires_at ? h('span', { class: 'hint' }, 'ends ', ago(key.expires_at)) : '');
    $('nav').replaceChildren(h('ul', {}, ...this.#own().filter(([, v]) => v.icon).map(([id, v]) => h('li', {}, h('a', { href: `#/${id}` }, icon(v.icon ?? ''), v.title)))));
    this.#become('signed-in');
    this.show();
  }

  /** @param {string} why */
  #refuse(why) {
    this.api.use('');
    this.who = null;
    $('signin-wrong').textContent = why;
    $('signin-key').focus();
  }

  /** @param {string} why */
  #signedOut(why) {
    this.#left.abort();
    this.left();
    $('view').replaceChildren();
    $('effect').replaceChildren();
    for (const box of document.querySelectorAll('dialog')) box.close();
    history.replaceState(null, '', location.pathname);
    this.#moved = null;
    this.#become('signin');
    this.#refuse(why);
  }

  /** @param {string} state */
  #become(state) {
    root.dataset.state = state;
    $('signin').hidden = state !== 'signin';
    $('shell').hidden = state !== 'signed-in';
  }

  // From view to view -----------------------------------------------------------

  /** @param {boolean} open */
  #menu(open) {
    $('menu').setAttribute('aria-expanded', String(open));
    $('rail').dataset.open = String(open);
  }

  /** The views of whoever is signed in. */
  #own() {
    return Object.entries(this.#views).filter(([, v]) => !v.roles || v.roles.includes(this.who.role));
  }

  /** Shows the view that the address names. */
  async show() {
    if (!this.who) return;
    const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
    const [name, ...part] = path.split('/').map(decodeURIComponent);
    const own = this.#own();
    const [id, view] = own.find(([n]) => n === name) ?? own[0];
    this.#left.abort();
    this.#left = new AbortController();
    const { signal } = this.#left;
    this.#menu(false);
    document.title = `${view.title} · ${this.who.tenant.name || this.who.tenant.id} · ${this.#name}`;
    for (const a of $('nav').querySelectorAll('a')) {
      if (a.hash === `#/${view.within ?? id}`) a.setAttribute('aria-current', 'page');
      else a.removeAttribute('aria-current');
    }
    root.dataset.view = '';
    let node;
    try {
      node = await view.show(await this.given({ part, query: new URLSearchParams(query), signal }));
    } catch (why) {
      if (signal.aborted) return;
      node = empty('This could not be shown', String(/** @type {any} */ (why).message), button('Try again', () => this.show(), { class: 'first' }));
    }
    if (signal.aborted) return;
    const back = heldIn($('view'));
    $('view').replaceChildren(...this.above(id), node);
    root.dataset.view = id;
    if (this.#moved === path) back();
    else {
      $('view').querySelector('h1')?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    this.#moved = path;
  }
}
