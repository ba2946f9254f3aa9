package avatar

import (
	"context"

	"mayfly/session"
)

// HearingRate is the samples per second that a Transcriber takes.
const HearingRate = 16000

// MaxUtterance is how much sound one Utterance takes: 60 seconds, with what
// the detector puts before and after. Write refuses more.
const MaxUtterance = 64 * HearingRate

// Transcriber writes down what a person says. It may be used by any number of
// sessions at once and holds nothing of any.
type Transcriber interface {
	// Hear begins an utterance. Nothing is sent anywhere before the first
	// Write. ctx ends it as Drop does.
	Hear(ctx context.Context, h Hearing) Utterance
	// Label says what wrote the words down.
	Label() Label
}

// Hearing is what a Transcriber is told of an utterance.
type Hearing struct {
	Locale string // BCP 47; empty: not known
	// Partial is given the words so far, each time all of them, from a
	// goroutine of the transcriber's: one call at a time, never after End has
	// returned, and none begins after Drop. Nil: nobody wants them.
	Partial func(session.Speech)
	// Dial is asked, from a goroutine of the transcriber's or by End, before a
	// server is sent anything of the utterance: the avatar's own is 0, then
	// come its fall-backs in their order. False: it may not be. It is never
	// called by Hear, Write or Drop. Nil: nobody minds.
	Dial func(server int) bool
	// Odd is told, from where Dial is asked, how often a server said something
	// that nobody asked it for. Nil: nobody wants to know.
	Odd func(kind Odd, times int)
}

// May says whether the only server there is may be sent something.
func (h *Hearing) May() bool { return h.Dial == nil || h.Dial(0) }

// Utterance is what one person says between two silences. Write, End and Drop
// are called from one goroutine at a time, except that Drop may be called
// while End waits.
type Utterance interface {
	// Write adds sound: 16 kHz mono. It copies and never blocks. It fails
	// when there is more than MaxUtterance, and after End or Drop.
	Write(pcm []int16) error
	// End waits for the words. They may be empty: nothing was said that
	// could be understood. The error is ctx's own when ctx ended, else a
	// *Failure. When it returns the sound is forgotten.
	End(ctx context.Context) (session.Speech, error)
	// Drop forgets the sound and stops whatever is under way: nothing more
	// leaves. It never blocks, so that it may be called under a lock that
	// partial takes. It may be called more than once, and after End.
	Drop()
}
