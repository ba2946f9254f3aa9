// Tells a person who talks in two tabs. The tabs say that they exist, and nothing else.

export class Tabs {
  #channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('mayfly-tabs') : null;
  #talking = false;

  /** @param {() => void} onother another tab talks too */
  constructor(onother) {
    if (!this.#channel) return;
    this.#channel.onmessage = (m) => {
      if (!this.#talking) return;
      if (m.data === 'hello') this.#channel?.postMessage('here');
      onother();
    };
  }

  begin() {
    this.#talking = true;
    this.#channel?.postMessage('hello');
  }

  end() {
    this.#talking = false;
  }
}
