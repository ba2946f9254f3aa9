// libwebrtc in place of a browser's, for clients that expect one.
import wrtc from '@roamhq/wrtc';
import { tap } from './wire.mjs';

Object.assign(globalThis, { RTCPeerConnection: wrtc.RTCPeerConnection, MediaStream: wrtc.MediaStream, RTCSessionDescription: wrtc.RTCSessionDescription });
tap(wrtc.RTCDataChannel.prototype);

/**
 * Ends the process once the test file has its result: libwebrtc's threads
 * would keep it. For the end of a test file.
 */
export function leave() {
  setTimeout(() => process.exit(process.exitCode ?? 0), 500).unref();
}

/** A microphone: a track without any samples. */
export function microphone() {
  const source = new wrtc.nonstandard.RTCAudioSource();
  return new wrtc.MediaStream([source.createTrack()]);
}

/** A microphone that somebody speaks into: a stream, and `say` for 10 ms at 24 kHz. */
export function spoken() {
  const source = new wrtc.nonstandard.RTCAudioSource();
  return {
    stream: new wrtc.MediaStream([source.createTrack()]),
    say: (samples) => source.onData({ samples, sampleRate: 24000, bitsPerSample: 16, channelCount: 1, numberOfFrames: samples.length }),
  };
}

/** Listens to a track: counts the samples that are not silence in `sink.samples`, until `sink.audio.stop()`. */
export function ear(track, sink) {
  sink.audio = new wrtc.nonstandard.RTCAudioSink(track);
  sink.audio.ondata = ({ samples }) => {
    if (samples.some((s) => Math.abs(s) > 500)) sink.samples += samples.length;
  };
}
