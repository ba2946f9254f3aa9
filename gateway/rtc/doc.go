// Package rtc is one peer connection: an offer in, an answer out, words on a
// data channel, the avatar's voice on an audio track, and the microphone's
// packets where it is permitted. It is the only importer of pion.
//
// All sessions share one UDP and one TCP port, one certificate, one pacer. It
// never dials: candidates of an offer are counted and thrown away, and a
// packet goes only to who proved the session's password from that address, or
// back to who asked whether the port is reached, and then no larger than the
// question.
// It never negotiates by itself, never logs (pion's loggers are counters),
// never puts a word of an SDP or of a message into an error, and has no way
// to a file.
package rtc

import "time"

// Frame is the number of samples of one frame of Play: 20 ms, mono, at 24 kHz.
const Frame = 480

// FrameTime is how long a frame sounds.
const FrameTime = 20 * time.Millisecond

// Label is the name of the data channel that carries the protocol's events.
const Label = "oai-events"

// The limits of one peer. What goes beyond is refused or ends the peer with
// the Reason named.
const (
	MaxOffer      = 16 << 10  // bytes of an offer
	MaxLines      = 8         // m-lines of an offer
	MaxCandidates = 50        // candidates of an offer
	MaxChannels   = 2         // data channels over a peer's life: TooManyChannels
	MaxMessage    = 64 << 10  // bytes of a message in: MessageTooLarge
	MaxEvent      = 200 << 10 // bytes of a message out: ErrTooLarge
	MaxQueue      = 256 << 10 // bytes sent and not yet acknowledged: ErrSlow
	MaxStreams    = 8         // RTP and RTCP streams in: MediaFlood
	MaxPacketRate = 100       // microphone packets a second; more are dropped
)

// RingTime is how much sound a peer holds: when Play runs further ahead of
// the clock, the oldest frame is dropped.
const RingTime = 10 * FrameTime

// times are those of a peer. A path that is cut for less than disconnected
// and failed together comes back on the same session, by itself or by an ICE
// restart.
type times struct {
	setup        time.Duration // from the answer to the open data channel
	disconnected time.Duration // without a packet
	failed       time.Duration // after that
	keepAlive    time.Duration
}

func usual() times {
	return times{setup: 15 * time.Second, disconnected: 5 * time.Second, failed: 10 * time.Second, keepAlive: 2 * time.Second}
}
