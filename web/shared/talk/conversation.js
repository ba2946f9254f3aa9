// One conversation with an avatar, from the press on Start to the last goodbye.
// It decides what goes over the wire and when; it never touches a page, a
// storage or a cookie. What was said lives in `turns` until `forget`.
import { Connection } from './connection.js';
import { Hearing } from './hearing.js';
import { decodePCM } from './pcm.js';
import { Rights } from './rights.js';
import { Turns } from './turns.js';

/**
 * @typedef {'new'|'connecting'|'disclosing'|'talking'|'reconnecting'|'ended'} ConversationState
 * @typedef {{text: string, text_sha256: string, dir?: string, locale?: string,
 *   disclosure_id: string, contact?: any}} Disclosure
 * What the page is told. `disclosed` must resolve true before anything is said.
 * @typedef {{state: (s: ConversationState, why: string) => void,
 *   transport: (kind: string) => void,
 *   avatar: (s: string) => void,
 *   line: (l: import('./turns.js').Line) => void,
 *   response: (active: boolean, status: string) => void,
 *   disclosed: (d: Disclosure) => Promise<boolean>,
 *   consent: (c: any) => Promise<Record<string, boolean>>,
 *   fact: (name: string, event: any) => void}} ConversationEars
 * The sound that a conversation may use; null when there is none.
 * @typedef {{play: (item: string, pcm: Int16Array) => void, finish: (item: string) => void,
 *   attach: (s: MediaStream) => void, expect: () => void, duck: (on: boolean) => void,
 *   flush: (coming?: boolean) => {item: string, ms: number}|null}} Voice
 */

/** Milliseconds for a session to speak first, over any way. */
const OPENING = 12000;
/** Milliseconds for the gateway to present its notice on an open link. */
const PRESENTED = 8000;

export class Conversation {
  /** @type {ConversationState} */
  #state = 'new';
  #options;
  #ears;
  #turns;
  #connection;
  #hearing;
  #rights = new Rights((e) => this.#send(e));
  #quit = new AbortController();
  /** @type {string|null} what waits for the response under way to end */
  #next = null;
  #human = false;
  /** Its id. */
  #session = '';
  #speed = 1;
  #locale;
  /** @type {Promise<void>|null} */
  #closing = null;

