// The element's microphone: a button, a ring, and a strip that says what is heard.
import { TalkButton } from '../shared/talkbutton.js';

/** How far the ring opens at full voice. */
const WIDE = 0.7;
/** Loudness above which the ring says that something is heard. */
const HEARD = 0.3;
/** What the person agrees to. */
const VOICE = 'voice_input';

/** The control of it. It is offered where the gateway hears people and the site lets it. */
export class ElementMicrophone {
  #parts;
  #on;
  #press;
  #offered = false;

  /**
   * @param {import('./parts.js').Parts} parts
   * @param {{words: () => import('../shared/words.js').Words, consents: import('../shared/talk/consents.js').Consents,
   *   listening: () => import('../shared/listening.js').Listening|undefined, note: (text: string) => void}} on
   */
  constructor(parts, on) {
    this.#parts = parts;
    this.#on = on;
    const { consents } = on;
    this.#press = new TalkButton(parts.mic, {
      listening: on.listening,
      allows: () => consents.allows(VOICE),
      given: () => consents.given(VOICE),
      agree: () => consents.agree(VOICE),
      hint: () => on.note(on.words().say('micHint')),
    });
    const field = /** @type {HTMLInputElement} */ (parts.field);
    for (const type of /** @type {const} */ (['keydown', 'keyup'])) {
      parts.box.addEventListener(type, (e) => this.#press.key(e, e.target === parts.mic || e.target === parts.log || (e.target === field && field.value === '')));
    }
  }

  /** What the microphone tells. @returns {import('../shared/listening.js').ListeningEars} */
  get ears() {
    return {
      changed: (state) => this.show(state),
      level: (level) => this.#level(level),
      trouble: (why) => this.#on.note(this.#on.words().say(`mic_${why}`)),
    };
  }

  /** @param {boolean} offered */
  offer(offered) {
    this.#offered = offered;
    this.changed();
  }

  /** What the person has agreed to is something else now. */
  changed() {
    const { consents, listening } = this.#on;
    if (!this.#parts.mic) return;
    this.#parts.mic.hidden = !this.#offered || !consents.open(VOICE);
    if (!consents.allows(VOICE)) listening()?.close();
  }

  mute() {
    const listening = this.#on.listening();
    listening?.mute(listening.state === 'free');
  }

  stop() {
    this.#on.listening()?.close();
    this.#parts.mic.focus({ preventScroll: true });
  }

  withdraw() {
    this.#on.consents.withdraw(VOICE);
    this.#parts.field.focus({ preventScroll: true });
  }

  /** @returns {boolean} whether there was something to leave */
  escape() {
    const held = this.#on.listening()?.state === 'held';
    if (held) this.#press.cancel();
    return held;
  }

  /** @param {import('../shared/listening.js').ListeningState} [state] */
  show(state = this.#on.listening()?.state ?? 'off') {
    const p = this.#parts;
    // The gateway may still speak to an element that was taken away.
    if (!p.mic) return;
    const w = this.#on.words();
    const on = state !== 'off';
    const loose = state === 'free' || state === 'muted';
    p.mic.setAttribute('aria-pressed', String(on && state !== 'opening'));
    p.mic.dataset.state = state;
    const label = w.say(loose ? 'micStop' : 'speak');
    p.mic.setAttribute('aria-label', label);
    p.mic.title = loose ? label : w.say('micHint');
    const root = /** @type {ShadowRoot} */ (p.box.getRootNode());
    if (!on && p.voice.contains(root.activeElement)) p.mic.focus({ preventScroll: true });
    p.voice.hidden = !on;
    p.voiceWord.textContent = on ? w.say(`mic_${state}`) : '';
    p.mute.hidden = p.micOff.hidden = p.withdraw.hidden = !loose;
    p.mute.setAttribute('aria-pressed', String(state === 'muted'));
  }

  /** @param {number} level 0 to 1 */
  #level(level) {
    const { ring } = this.#parts;
    if (!ring) return;
    ring.style.transform = `scale(${(1 + level * WIDE).toFixed(2)})`;
    const heard = String(level > HEARD);
    if (ring.dataset.heard !== heard) ring.dataset.heard = heard;
  }
}
