// What goes on at this moment: a mood in words, and whether something can be stopped.
import { $ } from '../shared/dom.js';

export class Status {
  #page;
  #mood = 'idle';
  #provider = '';

  /**
   * @param {{words: () => import('../shared/words.js').Words, talk: import('./talk.js').Talk, captions: import('./captions.js').Captions,
   *   live: () => import('../shared/live.js').Live|null}} page
   */
  constructor(page) {
    this.#page = page;
  }

  /** @param {boolean} busy something is said, or about to be */
  busy(busy) {
    const { field } = this.#page.talk;
    const root = document.documentElement;
    $('stop').hidden = !busy;
    $('send').hidden = busy && field.value === '';
    root.dataset.busy = String(busy);
    // A press on Stop must not throw the keyboard out of the page.
    if (!busy && document.activeElement === document.body && root.dataset.state === 'talking') field.focus({ preventScroll: true });
  }

  /** @param {string} [mood] the one that is so; none: said again, in another language */
  mood(mood = this.#mood) {
    const { words, talk, captions, live } = this.#page;
    const now = live();
    // To people who do not see it, while they speak.
    if (mood !== this.#mood && now?.listening.live && (mood === 'hearing' || mood === 'thinking')) talk.tell(words().say(`status_${mood}`));
    this.#mood = mood;
    document.documentElement.dataset.avatarState = mood;
    if (mood !== 'speaking') captions.rest();
    if (this.#provider && (mood === 'thinking' || mood === 'speaking')) talk.status('looking', { provider: this.#provider });
    else talk.status(mood === 'lost' ? 'reconnecting' : mood === 'speaking' && now && !now.voice ? 'writing' : mood);
  }

  /** @param {string} provider who is asked for something that the answer needs; empty: nobody */
  look(provider) {
    if (provider === this.#provider) return;
    this.#provider = provider;
    if (provider) this.#page.talk.tell(this.#page.words().say('status_looking', { provider }));
    this.mood();
  }
}
