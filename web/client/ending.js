// The end: that it is near, why it came, and the card that is left.
import { $ } from '../shared/dom.js';
import { showGone } from './leave.js';

export class Ending {
  #page;
  /** Why the conversation is about to end, when the gateway has said so. */
  #near = '';
  /** Why the organisation ended it, in its own words. */
  said = '';

  /**
   * @param {{words: () => import('../shared/words.js').Words, talk: import('./talk.js').Talk, record: import('./record.js').Record,
   *   data: () => import('../shared/talk/gateway.js').PageData, live: () => import('../shared/live.js').Live|null,
   *   erase: (key: string) => Promise<boolean>, unload: (e: Event) => void}} page
   */
  constructor(page) {
    this.#page = page;
    $('erase').addEventListener('click', () => this.#erase());
  }

  begin() {
    this.#near = this.said = '';
  }

  /** A question is a sign of life; it moves no other end. */
  get movable() {
    return this.#near === '' || this.#near === 'idle';
  }

  /**
   * The end is near: why, for how long yet, and what a person can do about it.
   * @param {string} code
   * @param {number} seconds
   */
  near(code, seconds) {
    const { words, talk, live } = this.#page;
    const why = reason(code);
    this.#near = why;
    if (why === 'drain') {
      talk.toast(words().say('why_drain'), { urgent: true });
      return;
    }
    const goOn = () => live()?.conversation.goOn();
    // Whoever is writing is there.
    if (why === 'idle' && live()?.writing) {
      goOn();
      return;
    }
    const until = performance.now() + seconds * 1000;
    const key = why === 'idle' ? 'expiringIdle' : 'expiringCap';
    const text = () => words().say(key, { n: Math.max(0, Math.round((until - performance.now()) / 1000)) });
    talk.toast(text(), { button: 'goOn', urgent: true, press: goOn, again: text });
  }

  /**
   * What is left of it, and what a person can do about that.
   * @param {string} why
   */
  card(why) {
    const { words, record, data, unload } = this.#page;
    showGone({ why: reason(why), said: this.said, record, page: data() }, words());
    if (record.needsKey) window.addEventListener('beforeunload', unload);
  }

  /** From the card: erases what is stored, and says whether it is gone. */
  async #erase() {
    const { words, talk, record, erase, unload } = this.#page;
    const stored = record.stored;
    if (!(await record.askErase(words().say('eraseText'), new AbortController().signal))) return;
    let gone = false;
    try {
      gone = await erase(stored.key);
    } catch {
      // The card says that it is still there.
    }
    if (gone) {
      stored.gone();
      window.removeEventListener('beforeunload', unload);
      this.card('');
      $('gone').focus({ preventScroll: true });
    } else {
      $('left').textContent = words().say('eraseFailed');
    }
    talk.tell(words().say(gone ? 'erased' : 'eraseFailed'), true);
  }
}

/** The gateway's stable codes in the words of this page. @param {string} why */
function reason(why) {
  if (/idle/.test(why)) return 'idle';
  if (/expired|limit|cap|duration/.test(why)) return 'limit';
  if (/drain|shutdown|going|restart/.test(why)) return 'drain';
  return why;
}
