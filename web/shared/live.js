// One live conversation on the page: the wire, the sound and the face brought
// together by one clock. It shows nothing itself; it tells the page.
import { Conversation } from './talk/conversation.js';
import { Microphone } from './sound/microphone.js';

/** Milliseconds without sound after which somebody is no longer speaking. */
const BREATH = 350;
/** Milliseconds between two looks at the clock of the sound. The face counts on in between. */
const STEP = 40;
/** Milliseconds after a key in which somebody still writes. */
const WRITING = 2500;

/**
 * @typedef {import('./talk/conversation.js').ConversationEars} Ears
 * @typedef {import('./talk/turns.js').Line} Line
 * @typedef {{state: Ears['state'], transport: Ears['transport'], line: Ears['line'], disclosed: Ears['disclosed'],
 *   consent: Ears['consent'], fact: Ears['fact'], mood: (m: string) => void, busy: (b: boolean) => void,
 *   heard: (line: Line, ms: number|null) => void}} LiveEars
 */

export class Live {
  #face;
  #ears;
  #worklet;
  /** @type {Conversation} */
  #conversation;
  /** @type {import('./sound/speaker.js').Speaker|null} */
  #speaker;
  /** @type {Microphone|null} */
  #microphone = null;
  #server = 'idle';
  #active = false;
  #mood = '';
  #busy = false;
  #soundAt = -Infinity;
  #typedAt = -Infinity;
  /** @type {ReturnType<typeof setInterval>} */
  #clock;
  /** @type {Line|null} the avatar's newest line */
  #newest = null;
  #askedAt = 0;
  /** What this page measured of the last answer, in ms. @type {{text: number|null, sound: number|null}} */
  seen = { text: null, sound: null };

  /**
   * @param {{face: import('./face/face.js').Face, speaker: import('./sound/speaker.js').Speaker|null,
   *   gateway: import('./talk/gateway.js').Gateway, avatar: string, locale: string, calls: boolean, microphone: boolean, worklet: string}} parts
   * @param {LiveEars} ears
   */
  constructor({ face, speaker, gateway, avatar, locale, calls, microphone, worklet }, ears) {
    this.#worklet = worklet;
    this.#face = face;
    this.#ears = ears;
    this.#speaker = speaker;
    this.#conversation = new Conversation({ gateway, avatar, locale, voice: speaker, calls, microphone }, {
      ...ears,
      avatar: (state) => (this.#server = state),
      line: (line) => this.#line(line),
      response: (active) => (this.#active = active),
    });
    this.#clock = setInterval(() => this.#tick(), STEP);
  }

  get conversation() {
    return this.#conversation;
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
    this.#askedAt = performance.now();
    this.seen = { text: null, sound: null };
    return this.#conversation.ask(text);
  }

  stop() {
    this.#conversation.stop();
    this.#soundAt = -Infinity;
  }

  typed() {
    this.#typedAt = performance.now();
  }

  get hasMicrophone() {
    return this.#microphone !== null;
  }

  /** Opens or closes the microphone. @returns {Promise<boolean>} whether it is open now */
  async toggleMicrophone() {
    if (this.#microphone) {
      await this.#conversation.microphone(null);
      this.#microphone.close();
      this.#microphone = null;
      return false;
    }
    this.#microphone = await Microphone.open(this.#worklet, (pcm) => this.#conversation.hear(pcm));
    await this.#conversation.microphone(this.#microphone.track);
    return true;
  }

  /** Lets go of sound, microphone and words. */
  close() {
    clearInterval(this.#clock);
    this.#face.hear(null);
    this.#newest = null;
    this.#microphone?.close();
    this.#microphone = null;
    this.#speaker?.close();
    this.#conversation.forget();
  }

  /** @param {Line} line */
  #line(line) {
    if (line.who !== 'you') {
      this.#newest = line;
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
    this.#face.hear(at && line ? { shapes: line.time.shapes, ms: at.ms, level: speaker?.level ?? 0 } : null);
    if (sounding) {
      this.#soundAt = now;
      if (this.seen.sound === null && this.#askedAt) this.seen.sound = now - this.#askedAt;
    }
    if (at && line) this.#ears.heard(line, at.ms);
    else if (!speaker && newest) this.#ears.heard(newest, null);
    this.#feel(now, newest);
  }

  /**
   * @param {number} now
   * @param {Line|null} newest
   */
  #feel(now, newest) {
    const speaks = now - this.#soundAt < BREATH;
    const writes = !this.#speaker && this.#active && newest?.status === 'open' && newest.text !== '';
    let mood = 'idle';
    if (this.#conversation.state === 'connecting' || this.#conversation.state === 'disclosing') mood = 'connecting';
    else if (this.#conversation.state === 'reconnecting') mood = 'lost';
    else if (this.#conversation.state === 'ended') mood = 'gone';
    else if (speaks || writes) mood = 'speaking';
    else if (this.#server === 'handoff') mood = 'handoff';
    else if (this.#active || this.#server === 'thinking') mood = 'thinking';
    else if (this.#microphone || now - this.#typedAt < WRITING) mood = 'listening';
    const busy = this.#active || speaks;
    if (busy !== this.#busy) {
      this.#busy = busy;
      this.#ears.busy(busy);
    }
    if (mood === this.#mood) return;
    this.#mood = mood;
    this.#face.state = mood;
    this.#ears.mood(mood);
  }
}
