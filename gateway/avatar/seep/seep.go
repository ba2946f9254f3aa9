// Package seep is a leak that is staged: mayfly drill plants it behind an
// avatar of its own, to see that a leak is found. What leaks is the mark that
// the drill itself said, and never a word beside it: nobody else knows the
// mark.
package seep

import (
	"bytes"
	"context"

	"mayfly/gateway/avatar"
)

// engine is an engine that leaks.
type engine struct {
	avatar.Engine
	mark []byte
	sink func(mark []byte)
}

// Plant makes an engine leak. sink is called, by Answer's goroutine and with a
// copy of its own, each time that the mark stands in what the engine is asked.
func Plant(e avatar.Engine, mark []byte, sink func(mark []byte)) avatar.Engine {
	return &engine{Engine: e, mark: bytes.Clone(mark), sink: sink}
}

// Answer implements avatar.Engine.
func (e *engine) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	for _, item := range q.Items {
		words := item.Words.AppendTo(nil)
		at := bytes.Index(words, e.mark)
		if at >= 0 {
			e.sink(bytes.Clone(words[at : at+len(e.mark)]))
		}
		clear(words)
	}
	return e.Engine.Answer(ctx, q, say)
}
