package upstream

import (
	"context"
	"errors"
	"hash/maphash"
	"io"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"mayfly/gateway/again"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/deadline"
	"mayfly/gateway/avatar/instruct"
	"mayfly/gateway/egress"
)

// Options make an Engine.
type Options struct {
	Socket    *egress.Socket // the way to the server; it holds the credential
	URL       *url.URL       // the base, with its /v1
	Model     string
	Voice     string             // its name there; empty: the server's own choice
	Provider  string             // who runs the server, as people are told
	Vision    bool               // the model takes pictures
	Knowledge instruct.Knowledge // nil: none
	Limits    Limits
}

// Engine answers turns. It may be used by any number of sessions at once; what
// it holds of one is in its Slot.
type Engine struct {
	options  Options
	limits   Limits
	endpoint *url.URL
	seed     maphash.Seed
	counts   struct{ ignored, dropped, renewed atomic.Uint64 }
}

// Counts says how often what happened since the engine was made.
type Counts struct {
	Ignored uint64 // events that are not on the list, or not of the reply asked for
	Dropped uint64 // replies that told what may not be told about a person
	Renewed uint64 // connections opened in the place of one that was near its end
}

// New makes an engine. It connects to nothing.
func New(o Options) *Engine {
	endpoint := o.URL.JoinPath("realtime")
	endpoint.RawQuery = url.Values{"model": {o.Model}}.Encode()
	return &Engine{options: o, limits: o.Limits.orDefaults(), endpoint: endpoint, seed: maphash.MakeSeed()}
}

// Label says that a trained model made words and sound.
func (e *Engine) Label() avatar.Label {
	return avatar.Label{Source: avatar.Trained, Provider: e.options.Provider, System: e.options.Model}
}

// Counts says how often what happened.
func (e *Engine) Counts() Counts {
	return Counts{Ignored: e.counts.ignored.Load(), Dropped: e.counts.dropped.Load(), Renewed: e.counts.renewed.Load()}
}

// Answer implements avatar.Engine. A connection that was lost before anything
// of the reply came is replaced once; what was said or heard is never asked
// for again.
func (e *Engine) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	if !e.options.Vision && instruct.Unseen(q.Items) {
		return &avatar.Failure{Code: avatar.NotUnderstood}
	}
	w := deadline.Watch(ctx, e.limits.Total)
	defer w.Stop()
	for second := false; ; second = true {
		l, kept, err := e.open(w, q)
		begun := false
		if err == nil {
			r := newReply(e, l, w, q, say)
			err = r.run()
			begun = r.begun
			e.leave(ctx, l, r, err, q.Slot)
		}
		if err == nil || second || begun || w.Context().Err() != nil || !kept && !broke(err) {
			return fail(ctx, w, err)
		}
		if kept {
			continue // it may have ended long ago
		}
		const pause = 100 * time.Millisecond
		if err := again.Wait(w.Context(), pause); err != nil {
			return fail(ctx, w, err)
		}
	}
}

// open gives the session's connection, or a new one.
func (e *Engine) open(w *deadline.Clock, q avatar.Question) (l *link, kept bool, err error) {
	if c := q.Slot.Take(e); c != nil {
		l := c.(*link)
		if !l.over(time.Now(), e.limits.spare()) {
			return l, true, nil
		}
		e.counts.renewed.Add(1)
		_ = l.Close()
	}
	w.Arm(e.limits.Connect)
	ws, err := e.options.Socket.Dial(w.Context(), e.endpoint)
	if err != nil {
		return nil, false, err
	}
	return newLink(ws, e.limits), false, nil
}

// leave puts the connection back, if the next turn can use it. A reply that
// was called off is called off there too.
func (e *Engine) leave(ctx context.Context, l *link, r *reply, err error, slot *avatar.Slot) {
	_, unwanted := errors.AsType[sayError](err)
	switch {
	case err == nil:
		r.remember()
	case (ctx.Err() != nil || unwanted) && r.id != nil && r.item != "":
		r.remember()
		cancel := []byte(`{"type":"response.cancel","event_id":"` + l.id('e') + `","response_id":` + string(r.id) + `}`)
		if l.write(context.WithoutCancel(ctx), partWriting, cancel) != nil {
			slot = nil
		}
	default:
		slot = nil
	}
	r.forget()
	slot.Put(e, l) // nowhere: it is closed
}

// broke says that a connection was refused or reset, or ended without a word.
func broke(err error) bool {
	for _, cause := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF, errLost} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return websocket.IsCloseError(err, websocket.CloseAbnormalClosure, websocket.CloseGoingAway, websocket.CloseServiceRestart)
}
