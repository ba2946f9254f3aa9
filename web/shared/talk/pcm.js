// Sound on the wire: base64 of 16-bit little-endian mono samples at 24 kHz.

/** Samples per second in both directions. */
export const WIRE_RATE = 24000;

/**
 * @param {string} base64
 * @returns {Int16Array<ArrayBuffer>}
 */
export function decodePCM(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length & ~1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return new Int16Array(bytes.buffer);
}

/**
 * @param {Int16Array} samples
 * @returns {string}
 */
export function encodePCM(samples) {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}
