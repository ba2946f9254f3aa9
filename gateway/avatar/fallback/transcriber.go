package fallback

import (
	"context"
	"errors"
	"sync"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

// Hearer is one of the transcribers that may hear.
type Hearer struct {
	Transcriber avatar.Transcriber
	Server      *Server
}

// Transcriber has the first of its hearers that does write an utterance down.
// The sound stays in memory until one has, so that nobody is asked to say
// anything twice. It may be used by any number of sessions at once.
type Transcriber struct{ hearers []Hearer }

// NewTranscriber makes one. There is at least one hearer.
func NewTranscriber(hearers ...Hearer) *Transcriber { return &Transcriber{hearers} }

// Label is that of the first hearer.
func (t *Transcriber) Label() avatar.Label { return t.hearers[0].Transcriber.Label() }

// Hear implements avatar.Transcriber.
func (t *Transcriber) Hear(ctx context.Context, h avatar.Hearing) avatar.Utterance {
	u := &utterance{hearers: t.hearers, hearing: h}
	u.ctx, u.cancel = context.WithCancel(ctx)
	u.unhook = context.AfterFunc(ctx, u.forget)
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.dropped { // ctx may be over already
		u.next()
	}
	return u
}

// utterance is one that goes from hearer to hearer until it is written down.
type utterance struct {
	hearers []Hearer
	hearing avatar.Hearing
	ctx     context.Context
	cancel  context.CancelFunc
	unhook  func() bool

	mu      sync.Mutex
	sound   []int16          // all of it, while there is another to ask. Guarded by mu.
	at      int              // hearers that were asked or passed over. Guarded by mu.
	now     avatar.Utterance // of whoever hears; nil: nobody is left. Guarded by mu.
	request *request         // Guarded by mu.
	ended   bool             // Guarded by mu.
	dropped bool             // Guarded by mu.
	last    error            // why nobody is left. Guarded by mu.
}

var (
	errOver    = errors.New("fallback: the utterance is over")
	errTooLong = errors.New("fallback: the utterance is too long")
)

// next has the next hearer begin that does not rest. The caller holds mu.
func (u *utterance) next() {
	if u.now != nil {
		u.now.Drop()
	}
	u.now, u.request = nil, nil
	for u.now == nil && u.at < len(u.hearers) {
		i := u.at
		u.at++
		r, code := u.hearers[i].Server.ask()
		if code != "" {
			u.last = &avatar.Failure{Code: code, Cause: errRests}
			continue
		}
		h := u.hearing
		if may := h.Dial; may != nil {
			h.Dial = func(int) bool { return may(i) }
		}
		u.request, u.now = r, u.hearers[i].Transcriber.Hear(u.ctx, h)
	}
}

// Write implements avatar.Utterance.
func (u *utterance) Write(pcm []int16) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended || u.dropped {
		return errOver
	}
	if u.at < len(u.hearers) {
		if len(u.sound)+len(pcm) > avatar.MaxUtterance {
			return &avatar.Failure{Code: avatar.Invalid, Cause: errTooLong}
		}
		if need := len(u.sound) + len(pcm); need > cap(u.sound) {
			grown := make([]int16, len(u.sound), max(need, 2*cap(u.sound), 4*avatar.HearingRate))
			copy(grown, u.sound)
			clear(u.sound)
			u.sound = grown
		}
		u.sound = append(u.sound, pcm...)
	}
	if u.now == nil {
		return nil // its End says why
	}
	return u.now.Write(pcm)
}

// End implements avatar.Utterance. Who leaves says nothing about a server.
func (u *utterance) End(ctx context.Context) (session.Speech, error) {
	defer u.Drop()
	for {
		u.mu.Lock()
		u.ended = true
		now, request, last, dropped := u.now, u.request, u.last, u.dropped
		u.mu.Unlock()
		if dropped {
			return session.Speech{}, context.Canceled
		}
		if now == nil {
			return session.Speech{}, last
		}
		words, err := now.End(ctx)
		f, ok := errors.AsType[*avatar.Failure](err)
		switch {
		case err == nil, ok && personal(f):
			request.answered()
			return words, err
		case !ok || ctx.Err() != nil || u.ctx.Err() != nil:
			request.abandoned()
			return words, err
		case f.Code == avatar.NotAllowed:
			request.abandoned()
		default:
			request.failed(f.Code, f.After)
		}
		words.Forget()
		u.another(err, f.Code == avatar.NotAllowed)
	}
}

// another has the next hearer hear all of the sound, if there is one. An
// utterance that nobody may be sent, or that somebody failed at, ends with
// that.
func (u *utterance) another(err error, refused bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.last == nil || !refused {
		u.last = err
	}
	if u.dropped {
		return
	}
	failed := u.last
	if u.next(); u.now == nil {
		u.last = failed
		return
	}
	_ = u.now.Write(u.sound) // its End says what went wrong
}

// Drop implements avatar.Utterance.
func (u *utterance) Drop() {
	u.unhook()
	u.forget()
}

// forget gives everything up and clears the sound.
func (u *utterance) forget() {
	u.cancel()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.dropped = true
	clear(u.sound[:cap(u.sound)])
	u.sound = nil
	if u.now != nil {
		u.now.Drop()
	}
	u.request.abandoned()
}
