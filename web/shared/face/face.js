// The avatar's face as a page sees it: an element, a state, somebody to look
// at, and the sound it shapes. The drawing happens on a thread of its own.
import { epoch, POSES } from './life.js';
import { lookNamed } from './looks.js';
import { stillPicture } from './still.js';
import { faceSheet } from './style.js';

/** Milliseconds until a lost thread is tried again, each time longer. */
const AGAIN = [2000, 10000, 60000];

/** More device pixels than this per figure are not seen, only paid for. */
const WIDEST = 1600;

/**
 * What is heard now: shapes of the item, position in it in ms, loudness.
 * @typedef {{shapes: {at: number, id: number, weight: number}[], ms: number, level: number}|null} Heard
 */

export class Face {
  #host;
  #root;
  #halo = document.createElement('div');
  #pin = document.createElement('div');
  /** @type {HTMLCanvasElement} */
  #canvas = document.createElement('canvas');
  #onmouth;
  #onpicture;
  /** How often the picture was lost. */
  #lost = 0;
  #moves = true;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #again;
  /** @type {((cue: import('./stage.js').Cue) => void)|null} */
  #post = null;
  /** @type {Worker|null} */
  #worker = null;
  /** @type {import('./stage.js').Cue} everything it has been told, for whoever begins late */
  #told = {};
  #state = 'idle';
  /** @type {object|null} */
  #shapes = null;
  #count = 0;
  #still = matchMedia('(prefers-reduced-motion: reduce)');
  #night = matchMedia('(prefers-color-scheme: dark)');
  #onsystem = () => this.#tell({ still: this.#still.matches, dark: this.#isDark() });
  #resized = new ResizeObserver(() => this.#tell({ width: this.#width() }));
  #closed = false;

