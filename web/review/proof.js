// Whether one entry is in the log: from its bytes to a checkpoint that somebody signed, computed here.
import { fromBase64, same } from './bytes.js';
import { parseEntry } from './entry.js';
import { saidByEntry, saidByRow } from './marks.js';
import { openCheckpoint } from './note.js';
import { included, leafHash } from './tree.js';

/**
 * @typedef {{holds: boolean, text: string}} Step
 * @typedef {{good: boolean, steps: Step[], entry: import('./entry.js').Entry|null, leaf: string}} Proven
 */

/**
 * @param {any} answer what the gateway gave of the entry
 * @param {{log: string, index: number}} where what was asked for
 * @param {import('./note.js').Key[]} keys
 * @returns {Promise<Proven>}
 */
export async function prove(answer, { log, index }, keys) {
  const [leaf, hash, root] = [answer.leaf, answer.leaf_hash, answer.root].map((t) => fromBase64(t ?? '') ?? new Uint8Array());
  const proof = (answer.proof ?? []).map((/** @type {string} */ t) => fromBase64(t) ?? new Uint8Array());
  const text = new TextDecoder('latin1').decode(leaf);
  const read = leaf.length ? parseEntry(text) : null;
  const entry = read && typeof read === 'object' ? read : null;
  /** @type {Step[]} */
  const steps = [];
  const step = (/** @type {boolean} */ holds, /** @type {string} */ is, /** @type {string} */ isNot) => steps.push({ holds, text: holds ? is : isNot });
  if (leaf.length) {
    step(same(await leafHash(leaf), hash), 'The entry’s bytes have the hash that is in the tree.', 'The entry is not the one that was written: its bytes have another hash.');
    step(Boolean(entry), 'It is written as Mayfly writes an entry: names from closed lists, numbers and opaque ids, and no text.', 'It is not as Mayfly writes an entry.');
  } else {
    step(hash.length === 32 && answer.dropped === true, 'The entry reached the end of its own retention. Its hash is what is left, and is in the tree.', answer.wrong === 'dropped_early' ? 'The entry was dropped before the end of its retention.' : 'The entry is missing, and no fact says that it was dropped.');
  }
  const leads = await included({ index, size: answer.size, leaf: hash, proof, root });
  step(leads, `${proof.length} ${proof.length === 1 ? 'hash leads' : 'hashes lead'} from it to the root of ${answer.size?.toLocaleString('en')} entries.`, 'The proof does not lead from the entry to the root.');
  try {
    const c = await openCheckpoint(answer.checkpoint ?? '', keys);
    step(c.log === log && c.size === answer.size && same(c.root, root), `The signed checkpoint of ${c.log} says the same root and size.`, 'The signed checkpoint says something else.');
    step(true, `It was signed with ${c.by}.`, '');
  } catch (why) {
    step(false, '', `What the log came to was not signed: ${/** @type {any} */ (why).message}.`);
  }
  if (entry && answer.fact) {
    step(saidByEntry(entry) === saidByRow(answer.fact), 'What the ledger shows is what the entry says.', 'The ledger shows something else than the entry says.');
  }
  return { good: steps.every((s) => s.holds), steps, entry, leaf: text };
}
