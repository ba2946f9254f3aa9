// The box behind the small "i": how it is connected, how quick it was, what still works.
import { $, el } from '../shared/dom.js';
import { fillNotice } from './arrive.js';
import { closeBox, openBox } from './boxes.js';

/** The stages of an answer, in the order in which they happen. */
const STAGES = ['transcribed', 'first_model_byte', 'first_sentence', 'first_speech_byte', 'first_sample_sent', 'done'];
const RUNGS = ['video', 'voice', 'text', 'human'];

export class Info {
  #page;
  #rung = 'video';
  /** @type {any} */
  #metrics = null;

  /**
   * @param {{live: () => import('../shared/live.js').Live|null, words: () => import('../shared/words.js').Words,
   *   data: () => import('../shared/talk/gateway.js').PageData, avatar: () => import('../shared/talk/gateway.js').AvatarCard}} page
   */
  constructor(page) {
    this.#page = page;
    $('info').addEventListener('click', () => this.#open());
    $('info-close').addEventListener('click', () => closeBox('info-box'));
  }

  begin() {
    this.#metrics = null;
  }

  /** @param {any} metrics of the last answer */
  measured(metrics) {
    this.#metrics = metrics;
  }

  /** @param {string} rung of the ladder on which it is now */
  stands(rung) {
    this.#rung = rung;
    document.documentElement.dataset.rung = this.#rung;
  }

  close() {
    closeBox('info-box');
  }

  async #open() {
    const { live, words, data, avatar } = this.#page;
    const now = live();
    if (!now) return;
    const { rtt } = await now.conversation.stats();
    fillInfo({
      transport: now.conversation.transport, voice: now.voice, rtt, metrics: this.#metrics,
      seenText: now.seen.text, seenSound: now.seen.sound, rung: now.voice ? this.#rung : 'text',
    }, words());
    fillInfoNotice(data(), avatar(), words());
    openBox('info-box');
  }
}

/**
 * @param {{transport: string, voice: boolean, rtt: number|null, metrics: any, seenText: number|null, seenSound: number|null,
 *   rung: string}} now
 * @param {import('../shared/words.js').Words} words
 */
function fillInfo(now, words) {
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
function fillInfoNotice(page, avatar, words) {
  const [text, also, contact] = [el('p'), el('ul'), el('p')];
  fillNotice(text, also, contact, page, avatar, words);
  $('info-notice').replaceChildren(text, also, contact);
}
