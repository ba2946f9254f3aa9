// Runs after watch.js. It taps every way to the loudspeaker.
(() => {
  const rig = window.__rig;
  const now = () => performance.now();

  // Whatever is connected to a destination is also connected to a tap.
  const connect = AudioNode.prototype.connect;
  const taps = new WeakMap();
  const tapOf = (context) => {
    if (!taps.has(context)) {
      rig.contexts++;
      const ready = context.audioWorklet.addModule('/rig-tap.js').then(() => {
        const node = new AudioWorkletNode(context, 'rig-tap', { numberOfOutputs: 0 });
        node.port.onmessage = (m) => {
          rig.tapped = rig.contexts;
          rig.sound.push({ context: rig.contexts, time: m.data.time, pcm: m.data.pcm });
        };
        const timer = setInterval(() => {
          if (context.state === 'closed') return clearInterval(timer);
          const stamp = context.getOutputTimestamp();
          rig.clock.push([now(), context.currentTime, context.outputLatency || 0, stamp.contextTime || 0, stamp.performanceTime || 0, context.baseLatency || 0]);
        }, 50);
        return node;
      });
      ready.catch((e) => rig.marks.push({ at: now(), kind: 'rig', value: String(e) }));
      taps.set(context, ready);
    }
    return taps.get(context);
  };
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) tapOf(this.context).then((tap) => connect.call(this, tap), () => {});
    return connect.call(this, to, ...rest);
  };
  // An element that is heard would pass by the graph: it must say so.
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (!this.muted) rig.marks.push({ at: now(), kind: 'untapped', value: this.tagName });
    return play.call(this);
  };

  rig.take = () => {
    let size = 0;
    for (const s of rig.sound) size += s.pcm.length;
    const out = new Int16Array(size);
    const parts = [];
    let at = 0;
    for (const s of rig.sound.splice(0)) {
      for (let i = 0; i < s.pcm.length; i++) out[at + i] = Math.max(-32768, Math.min(32767, Math.round(s.pcm[i] * 32767)));
      parts.push([s.context, s.time, s.pcm.length]);
      at += s.pcm.length;
    }
    let text = '';
    const bytes = new Uint8Array(out.buffer);
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return { pcm: btoa(text), parts, marks: rig.marks.splice(0), clock: rig.clock.splice(0) };
  };
})();
