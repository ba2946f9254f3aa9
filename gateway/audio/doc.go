// Package audio is the arithmetic of sound: Opus and G.711 in both
// directions, conversion between sampling rates, and PCM as bytes.
//
// Everything works on memory that the caller owns and allocates nothing per
// frame. It keeps no frame but on a Tape that somebody fills, never paces one,
// and can reach neither a file nor a network.
package audio

// Rate is the sampling rate of the gateway's sound, in hertz: that of the
// Realtime protocol's audio/pcm and of every voice. Opus takes it as it is.
const Rate = 24000

// FrameTime is how long a frame sounds, in milliseconds.
const FrameTime = 20

// Frame is the number of samples of one frame: 20 ms, mono, at Rate.
const Frame = Rate * FrameTime / 1000
