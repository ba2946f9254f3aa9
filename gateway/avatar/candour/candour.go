// Package candour keeps an avatar honest about what it is.
//
// It stands before any engine. A person who asks whether a human answers gets
// the gateway's own truthful sentence, and the engine is not asked. A sentence
// by which an engine claims to be human, or denies to be an AI, is replaced
// before it is said. Both are recognised by grammars of five languages, and
// questions by a classifier of each beside it, in time linear in the words, on
// memory that is cleared afterwards.
//
// It recognises wording, not meaning: the permanent label of every reply does
// not depend on it. It never keeps, counts or reports what was said.
package candour

import (
	"context"
	"sync"
	"sync/atomic"

	"mayfly/gateway/avatar"
	"mayfly/gateway/notice"
	"mayfly/session"
)

// Engine is an avatar.Engine that answers truthfully what it is, before and
// after the engine that it wraps. It may be used by many sessions at once.
type Engine struct {
	inner   avatar.Engine
	readers sync.Pool // of *reader, wiped

	answered atomic.Uint64
	replaced atomic.Uint64
	dropped  atomic.Uint64
}

// Counts says how often what happened, since the engine was wrapped.
type Counts struct {
	Answered uint64 // questions answered by the gateway itself
	Replaced uint64 // claims replaced by the correction
	Dropped  uint64 // further claims in a reply that was corrected already
}

// Wrap makes an engine honest.
func Wrap(engine avatar.Engine) *Engine {
	grammars() // at the start, not in the first conversation
	return &Engine{inner: engine, readers: sync.Pool{New: func() any { return new(reader) }}}
}

// Counts says how often what happened.
func (e *Engine) Counts() Counts {
	return Counts{Answered: e.answered.Load(), Replaced: e.replaced.Load(), Dropped: e.dropped.Load()}
}

// Label is that of the wrapped engine.
func (e *Engine) Label() avatar.Label { return e.inner.Label() }

// Answer is as avatar.Engine says. R23.
func (e *Engine) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	if locale := e.asked(q); locale != "" {
		e.answered.Add(1)
		if err := ctx.Err(); err != nil {
			return err
		}
		return say(fixed(notice.WhatIAm, locale))
	}
	w := watch{reader: e.borrow(), locale: q.Locale}
	defer e.giveBack(w.reader)
	defer w.forget()
	return e.inner.Answer(ctx, q, func(s avatar.Sentence) error {
		if s.Words.Len() == 0 { // sound of words that were read
			return say(s)
		}
		locale := w.claims(s.Words)
		if locale == "" {
			return say(s)
		}
		s.Words.Forget()
		if w.corrected {
			e.dropped.Add(1)
			return nil
		}
		w.corrected = true
		e.replaced.Add(1)
		return say(fixed(notice.Correction, locale))
	})
}

// asked says in which language the person asks what the avatar is, if that
// is what the last item does. Only a person's own message can ask. The notice
// and what an application adds may stand after it: who asks before the notice
// was given is answered after it.
func (e *Engine) asked(q avatar.Question) string {
	n := len(q.Items)
	for n > 0 && (q.Items[n-1].Purpose == session.Notice || q.Items[n-1].Role == session.System) {
		n--
	}
	if n == 0 {
		return ""
	}
	last := q.Items[n-1]
	if last.Role != session.User || last.Kind != session.Message {
		return ""
	}
	r := e.borrow()
	defer e.giveBack(r)
	r.name = newName(q.Persona.Name)
	return r.question(last.Words, q.Locale)
}

func (e *Engine) borrow() *reader { return e.readers.Get().(*reader) }

// giveBack wipes a reader and keeps its memory, unless it has grown large.
func (e *Engine) giveBack(r *reader) {
	r.wipe()
	r.name = nil
	if r.size() <= keptMemory {
		e.readers.Put(r)
	}
}

// fixed is one of the gateway's own sentences. Its words are public, but they
// are a copy of its own, so that they can be forgotten like any other.
func fixed(k notice.Key, locale string) avatar.Sentence {
	return avatar.Sentence{Words: session.NewSpeech([]byte(notice.Say(k, locale)))}
}
