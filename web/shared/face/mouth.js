// From mouth shapes in time to one mouth now. Fifteen shapes (the Oculus set,
// in its order), blended as lips really move: the next sound is begun while
// the last one still rings.

/** Names of the shapes, by number. */
export const SHAPES = ['sil', 'PP', 'FF', 'TH', 'DD', 'kk', 'CH', 'SS', 'nn', 'RR', 'aa', 'E', 'ih', 'oh', 'ou'];

/**
 * open: jaw, 0 to 1. wide: corners, -1 (pursed) to 1. round: 0 to 1.
 * teeth, tongue: how much is seen. tuck: lower lip under the teeth. press: lips pressed.
 * @typedef {{open: number, wide: number, round: number, teeth: number, tongue: number, tuck: number, press: number}} Mouth
 */

/** @type {[number, number, number, number, number, number, number][]} in the order of the typedef */
const TARGETS = [
  [0, 0, 0, 0, 0, 0, 0], // sil
  [0, -0.1, 0.1, 0, 0, 0, 1], // PP
  [0.14, 0.1, 0, 1, 0, 1, 0], // FF
  [0.24, 0.12, 0, 0.6, 1, 0, 0], // TH
  [0.28, 0.12, 0, 0.6, 0.6, 0, 0], // DD
  [0.36, 0.05, 0, 0.3, 0.1, 0, 0], // kk
  [0.26, -0.4, 0.55, 0.9, 0, 0, 0], // CH
  [0.14, 0.4, 0, 1, 0, 0, 0], // SS
  [0.22, 0.12, 0, 0.3, 0.8, 0, 0], // nn
  [0.26, -0.3, 0.45, 0.1, 0.3, 0, 0], // RR
  [1, 0.1, 0.1, 0.35, 0.25, 0, 0], // aa
  [0.58, 0.5, 0, 0.5, 0.2, 0, 0], // E
  [0.38, 0.4, 0, 0.5, 0.15, 0, 0], // ih
  [0.72, -0.45, 0.85, 0, 0.1, 0, 0], // oh
  [0.34, -0.8, 1, 0, 0, 0, 0], // ou
];

/** How strongly a shape insists while it meets its neighbours: lips must close for P and touch for F. */
const INSISTS = [1, 2.4, 2, 1.2, 1, 0.8, 1.2, 1.2, 1, 1, 1.2, 1, 1, 1.1, 1.2];

/** Half of the time, in ms, over which neighbours blend: 80 ms in all. */
const HALF = 40;
/** Milliseconds by which lips run ahead of their sound. */
const AHEAD = 15;

/** @type {Mouth} */
export const REST = { open: 0, wide: 0, round: 0, teeth: 0, tongue: 0, tuck: 0, press: 0 };

/**
 * The mouth at one moment of an item, and the shape that rules it.
 * Weights are the overlap of each shape's span with a raised-cosine window.
 * @param {{at: number, id: number, weight: number}[]} shapes in order of time
 * @param {number} ms
 * @returns {{mouth: Mouth, id: number}}
 */
export function mouthAt(shapes, ms) {
  const centre = ms + AHEAD;
  const sum = [0, 0, 0, 0, 0, 0, 0];
  let total = 0;
  let best = 0;
  let id = 0;
  for (let i = firstNear(shapes, centre - HALF); i < shapes.length; i++) {
    const s = shapes[i];
    if (s.at > centre + HALF) break;
    const end = i + 1 < shapes.length ? shapes[i + 1].at : s.at + 400;
    const share = swept(end - centre) - swept(s.at - centre);
    if (share <= 0) continue;
    const weight = share * INSISTS[s.id];
    total += weight;
    const target = TARGETS[s.id];
    for (let k = 0; k < sum.length; k++) sum[k] += weight * target[k] * s.weight;
    if (share > best) {
      best = share;
      id = s.id;
    }
  }
  if (total === 0) return { mouth: REST, id: 0 };
  const [open, wide, round, teeth, tongue, tuck, press] = sum.map((v) => v / total);
  return { mouth: { open, wide, round, teeth, tongue, tuck, press }, id };
}

/** Integral of the raised cosine from -HALF to x, 0 to 1. @param {number} x */
function swept(x) {
  if (x <= -HALF) return 0;
  if (x >= HALF) return 1;
  return 0.5 + x / (2 * HALF) + Math.sin((Math.PI * x) / HALF) / (2 * Math.PI);
}

/**
 * Index of the shape that covers a moment, by halving.
 * @param {{at: number}[]} shapes
 * @param {number} ms
 */
function firstNear(shapes, ms) {
  let low = 0;
  let high = shapes.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (shapes[mid].at <= ms) low = mid + 1;
    else high = mid;
  }
  return Math.max(0, low - 1);
}
