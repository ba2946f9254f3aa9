// Whether a receipt is what the gateway signed. It runs here, without a network:
// the keys are loaded once with the page.
import { claimsOf } from '../shared/talk/stored.js';

/**
 * The gateway's public keys, old ones among them.
 * @returns {Promise<any[]|null>} null: they could not be had
 */
export async function loadKeys() {
  try {
    const answer = await fetch('/.well-known/mayfly-receipt-keys.json', { credentials: 'omit', referrerPolicy: 'no-referrer' });
    return answer.ok ? (await answer.json()).keys ?? [] : null;
  } catch {
    return null;
  }
}

/** @param {string} part base64url */
function bytesOf(part) {
  return Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
}

/**
 * @param {string} jws compact form
 * @param {any[]|null} keys
 * @returns {Promise<'genuine'|'changed'|'foreign'|'cannot'|'noKeys'>}
 */
export async function verifyReceipt(jws, keys) {
  if (!keys) return 'noKeys';
  if (!globalThis.crypto?.subtle) return 'cannot';
  const [head, payload, signature, more] = jws.split('.');
  let header;
  let signed;
  try {
    header = JSON.parse(new TextDecoder().decode(bytesOf(head)));
    signed = bytesOf(signature);
  } catch {
    return 'changed';
  }
  if (more !== undefined || header.alg !== 'EdDSA') return 'changed';
  const found = keys.find((k) => k.kid === header.kid && k.kty === 'OKP' && k.crv === 'Ed25519');
  if (!found) return 'foreign';
  let key;
  try {
    key = await crypto.subtle.importKey('jwk', { kty: 'OKP', crv: 'Ed25519', x: found.x }, { name: 'Ed25519' }, false, ['verify']);
  } catch {
    return 'cannot';
  }
  const right = await crypto.subtle.verify({ name: 'Ed25519' }, key, signed, new TextEncoder().encode(`${head}.${payload}`));
  return right && claimsOf(jws) ? 'genuine' : 'changed';
}

/**
 * What somebody has brought: a key, a receipt, or a file with one of them.
 * @param {string} text
 * @returns {{key?: string, jws?: string}}
 */
export function brought(text) {
  const plain = text.trim();
  const key = /mrk_[A-Za-z0-9_-]{20,}/.exec(plain)?.[0];
  if (plain.startsWith('{')) {
    try {
      const file = JSON.parse(plain);
      if (typeof file.key === 'string' && file.key.startsWith('mrk_')) return { key: file.key };
      if (typeof file.jws === 'string') return { jws: file.jws };
    } catch {
      // Not a file of ours; perhaps a key is in it.
    }
  }
  if (key) return { key };
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(plain)) return { jws: plain };
  return {};
}
