// The connection of one conversation: an open way to the gateway, mended while
// it can be, and replaced for as long as the session can be resumed.
import { race, wait } from './race.js';
import { SocketLink } from './socket.js';

/**
 * `cut`: what was under way is lost; `back`: the words go on; `over`: nothing more will come;
 * `started`: whether there is something to resume.
 * @typedef {{event: (e: any) => void, transport: (kind: string) => void, stream: (s: MediaStream) => void,
 *   cut: () => void, back: (why: 'mended'|'resumed') => void, trouble: () => void, over: (why: string) => void,
 *   started: () => boolean}} ConnectionEars
 */

/** Milliseconds after a loss during which a resume token is good. */
const RESUMABLE = 60000;
/** Upgrades that a gateway within reach may refuse before the session is given up. */
const REFUSALS = 3;
/** Milliseconds of ICE restarts before the call is given up for a new link. */
const MENDING = 7000;
/** Milliseconds in which the gateway can say goodbye and hand over a receipt. */
const GOODBYE = 900;

export class Connection {
  #gateway;
  #avatar;
  #ears;
  /** @type {import('./race.js').Link|null} */
  #link = null;
  #token = '';
  /** @type {string|null} in memory only, used once */
  #resume = null;
  #mending = false;
  #closed = false;
  #sent = 0;
  #prefix = Math.random().toString(36).slice(2, 8);
  /** Why the session is about to end, when the gateway has said so. */
  #expiring = '';
  /** Set while a goodbye is awaited. @type {(() => void)|null} */
  #goodbye = null;

  /**
   * @param {import('./gateway.js').Gateway} gateway
   * @param {string} avatar
   * @param {ConnectionEars} ears
   */
  constructor(gateway, avatar, ears) {
    this.#gateway = gateway;
    this.#avatar = avatar;
    this.#ears = ears;
  }

  get kind() {
    return this.#link?.kind ?? '';
  }

  /** The session's credential; whoever holds it speaks for this session and for no other. */
  get token() {
    return this.#token;
  }

