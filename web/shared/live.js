// One live conversation on the page: the wire, the sound and the face brought
// together by one clock. It shows nothing itself; it tells the page.
import { Conversation } from './talk/conversation.js';
import { Listening } from './listening.js';

/** Milliseconds without sound after which somebody is no longer speaking. */
const BREATH = 350;
/** Milliseconds between two looks at the clock of the sound. The face counts on in between. */
const STEP = 50;
/** Looks at the clock to every cue for the figure. */
const CUE = 2;
/** Milliseconds after a key in which somebody still writes. */
const WRITING = 2500;
/** Milliseconds after a key for which somebody is surely there. */
const PRESENT = 20000;
/** Milliseconds for which written words count as being written: a whole answer may come at once. */
const WRITTEN = 900;

/**
 * @typedef {import('./talk/conversation.js').ConversationEars} Ears
 * @typedef {import('./talk/turns.js').Line} Line
 * @typedef {{state: Ears['state'], transport: Ears['transport'], line: Ears['line'], disclosed: Ears['disclosed'],
 *   consent: Ears['consent'], fact: Ears['fact'], mood: (m: string) => void, busy: (b: boolean) => void,
 *   heard: (line: Line, ms: number|null) => boolean|void,
 *   listening: import('./listening.js').ListeningEars}} LiveEars
 * `heard` may say that it changed what is shown.
 */

export class Live {
  #face;
  #ears;
  /** @type {Conversation} */
  #conversation;
  /** @type {import('./sound/speaker.js').Speaker|null} */
  #speaker;
  #listening;
  #server = 'idle';
  #active = false;
  #mood = '';
  #busy = false;
  #soundAt = -Infinity;
  /** Looks at the clock since the figure's last cue. */
  #since = 0;
  #typedAt = -Infinity;
  #wroteAt = -Infinity;
  /** @type {ReturnType<typeof setInterval>} */
  #clock;
  /** @type {Line|null} the avatar's newest line */
  #newest = null;
  #askedAt = 0;
  /** The last thing that was asked aloud. */
  #spoken = '';
  /** What this page measured of the last answer, in ms. @type {{text: number|null, sound: number|null}} */
  seen = { text: null, sound: null };

  /**
   * @param {{face: import('./face/face.js').Face, speaker: import('./sound/speaker.js').Speaker|null,
   *   gateway: import('./talk/gateway.js').Gateway, avatar: string, locale: string, calls: boolean, microphone: boolean, worklet: string}} parts
   * @param {LiveEars} ears
   */
  constructor({ face, speaker, gateway, avatar, locale, calls, microphone, worklet }, ears) {
    this.#face = face;
    this.#ears = ears;
    this.#speaker = speaker;
    this.#conversation = new Conversation({ gateway, avatar, locale, voice: speaker, calls, microphone }, {
      ...ears,
      avatar: (state) => (this.#server = state),
      line: (line) => this.#line(line),
      response: (active) => (this.#active = active),
    });
    this.#listening = new Listening(worklet, this.#conversation, ears.listening);
    this.#clock = setInterval(() => this.#tick(), STEP);
  }

  get conversation() {
    return this.#conversation;
  }

  /** The person's microphone, and what it is for. */
  get listening() {
    return this.#listening;
  }

  get voice() {
    return this.#speaker !== null;
  }

  get lines() {
    return this.#conversation.turns.lines;
  }

  get muted() {
    return this.#speaker?.muted ?? true;
  }

