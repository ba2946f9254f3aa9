// One conversation with an avatar, from the press on Start to the last goodbye.
// It decides what goes over the wire and when; it never touches a page, a
// storage or a cookie. What was said lives in `turns` until `#forget`.
import { decodePCM, encodePCM } from './pcm.js';
import { race, wait } from './race.js';
import { SocketLink } from './socket.js';
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
 *   attach: (s: MediaStream) => void, expect: () => void,
 *   flush: () => {item: string, ms: number}|null}} Voice
 */

/** Milliseconds for a session to speak first, over any way. */
const OPENING = 12000;
/** Milliseconds for the gateway to present its notice on an open link. */
const PRESENTED = 8000;
/** Milliseconds after a loss during which a resume token is good. */
const RESUMABLE = 60000;
/** Upgrades that a gateway within reach may refuse before the session is given up. */
const REFUSALS = 3;
/** Milliseconds of ICE restarts before the call is given up for a new link. */
const MENDING = 7000;

export class Conversation {
  /** @type {ConversationState} */
  #state = 'new';
  #options;
  #ears;
  #turns;
  /** @type {import('./race.js').Link|null} */
  #link = null;
  #token = '';
  /** @type {string|null} in memory only, used once */
  #resume = null;
  #quit = new AbortController();
  #mending = false;
  #sent = 0;
  #prefix = Math.random().toString(36).slice(2, 8);
  /** @type {string|null} what waits for the response under way to end */
  #next = null;
  #speed = 1;
  #locale;
  /** Why the session is about to end, when the gateway has said so. */
  #expiring = '';
  /** @type {Promise<void>|null} */
  #closing = null;
  /** @type {(() => void)|null} */
  #closed = null;

