// The reviewer's page: signing in, the way from view to view, and what every view shares.
import { Api, Refused } from '../admin/api.js';
import { offerProvider } from '../admin/oidc.js';
import { ago, button, empty, h, heldIn } from '../admin/parts.js';
import { icon, $ } from '../shared/dom.js';
import { access } from './access.js';
import { checkpoints } from './checkpoints.js';
import { entry } from './record.js';
import { incidents } from './incidents.js';
import { ledger } from './ledger.js';
import { Marks } from './marks.js';
import { operator } from './operator.js';
import { posture } from './posture.js';
import { processing } from './processing.js';
import { others } from './others.js';
import { Trust } from './trust.js';
import { check } from './check.js';

/**
 * What a view is given. `signal` ends with the view.
 * @typedef {{api: Api, who: any, tenant: string, part: string[], query: URLSearchParams, signal: AbortSignal, trust: Trust, marks: Marks,
 *   memory: {kept: string, last: import('./check.js').Result|null}, go: (to: string) => void}} View
 */

/** @type {Record<string, {title: string, icon?: string, show: (view: View) => Promise<Node>}>} */
const VIEWS = {
  log: { title: 'Ledger', icon: 'log', show: ledger },
  entry: { title: 'Entry', show: entry },
  verify: { title: 'Verify', icon: 'verify', show: check },
  checkpoints: { title: 'Checkpoints', icon: 'checkpoints', show: checkpoints },
  posture: { title: 'Posture', icon: 'posture', show: posture },
  processing: { title: 'Processing record', icon: 'record', show: processing },
  others: { title: 'Who else gets something', icon: 'others', show: others },
  incidents: { title: 'Incidents', icon: 'incident', show: incidents },
  access: { title: 'Who can read what', icon: 'access', show: access },
  operator: { title: 'The operator’s accesses', icon: 'operator', show: operator },
};

const root = document.documentElement;

class Reviewer {
  #api = new Api();
  /** @type {any} */
  #who = null;
  #left = new AbortController();
  // What is brought and found out is gone when somebody signs out.
  #trust = new Trust();
  #marks = new Marks();
  #memory = { kept: '', last: null };
  /** The view that the page was last moved to. @type {string|null} */
  #moved = null;

  constructor() {
    this.#api.onlost = () => this.#signedOut('Your sign-in has ended. Sign in again.');
    $('signin-form').addEventListener('submit', (e) => {
      e.preventDefault();
      const input = /** @type {HTMLInputElement} */ ($('signin-key'));
      this.#signIn(input.value.trim());
      input.value = '';
    });
    offerProvider(this.#api, $('signin-provider'), (link) => this.#redeem(link), (why) => ($('signin-wrong').textContent = why));
    $('signout').addEventListener('click', async () => {
      await this.#api.signOut();
      this.#signedOut('');
    });
    $('menu').addEventListener('click', () => this.#menu($('menu').getAttribute('aria-expanded') !== 'true'));
    addEventListener('hashchange', () => this.#taken() || this.#show());
    addEventListener('beforeprint', () => this.#print());
  }

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
    this.#become('signin');
    try {
      const answer = await this.#api.call('POST', 'signin', { link });
      await this.#signIn(answer.token);
    } catch (why) {
      $('signin-wrong').textContent = why instanceof Refused && why.status ? 'This link has been used or is older than 15 minutes. Make another, or sign in with a key.' : String(/** @type {any} */ (why).message);
    }
  }

  /** @param {string} secret */
  async #signIn(secret) {
    $('signin-wrong').textContent = '';
    this.#api.use(secret);
    try {
      this.#who = await this.#api.get('whoami');
    } catch (why) {
      this.#refuse(/** @type {any} */ (why).status === 401 ? 'This key does not open anything here. It may have ended or been revoked.' : String(/** @type {any} */ (why).message));
      return;
    }
    if (!['admin', 'reviewer'].includes(this.#who.role)) {
      this.#refuse('This key answers people who ask for a human. Use it at /agent.');
      return;
    }
    const { tenant, key } = this.#who;
    $('tenant').textContent = tenant.name || tenant.id;
    $('me-key').replaceChildren(key?.name || this.#who.role, h('br'), key?.expires_at ? h('span', { class: 'hint' }, 'ends ', ago(key.expires_at)) : '');
    $('nav').replaceChildren(h('ul', {}, ...Object.entries(VIEWS).filter(([, v]) => v.icon).map(([id, v]) => h('li', {}, h('a', { href: `#/${id}` }, icon(v.icon ?? ''), v.title)))));
    this.#become('signed-in');
    this.#show();
  }

  /** @param {string} why */
  #refuse(why) {
    this.#api.use('');
    this.#who = null;
    $('signin-wrong').textContent = why;
    $('signin-key').focus();
  }

  /** @param {string} why */
  #signedOut(why) {
    this.#left.abort();
    [this.#trust, this.#marks, this.#memory] = [new Trust(), new Marks(), { kept: '', last: null }];
    $('view').replaceChildren();
    $('effect').replaceChildren();
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

  /** @param {boolean} open */
  #menu(open) {
    $('menu').setAttribute('aria-expanded', String(open));
    $('rail').dataset.open = String(open);
  }

  /** Shows the view that the address names, with its filters. */
  async #show() {
    if (!this.#who) return;
    const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
    const [name, ...part] = path.split('/').map(decodeURIComponent);
    const [id, view] = Object.entries(VIEWS).find(([n]) => n === name) ?? Object.entries(VIEWS)[0];
    this.#left.abort();
    this.#left = new AbortController();
    const { signal } = this.#left;
    this.#menu(false);
    document.title = `${view.title} · ${this.#who.tenant.name || this.#who.tenant.id} · Mayfly`;
    for (const a of $('nav').querySelectorAll('a')) {
      if (a.hash === `#/${id === 'entry' ? 'log' : id}`) a.setAttribute('aria-current', 'page');
      else a.removeAttribute('aria-current');
    }
    root.dataset.view = '';
    let node;
    try {
      node = await view.show({ api: this.#api, who: this.#who, tenant: this.#who.tenant.id, part, query: new URLSearchParams(query), signal, trust: this.#trust, marks: this.#marks, memory: this.#memory, go: (to) => (location.hash = `#/${to}`) });
    } catch (why) {
      if (signal.aborted) return;
      node = empty('This could not be shown', String(/** @type {any} */ (why).message), button('Try again', () => this.#show(), { class: 'first' }));
    }
    if (signal.aborted) return;
    const back = heldIn($('view'));
    $('view').replaceChildren(node);
    root.dataset.view = id;
    if (this.#moved === path) back();
    else {
      $('view').querySelector('h1')?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    this.#moved = path;
  }

  /** What a sheet of paper has to say of itself. */
  #print() {
    if (!this.#who) return;
    $('printed').textContent = `${this.#who.tenant.name || this.#who.tenant.id} · ${location.href.replace(/^\w+:\/\//, '')} · ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC · ${this.#marks.words}`;
  }
}

new Reviewer().open();
