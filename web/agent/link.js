// The line to the desk: one WebSocket. It keeps nothing of what goes over it.

/** Milliseconds before another try. Each waits longer, up to the last. */
const AGAIN = [500, 1500, 4000, 10000];

/** Close reasons after which trying again is no use. */
const OVER = ['invalid_credential', 'no_desk', 'message_rate_exceeded', 'seat_taken'];

export class Link {
  #on;
  #secret = '';
  /** @type {WebSocket|null} */
  #socket = null;
  #tries = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;

  /** @param {{message: (m: any) => void, up: () => void, down: (why: string) => void, over: (why: string) => void}} on */
  constructor(on) {
    this.#on = on;
    // A browser notices a dead line late, and that there is no network at once.
    addEventListener('offline', () => this.#socket?.close());
  }

  /** @param {string} secret */
  open(secret) {
    this.#secret = secret;
    this.#dial();
  }

  close() {
    clearTimeout(this.#timer);
    this.#secret = '';
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  get up() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** @param {object} message */
  send(message) {
    if (!this.up) return false;
    this.#socket?.send(JSON.stringify(message));
    return true;
  }

  #dial() {
    const url = new URL('/v1/agent', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url, ['realtime', `openai-insecure-api-key.${this.#secret}`]);
    this.#socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#tries = 0;
      this.#on.up();
    };
    socket.onmessage = (e) => this.#on.message(JSON.parse(e.data));
    socket.onclose = (e) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (OVER.includes(e.reason)) {
        this.#on.over(e.reason);
        return;
      }
      this.#on.down(opened ? 'dropped' : 'refused');
      this.#timer = setTimeout(() => this.#dial(), AGAIN[Math.min(this.#tries++, AGAIN.length - 1)]);
    };
  }
}