  set muted(muted) {
    if (this.#speaker) this.#speaker.muted = muted;
  }

  get busy() {
    return this.#busy;
  }

  /** @param {string} text */
  ask(text) {
    this.#typedAt = -Infinity;
    this.#asked();
    return this.#conversation.ask(text);
  }

  /** Wants an answer to what was shown without a word. */
  askShown() {
    this.#asked();
    this.#conversation.askShown();
  }

  /**
   * Asks once more what a line did not answer.
   * @param {import('./talk/turns.js').Line} line
   */
  again(line) {
    const question = this.#conversation.turns.question(line);
    if (question?.text) this.ask(question.text);
    else this.askShown();
  }

  stop() {
    this.#conversation.stop();
    this.#soundAt = -Infinity;
  }

  typed() {
    this.#typedAt = performance.now();
  }

  /** Whether somebody has written within the last moments. */
  get writing() {
    return performance.now() - this.#typedAt < PRESENT;
  }

  /** Lets go of sound, microphone and words. */
  close() {
    clearInterval(this.#clock);
    this.#face.hear(null);
    this.#newest = null;
    this.#listening.discard();
    this.#speaker?.close();
    this.#conversation.forget();
  }

  #asked() {
    this.#askedAt = performance.now();
    this.seen = { text: null, sound: null };
  }

  /** @param {Line} line */
  #line(line) {
    if (line.committed && line.id !== this.#spoken) {
      this.#spoken = line.id;
      this.#asked();
    }
    if (line.who !== 'you') {
      this.#newest = line;
      if (line.status === 'open') this.#wroteAt = performance.now();
      if (line.text && this.seen.text === null && this.#askedAt) this.seen.text = performance.now() - this.#askedAt;
    }
    this.#ears.line(line);
  }

  /** Everything that follows the sound. */
  #tick() {
    const now = performance.now();
    const speaker = this.#speaker;
    const newest = this.#newest;
    if (speaker && newest && newest.status !== 'stopped') speaker.follow(newest.id, newest.time);
    const sounding = speaker?.sounding ?? false;
    const at = sounding ? speaker?.position() : null;
    const line = at ? this.#conversation.turns.line(at.item) : null;
    // While a human speaks the figure is still: nobody may take the voice for its own.
    const heard = at && line && line.who !== 'human' ? { shapes: line.time.shapes, ms: at.ms, level: speaker?.level ?? 0 } : null;
    let turned = false;
    if (at && line) turned = this.#ears.heard(line, at.ms) === true;
    else if (!speaker && newest) this.#ears.heard(newest, null);
    // In between the figure counts on by itself. One thing at a time: a frame that moves the captions carries no cue.
    this.#since = heard ? this.#since + 1 : 0;
    if (!heard || this.#since === 1 || (this.#since > CUE && !turned)) {
      this.#face.hear(heard);
      this.#since = Math.min(this.#since, 1);
    }
    if (sounding) {
      this.#soundAt = now;
      if (this.seen.sound === null && this.#askedAt) this.seen.sound = now - this.#askedAt;
    }
    this.#feel(now, newest);
  }

  /**
   * @param {number} now
   * @param {Line|null} newest
   */
  #feel(now, newest) {
    const speaks = now - this.#soundAt < BREATH;
    const writes = !this.#speaker && newest !== null && newest.text !== '' && now - this.#wroteAt < WRITTEN;
    const said = this.#conversation.hearing.state;
    let mood = 'idle';
    if (this.#conversation.state === 'connecting' || this.#conversation.state === 'disclosing') mood = 'connecting';
    else if (this.#conversation.state === 'reconnecting') mood = 'lost';
    else if (this.#conversation.state === 'ended') mood = 'gone';
    else if (said === 'heard') mood = 'hearing';
    else if (this.#server === 'handoff') mood = 'handoff';
    else if (speaks || writes) mood = 'speaking';
    else if (this.#active || this.#server === 'thinking' || said === 'over') mood = 'thinking';
    else if (this.#listening.state === 'muted') mood = 'muted';
    else if (this.#listening.live || now - this.#typedAt < WRITING) mood = 'listening';
    const busy = this.#active || speaks;
    if (busy !== this.#busy) {
      this.#busy = busy;
      this.#ears.busy(busy);
    }
    if (mood === this.#mood) return;
    this.#mood = mood;
    this.#face.state = mood === 'hearing' ? 'listening' : mood;
    this.#ears.mood(mood);
  }
}
