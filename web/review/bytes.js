// Bytes as they are written down: base64 and hexadecimal, read as strictly as mayfly reads them.
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Int8Array(256).fill(-1);
for (let i = 0; i < 64; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/**
 * @param {string} text
 * @param {{strict?: boolean, padded?: boolean}} [how] strict: what is left over of the last sign has to be zero
 * @returns {Uint8Array|null} null: it is none
 */
export function fromBase64(text, { strict = false, padded = true } = {}) {
  let s = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  if (padded) {
    if (s.length % 4 !== 0) return null;
    if (s.endsWith('=')) s = s.slice(0, s.endsWith('==') ? -2 : -1);
  }
  if (s.length % 4 === 1) return null;
  const out = new Uint8Array(Math.floor((s.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let n = 0;
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    const v = c < 256 ? VALUES[c] : -1;
    if (v < 0) return null;
    held = ((held << 6) | v) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[n++] = (held >> bits) & 0xff;
    }
  }
  return strict && (held & ((1 << bits) - 1)) !== 0 ? null : out;
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let s = '';
  for (const b of bytes) s += String.fromCharCode(b);
  return btoa(s);
}

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

/**
 * @param {Uint8Array} a
 * @param {Uint8Array} b
 */
export function same(a, b) {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}