  /**
   * @param {{locale: string, calls: boolean, microphone: boolean, signal: AbortSignal}} how
   * @returns {Promise<void>}
   */
  async open({ locale, calls, microphone, signal }) {
    const [gateway, avatar] = [this.#gateway, this.#avatar];
    this.#token = await gateway.token(avatar, locale, signal);
    this.#adopt(await race({ gateway, avatar, token: this.#token, calls, microphone, signal }));
  }

  /** @param {object} event */
  send(event) {
    return this.#link?.send({ event_id: this.id('e'), ...event }) ?? false;
  }

  /** A name that nothing else in this session has. @param {string} kind */
  id(kind) {
    return `${kind}_${this.#prefix}${++this.#sent}`;
  }

  /** @param {MediaStreamTrack|null} track */
  async microphone(track) {
    await this.#link?.microphone(track);
  }

  async stats() {
    return (await this.#link?.stats()) ?? { rtt: null, jitter: 0 };
  }

  /** The person is there: an end for want of one is off. */
  alive() {
    if (/idle/.test(this.#expiring)) this.#expiring = '';
  }

  /** Any sign of life keeps an idle session; near its end a new link carries it on. */
  async goOn() {
    const old = this.#link;
    if (/idle/.test(this.#expiring) || !this.#resume || !old) {
      this.#expiring = '';
      // Nothing is under way while it is idle, so this stops nothing; it is a sign of life.
      this.send({ type: 'response.cancel' });
      return;
    }
    // The gateway closes the old link when the new one comes; that is no loss.
    old.adopt({ event: () => {}, closed: () => {} });
    const next = await this.#resumed(this.#resume);
    if (next) {
      this.#ears.cut();
      this.#succeed(next);
      old.close();
    } else if (!this.#closed) this.#adopt(old);
  }

  /** Says goodbye, and waits a moment for the gateway's. @returns {Promise<unknown>} */
  leave() {
    const answered = new Promise((resolve) => (this.#goodbye = () => resolve(undefined)));
    return this.send({ type: 'avatar.session.end' }) ? Promise.race([answered, wait(GOODBYE)]) : Promise.resolve();
  }

  close() {
    this.#closed = true;
    this.#link?.end();
    this.#link = null;
  }

  forget() {
    this.#token = '';
    this.#resume = null;
  }

  /** @param {import('./race.js').Link} link */
  #adopt(link) {
    this.#link = link;
    this.#ears.transport(link.kind);
    link.adopt({
      event: (e) => this.#take(e),
      stream: (s) => this.#ears.stream(s),
      closed: (code, reason) => this.#lost(code, reason),
      trouble: () => this.#mend(),
      healed: () => {},
    });
  }

  /** @param {any} e */
  #take(e) {
    if (e.type === 'avatar.session.ready' && e.avatar?.resume_token) this.#resume = e.avatar.resume_token;
    else if (e.type === 'avatar.session.expiring') {
      if (e.resume_token) this.#resume = e.resume_token;
      this.#expiring = e.reason ?? '';
    }
    this.#ears.event(e);
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    if (this.#goodbye || this.#closed) {
      this.#goodbye?.();
      return;
    }
    // 1000 and 1008 are decisions and a draining gateway keeps no session; everything else is weather.
    if ((code === 1000 && (reason || this.#expiring)) || code === 1008 || reason === 'draining') this.#ears.over(reason || this.#expiring);
    else this.#reconnect();
  }

  /** ICE restarts on the same session first; only then another link. */
  async #mend() {
    const link = this.#link;
    if (this.#mending || this.#closed || this.#goodbye || !link) return;
    this.#mending = true;
    const until = Date.now() + MENDING;
    const shown = setTimeout(() => this.#mending && this.#ears.trouble(), 600);
    let healed = false;
    while (!healed && Date.now() < until && this.#link === link && !this.#closed) {
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
    if (this.#link !== link || this.#closed) return;
    if (healed) this.#ears.back('mended');
    else await this.#reconnect();
  }

  /** The link is gone. The words stay, and a new link is looked for while the session can be resumed. */
  async #reconnect() {
    if (this.#closed) return;
    const started = this.#ears.started();
    this.#link?.close();
    this.#link = null;
    this.#ears.cut();
    if (!this.#resume || !started) {
      this.#ears.over(started ? 'lost' : 'unreachable');
      return;
    }
    this.#ears.trouble();
    const until = Date.now() + RESUMABLE;
    let refused = 0;
    for (let pause = 250; Date.now() < until && this.#resume && !this.#closed; pause = Math.min(pause * 2, 3000)) {
      const link = await this.#resumed(this.#resume);
      if (link) {
        this.#succeed(link);
        return;
      }
      // A browser does not say why an upgrade failed. A gateway that answers and refuses will go on refusing.
      if ((await this.#gateway.reachable()) && ++refused >= REFUSALS) break;
      await Promise.race([wait(pause), online()]);
    }
    this.#ears.over('lost');
  }

  /**
   * Another link for the same session, with the token that is good once.
   * It is a WebSocket: the token is spent when the upgrade succeeds, and the
   * next one arrives on the very same connection.
   * @param {string} resume
   * @returns {Promise<SocketLink|null>}
   */
  async #resumed(resume) {
    const link = new SocketLink({ url: this.#gateway.socketURL(this.#avatar), token: this.#token, resume });
    const opened = await Promise.race([link.open().then(() => true, () => false), wait(5000).then(() => false)]);
    if (opened && !this.#closed) return link;
    link.close();
    return null;
  }

  /** @param {SocketLink} link */
  #succeed(link) {
    this.#resume = null;
    this.#expiring = '';
    this.#adopt(link);
  }
}

/** Resolves when the browser believes in the network again. */
function online() {
  return new Promise((resolve) => globalThis.addEventListener?.('online', () => resolve(undefined), { once: true }));
}
