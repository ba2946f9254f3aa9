// Package upstream answers through a server that speaks the Realtime protocol
// itself: it writes and it speaks.
//
// The gateway stays in the middle. The server gets words and no sound, and
// gives words and sound, which go through the same stage as any engine's: what
// it says is checked before its sound is let out, labels are the gateway's,
// and of its events a short list is understood. Everything else, its settings,
// its notices and what it says about recording, is ignored and counted.
//
// A connection is opened with the first turn after the person's yes, never
// before. It is kept for the session, in avatar.Question.Slot: opening one
// costs three round trips, and the server need not read the conversation anew.
// It is only a copy. Before each turn it is brought to what the session holds:
// what the person did not hear is cut off, what was deleted is deleted, and if
// it is lost or near the end of its time another is opened and told all of it.
package upstream
