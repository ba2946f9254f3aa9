// The microphone on the page: its button, and a strip that says what it does.
// The ring around it is a layer of its own that is only scaled: nothing is
// laid out while somebody speaks.
import { $ } from '../shared/dom.js';
import { TalkButton } from '../shared/talkbutton.js';

/** How far the ring opens at full voice. */
const REACH = 0.7;
/** Loudness above which the ring says that something is heard. */
const AUDIBLE = 0.3;
const PURPOSE = 'voice_input';

export class Voice {
  /** @type {import('../shared/words.js').Words} */
  #words;
  #talk;
  #consents;
  #on;
  #button = $('mic');
  #ring = /** @type {HTMLElement} */ ($('mic').querySelector('.ring'));
  #press;
  #offered = false;

  /**
   * @param {import('../shared/words.js').Words} words
   * @param {import('./talk.js').Talk} talk
   * @param {import('../shared/talk/consents.js').Consents} consents
   * @param {() => import('../shared/listening.js').Listening|undefined} on
   */
  constructor(words, talk, consents, on) {
    this.#words = words;
    this.#talk = talk;
    this.#consents = consents;
    this.#on = on;
    this.#press = new TalkButton(this.#button, {
      listening: on,
      allows: () => consents.allows(PURPOSE),
      given: () => consents.given(PURPOSE),
      agree: () => consents.agree(PURPOSE),
      hint: () => talk.toast(this.#words.say('micHint'), { seconds: 6 }),
    });
    for (const type of /** @type {const} */ (['keydown', 'keyup'])) document.addEventListener(type, (e) => this.#press.key(e, this.#mine(e.target)));
    window.addEventListener('blur', () => on()?.state === 'held' && this.#press.cancel());
    $('mute').addEventListener('click', () => this.#on()?.mute(this.#on()?.state === 'free'));
    $('mic-off').addEventListener('click', () => {
      this.#on()?.close();
      this.#button.focus({ preventScroll: true });
    });
  }

  /** What the microphone tells. @returns {import('../shared/listening.js').ListeningEars} */
  get ears() {
    return { changed: (state) => this.#changed(state), level: (level) => this.#level(level), trouble: (why) => this.#trouble(why) };
  }

  /** @param {import('../shared/words.js').Words} words */
  speak(words) {
    this.#words = words;
    this.#changed(this.#on()?.state ?? 'off', true);
  }

  /** @param {boolean} offered whether the gateway hears people here */
  offer(offered) {
    this.#offered = offered;
    this.show();
  }

  /** Who has said no is asked when they press; who is out for good is not offered one. */
  show() {
    this.#button.hidden = !this.#offered || !this.#consents.open(PURPOSE);
    if (!this.#consents.allows(PURPOSE)) this.#on()?.close();
  }

  /** The gateway hears nobody here any more. */
  refused() {
    if (this.#on()?.state === 'off') return;
    this.#on()?.close();
    this.#talk.toast(this.#words.say('micOff'), { urgent: true });
  }

  /** @returns {boolean} whether there was something to leave */
  escape() {
    const held = this.#on()?.state === 'held';
    if (held) {
      this.#press.cancel();
      this.#talk.tell(this.#words.say('micDropped'));
    }
    return held;
  }

  /**
   * Where the space bar is for speaking: not where it presses or writes. A space in front of nothing would say nothing.
   * @param {EventTarget|null} at
   */
  #mine(at) {
    const { field } = this.#talk;
    return !document.querySelector('dialog[open]') && (at === this.#button || at === document.body || at === $('log') || (at === field && field.value === ''));
  }

  /**
   * @param {import('../shared/listening.js').ListeningState} state
   * @param {boolean} [again] only the language is another
   */
  #changed(state, again = false) {
    const words = this.#words;
    const button = this.#button;
    document.documentElement.dataset.mic = state;
    const on = state !== 'off';
    button.setAttribute('aria-pressed', String(on && state !== 'opening'));
    button.setAttribute('aria-busy', String(state === 'opening'));
    button.setAttribute('aria-label', words.say(state === 'free' || state === 'muted' ? 'micStop' : 'speak'));
    const strip = $('voice');
    if (!on && strip.contains(document.activeElement)) button.focus({ preventScroll: true });
    strip.hidden = !on;
    const text = on ? words.say(`mic_${state}`) : '';
    $('voice-word').textContent = text;
    const loose = state === 'free' || state === 'muted';
    $('mute').hidden = $('mic-off').hidden = !loose;
    $('mute').setAttribute('aria-pressed', String(state === 'muted'));
    $('mute').querySelector('use')?.setAttribute('href', state === 'muted' ? '#i-mic-off' : '#i-mic');
    button.querySelector('use')?.setAttribute('href', state === 'muted' ? '#i-mic-off' : '#i-mic');
    if (!again && state !== 'opening') this.#talk.tell(text || words.say('micOff'));
  }

  /** @param {number} level 0 to 1 */
  #level(level) {
    this.#ring.style.transform = `scale(${(1 + level * REACH).toFixed(2)})`;
    const heard = String(level > AUDIBLE);
    if (this.#ring.dataset.heard !== heard) this.#ring.dataset.heard = heard;
  }

  /** @param {string} why */
  #trouble(why) {
    this.#talk.toast(this.#words.say(`mic_${why}`), { urgent: true });
    document.documentElement.dataset.micTrouble = why;
  }
}