  /**
   * @param {{gateway: import('./gateway.js').Gateway, avatar: string, locale: string,
   *   voice: Voice|null, calls: boolean, microphone: boolean}} options
   *   calls: whether the gateway takes WebRTC calls; microphone: whether a person may speak
   * @param {ConversationEars} ears
   */
  constructor(options, ears) {
    this.#options = options;
    this.#locale = options.locale;
    this.#ears = ears;
    this.#turns = new Turns({
      line: ears.line,
      response: (active, status) => this.#responded(active, status),
      metrics: (m) => ears.fact('metrics', m),
      audio: (item, base64) => options.voice?.play(item, decodePCM(base64)),
      audioEnd: (item) => options.voice?.finish(item),
    });
    this.#connection = new Connection(options.gateway, options.avatar, {
      event: (e) => this.#take(e),
      transport: ears.transport,
      stream: (s) => options.voice?.attach(s),
      cut: () => {
        this.#turns.interrupted();
        options.voice?.flush();
      },
      back: (why) => this.#become('talking', why),
      trouble: () => this.#become('reconnecting', ''),
      over: (why) => this.#finish(why),
      started: () => this.#state === 'talking' || this.#state === 'reconnecting',
    });
    this.#hearing = new Hearing({
      send: (e) => this.#send(e),
      update: (part) => this.#update(part),
      sounds: () => this.#connection.kind === 'websocket' && this.#state === 'talking',
      request: (item) => this.#want(item),
    });
  }

  get state() {
    return this.#state;
  }

  get turns() {
    return this.#turns;
  }

  /** What a person says aloud. */
  get hearing() {
    return this.#hearing;
  }

  /** What they say about their own data. */
  get rights() {
    return this.#rights;
  }

  get transport() {
    return this.#connection.kind;
  }

  /** A name that nothing else in this session has. @param {string} kind */
  id(kind) {
    return this.#connection.id(kind);
  }

  /**
   * Fetches a token, finds an open way and introduces itself.
   * @returns {Promise<void>} rejects with GatewayError or Error when no way is open
   */
  async start() {
    if (this.#state !== 'new') return;
    this.#become('connecting', '');
    const { voice, calls, microphone } = this.#options;
    const timer = setTimeout(() => this.#quit.abort(), OPENING);
    try {
      await this.#connection.open({ locale: this.#locale, calls: calls && voice !== null, microphone, signal: this.#quit.signal });
      this.#introduce();
      setTimeout(() => this.#state === 'connecting' && this.#finish('unreachable'), PRESENTED);
    } catch (why) {
      if (!this.#ended()) this.#finish('unreachable');
      throw why;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Says something to the avatar. What is being said is stopped first.
   * @param {string} text
   * @returns {boolean} whether it was taken
   */
  ask(text) {
    const words = text.trim();
    if (!words || this.#state !== 'talking') return false;
    if (!this.#human && (this.#turns.active || this.#options.voice)) this.stop();
    this.#connection.alive();
    const id = this.#connection.id('u');
    this.#turns.ask(id, words);
    const sent = this.#send({
      type: 'conversation.item.create',
      item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text: words }] },
    });
    if (sent) this.#want(id);
    return sent;
  }

  /**
   * Shows something. It becomes an item of its own, and the next question is about it.
   * @param {Blob} file
   * @returns {Promise<string>} the item
   */
  show(file) {
    this.#connection.alive();
    return this.#options.gateway.attach(this.#session, this.#connection.token, file);
  }

  /** Wants an answer to what was shown without a word. */
  askShown() {
    if (this.#state !== 'talking') return;
    if (!this.#human && (this.#turns.active || this.#options.voice)) this.stop();
    this.#want('');
  }

  /** Silence now: the sound here at once, the words there right after. */
  stop() {
    const active = this.#turns.active;
    const heard = this.#options.voice?.flush(Boolean(active)) ?? null;
    if (active) this.#send({ type: 'response.cancel', response_id: active });
    if (this.#connection.kind === 'webrtc' && (active || heard)) this.#send({ type: 'output_audio_buffer.clear' });
    this.#cut(heard);
  }

  /** @param {number} speed 0.25 to 1.5, 1 is the voice's own */
  setSpeed(speed) {
    this.#speed = speed;
    this.#update({ audio: { output: { speed } } });
  }

  /**
   * Changes the language; the gateway presents its notice again.
   * @param {string} locale
   */
  setLocale(locale) {
    this.#locale = locale;
    this.#update({ avatar: { locale } });
  }

  /** Any sign of life keeps an idle session; near its end a new link carries it on. */
  goOn() {
    return this.#connection.goOn();
  }

  /** Asks for a human. Whether they may read what was said is asked when one is there. */
  requestHuman() {
    this.#send({ type: 'avatar.handoff.request', share_context: true });
  }

  /** Does not want a human, or not any more. */
  cancelHuman() {
    this.#send({ type: 'avatar.handoff.cancel' });
  }

  /** Whether a human answers. */
  get withHuman() {
    return this.#human;
  }

  /** Puts a microphone on the line, or takes it off. @param {MediaStreamTrack|null} track */
  microphone(track) {
    return this.#connection.microphone(track);
  }

  stats() {
    return this.#connection.stats();
  }

  /**
   * Ends it. The gateway gets a moment to say goodbye and hand over a receipt.
   * @returns {Promise<void>}
   */
  end() {
    if (this.#ended()) return Promise.resolve();
    this.#options.voice?.flush();
    this.#closing ??= this.#connection.leave().then(() => this.#finish('left'));
    return this.#closing;
  }

  /** Ends it without waiting for a goodbye, for a page that is about to go. */
  drop() {
    this.#send({ type: 'avatar.session.end' });
    this.#finish('left');
  }

  /** Empties the memory of this conversation. */
  forget() {
    this.#turns.forget();
    this.#connection.forget();
    this.#next = null;
  }

  // Events ------------------------------------------------------------------

  /** Declares itself once, before the notice, so that the notice waits for a person's yes. */
  #introduce() {
    this.#update({
      output_modalities: [this.#options.voice ? 'audio' : 'text'],
      avatar: { version: '1', acknowledges_disclosure: true, id: this.#options.avatar, locale: this.#locale },
    });
  }

  /** @param {any} e */
  #take(e) {
    this.#hearing.take(e);
    if (this.#turns.take(e)) return;
    switch (e.type) {
      case 'avatar.session.ready':
        this.#ready(e.avatar ?? {}, e.resumed === true || e.avatar?.resumed === true);
        break;
      case 'avatar.disclosure.presented':
        this.#disclose(e);
        break;
      case 'avatar.consent.requested':
        this.#rights.asked(e.consent_id);
        this.#ears.consent(e).then((grants) => this.#rights.agree(grants));
        break;
      case 'avatar.handoff.state':
        this.#human = e.state === 'active';
        if (this.#human) this.#next = null;
        this.#ears.fact('handoff.state', e);
        break;
      case 'avatar.state':
        this.#ears.avatar(e.state);
        break;
      case 'avatar.session.expiring':
        this.#ears.fact('expiring', e);
        break;
      case 'avatar.session.ended':
        this.#ears.fact('ended', e);
        break;
      case 'conversation.item.truncated':
        this.#turns.stop(e.item_id, e.audio_end_ms);
        break;
      case 'output_audio_buffer.started':
        this.#options.voice?.expect();
        break;
      case 'output_audio_buffer.cleared':
        this.#options.voice?.flush();
        break;
      case 'input_audio_buffer.speech_started':
        this.#spoken(e.item_id);
        break;
      case 'avatar.playback.duck':
        this.#options.voice?.duck(e.on === true);
        break;
      case 'error':
        this.#failed(e.error ?? {});
        break;
      default:
        if (e.type.startsWith('avatar.')) this.#ears.fact(e.type.slice('avatar.'.length), e);
    }
  }

  /**
   * Somebody speaks. The gateway stops by itself; what is left to play here is ours to throw away.
   * @param {string} item that it will be
   */
  #spoken(item) {
    this.#connection.alive();
    this.#turns.speaks(item);
    if (this.#human) return; // two people may speak at the same time
    this.#cut(this.#options.voice?.flush(Boolean(this.#turns.active)) ?? null);
  }

  /**
   * What was not heard is not said. Over a plain line only this side knows how far that is.
   * @param {{item: string, ms: number}|null} heard
   */
  #cut(heard) {
    if (!heard) return;
    if (this.#connection.kind === 'websocket') {
      const audio_end_ms = Math.max(0, Math.floor(heard.ms));
      this.#send({ type: 'conversation.item.truncate', item_id: heard.item, content_index: 0, audio_end_ms });
    }
    this.#turns.stop(heard.item, heard.ms);
  }

  /**
   * @param {any} ready
   * @param {boolean} resumed
   */
  #ready(ready, resumed) {
    this.#session = ready.session_id ?? this.#session;
    this.#ears.fact('ready', ready);
    if (!resumed) return;
    if (this.#speed !== 1) this.setSpeed(this.#speed);
    this.#hearing.renew();
    this.#become('talking', 'resumed');
  }

  /** @param {any} e */
  async #disclose(e) {
    this.#turns.hide(e.item_id);
    this.#ears.fact('disclosure', e);
    if (this.#state === 'connecting' || this.#state === 'talking') this.#become('disclosing', '');
    const yes = await this.#ears.disclosed(e);
    if (this.#ended()) return;
    if (!yes) {
      await this.end();
      return;
    }
    if (e.requires_ack !== false) this.#send({ type: 'avatar.disclosure.acknowledge', disclosure_id: e.disclosure_id });
    this.#become('talking', '');
  }

  /** @param {any} error */
  #failed(error) {
    if (error.code === 'response_cancel_not_active') return;
    this.#ears.fact('error', error);
  }

  /**
   * @param {boolean} active
   * @param {string} status
   */
  #responded(active, status) {
    this.#ears.response(active, status);
    if (active || this.#next === null) return;
    this.#next = null;
    this.#request();
  }

  /** An answer to an item, as soon as nothing else is being answered. @param {string} item */
  #want(item) {
    if (this.#human) return; // who answers by themselves
    if (this.#turns.active) this.#next = item;
    else this.#request();
  }

  #request() {
    this.#send({ type: 'response.create' });
  }

  /** @param {object} part of the session */
  #update(part) {
    this.#send({ type: 'session.update', session: { type: 'realtime', ...part } });
  }

  /** @param {object} event */
  #send(event) {
    return this.#connection.send(event);
  }

  #ended() {
    return this.#state === 'ended';
  }

  /**
   * @param {ConversationState} state
   * @param {string} why
   */
  #become(state, why) {
    if (this.#state === state || this.#state === 'ended') return;
    this.#state = state;
    this.#ears.state(state, why);
  }

  /** The one way out. @param {string} why */
  #finish(why) {
    if (this.#ended()) return;
    this.#quit.abort();
    this.#connection.close();
    this.#options.voice?.flush();
    this.#turns.interrupted();
    this.#become('ended', why);
  }
}
