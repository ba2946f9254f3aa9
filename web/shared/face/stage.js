// The life of one figure on one canvas: frame after frame while it moves, one
// picture while it is asked to hold still. It runs in a worker, so that a busy
// page does not make it stumble; where there is none, on the page's thread.
import { drift, epoch, POSES, Reflexes, Springs } from './life.js';
import { lookNamed } from './looks.js';
import { mouthAt, REST } from './mouth.js';
import { MARGIN, Painter, SHEET } from './paint.js';

/** The mouth of a figure that holds still while its voice speaks. */
const STILL_MOUTH = { ...REST, open: 0.4, wide: 0.2, teeth: 0.3, tongue: 0.2 };
const STILL_SHAPE = 11;
/** How often the figure is drawn while it only breathes: every second frame. */
const IDLE_SKIP = 2;

/**
 * What a stage can be told. `heard.at` is in milliseconds since the epoch, like `epoch()`.
 * @typedef {{look?: string, colour?: string, dark?: boolean, width?: number, state?: string, still?: boolean,
 *   target?: {x: number, y: number}|null, shapes?: {at: number, id: number, weight: number}[],
 *   more?: {at: number, id: number, weight: number}[] those that came after the shapes,
 *   heard?: {ms: number, at: number, level: number}|null, close?: boolean}} Cue
 */

export class Stage {
  #canvas;
  #context;
  #onmouth;
  /** @type {Painter|null} */
  #painter = null;
  #wears = { look: '', colour: '', dark: false, width: 0 };
  #state = 'idle';
  #still = false;
  /** @type {{x: number, y: number}|null} */
  #target = null;
  /** @type {{at: number, id: number, weight: number}[]} */
  #shapes = [];
  /** @type {Cue['heard']} */
  #heard = null;
  #springs = new Springs(POSES.idle);
  #reflexes = new Reflexes();
  #envelope = 0;
  #shape = -1;
  #frame = 0;
  #count = 0;
  #last = 0;

  /**
   * @param {OffscreenCanvas|HTMLCanvasElement} canvas
   * @param {(id: number) => void} onmouth told when another mouth shape rules
   */
  constructor(canvas, onmouth) {
    this.#canvas = canvas;
    const context = canvas.getContext('2d');
    if (!context) throw new Error('nothing can be drawn here');
    this.#context = /** @type {import('./paint.js').Context} */ (context);
    this.#onmouth = onmouth;
  }

