// Package voice turns a sentence into sound, with the times of its mouth
// shapes and words on the same clock.
//
// It never touches a file: text goes to a synthesiser in memory or on
// standard input, sound comes back in memory or on standard output.
package voice

import "context"

// Rate is the sampling rate of everything a Voice yields, in hertz. It is the
// rate of the Realtime protocol's audio/pcm and one that Opus takes as it is.
const Rate = 24000

// Voice speaks.
type Voice interface {
	// Name is what start-up, the page and the label show: "builtin", "flite slt".
	Name() string
	// Speaks says whether the voice has the language, given as a BCP 47 tag
	// of which the primary subtag decides ("en", "de-AT"). A voice is never
	// used for a language it does not have.
	Speaks(language string) bool
	// Neural says whether the voice is a trained model: it decides the label.
	Neural() bool
	// Speak calls emit with the sound of text in order, as soon as there is
	// any. The marks of a chunk are those whose time lies in the chunk or, if
	// the voice knows them earlier, in a later one, never in an earlier one.
	// It returns when all was emitted, when ctx ends, or when emit fails, and
	// leaves no goroutine or process behind. text is valid only during the
	// call; a chunk's slices are valid only until emit returns.
	Speak(ctx context.Context, text []byte, o Options, emit func(Chunk) error) error
}

// Options are what a listener chooses.
type Options struct {
	Language string  // BCP 47
	Speed    float64 // 0.5 to 2, 1 is natural; zero means 1
	// Dial is asked before a server is sent anything: the avatar's own is 0,
	// then come its fall-backs in their order. False: it may not be. Nil:
	// nobody minds.
	Dial func(server int) bool
	// By is told which of several voices speaks, before it is heard. Nil:
	// nobody wants to know. A voice that is alone does not call it.
	By func(Voice)
}

// Chunk is a piece of sound and the marks that became known with it.
type Chunk struct {
	PCM     []int16 // mono, Rate; 20 to 100 ms, the last may be shorter
	Visemes []Viseme
	Words   []Word
}

// Viseme is a mouth shape from its time on until the next.
type Viseme struct {
	At     int     // milliseconds from the first sample of this Speak call
	Shape  Shape   // one of the 15 of the oculus15 alphabet
	Weight float32 // 0 to 1
}

// Word is when a word is heard.
type Word struct {
	At, Length int // milliseconds from the first sample of this Speak call
	Start, End int // bytes of the text
}

// Shape is a mouth shape of the oculus15 alphabet.
type Shape uint8

// The fifteen shapes, in the alphabet's order.
const (
	Sil Shape = iota
	PP
	FF
	TH
	DD
	KK
	CH
	SS
	NN
	RR
	AA
	E
	IH
	OH
	OU
)

// String is the shape's name in the alphabet: "sil", "PP".
func (s Shape) String() string { return names[s] }

var names = [...]string{"sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou"}
