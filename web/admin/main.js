// The admin page: signing in, the way from view to view, and what every view shares.
import { Api, Declined, Refused } from './api.js';
import { around } from './around.js';
import { avatar } from './avatar.js';
import { avatars } from './avatars.js';
import { Draft } from './draft.js';
import { history } from './history.js';
import { keys } from './keys.js';
import { log } from './log.js';
import { offerProvider } from './oidc.js';
import { overview } from './overview.js';
import { ago, askDialog, button, empty, h, heldIn, note, noteRefused, shell } from './parts.js';
import { icon } from '../shared/dom.js';
import { policy } from './policy.js';
import { mayBeSent } from './recipients.js';
import { reports } from './reports.js';
import { requests } from './requests.js';
import { stored } from './stored.js';
import { transcript } from './transcript.js';
import { lookAndSave, showMistake, unsavedBar } from './unsaved.js';
import { usage } from './usage.js';

/**
 * What a view is given. `signal` ends with the view.
 * @typedef {{api: Api, who: any, tenant: any, draft: Draft, signal: AbortSignal, part: string,
 *   go: (to: string) => void, again: () => void, command: (words: string) => string,
 *   change: (patch: any) => Promise<any>, tell: (changing: Promise<any>) => Promise<any>, switchAvatar: (id: string, reason: string|null) => Promise<any>, restore: (number: number) => Promise<any>,
 *   every: (ms: number, f: () => void) => void}} View
 */

/** @type {Record<string, {title: string, icon?: string, roles: string[], show: (view: View) => Promise<Node>}>} */
const VIEWS = {
  overview: { title: 'Overview', icon: 'live', roles: ['admin'], show: overview },
  policy: { title: 'What people see', icon: 'policy', roles: ['admin'], show: policy },
  stored: { title: 'What is kept', icon: 'stored', roles: ['admin'], show: stored },
  transcript: { title: 'Transcript', roles: ['admin'], show: transcript },
  reports: { title: 'Reports', icon: 'reports', roles: ['admin'], show: reports },
  requests: { title: 'Requests', icon: 'requests', roles: ['admin'], show: requests },
  usage: { title: 'Usage', icon: 'usage', roles: ['admin'], show: usage },
  avatars: { title: 'Avatars', icon: 'avatars', roles: ['admin'], show: avatars },
  avatar: { title: 'Avatar', roles: ['admin'], show: avatar },
  around: { title: 'Sites and servers', icon: 'around', roles: ['admin'], show: around },
  keys: { title: 'Keys', icon: 'keys', roles: ['admin'], show: keys },
  history: { title: 'History', icon: 'history', roles: ['admin'], show: history },
  log: { title: 'Log', icon: 'log', roles: ['admin', 'reviewer'], show: log },
};

/** The views that are a part of another one in the rail. @type {Record<string, string>} */
const WITHIN = { transcript: 'stored', avatar: 'avatars' };

const root = document.documentElement;
const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

class Admin {
  #api = new Api();
  /** @type {any} */
  #who = null;
  #left = new AbortController();
  #draft = new Draft();
  /** Whose draft it is. */
  #drafted = '';

