// A button to speak with: a tap keeps the microphone on, a hold lasts for as
// long as somebody speaks. Whoever has not agreed is asked first.

/** Milliseconds: who lets go sooner has tapped. */
const TAP = 350;

export class TalkButton {
  #button;
  #on;
  /** When somebody pressed who has not let go yet. */
  #from = NaN;
  #asking = false;

  /**
   * @param {HTMLElement} button
   * @param {{listening: () => import('./listening.js').Listening|undefined, allows: () => boolean, given: () => boolean,
   *   agree: () => Promise<boolean>, hint: () => void}} on
   *   allows: whether the person has agreed to be heard; given: they have, and the gateway has not answered yet;
   *   hint: they let go too soon for anything to be said
   */
  constructor(button, on) {
    this.#button = button;
    this.#on = on;
    button.addEventListener('pointerdown', (e) => {
      if (e.button !== 0) return;
      button.setPointerCapture(e.pointerId);
      this.#press();
    });
    button.addEventListener('pointerup', () => this.#letGo(true));
    button.addEventListener('pointercancel', () => this.cancel());
    // A long touch is a hold, not a wish for a menu.
    button.addEventListener('contextmenu', (e) => e.preventDefault());
    // A screen reader and Enter press without a pointer.
    button.addEventListener('click', (e) => e.detail === 0 && this.#tap());
  }

  /**
   * The space bar goes down or up, where it is not wanted for writing.
   * @param {KeyboardEvent} e
   * @param {boolean} mine whether it counts here
   */
  key(e, mine) {
    if (e.code !== 'Space') return;
    if (e.type === 'keyup') {
      this.#letGo(e.composedPath()[0] === this.#button);
      return;
    }
    if (!mine || e.isComposing || e.ctrlKey || e.metaKey || e.altKey || e.shiftKey || this.#button.hidden) return;
    e.preventDefault();
    if (!e.repeat && Number.isNaN(this.#from)) this.#press();
  }

  /** Nothing of what was begun is said. */
  cancel() {
    this.#from = NaN;
    this.#on.listening()?.cancel();
  }

  async #press() {
    const listening = this.#on.listening();
    if (!listening || this.#asking) return;
    listening.touch();
    this.#from = performance.now();
    if (listening.state !== 'off') return;
    if (!this.#on.allows() && this.#on.given()) await this.#on.agree();
    if (this.#on.allows() && !Number.isNaN(this.#from)) await listening.hold();
  }

  /** @param {boolean} taps whether a short press means: stay on */
  #letGo(taps) {
    if (Number.isNaN(this.#from)) return;
    const short = performance.now() - this.#from < TAP;
    this.#from = NaN;
    const listening = this.#on.listening();
    if (!listening) return;
    if (listening.state === 'free' || listening.state === 'muted' || !this.#on.allows()) this.#tap();
    else if (!short) listening.release();
    else if (taps) listening.free();
    else {
      listening.cancel();
      this.#on.hint();
    }
  }

  /** On if it is off, off if it is on; asked first. */
  async #tap() {
    const listening = this.#on.listening();
    if (!listening || this.#asking) return;
    if (listening.state !== 'off') {
      listening.close();
      return;
    }
    listening.touch();
    if (!this.#on.allows()) {
      this.#asking = true;
      const yes = await this.#on.agree();
      this.#asking = false;
      if (!yes) return;
      this.#button.focus({ preventScroll: true });
    }
    await listening.free();
  }
}
