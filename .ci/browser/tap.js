// Hears what goes to the loudspeaker and hands it on with the time of its
// first sample on the audio clock. Served by the rig, beside the page.
const PIECE = 1024;

class RigTap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.piece = new Float32Array(PIECE);
    this.filled = 0;
    this.time = 0;
  }

  process(inputs) {
    const channel = inputs[0][0];
    if (this.filled === 0) this.time = currentTime;
    for (let i = 0; i < 128; i++) this.piece[this.filled + i] = channel ? channel[i] : 0;
    this.filled += 128;
    if (this.filled === PIECE) {
      this.port.postMessage({ time: this.time, pcm: this.piece }, [this.piece.buffer]);
      this.piece = new Float32Array(PIECE);
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor('rig-tap', RigTap);
