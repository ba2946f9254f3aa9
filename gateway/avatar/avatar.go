// Package avatar is what answers: the contract of an engine.
//
// An engine gets a bounded conversation and says sentences. It has no way to
// change policy, to record, to see who the person is, or to send anything but
// words and tool calls: control messages from a back end are not in the
// contract.
package avatar

import (
	"context"

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
	// Began is called at most once, by Answer's goroutine, when a model's
	// answer begins to arrive. Nil: nobody wants to know.
	Began func()
	// Spent is called at most once, by Answer's goroutine, with the tokens
	// that a server took and gave: as it says, or estimated where it does
	// not. Nil: nobody counts them, and no server is asked for them.
	Spent func(tokens int)
}

// Persona is how an avatar presents itself, from the tenant's configuration.
type Persona struct {
	Name         string // "Lumen"
	Organisation string // "Example University"
	Text         string // how it should answer; the gateway's own rules come after it
}

// Sentence is one sentence of a reply.
type Sentence struct {
	Words  session.Speech
	Aloud  session.Speech // said instead of Words; empty: Words are said
	Source string         // the document that it comes from, by its title; may be empty
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
	Code  string // "backend_unreachable", "backend_timeout", "backend_refused", "backend_invalid", "backend_overloaded"
	Cause error  // never shown, never logged: it may quote the prompt
}

// Error gives the code only.
func (f *Failure) Error() string { return "avatar: " + f.Code }

// Unwrap is for errors.Is on the context's errors.
func (f *Failure) Unwrap() error { return f.Cause }