  /**
   * @param {{gateway: import('./gateway.js').Gateway, avatar: string, locale: string,
   *   voice: Voice|null, calls: boolean, microphone: boolean}} options
   *   calls: whether the gateway takes WebRTC calls
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
  }

  get state() {
    return this.#state;
  }

  get turns() {
    return this.#turns;
  }

  get transport() {
    return this.#link?.kind ?? '';
  }

  /**
   * Fetches a token, finds an open way and introduces itself.
   * @returns {Promise<void>} rejects with GatewayError or Error when no way is open
   */
  async start() {
    if (this.#state !== 'new') return;
    this.#become('connecting', '');
    const { gateway, avatar, voice, calls, microphone } = this.#options;
    const timer = setTimeout(() => this.#quit.abort(), OPENING);
    try {
      this.#token = await gateway.token(avatar, this.#locale, this.#quit.signal);
      const link = await race({ gateway, avatar, token: this.#token, calls: calls && voice !== null, microphone, signal: this.#quit.signal });
      this.#adopt(link);
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
    if (this.#turns.active || this.#options.voice) this.stop();
    if (/idle/.test(this.#expiring)) this.#expiring = '';
    const id = this.#id('u');
    this.#turns.ask(id, words);
    const sent = this.#send({
      type: 'conversation.item.create',
      item: { id, type: 'message', role: 'user', content: [{ type: 'input_text', text: words }] },
    });
    if (!sent) return false;
    if (this.#turns.active) this.#next = id;
    else this.#request();
    return true;
  }

  /** Silence now: the sound here at once, the words there right after. */
  stop() {
    const active = this.#turns.active;
    const heard = this.#options.voice?.flush(Boolean(active)) ?? null;
    if (active) this.#send({ type: 'response.cancel', response_id: active });
    if (this.#link?.kind === 'webrtc' && (active || heard)) this.#send({ type: 'output_audio_buffer.clear' });
    if (this.#link?.kind === 'websocket' && heard) {
      const audio_end_ms = Math.max(0, Math.floor(heard.ms));
      this.#send({ type: 'conversation.item.truncate', item_id: heard.item, content_index: 0, audio_end_ms });
    }
    if (heard) this.#turns.stop(heard.item, heard.ms);
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
  async goOn() {
    const old = this.#link;
    if (/idle/.test(this.#expiring) || !this.#resume || !old) {
      this.#expiring = '';
      // Nothing is under way while it is idle, so this stops nothing; it is a sign of life.
      this.#send({ type: 'response.cancel' });
      return;
    }
    // The gateway closes the old link when the new one comes; that is no loss.
    old.adopt({ event: () => {}, closed: () => {} });
    const next = await this.#resumed(this.#resume);
    if (next) {
      this.#turns.interrupted();
      this.#options.voice?.flush();
      this.#succeed(next);
      old.close();
    } else if (!this.#ended()) this.#adopt(old);
  }

  requestHuman() {
    this.#send({ type: 'avatar.handoff.request', share_context: false });
  }

  /**
   * Nothing from here on may be stored; there is no way back in this session.
   * @param {boolean} erase what this session has stored so far as well
   */
  offTheRecord(erase) {
    this.#send({ type: 'avatar.optout.submit', purposes: ['transcript', 'audio_recording'], erase_stored: erase });
  }

  /** @param {Int16Array} samples 24 kHz, only where the link carries sound in events */
  hear(samples) {
    if (this.#link?.kind !== 'websocket' || this.#state !== 'talking') return;
    this.#send({ type: 'input_audio_buffer.append', audio: encodePCM(samples) });
  }

  /** @param {MediaStreamTrack|null} track */
  async microphone(track) {
    await this.#link?.microphone(track);
  }

  async stats() {
    return (await this.#link?.stats()) ?? { rtt: null, jitter: 0 };
  }

  /**
   * Ends it. The gateway gets a moment to say goodbye and hand over a receipt.
   * @returns {Promise<void>}
   */
  end() {
    if (this.#ended()) return Promise.resolve();
    this.#options.voice?.flush();
    if (!this.#closing) {
      const goodbye = new Promise((resolve) => (this.#closed = () => resolve(undefined)));
      const asked = this.#send({ type: 'avatar.session.end' });
      this.#closing = (asked ? Promise.race([goodbye, wait(900)]) : Promise.resolve()).then(() => this.#finish('left'));
    }
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
    this.#token = '';
    this.#resume = null;
    this.#next = null;
  }

  // The link ----------------------------------------------------------------

  /** @param {import('./race.js').Link} link */
  #adopt(link) {
    this.#link = link;
    this.#ears.transport(link.kind);
    link.adopt({
      event: (e) => this.#take(e),
      stream: (s) => this.#options.voice?.attach(s),
      closed: (code, reason) => this.#lost(code, reason),
      trouble: () => this.#mend(),
      healed: () => {},
    });
  }

  /** Declares itself once, before the notice, so that the notice waits for a person's yes. */
  #introduce() {
    this.#update({
      output_modalities: [this.#options.voice ? 'audio' : 'text'],
      avatar: { version: '1', acknowledges_disclosure: true, id: this.#options.avatar, locale: this.#locale },
    });
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    if (this.#closing || this.#ended()) {
      this.#closed?.();
      return;
    }
    // 1000 and 1008 are decisions and a draining gateway keeps no session; everything else is weather.
    if ((code === 1000 && (reason || this.#expiring)) || code === 1008 || reason === 'draining') this.#finish(reason || this.#expiring);
    else this.#reconnect();
  }

  /** ICE restarts on the same session first; only then another link. */
  async #mend() {
    if (this.#mending || this.#state === 'ended' || this.#closing) return;
    const link = this.#link;
    if (!link) return;
    this.#mending = true;
    const until = Date.now() + MENDING;
    const shown = setTimeout(() => this.#mending && this.#become('reconnecting', ''), 600);
    let healed = false;
    while (!healed && Date.now() < until && this.#link === link && !this.#ended()) {
      const give = AbortSignal.timeout(2500);
      if (await link.restart(give)) {
        // Candidates need a moment; a call that is whole again says so by itself.
        for (let i = 0; i < 25 && !healed; i++) {
          await wait(100);
          healed = link.connected;
        }
      } else {
        await wait(500);
        healed = link.connected;
      }
    }
    clearTimeout(shown);
    this.#mending = false;
    if (this.#link !== link || this.#ended()) return;
    if (healed) this.#become('talking', 'mended');
    else await this.#reconnect();
  }

  /** The link is gone. The words stay, and a new link is looked for while the session can be resumed. */
  async #reconnect() {
    if (this.#ended()) return;
    const started = this.#state === 'talking' || this.#state === 'reconnecting';
    this.#link?.close();
    this.#link = null;
    this.#turns.interrupted();
    this.#options.voice?.flush();
    if (!this.#resume || !started) {
      this.#finish(started ? 'lost' : 'unreachable');
      return;
    }
    this.#become('reconnecting', '');
    const until = Date.now() + RESUMABLE;
    let refused = 0;
    for (let pause = 250; Date.now() < until && this.#resume && !this.#ended(); pause = Math.min(pause * 2, 3000)) {
      const link = await this.#resumed(this.#resume);
      if (link) {
        this.#succeed(link);
        return;
      }
      // A browser does not say why an upgrade failed. A gateway that answers and refuses will go on refusing.
      if ((await this.#options.gateway.reachable()) && ++refused >= REFUSALS) break;
      await Promise.race([wait(pause), online()]);
    }
    this.#finish('lost');
  }

  /**
   * Another link for the same session, with the token that is good once.
   * It is a WebSocket: the token is spent when the upgrade succeeds, and the
   * next one arrives on the very same connection.
   * @param {string} resume
   * @returns {Promise<SocketLink|null>}
   */
  async #resumed(resume) {
    const { gateway, avatar } = this.#options;
    const link = new SocketLink({ url: gateway.socketURL(avatar), token: this.#token, resume });
    const opened = await Promise.race([link.open().then(() => true, () => false), wait(5000).then(() => false)]);
    if (opened && !this.#ended()) return link;
    link.close();
    return null;
  }

  /** @param {SocketLink} link */
  #succeed(link) {
    this.#resume = null;
    this.#expiring = '';
    this.#adopt(link);
  }

  // Events ------------------------------------------------------------------

  /** @param {any} e */
  #take(e) {
    if (this.#turns.take(e)) return;
    switch (e.type) {
      case 'avatar.session.ready':
        this.#ready(e.avatar ?? {}, e.resumed === true || e.avatar?.resumed === true);
        break;
      case 'avatar.disclosure.presented':
        this.#disclose(e);
        break;
      case 'avatar.consent.requested':
        this.#ears.consent(e).then((grants) =>
          this.#send({ type: 'avatar.consent.submit', consent_id: e.consent_id, grants, method: 'click' }));
        break;
      case 'avatar.state':
        this.#ears.avatar(e.state);
        break;
      case 'avatar.session.expiring':
        if (e.resume_token) this.#resume = e.resume_token;
        this.#expiring = e.reason ?? '';
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
        this.#options.voice?.flush();
        this.#ears.avatar('listening');
        break;
      case 'error':
        this.#failed(e.error ?? {});
        break;
      default:
        if (e.type.startsWith('avatar.')) this.#ears.fact(e.type.slice('avatar.'.length), e);
    }
  }

  /**
   * @param {any} ready
   * @param {boolean} resumed
   */
  #ready(ready, resumed) {
    if (ready.resume_token) this.#resume = ready.resume_token;
    this.#ears.fact('ready', ready);
    if (!resumed) return;
    if (this.#speed !== 1) this.setSpeed(this.#speed);
    this.#become('talking', 'resumed');
  }

  /** @param {any} e */
  async #disclose(e) {
    this.#turns.hide(e.item_id);
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

  #request() {
    this.#send({ type: 'response.create' });
  }

  /** @param {object} part of the session */
  #update(part) {
    this.#send({ type: 'session.update', session: { type: 'realtime', ...part } });
  }

  /** @param {object} event */
  #send(event) {
    return this.#link?.send({ event_id: this.#id('e'), ...event }) ?? false;
  }

  /** @param {string} kind */
  #id(kind) {
    return `${kind}_${this.#prefix}${++this.#sent}`;
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
    this.#link?.end();
    this.#link = null;
    this.#options.voice?.flush();
    this.#turns.interrupted();
    this.#become('ended', why);
  }
}

/** Resolves when the browser believes in the network again. */
function online() {
  return new Promise((resolve) => globalThis.addEventListener?.('online', () => resolve(undefined), { once: true }));
}
