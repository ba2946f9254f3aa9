// Package realtime is the wire: the bytes of the Realtime protocol on one
// side, typed events on the other.
//
// Decode turns one message of a client into one ClientEvent, strictly: JSON as
// of RFC 7493, bounded in depth, members and lengths, names compared as they
// are written. Frames holds complete event texts on their way to the client,
// ready for one write on a WebSocket or for one message each on a data
// channel.
//
// What a person said goes from the message straight into a session.Speech, and
// from a Speech straight into the outgoing bytes. It is never a Go string here,
// never part of an error, and every buffer that held it is cleared before it is
// used again. The package keeps nothing else than the item ids that a client
// chose (IDs), opens no connection, starts no goroutine and logs nothing.
package realtime
