// Signed notes as C2SP has them, the keys that sign them, and checkpoints, which are notes.
import { Bad } from './bad.js';
import { fromBase64, toBase64, toHex } from './bytes.js';

const bytesOf = (/** @type {string} */ text) => new TextEncoder().encode(text);
const plainName = (/** @type {string} */ name) => name !== '' && !/[\s+\u0085]/u.test(name);

/**
 * A public key that signs checkpoints.
 * @typedef {{name: string, hash: string, text: string, verify: (text: Uint8Array, signature: Uint8Array) => Promise<boolean>}} Key
 */

/**
 * Reads public keys, one a line. Empty lines, and lines that begin with #, are comments.
 * @param {string} text
 * @returns {Promise<Key[]>}
 */
export async function parseKeys(text) {
  const all = [];
  for (const line of text.split('\n').map((l) => l.trim())) if (line && !line.startsWith('#')) all.push(await parseKey(line));
  if (all.length === 0) throw new Bad('key');
  return all;
}

/** @param {string} line @returns {Promise<Key>} */
async function parseKey(line) {
  const [, name = '', hash = '', key64 = ''] = /^([^+]*)\+([^+]*)\+(.*)$/.exec(line) ?? [];
  const key = fromBase64(key64);
  if (!plainName(name) || !/^[0-9a-fA-F]{8}$/.test(hash) || key?.length !== 33 || key[0] !== 1) throw new Bad('key');
  const own = new Uint8Array([...bytesOf(`${name}\n`), ...key]);
  const is = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', own)).subarray(0, 4));
  if (is !== hash.toLowerCase()) throw new Bad('key');
  const known = await crypto.subtle.importKey('raw', key.slice(1), { name: 'Ed25519' }, false, ['verify']);
  return { name, hash: is, text: line, verify: (signed, signature) => crypto.subtle.verify({ name: 'Ed25519' }, known, /** @type {any} */ (signature), /** @type {any} */ (signed)) };
}

/**
 * The text of a note that at least one known key signed, and none of them wrongly.
 * @param {string} note
 * @param {Key[]} known
 */
async function openNote(note, known) {
  const malformed = () => new Bad('checkpoint', { more: ': malformed note' });
  if (/[\0-\x09\x0b-\x1f]/.test(note)) throw malformed();
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || note.length === split + 2 || !note.endsWith('\n')) throw malformed();
  const text = note.slice(0, split + 1);
  const by = [];
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > 100) throw malformed();
  for (const line of lines) {
    if (!line.startsWith('— ')) throw malformed();
    const gap = line.indexOf(' ', 2);
    const name = gap < 0 ? line.slice(2) : line.slice(2, gap);
    const base64 = gap < 0 ? '' : line.slice(gap + 1);
    const signature = fromBase64(base64);
    if (!signature || !plainName(name) || signature.length < 5) throw malformed();
    const hash = toHex(signature.subarray(0, 4));
    const key = known.find((k) => k.name === name && k.hash === hash);
    if (!key || by.includes(key)) continue;
    if (!(await key.verify(bytesOf(text), signature.subarray(4)))) throw new Bad('checkpoint', { more: `: invalid signature for key ${name}+${hash}` });
    by.push(key);
  }
  if (by.length === 0) throw new Bad('checkpoint', { more: ': note has no verifiable signatures' });
  return { text, by: by[0] };
}

/**
 * What a log came to, signed, and by which key.
 * @typedef {{log: string, tenant: string, month: string, size: number, root: Uint8Array, by: string}} Checkpoint
 */

/**
 * Reads a checkpoint and checks its signature.
 * @param {string} signed
 * @param {Key[]} known
 * @returns {Promise<Checkpoint>}
 */
export async function openCheckpoint(signed, known) {
  const { text, by } = await openNote(signed, known);
  const { name } = by;
  const lines = text.split('\n');
  if (lines.length < 4) throw new Bad('checkpoint', { more: ': it has fewer than three lines' });
  if (!lines[0].startsWith(`${name}/`)) throw new Bad('checkpoint', { more: ': its origin is not that of the key that signed it' });
  const log = lines[0].slice(name.length + 1);
  const of = parseName(log);
  if (!of) throw new Bad('checkpoint');
  if (!/^(0|[1-9]\d{0,18})$/.test(lines[1]) || BigInt(lines[1]) > 2n ** 63n - 1n) throw new Bad('checkpoint', { more: ': its second line is not a size' });
  const root = fromBase64(lines[2], { strict: true });
  if (root?.length !== 32) throw new Bad('checkpoint', { more: ': its third line is not a hash' });
  return { log, ...of, size: Number(lines[1]), root, by: `${name}+${by.hash}` };
}

/**
 * The tenant and the month of a log's name.
 * @param {string} name
 * @returns {{tenant: string, month: string}|null}
 */
export function parseName(name) {
  const [, tenant = '', month = ''] = /^(~gateway|[a-zA-Z0-9_-]{1,128})\/(\d{4}-(?:0[1-9]|1[0-2]))$/.exec(name) ?? [];
  return tenant ? { tenant, month } : null;
}

/**
 * Reads checkpoints that somebody kept: signed notes, one after the other, or
 * mayfly's log, of which the other lines are skipped. A collector may have put
 * something before its lines, or each into a line of its own, as Docker does.
 * One that no known key signed is an error.
 * @param {string} data
 * @param {Key[]} known
 */
export async function readCheckpoints(data, known) {
  const all = [];
  for (let rest = data; rest.trim() !== ''; ) {
    let one;
    [one, rest] = nextCheckpoint(rest);
    if (one !== null) all.push(await openCheckpoint(one, known));
  }
  if (all.length === 0) throw new Bad('checkpoint', { more: ': there is none in it' });
  return all;
}

/** @param {string} data @returns {[string|null, string]} the first one, if the first line is or tells of one, and what follows */
function nextCheckpoint(data) {
  const text = data.replace(/^[\r\n]+/, '');
  const newline = text.indexOf('\n');
  const line = newline < 0 ? text : text.slice(0, newline);
  const at = line.indexOf('{');
  if (at >= 0) return [told(line.slice(at)), newline < 0 ? '' : text.slice(newline + 1)];
  let signed = false;
  for (let end = 0; end < text.length; ) {
    const is = text.startsWith('— ', end);
    if (signed && !is) return [text.slice(0, end), text.slice(end)];
    signed ||= is;
    const next = text.indexOf('\n', end);
    end = next < 0 ? text.length : next + 1;
  }
  return [text, ''];
}

/**
 * The checkpoint that a line of mayfly's log tells of, or the line within it.
 * @param {string} line
 * @param {boolean} [inner]
 * @returns {string|null}
 */
function told(line, inner = false) {
  try {
    const { log, count, root, signature } = JSON.parse(line);
    if (!signature && !inner && log.startsWith('{')) return told(log, true);
    const hash = fromBase64(root, { padded: false });
    const by = fromBase64(signature, { padded: false });
    if (!signature || hash?.length !== 32 || !by) return null;
    return `${log}\n${count}\n${toBase64(hash)}\n\n— ${log.split('/').slice(0, -2).join('/')} ${toBase64(by)}\n`;
  } catch {
    return null;
  }
}
