// Which way is open? WebRTC starts first and WebSocket follows, so that a
// network that swallows media costs a person under three seconds.
import { CallLink } from './call.js';
import { SocketLink } from './socket.js';

/** Milliseconds that WebRTC has alone. A WebSocket opened sooner would often be opened for nothing. */
const HEAD_START = 1200;
/** Milliseconds after which an open WebSocket no longer waits for WebRTC. Below one second
 * after its opening, because then the gateway reads the notice to a client that says nothing. */
const PATIENCE = 1900;

/**
 * @typedef {CallLink|SocketLink} Link
 * @param {{gateway: import('./gateway.js').Gateway, avatar: string, token: string,
 *   calls: boolean, microphone: boolean, signal: AbortSignal}} options
 * @returns {Promise<Link>} the link that the session speaks on; the other one is closed
 */
export function race({ gateway, avatar, token, calls, microphone, signal }) {
  const socket = new SocketLink({ url: gateway.socketURL(avatar), token });
  // Text needs no media line, and a browser without WebRTC has none.
  if (!calls || typeof RTCPeerConnection !== 'function') return guarded(socket, socket.open(), signal);

  const quit = new AbortController();
  const call = new CallLink({
    url: gateway.callsURL,
    token,
    microphone,
    iceServers: (s) => Promise.race([gateway.iceServers(token, s), wait(800).then(() => [])]),
  });
  return new Promise((resolve, reject) => {
    let socketStarted = false;
    let socketOpen = false;
    let callFailed = false;
    let settled = false;
    const over = new AbortController();
    const settle = () => {
      settled = true;
      clearTimeout(start);
      clearTimeout(stop);
      over.abort();
    };
    /** @param {Link} winner */
    const win = (winner) => {
      if (settled) return;
      settle();
      if (winner === socket) {
        call.end();
        quit.abort();
      } else {
        socket.end();
      }
      resolve(winner);
    };
    /** @param {unknown} why */
    const lose = (why) => {
      if (settled) return;
      settle();
      call.end();
      socket.end();
      quit.abort();
      reject(why);
    };
    const openSocket = () => {
      if (socketStarted || settled) return;
      socketStarted = true;
      socket.open().then(
        () => {
          socketOpen = true;
          if (callFailed || late) win(socket);
        },
        (why) => {
          socketFailed = true;
          failure = why;
          if (callFailed) lose(why);
        },
      );
    };
    let late = false;
    let socketFailed = false;
    /** @type {unknown} */
    let failure = null;
    const start = setTimeout(openSocket, HEAD_START);
    const stop = setTimeout(() => {
      late = true;
      if (socketOpen) win(socket);
    }, PATIENCE);
    signal.addEventListener('abort', () => lose(new Error('closed')), { once: true, signal: over.signal });
    call.open(quit.signal).then(
      () => win(call),
      (why) => {
        callFailed = true;
        call.end();
        if (socketFailed) lose(failure ?? why);
        else if (socketOpen) win(socket);
        else openSocket();
      },
    );
  });
}

/**
 * @template {Link} L
 * @param {L} link
 * @param {Promise<any>} opening
 * @param {AbortSignal} signal
 * @returns {Promise<L>}
 */
async function guarded(link, opening, signal) {
  const opened = new AbortController();
  signal.addEventListener('abort', () => link.end(), { once: true, signal: opened.signal });
  await opening.finally(() => opened.abort());
  return link;
}

/**
 * @param {number} ms
 * @returns {Promise<void>}
 */
export function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
