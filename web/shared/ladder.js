// What still works: picture and voice, voice, words, a human. The gateway says
// what it knows of it, the page what it sees of its own picture.

/** The rungs, the best first. */
const RUNGS = ['video', 'voice', 'text', 'human'];

/** What they read when something works again, by where it was. */
const BACK = /** @type {Record<string, string>} */ ({ text: 'ladder_back', human: 'ladder_answers', voice: 'ladder_picture_back' });

export class Ladder {
  #rung = 'video';
  #reason = '';
  #picture = true;

  /** Another session: the gateway has said nothing yet. */
  begin() {
    this.#rung = 'video';
    this.#reason = '';
  }

  /** The best that works. */
  get rung() {
    return this.#rung === 'video' && !this.#picture ? 'voice' : this.#rung;
  }

  /**
   * The gateway says where it stands.
   * @param {{rung?: string, reason?: string}} e
   * @returns {string} the key of what the person reads; empty: nothing
   */
  take({ rung = '', reason = '' }) {
    if (!RUNGS.includes(rung)) return '';
    const [was, why] = [this.#rung, this.#reason];
    this.#rung = rung;
    this.#reason = reason;
    if (reason === 'handoff' || why === 'handoff') return ''; // the hand-off says it
    if (reason === 'no_answer') return 'ladder_ask_human';
    if (RUNGS.indexOf(rung) < RUNGS.indexOf(was)) return BACK[was] ?? '';
    if (reason === 'no_voice') return 'ladder_no_voice';
    return rung === 'video' ? '' : `ladder_${rung}`;
  }

  /**
   * The picture moves, or is a still one.
   * @param {boolean} works
   * @returns {string} the key of what the person reads; empty: nothing
   */
  picture(works) {
    if (works === this.#picture) return '';
    this.#picture = works;
    return works ? BACK.voice : 'ladder_voice';
  }
}
