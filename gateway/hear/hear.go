// Package hear says when a person speaks: from sound alone, or from sound and
// the words so far. It keeps no sound and no words, asks no clock but the
// samples, and starts nothing.
package hear

// Rate is the samples per second that a Detector takes: mono, 16 bits.
const Rate = 16000

// Mode is who says where an utterance ends.
type Mode uint8

// The modes.
const (
	Manual   Mode = iota // the client does; there are no events
	Server               // a silence of a fixed length
	Semantic             // a silence whose length depends on the words
)

// Eagerness is how soon Semantic takes a silence for the end.
type Eagerness uint8

// The degrees of eagerness; each has a longest silence that is waited for.
const (
	Auto   Eagerness = iota // 4 s, as Medium
	Low                     // 8 s
	Medium                  // 4 s
	High                    // 2 s
)

// Config is what a client may choose. Zero values mean the defaults named.
type Config struct {
	Mode      Mode
	Threshold float64 // 0 to 1: how loud speech is at least; zero means 0.5
	PrefixMS  int     // sound before the start that belongs to it; zero means 300, negative none
	SilenceMS int     // Server: the silence that ends an utterance; zero means 500
	IdleMS    int     // Server: after so long without voice, the avatar's included, comes Idle, once; zero: never
	Eagerness Eagerness
	Language  string // Semantic: of the words, BCP 47; empty or another: all that are known
	Create    bool   // an utterance's end asks for a reply; the caller does it
	Interrupt bool   // speech stops the avatar; the caller does it
}

// Kind is what was heard.
type Kind uint8

// The kinds.
const (
	Maybe   Kind = iota // the first voice: play the avatar quieter
	Started             // it is speech: stop the avatar
	Nothing             // after Maybe: it was a cough, an "mm-hm", a noise
	Stopped             // after Started: the utterance is over
	Idle                // nobody spoke for IdleMS
)

// Event is one thing heard. AtMS counts milliseconds of all the sound written
// since New: Maybe and Started where the speech begins, less the prefix;
// Nothing and Stopped where the voice ended; Idle now.
type Event struct {
	Kind Kind
	AtMS int64
}

// Intent is a command that somebody gave in words.
type Intent uint8

// The intents.
const (
	None         Intent = iota
	OffTheRecord        // nothing of this is to be kept
	Human               // a human is to take over
)
