// Package avatar is what answers: the contract of an engine.
//
// An engine gets a bounded conversation and says sentences. It has no way to
// change policy, to record, to see who the person is, or to send anything but
// words and tool calls: control messages from a back end are not in the
// contract.
package avatar

import (
	"context"
	"time"

	"mayfly/session"
)

// Engine answers one turn.
type Engine interface {
	// Answer calls say with each sentence as soon as it is known, in order.
	// It returns nil after the last one, ctx's error when ctx ends, the
	// error of say when say fails, and a *Failure when the back end fails.
	// It leaves no goroutine or connection in use behind.
	Answer(ctx context.Context, q Question, say func(Sentence) error) error
	// Label says what produced the words, for the provenance label.
	Label() Label
}

// Question is all that an engine is told.
type Question struct {
	Persona      Persona
	Locale       string         // BCP 47: the language to answer in
	Items        []session.Item // oldest first; the last is what to answer, but for a notice that was given after it
	Instructions session.Speech // the client's, for this reply; may be empty
	// Spoken says that the reply is to be heard: an engine that has a voice of
	// its own brings its sound. Speed is the listener's, 0.5 to 2; zero means 1.
	Spoken bool
	Speed  float64
	// Slot is the session's; nil: nothing is kept between turns.
	Slot *Slot
	// Began is called at most once, by Answer's goroutine, when a model's
	// answer begins to arrive. Nil: nobody wants to know.
	Began func()
	// Spent is called at most once, by Answer's goroutine, with the tokens
	// that a server took and gave: as it says, or estimated where it does
	// not. Nil: nobody counts them, and no server is asked for them.
	Spent func(tokens int)

	// Rests is told, by Answer's goroutine, of each passage that the answer is
	// made from: quoted word for word, or given to a model. Nil: nobody wants
	// to know.
	Rests func(Reference)

	// Dial is asked, by Answer's goroutine, before a server is sent anything:
	// the avatar's own is 0, then come its fall-backs in their order. False:
	// it may not be. Nil: nobody minds.
	Dial func(server int) bool
	// By is told, by Answer's goroutine and before anything is said or called,
	// which of several engines answers, with its place and its label. Nil:
	// nobody wants to know. An engine that is alone does not call it.
	By func(engine int, l Label)
	// From is the place of the engine that answered the step before. No other
	// is asked once tools were called.
	From int

	// Odd is told, by Answer's goroutine when the server's answer has ended,
	// how often it said something that nobody asked it for: for each kind at
	// most once from each server. Nil: nobody wants to know.
	Odd func(kind Odd, times int)

	// Tools are what may be called. Where there are none, calls that come all
	// the same are dropped.
	Tools  []Tool
	Choice Choice
	Single bool // at most one call at a time
	// Call takes a call over, and its words. An engine hands each over whole,
	// in order, when the back end has ended; then Answer returns, and is asked
	// again with what came of them at the end of Items. It runs none itself.
	// Never nil where there are Tools.
	Call func(Call) error
	// Step is how often Answer was asked for this reply before: tools were
	// called in between, which are not called again.
	Step int
}

// Persona is how an avatar presents itself, from the tenant's configuration.
type Persona struct {
	Name         string // "Lumen"
	Organisation string // "Example University"
	Text         string // how it should answer; the gateway's own rules come after it
}

// Sentence is one sentence of a reply, or, from an engine that has a voice of
// its own, a piece of its sound.
type Sentence struct {
	Words  session.Speech
	Aloud  session.Speech // said instead of Words; empty: Words are said
	Source string         // the document that it comes from, by its title; may be empty
	// Sounded says that the engine brings the sound of the words itself, after
	// them. Whoever changes the words takes it away: from there on nothing of
	// the engine's sound is let out, and the avatar's voice says the rest.
	Sounded bool
	// Sound is of words that were said before: mono, voice.Rate, 100 ms at
	// most, valid during the call. A sentence that has it has no words.
	Sound []int16
}

// Source is the kind of maker, in IPTC's digital source types.
type Source uint8

// The kinds of maker (cv.iptc.org/newscodes/digitalsourcetype).
const (
	Algorithmic Source = iota // algorithmicMedia: made by rules, no trained model
	Trained                   // trainedAlgorithmicMedia: made by a trained model
	Composite                 // compositeWithTrainedAlgorithmicMedia: both
)

// Label names what produced a reply.
type Label struct {
	Source   Source
	Provider string // who runs it: "mayfly", or the back end's configured name
	System   string // "resident", a model's name
	Version  string
}

// Failure is a back end's failure in a form that can be shown and logged: a
// code of the one table in gateway/errors.go, without a word of what the
// back end said.
type Failure struct {
	Code  string        // "backend_unreachable", "backend_timeout", "backend_refused", "backend_invalid", "backend_overloaded"
	Cause error         // never shown, never logged: it may quote the prompt
	After time.Duration // when the server wants to be asked again; zero: it did not say
	Shut  bool          // backend_refused: it lets nobody in, whatever the words
}

// Error gives the code only.
func (f *Failure) Error() string { return "avatar: " + f.Code }

// Unwrap is for errors.Is on the context's errors.
func (f *Failure) Unwrap() error { return f.Cause }
