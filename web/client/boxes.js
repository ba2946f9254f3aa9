// What is asked in a box, and the two boxes that a person opens.
import { fillNotice } from './arrive.js';
import { $, el, radios } from '../shared/dom.js';

/**
 * @param {string} id of a dialog with `id-yes` and `id-no`
 * @param {AbortSignal} gone closes it when there is nobody left to answer to
 * @returns {Promise<boolean>}
 */
export function askBox(id, gone) {
  const box = /** @type {HTMLDialogElement} */ ($(id));
  return new Promise((resolve) => {
    const done = new AbortController();
    const answer = (/** @type {boolean} */ yes) => {
      done.abort();
      if (box.open) box.close();
      resolve(yes);
    };
    const once = { signal: done.signal };
    $(`${id}-yes`).addEventListener('click', () => answer(true), once);
    $(`${id}-no`).addEventListener('click', () => answer(false), once);
    box.addEventListener('cancel', () => answer(false), once);
    gone.addEventListener('abort', () => answer(false), once);
    if (gone.aborted) answer(false);
    else if (!box.open) box.showModal();
  });
}

/**
 * @param {import('../shared/talk/conversation.js').Disclosure} disclosure
 * @param {AbortSignal} gone
 */
export function askNotice(disclosure, gone) {
  const text = $('ask-notice-text');
  text.textContent = disclosure.text;
  text.dir = disclosure.dir ?? 'auto';
  text.lang = disclosure.locale ?? '';
  return askBox('ask-notice', gone);
}

/**
 * One question for each purpose, two equal buttons. What would be kept, who
 * would see it and until when is the gateway's own sentence; what it has no
 * sentence for is not asked, and so not agreed to.
 * @param {any} request avatar.consent.requested
 * @param {AbortSignal} gone
 * @returns {Promise<Record<string, boolean>>}
 */
export async function askConsent(request, gone) {
  /** @type {string[]} */
  const purposes = request.purposes ?? [];
  const grants = Object.fromEntries(purposes.map((p) => [p, false]));
  /** @type {{purpose: string, text: string}[]} */
  const sentences = (request.sentences ?? []).filter((/** @type {any} */ s) => s.purpose in grants && s.text);
  for (const [i, { purpose, text }] of sentences.entries()) {
    $('ask-consent-step').textContent = sentences.length > 1 ? `${i + 1}/${sentences.length}` : '';
    const words = $('ask-consent-text');
    words.textContent = text;
    words.lang = request.locale ?? '';
    grants[purpose] = await askBox('ask-consent', gone);
  }
  return grants;
}

/** @param {string} id */
export function openBox(id) {
  const box = /** @type {HTMLDialogElement} */ ($(id));
  if (!box.open) box.showModal();
}

/** @param {string} id */
export function closeBox(id) {
  const box = /** @type {HTMLDialogElement} */ ($(id));
  if (box.open) box.close();
}

/**
 * @param {import('../shared/words.js').Words} words
 * @param {{size: string, speed: string}} now
 * @param {{size: (v: string) => void, speed: (v: string) => void}} on
 */
export function fillOptions(words, now, on) {
  radios($('sizes'), 'size', ['1', '2', '3', '4'].map((v) => ({ value: v, label: words.say(`size${v}`) })), now.size, on.size);
  const speeds = [['0.8', '1'], ['1', '2'], ['1.25', '3']];
  radios($('speeds'), 'speed', speeds.map(([value, n]) => ({ value, label: words.say(`speed${n}`) })), now.speed, on.speed);
}

/** The stages of an answer, in the order in which they happen. */
const STAGES = ['transcribed', 'first_model_byte', 'first_sentence', 'first_speech_byte', 'first_sample_sent', 'done'];
const RUNGS = ['video', 'voice', 'text', 'human'];

/**
 * @param {{transport: string, voice: boolean, rtt: number|null, metrics: any, seenText: number|null, seenSound: number|null,
 *   rung: string}} now
 * @param {import('../shared/words.js').Words} words
 */
export function fillInfo(now, words) {
  const ms = (/** @type {number|null|undefined} */ v) =>
    typeof v === 'number' ? words.say('ms', { n: Math.round(v).toLocaleString(words.locale) }) : words.say('unknown');
  const how = words.say(now.transport === 'webrtc' ? 'overWebRTC' : 'overSocket') + (now.voice ? '' : ` · ${words.say('textOnly')}`);
  /** @type {[string, string][]} */
  const rows = [[words.say('how'), how]];
  if (now.rtt !== null) rows.push([words.say('roundTrip'), ms(now.rtt)]);
  const answer = [
    ...STAGES.filter((k) => typeof now.metrics?.[k] === 'number').map((k) => [words.say(`stage_${k}`), ms(now.metrics[k])]),
    [words.say('seenText'), ms(now.seenText)],
    ...(now.voice ? [[words.say('seenSound'), ms(now.seenSound)]] : []),
  ];
  const pair = (/** @type {string[]} */ [term, value]) => [el('dt', { text: term }), el('dd', { text: value })];
  $('figures').replaceChildren(...rows.flatMap(pair), el('dt', { class: 'head', text: words.say('lastAnswer') }), ...answer.flatMap(pair));
  const from = RUNGS.indexOf(now.rung);
  // A human is a rung only where one has been reached: nobody is promised who cannot come.
  const rungs = RUNGS.filter((rung) => rung !== 'human' || now.rung === 'human');
  $('ladder').replaceChildren(...rungs.map((rung, i) => el('li', { class: i >= from ? 'holds' : '', text: words.say(`rung_${rung}`) })));
}

/**
 * @param {import('../shared/talk/gateway.js').PageData} page
 * @param {import('../shared/talk/gateway.js').AvatarCard} avatar
 * @param {import('../shared/words.js').Words} words
 */
export function fillInfoNotice(page, avatar, words) {
  const [text, also, contact] = [el('p'), el('ul'), el('p')];
  fillNotice(text, also, contact, page, avatar, words);
  $('info-notice').replaceChildren(text, also, contact);
}
