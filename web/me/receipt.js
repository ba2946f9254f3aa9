// A receipt as people read it, and whether it is genuine.
import { el, icon, link } from '../shared/dom.js';
import { claimsOf } from '../shared/talk/stored.js';
import { verifyReceipt } from './verify.js';

/** @typedef {import('./words.js').Mine} Mine */

/** A time with its hour. @param {string|undefined} value @param {Mine} words */
export function timeText(value, words) {
  const at = new Date(value ?? NaN);
  if (Number.isNaN(at.getTime()) || at.getUTCFullYear() < 2000) return '';
  return new Intl.DateTimeFormat(words.locale, { dateStyle: 'long', timeStyle: 'short' }).format(at);
}

/**
 * Rows of a list of facts; what has no value has no row.
 * @param {[string, string|Node|null|undefined][]} rows
 */
export function factList(rows) {
  return el('dl', { class: 'facts' }, rows.filter(([, value]) => value).flatMap(([term, value]) =>
    [el('dt', { text: term }), el('dd', {}, [typeof value === 'string' ? el('bdi', { text: value }) : /** @type {Node} */ (value)])]));
}

/** Purposes in words. @param {string[]|undefined} purposes @param {Mine} words */
export function purposeText(purposes, words) {
  return (purposes ?? []).map((p) => (words.has(`purpose_${p}`) ? words.say(`purpose_${p}`) : p)).join(', ');
}

/**
 * Who answers for it and where to turn.
 * @param {any} organisation
 * @param {Mine} words
 */
export function contactLine(organisation, words) {
  const o = organisation ?? {};
  /** @type {(Node|string)[]} */
  const parts = [];
  if (o.contact) parts.push(link(`mailto:${o.contact}`, o.contact));
  if (o.dpo) parts.push(link(`mailto:${o.dpo}`, o.dpo));
  if (o.privacy) parts.push(link(o.privacy, words.say('privacy')));
  if (o.complaint) parts.push(link(o.complaint, words.say('complaint')));
  return parts.length ? el('p', { class: 'hint' }, [words.say('questions'), ' ', ...parts.flatMap((p, i) => (i ? [' · ', p] : [p]))]) : null;
}

/**
 * @param {string} jws
 * @param {any[]|null} keys
 * @param {Mine} words
 * @param {((jws: string) => Promise<any>)|null} askLog null: nothing is ever sent
 * @returns {Promise<HTMLElement[]>}
 */
export async function showReceipt(jws, keys, words, askLog) {
  const verdict = await verifyReceipt(jws, keys);
  const r = claimsOf(jws);
  const good = verdict === 'genuine';
  const title = el('h1', { text: words.say(verdict) });
  title.tabIndex = -1;
  const parts = [el('div', { class: `verdict ${good ? 'good' : 'bad'}` }, [icon(good ? 'check' : 'cross'), el('div', {}, [title, el('p', { text: words.say(`${verdict}Text`) })])])];
  if (!r || verdict === 'changed' || verdict === 'foreign') return parts;
  const stored = (r.stored ?? []).some((/** @type {any} */ s) => s.turns > 0 || s.reports > 0);
  parts.push(el('p', { class: `sum ${stored ? 'red' : ''}` }, [icon(stored ? 'dot' : 'ring'), el('span', { text: words.say(stored ? 'somethingStored' : 'nothingStored') })]));
  parts.push(factList(rowsOf(r, words)));
  const contact = contactLine(r.organisation, words);
  if (contact) parts.push(contact);
  if (askLog) parts.push(logPart(jws, words, askLog));
  return parts;
}

/**
 * @param {any} r
 * @param {Mine} words
 * @returns {[string, string|Node|null][]}
 */
function rowsOf(r, words) {
  const time = (/** @type {string} */ at) => timeText(at, words);
  const lines = (/** @type {string[]} */ all) => (all.length ? el('ul', {}, all.map((text) => el('li', {}, [el('bdi', { text })]))) : null);
  return [
    [words.say('organisation'), r.organisation?.name],
    [words.say('talkedWith'), r.avatar],
    [words.say('began'), time(r.began_at)],
    [words.say('ended'), time(r.ended_at)],
    [words.say('told'), lines((r.disclosures ?? []).map((/** @type {any} */ d) => `${time(d.acknowledged_at ?? d.at)} · ${d.locale}`))],
    [words.say('answered'), lines((r.consents ?? []).map((/** @type {any} */ c) => `${purposeText(c.purposes, words)}: ${words.say(c.answer)} · ${time(c.at)}`))],
    [words.say('optOuts'), lines((r.opt_outs ?? []).map((/** @type {any} */ o) => `${purposeText(o.purposes, words)} · ${time(o.at)}`))],
    [words.say('stored'), lines((r.stored ?? []).filter((/** @type {any} */ s) => s.turns > 0 || s.reports > 0).map((/** @type {any} */ s) => storedLine(s, words)))],
    [words.say('recipients'), lines((r.recipients ?? []).map((/** @type {any} */ x) => `${x.name} · ${time(x.first_at)}`)) ?? words.say('nobody')],
    [words.say('policy'), lines((r.policies ?? []).map((/** @type {any} */ p) => `${words.say('version', { n: p.number })} · ${String(p.sha256).slice(0, 12)}`))],
    [words.say('session'), el('code', { text: r.session ?? '' })],
  ];
}

/**
 * One kind of what is stored, in a line.
 * @param {any} s
 * @param {Mine} words
 */
function storedLine(s, words) {
  const date = timeText(s.until, words) || '—';
  if (s.what === 'report') return words.say('storedReports', { n: s.reports, erased: s.erased_reports ?? 0, date });
  const line = words.say('storedLine', { n: s.turns, erased: s.erased_turns ?? 0, date });
  return s.what === 'sound' ? `${words.say('purpose_audio_recording')}: ${line}` : line;
}

/**
 * @param {string} jws
 * @param {Mine} words
 * @param {(jws: string) => Promise<any>} askLog
 */
function logPart(jws, words, askLog) {
  const box = el('div', { class: 'log' });
  const ask = el('button', { text: words.say('askLog') });
  ask.type = 'button';
  ask.addEventListener('click', async () => {
    const answer = await askLog(jws).catch(() => null);
    const facts = answer?.facts ?? [];
    box.replaceChildren(facts.length === 0 ? el('p', { text: words.say(answer ? 'logNothing' : 'failed') })
      : el('div', {}, [el('h2', { text: words.say('logSays') }), el('ol', { class: 'happened' }, facts.map((/** @type {any} */ f) =>
        el('li', {}, [el('span', { text: timeText(f.at, words) }), ' ', el('code', { text: f.kind })])))]));
  });
  box.append(ask, el('p', { class: 'hint', text: words.say('askLogHint') }));
  return box;
}
