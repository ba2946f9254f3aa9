// One WebRTC call to the gateway: sound as a track, events on `oai-events`.
import { parseEvent } from './socket.js';
import { refusal } from './gateway.js';

/** A WebRTC link with the same face as SocketLink, and one gift more: it can be mended. */
export class CallLink {
  kind = 'webrtc';
  /** @type {'new'|'opening'|'open'|'closed'} */
  #state = 'new';
  /** @type {RTCPeerConnection|null} */
  #peer = null;
  /** @type {RTCDataChannel|null} */
  #channel = null;
  /** @type {RTCRtpTransceiver|null} */
  #audio = null;
  /** @type {import('./socket.js').LinkEars|null} */
  #ears = null;
  /** @type {any[]} */
  #waiting = [];
  /** @type {MediaStream|null} */
  #stream = null;
  #location = '';
  #options;

  /**
   * @param {{url: string, token: string, microphone: boolean,
   *   iceServers: (signal: AbortSignal) => Promise<RTCIceServer[]>}} options
   */
  constructor(options) {
    this.#options = options;
  }

  /**
   * Offers, connects and resolves when the session speaks first on the channel.
   * @param {AbortSignal} signal
   * @returns {Promise<this>}
   */
  async open(signal) {
    this.#state = 'opening';
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.#peer = peer;
    const spoke = this.#listen(peer, signal);
    // Without a microphone of its own the line only receives; nothing is asked for here.
    this.#audio = peer.addTransceiver('audio', { direction: this.#options.microphone ? 'sendrecv' : 'recvonly' });
    const [servers, offer] = await Promise.all([this.#options.iceServers(signal), peer.createOffer()]);
    if (this.#stopped()) throw new Error('closed');
    if (servers.length > 0) peer.setConfiguration({ bundlePolicy: 'max-bundle', iceServers: servers });
    await peer.setLocalDescription(offer);
    const answer = await fetch(this.#options.url, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.#options.token}`, 'Content-Type': 'application/sdp' },
      body: peer.localDescription?.sdp,
      credentials: 'omit',
      signal,
    });
    if (!answer.ok) throw await refusal(answer);
    this.#location = new URL(answer.headers.get('Location') ?? '', this.#options.url).href;
    const sdp = await answer.text();
    if (this.#stopped()) {
      this.#goodbye();
      throw new Error('closed');
    }
    await peer.setRemoteDescription({ type: 'answer', sdp });
    await spoke;
    return this;
  }

  /**
   * @param {RTCPeerConnection} peer
   * @param {AbortSignal} signal
   * @returns {Promise<void>}
   */
  #listen(peer, signal) {
    const channel = peer.createDataChannel('oai-events', { ordered: true });
    this.#channel = channel;
    peer.ontrack = (t) => {
      this.#stream = t.streams[0] ?? new MediaStream([t.track]);
      this.#ears?.stream?.(this.#stream);
    };
    const spoke = new Promise((resolve, reject) => {
      const opening = new AbortController();
      signal.addEventListener('abort', () => reject(new Error('closed')), { once: true, signal: opening.signal });
      channel.onmessage = (m) => {
        const event = typeof m.data === 'string' ? parseEvent(m.data) : null;
        if (!event) return;
        if (this.#state === 'opening') {
          this.#state = 'open';
          opening.abort();
          resolve(undefined);
        }
        if (this.#ears) this.#ears.event(event);
        else this.#waiting.push(event);
      };
      channel.onclose = () => {
        if (this.#state === 'opening') reject(new Error('closed'));
        else this.#lost(1000, '');
      };
      peer.onconnectionstatechange = () => {
        const now = peer.connectionState;
        if (this.#state === 'opening' && (now === 'failed' || now === 'closed')) reject(new Error('ice_failed'));
        else if (this.#state === 'open' && (now === 'disconnected' || now === 'failed')) this.#ears?.trouble?.();
        else if (this.#state === 'open' && now === 'connected') this.#ears?.healed?.();
      };
    });
    spoke.catch(() => {});
    return /** @type {Promise<void>} */ (spoke);
  }

  /** @param {import('./socket.js').LinkEars} ears */
  adopt(ears) {
    this.#ears = ears;
    if (this.#stream) ears.stream?.(this.#stream);
    for (const event of this.#waiting.splice(0)) ears.event(event);
  }

  /** @param {object} event */
  send(event) {
    if (this.#state !== 'open' || this.#channel?.readyState !== 'open') return false;
    this.#channel.send(JSON.stringify(event));
    return true;
  }

  /**
   * ICE restart on the same session: new addresses, nothing said is lost.
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>} whether the gateway took the new offer
   */
  async restart(signal) {
    const peer = this.#peer;
    if (this.#state !== 'open' || !peer || !this.#location) return false;
    try {
      // An offer that got no answer must be taken back before the next one.
      if (peer.signalingState === 'have-local-offer') await peer.setLocalDescription({ type: 'rollback' });
      const offer = await peer.createOffer({ iceRestart: true });
      await peer.setLocalDescription(offer);
      const answer = await fetch(this.#location, {
        method: 'PATCH',
        headers: { Authorization: `Bearer ${this.#options.token}`, 'Content-Type': 'application/sdp' },
        body: peer.localDescription?.sdp,
        credentials: 'omit',
        signal,
      });
      if (!answer.ok) return false;
      await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
      return true;
    } catch {
      return false;
    }
  }

  /** Whether media and events can flow right now. */
  get connected() {
    return this.#peer?.connectionState === 'connected';
  }

  /**
   * Round trip and the jitter buffer's mean delay over the last interval.
   * @returns {Promise<{rtt: number|null, jitter: number}>} milliseconds
   */
  async stats() {
    let rtt = null;
    let jitter = 0;
    const report = await this.#peer?.getStats().catch(() => null);
    report?.forEach((s) => {
      if (s.type === 'candidate-pair' && s.nominated && s.currentRoundTripTime !== undefined) {
        rtt = s.currentRoundTripTime * 1000;
      }
      if (s.type === 'inbound-rtp' && s.kind === 'audio' && s.jitterBufferEmittedCount > 0) {
        jitter = (s.jitterBufferDelay / s.jitterBufferEmittedCount) * 1000;
      }
    });
    return { rtt, jitter };
  }

  /**
   * Puts a microphone on the line, or takes it off; no renegotiation.
   * @param {MediaStreamTrack|null} track
   */
  async microphone(track) {
    await this.#audio?.sender.replaceTrack(track);
  }

  /** Lets go of the line without telling the ears. The gateway keeps the session for as long as it can be resumed. */
  close() {
    if (this.#state === 'closed') return;
    this.#ears = null;
    this.#state = 'closed';
    this.#hangUp();
  }

  /** Ends the call at both ends without telling the ears. */
  end() {
    this.close();
    this.#goodbye();
  }

  #stopped() {
    return this.#state === 'closed';
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #lost(code, reason) {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const ears = this.#ears;
    this.#ears = null;
    // Whoever closed the channel has ended the call already.
    this.#location = '';
    this.#hangUp();
    ears?.closed(code, reason);
  }

  #hangUp() {
    if (this.#channel) this.#channel.onmessage = this.#channel.onclose = null;
    if (this.#peer) this.#peer.ontrack = this.#peer.onconnectionstatechange = null;
    this.#channel?.close();
    this.#peer?.close();
    this.#channel = null;
    this.#peer = null;
    this.#stream = null;
  }

  /** Tells the gateway that nobody comes back to this session. */
  #goodbye() {
    if (!this.#location) return;
    fetch(this.#location, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${this.#options.token}` },
      credentials: 'omit',
      keepalive: true,
    }).catch(() => {});
    this.#location = '';
  }
}
