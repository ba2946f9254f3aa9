// What can be wrong with a log, in the words of `mayfly audit verify`.

/** @type {Record<string, string>} */
export const WRONG = {
  changed: 'the entry is not the one that was written',
  missing: 'the entry is missing, and no fact says that it was dropped',
  early: 'the entry was dropped before the end of its retention',
  order: 'the lines are not in their order: one was moved, doubled or left out',
  tree: 'a stored hash is not the one that follows from the entries',
  root: 'the root is not the one that follows from the entries',
  gap: 'a log, or a part of one, is missing before this one',
  prior: 'the entry does not say what the log before came to',
  disagrees: 'the log does not agree with an earlier checkpoint: it was changed, or cut, since',
  unsigned: 'from here on no known key signed what the log came to: a gateway\'s export is signed to its end',
  foreign: 'this is not an export of an audit log',
  truncated: 'the export ends too early: export it again, and compare the sizes of the files',
  newer: 'the entry was written by a newer mayfly: verify it with that one or a newer one',
  malformed: 'the entry is not as mayfly writes it',
  checkpoint: 'not a checkpoint of this gateway',
  key: 'this is not a key of an audit log',
};

/** Where a log is not what was written, and in what. */
export class Bad extends Error {
  /**
   * @param {string} code a key of WRONG
   * @param {{log?: string, index?: number, more?: string}} [where] index from 0; none: the log as a whole
   */
  constructor(code, { log = '', index = -1, more = '' } = {}) {
    super(`${log ? `${log}${index < 0 ? '' : `, entry ${index}`}: ` : ''}${WRONG[code]}${more}`);
    this.code = code;
    this.log = log;
    this.index = index;
  }
}
