// How far the way to a human is, as the gateway tells it, and in words.

/** Reasons, and what a person reads about them. @type {Record<string, string>} */
const WHY = {
  closed: 'humanClosed', queue_full: 'humanFull', timed_out: 'humanTimedOut', refused: 'humanRefused', not_noted: 'humanRefused',
  too_often: 'humanTooOften', human_lost: 'humanLost',
};

export class Hand {
  #state = '';
  #position = 0;
  /** Seconds; zero: nobody can say. */
  #wait = 0;
  #why = '';
  #message = '';
  #opens = '';
  /** Who answers; empty: the avatar. */
  name = '';

  /** Whether a human answers, also while their line is broken: nobody else does then. */
  get here() {
    return this.#state === 'active' || this.#cut;
  }

  /** Whether the human's line is broken, and they are waited for. */
  get #cut() {
    return this.#state === 'reconnecting';
  }

  /** Whether the person waits for one. */
  get waits() {
    return ['requested', 'queued', 'connecting'].includes(this.#state);
  }

  /**
   * @param {any} e avatar.handoff.state
   * @returns {string} what is to be said now; empty: nothing new
   */
  take(e) {
    const [before, here] = [this.#state, this.here];
    this.#state = e.state;
    this.#position = e.position ?? 0;
    this.#wait = e.eta_s ?? 0;
    [this.#why, this.#message, this.#opens] = [e.reason ?? '', e.message ?? '', e.opens_at ?? ''];
    if (e.agent) this.name = e.agent.display_name;
    else if (e.state !== 'active') this.name = '';
    if (e.state === 'active') return before === 'active' ? '' : here ? 'back' : 'here';
    if (this.#cut) return before === e.state ? '' : 'cut';
    if (e.state === 'failed') return this.#why in WHY ? 'failed' : 'nobody';
    if (e.state === 'ended') return here ? 'gone' : '';
    return '';
  }

  /**
   * @param {import('./words.js').Words} words
   * @param {string} what take said is to be said
   */
  says(words, what) {
    if (what === 'cut') return words.say('humanCut', { name: this.name });
    if (what === 'back') return words.say('humanBack', { name: this.name });
    if (what === 'here') return words.say('humanHere', { name: this.name });
    if (what === 'gone') return [WHY[this.#why] ? words.say(WHY[this.#why]) : '', words.say('humanGone')].filter(Boolean).join(' ');
    const all = [this.#message || words.say(WHY[this.#why] ?? 'humanNoneMail')];
    if (this.#opens) {
      const time = new Intl.DateTimeFormat(words.locale, { weekday: 'long', hour: 'numeric', minute: '2-digit' }).format(new Date(this.#opens));
      all.push(words.say('humanOpens', { time }));
    }
    return all.join(' ');
  }

  /** One line for as long as it is so; empty: there is none. @param {import('./words.js').Words} words */
  standing(words) {
    if (this.#cut) return words.say('humanCut', { name: this.name });
    if (this.here) return words.say('humanHere', { name: this.name });
    if (this.#state === 'queued') {
      const m = Math.max(1, Math.ceil(this.#wait / 60));
      return this.#wait ? words.say('humanQueuedWait', { n: this.#position, m }) : words.say('humanQueued', { n: this.#position });
    }
    return this.waits ? words.say('humanAsked') : '';
  }
}
