// The tree of RFC 6962, computed here with the browser's own SHA-256.
import { same } from './bytes.js';

/** @param {Uint8Array} data */
async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', /** @type {any} */ (data)));
}

/**
 * The hash of an entry.
 * @param {Uint8Array} leaf
 */
export function leafHash(leaf) {
  const data = new Uint8Array(leaf.length + 1);
  data.set(leaf, 1);
  return sha256(data);
}

/**
 * The hash of two nodes.
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
export function nodeHash(left, right) {
  const data = new Uint8Array(65);
  data[0] = 1;
  data.set(left, 1);
  data.set(right, 33);
  return sha256(data);
}

/** A tree that only remembers what it needs to grow. */
export class Frontier {
  size = 0;
  /** The last node of each level. @type {Uint8Array[]} */
  #nodes = [];

  /**
   * Appends an entry with the hashes that are stored with it: its own, and that of each node that it completes.
   * @param {Uint8Array} stored
   * @returns {{hash: Promise<Uint8Array>, is: Uint8Array}[]|null} what each node should be, to be compared; null: there are too few hashes or too many
   */
  add(stored) {
    /** @type {{hash: Promise<Uint8Array>, is: Uint8Array}[]} */
    const nodes = [];
    let level = 0;
    let right = stored.subarray(0, 32);
    for (let m = this.size; m % 2 === 1; m = (m - 1) / 2) {
      const is = stored.subarray(32 * (level + 1), 32 * (level + 2));
      if (is.length !== 32) return null;
      nodes.push({ hash: nodeHash(this.#nodes[level], right), is });
      this.#nodes[level++] = right;
      right = is;
    }
    this.#nodes[level] = right;
    this.size++;
    return stored.length === 32 * (level + 1) ? nodes : null;
  }

  /** What the tree comes to. @returns {Promise<Uint8Array>} */
  root() {
    const whole = [];
    for (let level = 0, m = this.size; m > 0; level++, m = Math.floor(m / 2)) if (m % 2 === 1) whole.push(this.#nodes[level]);
    if (whole.length === 0) return sha256(new Uint8Array());
    return whole.slice(1).reduce((right, left) => right.then((r) => nodeHash(left, r)), Promise.resolve(whole[0]));
  }
}

/**
 * Whether a proof leads from an entry to what the tree of a size comes to.
 * @param {{index: number, size: number, leaf: Uint8Array, proof: Uint8Array[], root: Uint8Array}} is leaf: its hash
 */
export async function included({ index, size, leaf, proof, root }) {
  if (!(index >= 0 && index < size)) return false;
  let at = index;
  let last = size - 1;
  let hash = leaf;
  for (const one of proof) {
    if (last === 0 || one.length !== 32) return false;
    if (at % 2 === 1 || at === last) {
      hash = await nodeHash(one, hash);
      while (at % 2 === 0 && at !== 0) {
        at /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      hash = await nodeHash(hash, one);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && same(hash, root);
}
