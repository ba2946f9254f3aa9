// One WebSocket to the gateway: events as text frames, sound inside them.

/**
 * What a link tells whoever adopted it.
 * @typedef {{event: (e: any) => void, closed: (code: number, reason: string) => void,
 *   trouble?: () => void, healed?: () => void, stream?: (s: MediaStream) => void}} LinkEars
 */

/** A WebSocket link. Events that arrive before `adopt` wait inside. */
export class SocketLink {
  kind = 'websocket';
  /** @type {'new'|'opening'|'open'|'closed'} */
  #state = 'new';
  /** @type {WebSocket|null} */
  #socket = null;
  /** @type {LinkEars|null} */
  #ears = null;
  /** @type {any[]} */
  #waiting = [];
  #url;
  #protocols;

  /**
   * @param {{url: string, token: string, resume?: string|null}} options
   */
  constructor({ url, token, resume }) {
    this.#url = url;
    this.#protocols = ['realtime', `openai-insecure-api-key.${token}`];
    if (resume) this.#protocols.push(`mayfly-resume.${resume}`);
  }

  /**
   * Resolves when the session speaks first; rejects when it never will.
   * @returns {Promise<this>}
   */
  open() {
    this.#state = 'opening';
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.#url, this.#protocols);
      this.#socket = socket;
      socket.onmessage = (m) => {
        if (typeof m.data !== 'string') return;
        const event = parseEvent(m.data);
        if (!event) return;
        if (this.#state === 'opening') {
          this.#state = 'open';
          resolve(this);
        }
        if (this.#ears) this.#ears.event(event);
        else this.#waiting.push(event);
      };
      socket.onclose = (c) => {
        const was = this.#state;
        this.#state = 'closed';
        this.#socket = null;
        if (was === 'opening') reject(new Error(c.reason || `closed_${c.code}`));
        else if (was === 'open') this.#ears?.closed(c.code, c.reason);
      };
    });
  }

  /** @param {LinkEars} ears */
  adopt(ears) {
    this.#ears = ears;
    for (const event of this.#waiting.splice(0)) ears.event(event);
  }

  /**
   * @param {object} event
   * @returns {boolean} whether it could be handed to the network
   */
  send(event) {
    if (this.#state !== 'open' || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(event));
    return true;
  }

  get connected() {
    return this.#state === 'open';
  }

  /**
   * A socket cannot be mended, only replaced.
   * @param {AbortSignal} _signal
   */
  async restart(_signal) {
    return false;
  }

  /** @returns {Promise<{rtt: number|null, jitter: number}>} milliseconds */
  async stats() {
    return { rtt: null, jitter: 0 };
  }

  /** @param {MediaStreamTrack|null} _track */
  async microphone(_track) {}

  /** Lets go without telling the ears: whoever closes knows. */
  close() {
    this.end();
  }

  /** Ends the session; a socket that closes in order says so by itself. */
  end() {
    this.#state = 'closed';
    this.#ears = null;
    this.#socket?.close(1000);
    this.#socket = null;
  }
}

/**
 * @param {string} text
 * @returns {any} an event with a type, or null
 */
export function parseEvent(text) {
  try {
    const event = JSON.parse(text);
    return typeof event?.type === 'string' ? event : null;
  } catch {
    return null;
  }
}
