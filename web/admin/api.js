// The admin API. The credential lives in this object and nowhere else.

/** A refusal: what is wrong and what to do about it, in the gateway's words. */
export class Refused extends Error {
  /**
   * @param {number} status HTTP status, 0 when nothing answered
   * @param {{code?: string, message?: string, problems?: {key: string, text: string, line?: number}[], current?: number}} [error]
   */
  constructor(status, error = {}) {
    super(error.message ?? (status ? `The gateway answered ${status}.` : 'The gateway does not answer.'));
    this.status = status;
    this.code = error.code ?? '';
    this.problems = error.problems ?? [];
    this.current = error.current ?? 0;
  }
}

/** Somebody was asked before something was saved, and said no. */
export class Declined extends Error {}

export class Api {
  #secret = '';
  /** Number of the tenant's version that this page has seen. */
  number = 0;
  /** Called when the credential is good no longer. */
  onlost = () => {};
  /** Whether a document may be saved that may add recipients; false: somebody said no. @type {(document: any) => Promise<boolean>} */
  onsending = async () => true;

  /** @param {string} secret an admin key, or the token of a sign-in */
  use(secret) {
    this.#secret = secret;
  }

  get signedIn() {
    return this.#secret !== '';
  }

  /**
   * @param {string} method
   * @param {string} path below /v1/admin/, or from / on
   * @param {{body?: any, file?: Blob, match?: boolean, patch?: boolean, accept?: string, signal?: AbortSignal}} [how]
   * @returns {Promise<Response>}
   */
  async send(method, path, { body, file, match = false, patch = false, accept = 'application/json', signal } = {}) {
    /** @type {Record<string, string>} */
    const headers = { Accept: accept };
    const secret = this.#secret;
    if (secret) headers.Authorization = `Bearer ${secret}`;
    if (body !== undefined) headers['Content-Type'] = patch ? 'application/merge-patch+json' : 'application/json';
    if (file) headers['Content-Type'] = 'application/octet-stream';
    if (match) headers['If-Match'] = `"${this.number}"`;
    let answer;
    try {
      answer = await fetch(path.startsWith('/') ? path : `/v1/admin/${path}`, {
        method, headers, signal, body: file ?? (body === undefined ? undefined : JSON.stringify(body)),
        credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer',
      });
    } catch {
      signal?.throwIfAborted();
      throw new Refused(0);
    }
    if (answer.ok) return answer;
    const text = await answer.json().catch(() => ({}));
    if (answer.status === 401 && secret && secret === this.#secret) this.onlost(); // not of who signed in since
    throw new Refused(answer.status, text.error);
  }

  /**
   * @param {string} path
   * @returns {Promise<any>}
   */
  async get(path) {
    return (await this.send('GET', path)).json();
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {any} [body]
   * @returns {Promise<any>}
   */
  async call(method, path, body) {
    const answer = await this.send(method, path, { body });
    return answer.status === 204 ? {} : answer.json();
  }

  /** The tenant's document in force. @returns {Promise<any>} */
  async tenant() {
    const t = await this.get('tenant');
    this.number = t.number;
    return t;
  }

  /**
   * Changes parts of the document in force, on the version that this page has seen.
   * @param {any} patch
   * @returns {Promise<any>}
   */
  async change(patch) {
    // Nothing but the avatars' servers says who is sent something.
    if (patch.avatars) await this.#may({ ...(await this.get('tenant')).document, avatars: patch.avatars });
    return this.#changed(await this.send('PATCH', 'tenant', { body: patch, match: true, patch: true }));
  }

  /**
   * Saves a whole document, on the version that this page has seen.
   * @param {any} document
   * @returns {Promise<any>}
   */
  async save(document) {
    return this.#changed(await this.send('PUT', 'tenant', { body: document, match: true }));
  }

  /**
   * Switches an avatar off, or on again, on whatever version is in force.
   * @param {string} id
   * @param {string|null} reason what people read; null: on
   */
  async switchAvatar(id, reason) {
    const path = `avatars/${encodeURIComponent(id)}/off`;
    return this.#changed(await (reason === null ? this.send('DELETE', path) : this.send('PUT', path, { body: { reason } })));
  }

  /** @param {number} number of the version that is to count again */
  async restore(number) {
    await this.#may((await this.get(`versions/${number}`)).document);
    return this.#changed(await this.send('POST', `versions/${number}/restore`, { match: true, body: {} }));
  }

  /** @param {any} document */
  async #may(document) {
    if (!(await this.onsending(document))) throw new Declined();
  }

  /** @param {Response} answer */
  async #changed(answer) {
    const change = await answer.json();
    // What is undone is this change alone, also where the page had not seen the one before.
    change.before = change.changed?.length && !change.proposal ? change.number - 1 : this.number;
    if (change.number) this.number = change.number;
    return change;
  }

  async signOut() {
    try {
      if (this.#secret.startsWith('mft_')) await this.call('DELETE', 'signin');
    } catch {
      // It ends by itself after eight hours.
    }
    this.#secret = '';
  }
}
