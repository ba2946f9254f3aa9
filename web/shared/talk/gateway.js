// The few HTTP calls around a conversation. No DOM, no storage, no cookies:
// a token lives in the caller's variable and nowhere else.

/**
 * What GET /v1/avatar/page says. Every field may be missing.
 * @typedef {{id: string, name?: string, look?: string, colour?: string, languages?: string[],
 *   voices?: Record<string, string|null>, voice?: {name: string, languages?: string[]}|null,
 *   answers?: {kind: 'resident'|'model', name?: string}, microphone?: boolean, off?: string,
 *   notice?: Record<string, Notice>, lines?: Record<string, {icon: string, text: string}[]>}} AvatarCard
 * @typedef {{text: string, text_sha256: string, version?: string, dir?: 'ltr'|'rtl'}} Notice
 * @typedef {{tenant?: {id?: string, name?: string},
 *   contact?: {email?: string, privacy?: string, complaint?: string},
 *   avatars?: AvatarCard[], languages?: string[], storage?: {here?: string},
 *   recording?: string, resume?: boolean, media?: boolean, demo?: boolean}} PageData
 */

/** A refusal by the gateway, or no answer at all (status 0). */
export class GatewayError extends Error {
  /**
   * @param {number} status HTTP status, 0 when nothing answered
   * @param {string} code stable code from the gateway's table
   * @param {number} retryAfter seconds to wait, 0 when unknown
   * @param {string} says what the organisation says to people about it
   */
  constructor(status, code, retryAfter = 0, says = '') {
    super(code);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
    this.says = says;
  }
}

/** Where the gateway is and how a token for it is had. */
export class Gateway {
  #base;
  #tokenURL;

  /**
   * @param {string} base origin of the gateway
   * @param {string} [tokenURL] where tokens come from; the gateway's own public page endpoint otherwise
   */
  constructor(base, tokenURL) {
    this.#base = base;
    this.#tokenURL = tokenURL ?? new URL('/v1/avatar/token', base).href;
  }

  /** @returns {string} */
  get callsURL() {
    return new URL('/v1/realtime/calls', this.#base).href;
  }

  /**
   * @param {string} avatar
   * @returns {string}
   */
  socketURL(avatar) {
    const url = new URL('/v1/realtime', this.#base);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('model', avatar);
    return url.href;
  }

  /** Whether the gateway answers at all right now; what it answers is not looked at. */
  async reachable() {
    try {
      const url = new URL('/healthz', this.#base).href;
      await fetch(url, { mode: 'no-cors', credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(3000) });
      return true;
    } catch {
      return false;
    }
  }

  /** @returns {Promise<PageData>} */
  async page() {
    const answer = await ask(new URL('/v1/avatar/page', this.#base).href, {});
    return answer.json();
  }

  /**
   * @param {string} avatar
   * @param {string} locale
   * @param {AbortSignal} [signal]
   * @returns {Promise<string>} a short-lived `ek_` token
   */
  async token(avatar, locale, signal) {
    const answer = await ask(this.#tokenURL, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ avatar, locale }),
      signal,
    });
    const body = await answer.json();
    if (typeof body.value !== 'string') throw new GatewayError(502, 'token_missing');
    return body.value;
  }

  /**
   * Shows a file to the avatar of a session. Neither its name nor its type is sent.
   * @param {string} session
   * @param {string} token
   * @param {Blob} file
   * @returns {Promise<string>} the item that it is now
   */
  async attach(session, token, file) {
    const answer = await ask(new URL(`/v1/realtime/calls/${session}/attachments`, this.#base).href, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/octet-stream' },
      body: await file.arrayBuffer(),
    });
    return (await answer.json()).item_id ?? '';
  }

  /**
   * Erases what a receipt key opens.
   * @param {string} key
   * @returns {Promise<boolean>} whether it is gone; false: it was only asked for, or it is held
   */
  async erase(key) {
    const answer = await ask(new URL('/v1/me/transcript', this.#base).href, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${key}` },
    });
    if (answer.status === 202) return false;
    const body = answer.status === 204 ? {} : await answer.json();
    return !body.held_until && !body.request;
  }

  /**
   * STUN and TURN servers, or none: a call on the same network needs none.
   * @param {string} token
   * @param {AbortSignal} [signal]
   * @returns {Promise<RTCIceServer[]>}
   */
  async iceServers(token, signal) {
    try {
      const url = new URL('/v1/realtime/ice-servers', this.#base).href;
      const answer = await ask(url, { headers: { Authorization: `Bearer ${token}` }, signal });
      return (await answer.json()).ice_servers ?? [];
    } catch {
      return [];
    }
  }
}

/**
 * @param {string} url
 * @param {RequestInit} init
 */
async function ask(url, init) {
  let answer;
  try {
    answer = await fetch(url, { credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', ...init });
  } catch {
    throw new GatewayError(0, 'unreachable');
  }
  if (answer.ok) return answer;
  throw await refusal(answer);
}

/**
 * Reads the code of a refusal; its sentence is not for people and is dropped, but for the organisation's own.
 * @param {Response} answer
 */
export async function refusal(answer) {
  let code = `http_${answer.status}`;
  let says = '';
  try {
    const body = await answer.json();
    if (typeof body?.error?.code === 'string') code = body.error.code;
    if (code === 'avatar_off') says = String(body.error.message ?? '');
  } catch {
    // No JSON in it: the status says enough.
  }
  return new GatewayError(answer.status, code, Number(answer.headers.get('Retry-After')) || 0, says);
}
