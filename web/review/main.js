// The reviewer's page: its views, and what they share.
import { Api } from '../admin/api.js';
import { Page } from '../admin/page.js';
import { $ } from '../shared/dom.js';
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

/** @type {Record<string, import('../admin/page.js').Shown<View>>} */
const VIEWS = {
  log: { title: 'Ledger', icon: 'log', show: ledger },
  entry: { title: 'Entry', within: 'log', show: entry },
  verify: { title: 'Verify', icon: 'verify', show: check },
  checkpoints: { title: 'Checkpoints', icon: 'checkpoints', show: checkpoints },
  posture: { title: 'Posture', icon: 'posture', show: posture },
  processing: { title: 'Processing record', icon: 'record', show: processing },
  others: { title: 'Who else gets something', icon: 'others', show: others },
  incidents: { title: 'Incidents', icon: 'incident', show: incidents },
  access: { title: 'Who can read what', icon: 'access', show: access },
  operator: { title: 'The operator’s accesses', icon: 'operator', show: operator },
};

/** @extends {Page<View>} */
class Reviewer extends Page {
  // What is brought and found out is gone when somebody signs out.
  #trust = new Trust();
  #marks = new Marks();
  #memory = { kept: '', last: null };

  constructor() {
    super('Mayfly', VIEWS);
    addEventListener('beforeprint', () => this.#print());
  }

  /** @param {import('../admin/page.js').At} at */
  async given(at) {
    return { ...at, api: this.api, who: this.who, tenant: this.who.tenant.id, trust: this.#trust, marks: this.#marks, memory: this.#memory, go: (/** @type {string} */ to) => (location.hash = `#/${to}`) };
  }

  left() {
    [this.#trust, this.#marks, this.#memory] = [new Trust(), new Marks(), { kept: '', last: null }];
  }

  /** What a sheet of paper has to say of itself. */
  #print() {
    if (!this.who) return;
    $('printed').textContent = `${this.who.tenant.name || this.who.tenant.id} · ${location.href.replace(/^\w+:\/\//, '')} · ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC · ${this.#marks.words}`;
  }
}

new Reviewer().open();
