// The box of what a person may set, and of what they may take home.
import { $, radios } from '../shared/dom.js';
import { saveFile } from '../shared/save.js';
import { closeBox, openBox } from './boxes.js';
import { asText, printTalk } from './keep.js';

/** Speeds of speech, and the words for them. */
const SPEEDS = [['0.8', '1'], ['1', '2'], ['1.25', '3']];

export class Options {
  /** @type {import('../shared/words.js').Words} */
  #words;
  #on;
  #size = '2';
  #speed = '1';

  /**
   * @param {import('../shared/words.js').Words} words
   * @param {{size: (v: string) => void, speed: (v: number) => void, announce: (yes: boolean) => void, restart: () => void,
   *   lines: () => import('../shared/talk/turns.js').Line[], name: () => string}} on
   */
  constructor(words, on) {
    this.#words = words;
    this.#on = on;
    const press = (/** @type {string} */ id, /** @type {() => void} */ f) => $(id).addEventListener('click', f);
    press('options', () => openBox('options-box'));
    press('options-close', () => closeBox('options-box'));
    press('restart', on.restart);
    press('save', () => saveFile(`${on.name()}.txt`, asText(on.lines(), on.name(), this.#words, new Date()), 'text/plain;charset=utf-8'));
    press('print', () => {
      closeBox('options-box');
      printTalk(on.name(), this.#words);
    });
    $('announce').addEventListener('change', (e) => on.announce(/** @type {HTMLInputElement} */ (e.target).checked));
  }

  /** @param {import('../shared/words.js').Words} words */
  speak(words) {
    this.#words = words;
    radios($('sizes'), 'size', ['1', '2', '3', '4'].map((v) => ({ value: v, label: words.say(`size${v}`) })), this.#size, (v) => {
      this.#size = v;
      this.#on.size(v);
    });
    radios($('speeds'), 'speed', SPEEDS.map(([value, n]) => ({ value, label: words.say(`speed${n}`) })), this.#speed, (v) => {
      this.#speed = v;
      this.#on.speed(Number(v));
    });
  }

  /** A conversation has begun. */
  begin() {
    if (this.#speed !== '1') this.#on.speed(Number(this.#speed));
  }

  close() {
    closeBox('options-box');
  }
}