  constructor() {
    this.#api.onsending = (document) => mayBeSent(this.#api, document);
    this.#api.onlost = () => this.#signedOut('Your sign-in has ended. Sign in again.');
    $('signin-form').addEventListener('submit', (e) => {
      e.preventDefault();
      const input = /** @type {HTMLInputElement} */ ($('signin-key'));
      this.#signIn(input.value.trim());
      input.value = '';
    });
    offerProvider(this.#api, $('signin-provider'), (link) => this.#redeem(link), (why) => ($('signin-wrong').textContent = why));
    $('signout').addEventListener('click', async () => {
      if (this.#draft.dirty && !(await askDialog({ title: 'Sign out and lose what is not saved?', yes: 'Lose it and sign out', no: 'Stay', danger: true, body: [h('p', { text: 'What you changed is in this page’s memory only.' })] }))) return;
      this.#draft.discard();
      await this.#api.signOut();
      this.#signedOut('');
    });
    $('menu').addEventListener('click', () => this.#menu($('menu').getAttribute('aria-expanded') !== 'true'));
    addEventListener('hashchange', () => this.#taken() || this.#show());
    addEventListener('beforeunload', (e) => { if (this.#draft.dirty) e.preventDefault(); });
    this.#draft.ask = (document) => this.#api.call('POST', 'preview', { document });
    unsavedBar($('unsaved'), this.#draft, () => this.#save(), () => this.#show());
  }

  async open() {
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
    window.history.replaceState(null, '', location.pathname);
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
      this.#api.use('');
      $('signin-wrong').textContent = /** @type {any} */ (why).status === 401 ? 'This key does not open anything here. It may have ended or been revoked.' : String(/** @type {any} */ (why).message);
      $('signin-key').focus();
      return;
    }
    if (this.#who.role === 'agent') {
      this.#api.use('');
      $('signin-wrong').textContent = 'This key answers people who ask for a human. Use it at /agent.';
      return;
    }
    const { tenant, key } = this.#who;
    if (this.#drafted !== tenant.id || this.#who.role !== 'admin') this.#draft.discard();
    this.#drafted = tenant.id;
    $('tenant').textContent = tenant.name || tenant.id;
    $('me-key').replaceChildren(key?.name || this.#who.role, h('br'), key?.expires_at ? h('span', { class: 'hint' }, 'ends ', ago(key.expires_at)) : '');
    this.#rail();
    this.#become('signed-in');
    this.#show();
  }

  /** @param {string} why */
  #signedOut(why) {
    this.#left.abort();
    this.#api.use('');
    this.#who = null;
    $('view').replaceChildren();
    $('effect').replaceChildren();
    for (const box of document.querySelectorAll('dialog')) /** @type {HTMLDialogElement} */ (box).close();
    window.history.replaceState(null, '', location.pathname);
    this.#become('signin');
    $('signin-wrong').textContent = why;
    $('signin-key').focus();
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

  #rail() {
    const shown = Object.entries(VIEWS).filter(([, v]) => v.icon && v.roles.includes(this.#who.role));
    $('nav').replaceChildren(h('ul', {}, ...shown.map(([id, v]) => h('li', {}, h('a', { href: `#/${id}` }, icon(v.icon ?? ''), v.title)))));
  }

  /** Shows the view that the address names. */
  async #show() {
    if (!this.#who) return;
    const [name, part = ''] = location.hash.replace(/^#\//, '').split('/').map(decodeURIComponent);
    const own = Object.entries(VIEWS).filter(([, v]) => v.roles.includes(this.#who.role));
    const [id, view] = own.find(([n]) => n === name) ?? own[0];
    this.#left.abort();
    this.#left = new AbortController();
    const signal = this.#left.signal;
    this.#menu(false);
    document.title = `${view.title} · ${this.#who.tenant.name || this.#who.tenant.id} · Mayfly admin`;
    for (const a of $('nav').querySelectorAll('a')) {
      if (a.hash === `#/${WITHIN[id] ?? id}`) a.setAttribute('aria-current', 'page');
      else a.removeAttribute('aria-current');
    }
    root.dataset.view = '';
    let node;
    try {
      const tenant = this.#who.role === 'admin' ? await this.#api.tenant() : null;
      if (tenant) this.#draft.rebase(tenant.document);
      node = await view.show(this.#given(tenant, part, signal));
    } catch (why) {
      if (signal.aborted) return;
      node = empty('This could not be shown', String(/** @type {any} */ (why).message), button('Try again', () => this.#show(), { class: 'first' }));
    }
    if (signal.aborted) return;
    const alerts = id === 'overview' ? (this.#who.alerts ?? []) : [];
    const back = heldIn($('view'));
    $('view').replaceChildren(...alerts.map((/** @type {any} */ a) => h('p', { class: 'alert', role: 'alert' }, icon('info'), h('span', {}, ...alertText(a)))), node);
    root.dataset.view = id;
    if (this.#moved === `${id}/${part}`) back();
    else {
      $('view').querySelector('h1')?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    this.#moved = `${id}/${part}`;
  }

  /** The view that the page was last moved to. */
  #moved = '';

  /**
   * @param {any} tenant
   * @param {string} part
   * @param {AbortSignal} signal
   * @returns {View}
   */
  #given(tenant, part, signal) {
    const api = this.#api;
    const again = () => this.#show();
    return {
      api, tenant, part, signal, again, who: this.#who, draft: this.#draft,
      go: (to) => (location.hash = `#/${to}`),
      command: (words) => `mayfly ${words} --tenant ${shell(this.#who.tenant.id)}`,
      change: (patch) => this.#did(api.change(patch)),
      tell: (changing) => this.#did(changing),
      switchAvatar: (id, reason) => this.#did(api.switchAvatar(id, reason)),
      restore: (number) => this.#did(api.restore(number)),
      every: (ms, f) => {
        const timer = setInterval(() => !document.hidden && f(), ms);
        signal.addEventListener('abort', () => clearInterval(timer), { once: true });
      },
    };
  }

  /** Saves what is in the draft, once whoever does it has seen what that changes. */
  async #save() {
    await this.#draft.check();
    if (this.#draft.said.problems.length) {
      await showMistake(this.#draft, (key) => this.#placeOf(key), (to) => (location.hash = `#/${to}`));
      return;
    }
    const change = await lookAndSave(this.#api, this.#draft);
    if (!change) return;
    this.#draft.discard();
    await this.#did(Promise.resolve(change));
  }

  /** The view that has the field of a key. @param {string} key */
  #placeOf(key) {
    const n = /^avatars\[(\d+)\]/.exec(key);
    if (n) return `avatar/${encodeURIComponent(this.#draft.document.avatars[Number(n[1])]?.id ?? '')}`;
    if (/^avatars/.test(key)) return 'avatars';
    if (/^(origins|frames|public|webhook|policy\.allowed_backends|policy\.regions|policy\.training|policy\.backend_retention_max|policy\.objections)/.test(key)) return 'around';
    if (/^limits/.test(key)) return 'usage';
    return /^(contact|help_line|audience|policy|disclosure)/.test(key) ? 'policy' : '';
  }

  /**
   * Says what a change did, with the way back.
   * @param {Promise<any>} changing
   */
  async #did(changing) {
    let change;
    try {
      change = await changing;
    } catch (why) {
      if (why instanceof Declined) {
        note('Nothing was saved.');
        this.#show();
        return null;
      }
      const stale = why instanceof Refused && why.current > 0;
      if (stale) note('Somebody else has changed this meanwhile. Here is how it is now; nothing of yours was saved.', '', { wrong: true, seconds: 0 });
      else noteRefused(why);
      this.#show();
      return null;
    }
    if (change.proposal) {
      note('This waits for a second admin. It is listed under History.', '', { act: 'Show', press: () => (location.hash = '#/history'), seconds: 0 });
    } else {
      const { live = 0, narrowed = 0, ended = 0, stay_unrecorded: stay = 0, took_ms: took = 0 } = change.applied ?? {};
      const parts = [`In force, as version ${change.number}.`];
      if (ended > 0) parts.push(`${ended} ${ended === 1 ? 'session' : 'sessions'} ended.`);
      if (live === 0) parts.push('Nobody is talking right now.');
      else if (narrowed > 0 || stay === 0) parts.push(`Applied to ${narrowed} of ${live} live ${live === 1 ? 'session' : 'sessions'} in ${Math.max(1, Math.round(took))} ms.`);
      if (stay > 0) parts.push(`${stay} live ${stay === 1 ? 'session stays' : 'sessions stay'} unrecorded; new ones will be asked.`);
      const back = change.before;
      note(parts.join(' '), '', { act: back ? 'Undo' : undefined, press: () => this.#did(this.#api.restore(back)), seconds: 60 });
    }
    await this.#show();
    return change;
  }
}

/**
 * What the organisation should know, said to whoever signs in.
 * @param {any} a
 */
function alertText(a) {
  const why = a.reason ? ` Reason: “${a.reason}”.` : '';
  if (a.kind === 'key_issued_on_host') return ['A key was issued on the host ', ago(a.at), `, by nobody who is signed in here.${why} `, h('a', { href: '#/keys', text: 'See the keys' })];
  if (a.kind === 'reviewer_removed') return ['A reviewer’s key was ended ', ago(a.at), `.${why} `, h('a', { href: '#/keys', text: 'See the keys' })];
  if (a.kind === 'operator_access_open') return [`The operator of the gateway can reach what is stored here until ${new Date(a.until).toLocaleString()}, for ${a.reason}, case ${a.case}. Used so far: ${(a.used ?? 0).toLocaleString()}. Opened `, ago(a.at), '. ', h('a', { href: '#/log', text: 'See what was done' })];
  if (a.kind === 'disclosure_waits') return [`An authority is to be given something that is stored here (${String(a.reason).replaceAll('_', ' ')}, case ${a.case}). It was proposed `, ago(a.at), ', and nothing is handed over before an admin who did not propose it confirms it: ', h('code', { text: `POST /v1/admin/disclosures/${a.disclosure}/confirm` }), '.'];
  if (a.kind === 'proposal_waits') return ['A change waits for a second admin since ', ago(a.at), '. ', h('a', { href: '#/history', text: 'Look at it' })];
  if (a.quota) {
    const of = a.quota === 'sessions_per_day' ? 'sessions of today' : 'minutes of this month';
    return [`${a.used.toLocaleString()} of ${a.most.toLocaleString()} ${of} are used.`, a.kind === 'quota_reached' ? ' No session begins until the next day or month does. ' : ' ', h('a', { href: '#/usage', text: 'See the use' })];
  }
  return [`${String(a.kind).replaceAll('_', ' ')} `, ago(a.at), why];
}

new Admin().open();
