package gateway

import "mayfly/gateway/realtime"

// carrier is what a connection's events travel on: a WebSocket, or the data
// channel of a call. One goroutine at a time sends.
type carrier interface {
	// send writes events and returns when the transport has them.
	send(f *realtime.Frames) error
	// ping asks the other side for a sign of life, if the transport does not
	// do so itself.
	ping() error
	// close ends the transport and tells why. More than one call is harmless.
	close(p problem)
	// plays is where sound goes, nil if sound travels as events.
	plays() player
	// limit is the most bytes that one event may have, zero if there is none.
	limit() int
}

// player is a carrier's own way for sound.
type player interface {
	// play queues 20 ms of sound. It does not block.
	play(frame []int16)
	// flush throws away what has not left yet and says how many samples.
	flush() int
	// duck plays what comes more quietly, or as it is.
	duck(on bool)
}
