// What somebody changed and has not saved: field by field, so that it survives leaving a view and somebody else's change.

/** @typedef {string[]} Path keys of the document; after `avatars` comes an id, in other lists the place */

/** Groups that mean something although nothing is in them. */
const STANDING = ['backend', 'speech', 'transcriber', 'webhook', 'permission'];
/** Milliseconds without a change before the gateway is asked. */
const PAUSE = 300;

/** @param {any} a @param {any} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
/** @param {any} v */
const copy = (v) => (v === undefined ? undefined : JSON.parse(JSON.stringify(v)));

/**
 * @param {any} from
 * @param {Path} path
 */
function at(from, path) {
  let now = from;
  for (const [i, key] of path.entries()) {
    if (now === undefined || now === null) return undefined;
    now = i === 1 && path[0] === 'avatars' ? now.find((/** @type {any} */ a) => a.id === key) : now[key];
  }
  return now;
}

/**
 * Puts a value into a group, or takes it out. A group that is left with nothing goes too.
 * @param {any} into
 * @param {Path} path
 * @param {any} value
 */
function put(into, path, value) {
  const [key, ...rest] = path;
  if (rest.length === 0) {
    if (value === undefined || value === null) delete into[key];
    else into[key] = value;
    return;
  }
  into[key] ??= {};
  put(into[key], rest, value);
  if (Object.keys(into[key]).length === 0 && !STANDING.includes(key) && !Array.isArray(into)) delete into[key];
}

export class Draft {
  /** @type {any} the document in force */
  #base = {};
  /** @type {Map<string, {path: Path, value: any}>} */
  #edits = new Map();
  /** @type {string[]|null} ids, where the order was changed */
  #order = null;
  /** @type {Set<() => void>} */
  #watchers = new Set();
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #timer;
  #asked = 0;
  /** Fields that somebody was in: their mistakes are said at once, the others' when it is saved. @type {Set<string>} */
  #touched = new Set();
  /** Whether somebody tried to save what has mistakes. */
  tried = false;
  /** What the gateway said of the document as it would be. @type {{problems: {key: string, text: string}[], changed: any[], needs: string[], recipients: any[]}} */
  said = { problems: [], changed: [], needs: [], recipients: [] };
  /** Asks the gateway about a document. @type {(document: any) => Promise<any>} */
  ask = async () => ({});

  /** @param {any} document in force from now on; what was changed is changed on it */
  rebase(document) {
    this.#base = document;
    for (const [key, { path, value }] of this.#edits) {
      if (path[0] === 'avatars' && path.length > 2 && !at(document, path.slice(0, 2))) this.#edits.delete(key);
      else if (same(at(document, path) ?? null, value ?? null)) this.#edits.delete(key);
    }
    if (this.dirty) this.#later();
    else this.#clean();
  }

  get dirty() {
    return this.#edits.size > 0 || this.#order !== null;
  }

