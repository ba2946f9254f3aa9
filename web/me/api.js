// /v1/me, asked with a receipt key that lives in this object and nowhere else.

/** A refusal, by its stable code. */
export class Refused extends Error {
  /** @param {number} status @param {string} code */
  constructor(status, code) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export class MyApi {
  #key;

  /** @param {string} key */
  constructor(key) {
    this.#key = key;
  }

  /**
   * @param {string} method
   * @param {string} path below /v1/me
   * @param {any} body
   * @param {string} accept
   */
  async #ask(method, path, body, accept) {
    let answer;
    try {
      answer = await fetch(`/v1/me${path ? `/${path}` : ''}`, {
        method,
        headers: { Authorization: `Bearer ${this.#key}`, Accept: accept, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
        body: body === undefined ? undefined : JSON.stringify(body), credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer',
      });
    } catch {
      throw new Refused(0, 'unreachable');
    }
    if (!answer.ok) throw new Refused(answer.status, (await answer.json().catch(() => ({})))?.error?.code ?? '');
    return answer;
  }

  /** @param {string} path @returns {Promise<any>} */
  async get(path) {
    return (await this.#ask('GET', path, undefined, 'application/json')).json();
  }

  /** @param {string} path @param {string} media @returns {Promise<Blob>} */
  async file(path, media) {
    return (await this.#ask('GET', path, undefined, media)).blob();
  }

  /** @param {string} method @param {string} path @param {any} [body] @returns {Promise<any>} */
  async send(method, path, body) {
    const answer = await this.#ask(method, path, body, 'application/json');
    return answer.status === 204 ? {} : answer.json();
  }
}

/**
 * What the gateway's log says of a receipt's session.
 * @param {string} jws
 * @returns {Promise<any>}
 */
export async function askLog(jws) {
  const answer = await fetch('/v1/me/receipt', { method: 'POST', headers: { 'Content-Type': 'application/jose' }, body: jws, credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' });
  if (!answer.ok) throw new Refused(answer.status, '');
  return answer.json();
}