  /**
   * @param {HTMLElement} host an empty element; its width decides the figure's size
   * @param {{look?: string, colour?: string, badge: string, onmouth?: (id: number) => void,
   *   onpicture?: (moves: boolean) => void, picture?: boolean,
   *   Stage?: typeof import('./stage.js').Stage}} options
   *   onpicture: told when the picture stands still because what draws it is lost, and when it moves again;
   *   picture: one still picture, for a small face among others; Stage: draws on the page's thread with it, for where
   *   scripts come from another origin and a worker may not
   */
  constructor(host, { look, colour, badge, onmouth, onpicture, picture = false, Stage }) {
    this.#host = host;
    this.#root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    this.#root.adoptedStyleSheets = [faceSheet()];
    this.#onmouth = onmouth ?? (() => {});
    this.#onpicture = onpicture ?? (() => {});
    const shade = document.createElement('div');
    shade.className = 'shade';
    this.#halo.className = 'halo';
    this.#pin.className = 'pin';
    this.#root.replaceChildren(this.#halo, shade, this.#canvas, this.#pin);
    this.#told = { still: picture || this.#still.matches, width: this.#width(), state: 'idle' };
    this.#glow();
    this.wear({ look, colour, badge });
    this.#resized.observe(host);
    if (!picture) this.#still.addEventListener('change', this.#onsystem);
    this.#night.addEventListener('change', this.#onsystem);
    if (Stage) this.#here(Stage);
    else if (picture || !this.#employ()) this.#fetchHere();
  }

  /**
   * Puts on another look.
   * @param {{look?: string, colour?: string, badge: string}} options
   */
  wear({ look, colour, badge }) {
    const own = /^#[0-9a-f]{6}$/i.test(colour ?? '') ? String(colour) : lookNamed(look).colour;
    this.#host.style.setProperty('--look-colour', own);
    this.#pin.textContent = badge;
    this.#tell({ look: look ?? '', colour: own, dark: this.#isDark() });
  }

  /** idle, connecting, listening, thinking, speaking, handoff, lost or gone */
  get state() {
    return this.#state;
  }

  set state(state) {
    if (state === this.#state) return;
    this.#state = state in POSES ? state : 'idle';
    this.#glow();
    this.#tell({ state: this.#state });
  }

  /**
   * What is heard at this moment. Call it some twenty times a second: in between the figure counts on.
   * @param {Heard} heard
   */
  hear(heard) {
    if (!heard) {
      if (this.#told.heard) this.#tell({ heard: null });
      return;
    }
    /** @type {import('./stage.js').Cue} */
    const cue = { heard: { ms: heard.ms, at: epoch(), level: heard.level } };
    // Only what is new crosses to the other thread: copying all of a long answer each time costs more than the rest.
    if (heard.shapes !== this.#shapes) cue.shapes = heard.shapes;
    else if (heard.shapes.length !== this.#count) cue.more = heard.shapes.slice(this.#count);
    this.#shapes = heard.shapes;
    this.#count = heard.shapes.length;
    this.#tell(cue);
    this.#told.shapes = heard.shapes;
  }

  /**
   * Looks at a point of the window, or nowhere in particular.
   * @param {{x: number, y: number}|null} point
   */
  lookAt(point) {
    if (!point) {
      if (this.#told.target) this.#tell({ target: null });
      return;
    }
    const box = this.#host.getBoundingClientRect();
    const x = point.x - (box.left + box.width / 2);
    const y = point.y - (box.top + box.height * 0.38);
    const far = Math.hypot(x, y) || 1;
    const reach = Math.min(1, far / (box.width * 0.6 || 1));
    this.#tell({ target: { x: (x / far) * reach, y: (y / far) * reach } });
  }

  /** Stops and lets go of everything. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#again);
    this.#post?.({ close: true });
    this.#worker?.terminate();
    this.#worker = null;
    this.#post = null;
    this.#resized.disconnect();
    this.#still.removeEventListener('change', this.#onsystem);
    this.#night.removeEventListener('change', this.#onsystem);
    this.#root.replaceChildren();
  }

  /** @param {import('./stage.js').Cue} cue */
  #tell(cue) {
    Object.assign(this.#told, cue, { more: undefined });
    if (!this.#closed) this.#post?.(cue);
  }

  /** A worker takes the canvas as soon as it can; where it cannot, the page draws. */
  #employ() {
    let drawn = false;
    if (this.#closed || typeof Worker !== 'function' || !this.#canvas.transferControlToOffscreen) return false;
    try {
      this.#worker = new Worker(workerURL(), { type: 'module', name: 'mayfly-face' });
    } catch {
      return false;
    }
    const worker = this.#worker;
    worker.onmessage = (m) => {
      if (m.data !== 'ready') {
        this.#onmouth(m.data);
        return;
      }
      if (this.#post) this.#blank(); // until now the page drew
      const offscreen = this.#canvas.transferControlToOffscreen();
      drawn = true;
      this.#post = (cue) => worker.postMessage(cue);
      worker.postMessage({ ...this.#told, still: this.#still.matches, canvas: offscreen }, [offscreen]);
      this.#moving(true);
    };
    worker.onerror = () => {
      if (this.#worker !== worker) return;
      worker.terminate();
      this.#worker = null;
      if (drawn) this.#lose();
      else if (!this.#post) this.#fetchHere();
    };
    return true;
  }

  /** What drew is gone: a still picture of what was drawn last, and before long another try. */
  #lose() {
    this.#post = null;
    this.#blank();
    this.#told.still = true;
    this.#fetchHere();
    this.#moving(false);
    if (this.#lost >= AGAIN.length) return;
    this.#again = setTimeout(() => this.#employ(), AGAIN[this.#lost++]);
  }

  /** A canvas that nothing was drawn on: one that was given away cannot be had back. */
  #blank() {
    const fresh = document.createElement('canvas');
    this.#canvas.replaceWith(fresh);
    this.#canvas = fresh;
  }

  async #fetchHere() {
    this.#here((await import('./stage.js')).Stage);
  }

  /** @param {typeof import('./stage.js').Stage} Stage */
  #here(Stage) {
    if (this.#closed) return;
    try {
      const stage = new Stage(this.#canvas, this.#onmouth);
      this.#post = (cue) => stage.take(cue);
      stage.take(this.#told);
    } catch {
      // Nothing can be drawn here. The label beside it stays.
      this.#post = null;
      clearTimeout(this.#again);
      this.#canvas.replaceWith(stillPicture());
      this.#moving(false);
    }
  }

  /** @param {boolean} moves */
  #moving(moves) {
    if (moves === this.#moves) return;
    this.#moves = moves;
    this.#host.dataset.picture = moves ? 'moves' : 'still';
    this.#onpicture(moves);
  }

  /** The light around it, by state; the voice does not flicker it. */
  #glow() {
    const glow = POSES[this.#state].glow;
    this.#halo.style.opacity = String(glow * 0.7);
    this.#halo.style.transform = `scale(${0.86 + glow * 0.2})`;
  }

  #width() {
    return Math.min(WIDEST, Math.round(this.#host.clientWidth * Math.min(2, devicePixelRatio || 1)));
  }

  /** Dark behind, if the system is and the page follows it. */
  #isDark() {
    return this.#night.matches && getComputedStyle(this.#host).colorScheme.includes('dark');
  }
}

/** @type {string|null} */
let address = null;

/** The worker's address, in the wrapping that Trusted Types ask for. */
function workerURL() {
  if (!address) {
    const url = new URL('./worker.js', import.meta.url).href;
    const types = /** @type {any} */ (globalThis).trustedTypes;
    address = types ? types.createPolicy('mayfly-face', { createScriptURL: () => url }).createScriptURL('') : url;
  }
  return /** @type {string} */ (address);
}