  /** @param {Cue} cue */
  take(cue) {
    if (cue.close) {
      cancelAnimationFrame(this.#frame);
      return;
    }
    if (cue.shapes) this.#shapes = [...cue.shapes];
    if (cue.more) this.#shapes = [...this.#shapes, ...cue.more].sort((a, b) => a.at - b.at);
    if (cue.target !== undefined) this.#target = cue.target;
    if (cue.state !== undefined) this.#state = cue.state in POSES ? cue.state : 'idle';
    if (cue.still !== undefined) this.#still = cue.still;
    if (cue.heard !== undefined) this.#heard = cue.heard;
    const { look = this.#wears.look, colour = this.#wears.colour, dark = this.#wears.dark, width = this.#wears.width } = cue;
    const wears = { look, colour, dark, width };
    const other = Object.entries(wears).some(([k, v]) => this.#wears[/** @type {'look'} */ (k)] !== v);
    if (other) {
      // What is not on a page yet has no width, and is dressed all the same.
      this.#wears = wears;
      if (width > 0) this.#dress();
    }
    if (!this.#painter) return;
    cancelAnimationFrame(this.#frame);
    if (this.#still) this.#hold();
    else this.#frame = requestAnimationFrame((t) => this.#tick(t));
  }

  #dress() {
    const { look, colour, dark, width } = this.#wears;
    const scale = width / SHEET.width;
    this.#canvas.width = Math.round((SHEET.width + MARGIN.left + MARGIN.right) * scale);
    this.#canvas.height = Math.round((SHEET.height + MARGIN.top + MARGIN.bottom) * scale);
    const its = lookNamed(look);
    this.#painter = new Painter(its, /^#[0-9a-f]{6}$/i.test(colour) ? colour : its.colour, dark, scale);
    this.#fold = its.fold;
  }

  #fold = [0, 0];

  /** One still picture. */
  #hold() {
    const pose = POSES[this.#state];
    const sounds = this.#heard !== null;
    this.#springs = new Springs(pose);
    this.#paint(pose, 0, sounds ? STILL_MOUTH : REST, pose.lid);
    this.#shaped(sounds ? STILL_SHAPE : 0);
  }

  /** @param {number} stamp */
  #tick(stamp) {
    this.#frame = requestAnimationFrame((t) => this.#tick(t));
    this.#count++;
    if (!this.#heard && this.#state === 'idle' && this.#count % IDLE_SKIP !== 0) return;
    const dt = Math.min(0.1, Math.max(0.001, (stamp - this.#last) / 1000));
    this.#last = stamp;
    const t = stamp / 1000;
    const goal = this.#goal(t, dt);
    this.#springs.step(goal, dt);
    const now = this.#springs.now;
    const rest = this.#state === 'gone';
    const heard = this.#heard;
    const { mouth, id } = heard ? mouthAt(this.#shapes, heard.ms + epoch() - heard.at) : { mouth: REST, id: 0 };
    this.#paint(now, rest ? 0 : t, mouth, rest ? Math.max(0, now.lid) : now.lid * this.#reflexes.lid(t));
    this.#shaped(id);
  }

  /**
   * @param {number} t seconds
   * @param {number} dt seconds
   */
  #goal(t, dt) {
    const goal = { ...POSES[this.#state] };
    if (this.#state !== 'gone') {
      if (this.#target && this.#state !== 'thinking') {
        goal.gazeX = this.#target.x;
        goal.gazeY = this.#target.y;
        goal.tilt += this.#target.x * 3;
      } else {
        const glance = this.#reflexes.glance(t, this.#state === 'speaking' ? 0.35 : 0.8);
        goal.gazeX += glance.x;
        goal.gazeY += glance.y;
      }
    }
    const level = this.#heard ? Math.min(1, this.#heard.level * 7) : 0;
    this.#envelope += (level - this.#envelope) * Math.min(1, dt * (level > this.#envelope ? 30 : 9));
    goal.brow += this.#envelope * 0.5;
    return goal;
  }

  /**
   * @param {import('./life.js').Pose} pose
   * @param {number} t seconds; at 0 nothing breathes
   * @param {import('./mouth.js').Mouth} mouth
   * @param {number} lid
   */
  #paint(pose, t, mouth, lid) {
    const breath = t ? Math.sin(t * 1.5) : 0;
    const thinks = t > 0 && this.#state === 'thinking';
    const shimmer = thinks ? Math.sin(t * 31) * 1.6 + Math.sin(t * 5) * 3 : 0;
    const beat = t ? Math.sin(t * 24) * this.#envelope * 9 : 0;
    const shut = 1 - pose.wing;
    this.#painter?.draw(this.#context, {
      fore: shut * this.#fold[0] + breath * 1.6 + beat + shimmer,
      hind: shut * this.#fold[1] + breath * 1.1 + beat * 0.7 - shimmer * 0.6,
      fold: 1 - shut * 0.12,
      sway: (t ? drift(t * 0.8, 1) * 0.9 : 0) + pose.tilt * 0.12,
      lean: 1 + pose.lean * 0.04 + breath * 0.003,
      headX: pose.gazeX * 3.5,
      headY: -breath * 1.6 + pose.gazeY * 3 + pose.lean * 4,
      tilt: pose.tilt + (t ? drift(t, 7) * 1.4 : 0),
      jaw: 1 + mouth.open * 0.022,
      tail: (t ? drift(t * 0.7, 3) * 2.4 : 0) - pose.lean * 2,
      flick: (t ? drift(t * 1.3, 5) * 3 : 0) + pose.brow * 5 + (thinks ? Math.sin(t * 7) * 2.4 : 0),
    }, pose, lid, mouth);
  }

  /** @param {number} id */
  #shaped(id) {
    if (id === this.#shape) return;
    this.#shape = id;
    this.#onmouth(id);
  }
}
