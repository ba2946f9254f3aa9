// What makes it look alive: poses for states, springs between them, blinks at
// no fixed time, eyes that wander and settle.

/**
 * wing: 0 folded to 1 open. lean: 0 to 1. lid: 0 closed to 1. brow: -1 to 1, skew: one brow up.
 * glow: 0 to 1. gazeX, gazeY: -1 to 1. tilt: degrees. smile: 0 to 1.
 * @typedef {{wing: number, lean: number, lid: number, brow: number, skew: number, glow: number,
 *   gazeX: number, gazeY: number, tilt: number, smile: number}} Pose
 */

/** @type {Record<string, Pose>} */
export const POSES = {
  idle: { wing: 0.12, lean: 0, lid: 0.94, brow: 0, skew: 0, glow: 0.55, gazeX: 0, gazeY: 0, tilt: 0, smile: 0.7 },
  connecting: { wing: 0.4, lean: 0.1, lid: 1, brow: 0.3, skew: 0, glow: 0.7, gazeX: 0, gazeY: -0.2, tilt: 0, smile: 0.6 },
  listening: { wing: 0.82, lean: 1, lid: 1, brow: 0.55, skew: 0, glow: 0.75, gazeX: 0, gazeY: 0.25, tilt: -4, smile: 0.55 },
  thinking: { wing: 0.5, lean: 0.25, lid: 0.86, brow: 0.15, skew: 0.8, glow: 0.62, gazeX: 0.55, gazeY: -0.75, tilt: 4, smile: 0.2 },
  speaking: { wing: 0.72, lean: 0.3, lid: 0.96, brow: 0.2, skew: 0, glow: 0.85, gazeX: 0, gazeY: 0, tilt: 0, smile: 0.6 },
  handoff: { wing: 0, lean: -0.2, lid: 0.4, brow: 0, skew: 0, glow: 0.22, gazeX: 0, gazeY: 0.35, tilt: 0, smile: 0.5 },
  lost: { wing: 0.05, lean: -0.3, lid: 0.7, brow: 0.6, skew: 0, glow: 0.2, gazeX: 0, gazeY: 0.5, tilt: 3, smile: 0.1 },
  gone: { wing: 0, lean: -0.4, lid: 0, brow: 0, skew: 0, glow: 0, gazeX: 0, gazeY: 0.3, tilt: 5, smile: 0.75 },
};

/** Critically damped springs, one per number of a pose. */
export class Springs {
  /** @type {Pose} */
  now;
  /** @type {Record<string, number>} */
  #speed = {};

  /** @param {Pose} start */
  constructor(start) {
    this.now = { ...start };
  }

  /**
   * @param {Pose} to
   * @param {number} dt seconds
   */
  step(to, dt) {
    const now = /** @type {Record<string, number>} */ (/** @type {unknown} */ (this.now));
    for (const [key, target] of Object.entries(to)) {
      // Eyes are quick, the body is not.
      const rate = key.startsWith('gaze') ? 22 : key === 'lid' ? 16 : 9;
      // The exact solution, so that a slow machine's long steps cannot blow it up.
      const off = now[key] - target;
      const drive = (this.#speed[key] ?? 0) + rate * off;
      const fade = Math.exp(-rate * dt);
      now[key] = target + (off + drive * dt) * fade;
      this.#speed[key] = (drive - rate * (off + drive * dt)) * fade;
    }
  }
}

/** Blinks and glances, at times that cannot be foretold. */
export class Reflexes {
  #blinkAt = 1.2;
  #glanceAt = 2;
  #twice = false;
  #glance = { x: 0, y: 0 };

  /**
   * @param {number} t seconds
   * @returns {number} 1 open, 0 shut
   */
  lid(t) {
    const since = t - this.#blinkAt;
    if (since < 0) return 1;
    if (since > 0.17) {
      this.#twice = !this.#twice && Math.random() < 0.16;
      this.#blinkAt = t + (this.#twice ? 0.09 : 1.6 + Math.random() * Math.random() * 6);
      return 1;
    }
    // Shut in a third of the time it takes to open.
    return since < 0.05 ? 1 - since / 0.05 : (since - 0.05) / 0.12;
  }

  /**
   * @param {number} t seconds
   * @param {number} reach 0 to 1
   */
  glance(t, reach) {
    if (t > this.#glanceAt) {
      const away = Math.random() < 0.55;
      this.#glance = away ? { x: (Math.random() * 2 - 1) * 0.7, y: (Math.random() * 2 - 1) * 0.45 } : { x: 0, y: 0 };
      this.#glanceAt = t + (away ? 0.5 + Math.random() * 1.2 : 0.9 + Math.random() * 2.6);
    }
    return { x: this.#glance.x * reach, y: this.#glance.y * reach };
  }
}

/** A slow wander without a period that the eye could find. @param {number} t @param {number} seed */
export function drift(t, seed) {
  return (Math.sin(t * 0.61 + seed) + Math.sin(t * 1.07 + seed * 2.3) * 0.6 + Math.sin(t * 1.73 + seed * 4.1) * 0.3) / 1.9;
}

/** Milliseconds on a clock that a page and its workers share. */
export function epoch() {
  return performance.timeOrigin + performance.now();
}