  /** Whether an avatar was changed here. @param {string} id */
  touches(id) {
    return [...this.#edits.values()].some(({ path }) => path[0] === 'avatars' && path[1] === id);
  }

  /** The document as it would be. */
  get document() {
    const made = copy(this.#base) ?? {};
    made.avatars ??= [];
    for (const { path, value } of this.#edits.values()) {
      if (path[0] !== 'avatars') put(made, path, copy(value));
      else if (path.length > 2) put(made.avatars.find((/** @type {any} */ a) => a.id === path[1]), path.slice(2), copy(value));
      else if (value === null) made.avatars = made.avatars.filter((/** @type {any} */ a) => a.id !== path[1]);
      else made.avatars.push(copy(value));
    }
    const order = this.#order;
    if (order) made.avatars.sort((/** @type {any} */ a, /** @type {any} */ b) => order.indexOf(a.id) - order.indexOf(b.id));
    return made;
  }

  /** @param {Path} path */
  get(path) {
    return at(this.document, path);
  }

  /**
   * @param {Path} path
   * @param {any} value undefined: nothing stands there
   */
  set(path, value) {
    const added = path[0] === 'avatars' && path.length > 2 && this.#edits.get(JSON.stringify(path.slice(0, 2)));
    if (added) put(added.value, path.slice(2), copy(value));
    else {
      const above = [...this.#edits.values()].find((e) => e.path.length < path.length && e.path.every((k, i) => k === path[i]) && e.value);
      if (above) put(above.value, path.slice(above.path.length), copy(value));
      else {
        for (const [key, e] of this.#edits) if (e.path.length > path.length && path.every((k, i) => k === e.path[i])) this.#edits.delete(key);
        if (same(at(this.#base, path) ?? null, value ?? null)) this.#edits.delete(JSON.stringify(path));
        else this.#edits.set(JSON.stringify(path), { path, value: copy(value) ?? null });
      }
    }
    this.#changed();
  }

  /** @param {any} avatar with an id that is free */
  add(avatar) {
    this.#edits.set(JSON.stringify(['avatars', avatar.id]), { path: ['avatars', avatar.id], value: copy(avatar) });
    this.#order?.push(avatar.id);
    this.#changed();
  }

  /** @param {string} id */
  remove(id) {
    for (const [key, { path }] of this.#edits) if (path[0] === 'avatars' && path[1] === id) this.#edits.delete(key);
    if (at(this.#base, ['avatars', id])) this.#edits.set(JSON.stringify(['avatars', id]), { path: ['avatars', id], value: null });
    this.#changed();
  }

  /**
   * Moves an avatar to another place.
   * @param {string} id
   * @param {number} by places
   */
  move(id, by) {
    const ids = this.document.avatars.map((/** @type {any} */ a) => a.id);
    const from = ids.indexOf(id);
    const to = Math.min(Math.max(0, from + by), ids.length - 1);
    ids.splice(to, 0, ...ids.splice(from, 1));
    this.#order = ids;
    const { avatars } = this.document;
    if (same((this.#base.avatars ?? []).map((/** @type {any} */ a) => a.id), avatars.map((/** @type {any} */ a) => a.id))) this.#order = null;
    this.#changed();
  }

  discard() {
    this.#edits.clear();
    this.#order = null;
    this.#clean();
  }

  /** @param {Path} path */
  touch(path) {
    this.#touched.add(JSON.stringify(path));
    this.#tell();
  }

  /** Whether the mistakes of a field are said now. @param {Path} path */
  says(path) {
    return this.tried || [...this.#touched].some((t) => {
      const touched = JSON.parse(t);
      return path.every((k, i) => touched[i] === k);
    });
  }

  /**
   * What a place is called in the gateway's list of mistakes.
   * @param {Path} path
   */
  key(path) {
    const parts = path[0] === 'avatars' && path.length > 1 ? [`avatars[${this.document.avatars.findIndex((/** @type {any} */ a) => a.id === path[1])}]`, ...path.slice(2)] : path;
    return parts.join('.').replace(/\.(\d+)(?=\.|$)/g, '[$1]');
  }

  /**
   * @param {() => void} f called whenever something changed, or the gateway has said something of it
   * @param {AbortSignal} signal
   */
  watch(f, signal) {
    this.#watchers.add(f);
    signal.addEventListener('abort', () => this.#watchers.delete(f), { once: true });
  }

  /** Asks the gateway now. */
  async check() {
    clearTimeout(this.#timer);
    const turn = ++this.#asked;
    let said;
    try {
      said = await this.ask(this.document);
    } catch (why) {
      const wrong = /** @type {any} */ (why);
      said = { problems: wrong.problems?.length ? wrong.problems : [{ key: '', text: wrong.message }] };
    }
    if (turn !== this.#asked) return;
    this.said = { problems: said.problems ?? [], changed: said.changed ?? [], needs: said.needs ?? [], recipients: said.recipients ?? [] };
    this.#tell();
  }

  #changed() {
    if (!this.dirty) {
      this.#clean();
      return;
    }
    this.#tell();
    this.#later();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.check(), PAUSE);
  }

  #clean() {
    clearTimeout(this.#timer);
    this.#asked++;
    this.#touched.clear();
    this.tried = false;
    this.said = { problems: [], changed: [], needs: [], recipients: [] };
    this.#tell();
  }

  #tell() {
    for (const f of this.#watchers) f();
  }
}
