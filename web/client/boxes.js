// What is asked in a box, and the two boxes that a person opens.
import { fillNotice } from './arrive.js';
import { $, el, radios } from './dom.js';

/**
 * @param {string} id of a dialog with `id-yes` and `id-no`
 * @param {AbortSignal} gone closes it when there is nobody left to answer to
 * @returns {Promise<boolean>}
 */
function askBox(id, gone) {
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
 * One question for one purpose or several, two equal buttons.
 * @param {any} request avatar.consent.requested
 * @param {string} tenant
 * @param {import('../shared/words.js').Words} words
 * @param {AbortSignal} gone
 * @returns {Promise<Record<string, boolean>>}
 */
export async function askConsent(request, tenant, words, gone) {
  /** @type {string[]} */
  const purposes = request.purposes ?? [];
  $('ask-consent-purposes').replaceChildren(...purposes.map((p) => el('li', { text: words.say(`purpose_${p}`) })));
  $('ask-consent-who').textContent = words.say('consentWho', { tenant });
  const yes = await askBox('ask-consent', gone);
  return Object.fromEntries(purposes.map((p) => [p, yes]));
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
