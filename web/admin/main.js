// The admin page: its views, what they share, and what a change did.
import { Api, Declined, Refused } from './api.js';
import { around } from './around.js';
import { avatar } from './avatar.js';
import { avatars } from './avatars.js';
import { Draft } from './draft.js';
import { history } from './history.js';
import { keys } from './keys.js';
import { log } from './log.js';
import { overview } from './overview.js';
import { Page } from './page.js';
import { ago, askDialog, h, note, noteRefused, shell } from './parts.js';
import { icon, $ } from '../shared/dom.js';
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

/** @type {Record<string, import('./page.js').Shown<View>>} */
const VIEWS = {
  overview: { title: 'Overview', icon: 'live', roles: ['admin'], show: overview },
  policy: { title: 'What people see', icon: 'policy', roles: ['admin'], show: policy },
  stored: { title: 'What is kept', icon: 'stored', roles: ['admin'], show: stored },
  transcript: { title: 'Transcript', within: 'stored', roles: ['admin'], show: transcript },
  reports: { title: 'Reports', icon: 'reports', roles: ['admin'], show: reports },
  requests: { title: 'Requests', icon: 'requests', roles: ['admin'], show: requests },
  usage: { title: 'Usage', icon: 'usage', roles: ['admin'], show: usage },
  avatars: { title: 'Avatars', icon: 'avatars', roles: ['admin'], show: avatars },
  avatar: { title: 'Avatar', within: 'avatars', roles: ['admin'], show: avatar },
  around: { title: 'Sites and servers', icon: 'around', roles: ['admin'], show: around },
  keys: { title: 'Keys', icon: 'keys', roles: ['admin'], show: keys },
  history: { title: 'History', icon: 'history', roles: ['admin'], show: history },
  log: { title: 'Log', icon: 'log', roles: ['admin', 'reviewer'], show: log },
};

/** @extends {Page<View>} */
class Admin extends Page {
  #draft = new Draft();
  /** Whose draft it is. */
  #drafted = '';

  constructor() {
    super('Mayfly admin', VIEWS);
    this.api.onsending = (document) => mayBeSent(this.api, document);
    addEventListener('beforeunload', (e) => { if (this.#draft.dirty) e.preventDefault(); });
    this.#draft.ask = (document) => this.api.call('POST', 'preview', { document });
    unsavedBar($('unsaved'), this.#draft, () => this.#save(), () => this.show());
  }

  entered() {
    const { tenant, role } = this.who;
    if (this.#drafted !== tenant.id || role !== 'admin') this.#draft.discard();
    this.#drafted = tenant.id;
  }

  async mayLeave() {
    if (this.#draft.dirty && !(await askDialog({ title: 'Sign out and lose what is not saved?', yes: 'Lose it and sign out', no: 'Stay', danger: true, body: [h('p', { text: 'What you changed is in this page’s memory only.' })] }))) return false;
    this.#draft.discard();
    return true;
  }

  /** @param {string} id */
  above(id) {
    const alerts = id === 'overview' ? (this.who.alerts ?? []) : [];
    return folded(alerts).map((/** @type {any} */ a) => h('p', { class: 'alert', role: 'alert' }, icon('info'), h('span', {}, ...alertText(a))));
  }

  /**
   * @param {import('./page.js').At} at
   * @returns {Promise<View>}
   */
  async given({ part: [part = ''], signal }) {
    const { api, who } = this;
    const tenant = who.role === 'admin' ? await api.tenant() : null;
    signal.throwIfAborted(); // somebody else may have signed in meanwhile
    if (tenant) this.#draft.rebase(tenant.document);
    return {
      api, tenant, part, signal, who, again: () => this.show(), draft: this.#draft,
      go: (to) => (location.hash = `#/${to}`),
      command: (words) => `mayfly ${words} --tenant ${shell(who.tenant.id)}`,
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
    const change = await lookAndSave(this.api, this.#draft);
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
        this.show();
        return null;
      }
      const stale = why instanceof Refused && why.current > 0;
      if (stale) note('Somebody else has changed this meanwhile. Here is how it is now; nothing of yours was saved.', '', { wrong: true, seconds: 0 });
      else noteRefused(why);
      this.show();
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
      note(parts.join(' '), '', { act: back ? 'Undo' : undefined, press: () => this.#did(this.api.restore(back)), seconds: 60 });
    }
    await this.show();
    return change;
  }
}

const ON_HOST = ['key_issued_on_host', 'rule_written_on_host'];

/**
 * Keys that the host issued for one reason, and its rules, are one alert, the newest, with how
 * many there were: they must not push everything else off the screen.
 * @param {any[]} alerts newest first
 */
function folded(alerts) {
  const all = /** @type {any[]} */ ([]);
  for (const a of alerts) {
    const same = ON_HOST.includes(a.kind) && all.find((b) => b.kind === a.kind && b.reason === a.reason);
    if (same) same.count++;
    else all.push({ ...a, count: 1 });
  }
  return all;
}

/**
 * What the organisation should know, said to whoever signs in.
 * @param {any} a
 */
function alertText(a) {
  const why = a.reason ? ` Reason: “${a.reason}”.` : '';
  if (a.kind === 'key_issued_on_host' && a.count > 1) return [`${a.count} keys were issued on the host in the last 30 days, the last `, ago(a.at), `, by nobody who is signed in here.${why} `, h('a', { href: '#/keys', text: 'See the keys' })];
  if (a.kind === 'rule_written_on_host') return [a.count > 1 ? `${a.count} rules by which people of a provider can sign in here were written into the gateway’s configuration file in the last 30 days, the last ` : 'A rule by which people of a provider can sign in here was written into the gateway’s configuration file ', ago(a.at), '. ', h('a', { href: '#/keys', text: 'See the rules' })];
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
