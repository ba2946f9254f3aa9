// The avatar's sound, on or off.
import { $ } from '../shared/dom.js';

export class Sound {
  /** @type {import('../shared/words.js').Words} */
  #words;
  #talk;
  /** @type {import('../shared/live.js').Live|null} */
  #live = null;
  #muted = false;

  /**
   * @param {import('../shared/words.js').Words} words
   * @param {import('./talk.js').Talk} talk
   */
  constructor(words, talk) {
    this.#words = words;
    this.#talk = talk;
    $('sound').addEventListener('click', () => this.#toggle());
  }

  /** @param {import('../shared/words.js').Words} words */
  speak(words) {
    this.#words = words;
    this.#show();
  }

  /** @param {import('../shared/live.js').Live} live */
  begin(live) {
    this.#live = live;
    live.muted = this.#muted;
    document.documentElement.dataset.audio = live.voice ? 'voice' : 'text';
    this.#show();
  }

  #toggle() {
    if (!this.#live?.voice) return;
    this.#muted = !this.#muted;
    this.#live.muted = this.#muted;
    this.#show();
    this.#talk.tell(this.#words.say(this.#muted ? 'soundOff' : 'soundOn'));
  }

  #show() {
    const button = /** @type {HTMLButtonElement} */ ($('sound'));
    const voice = this.#live?.voice ?? true;
    const on = voice && !this.#muted;
    button.disabled = !voice;
    button.setAttribute('aria-pressed', String(on));
    button.querySelector('use')?.setAttribute('href', on ? '#i-voice' : '#i-mute');
    const label = button.querySelector('span');
    if (label) label.textContent = this.#words.say(voice ? 'sound' : 'noSound');
  }
}
