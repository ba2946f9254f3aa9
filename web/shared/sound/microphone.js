// A person's voice, only after they pressed the button for it.

/** An open microphone. */
export class Microphone {
  #stream;
  #source;
  #node;
  #context;

  /**
   * @param {MediaStream} stream
   * @param {AudioContext} context of its own, at the device's rate
   * @param {(pcm: Int16Array) => void} onpiece 40 ms at 24 kHz
   */
  constructor(stream, context, onpiece) {
    this.#stream = stream;
    this.#context = context;
    this.#source = context.createMediaStreamSource(stream);
    this.#node = new AudioWorkletNode(context, 'mayfly-microphone', { numberOfOutputs: 0 });
    this.#node.port.onmessage = (m) => onpiece(m.data);
    this.#source.connect(this.#node);
  }

  /**
   * Asks the person, through the browser.
   * @param {string} worklet
   * @param {(pcm: Int16Array) => void} onpiece
   */
  static async open(worklet, onpiece) {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
    const context = new AudioContext();
    await context.audioWorklet.addModule(worklet);
    return new Microphone(stream, context, onpiece);
  }

  /** @returns {MediaStreamTrack} */
  get track() {
    return this.#stream.getAudioTracks()[0];
  }

  close() {
    for (const track of this.#stream.getTracks()) track.stop();
    this.#source.disconnect();
    this.#node.port.onmessage = null;
    this.#node.port.postMessage({ stop: true });
    setTimeout(() => this.#context.close().catch(() => {}), 100);
  }
}
