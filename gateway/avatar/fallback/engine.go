package fallback

import (
	"context"
	"errors"
	"sync/atomic"

	"mayfly/gateway/avatar"
)

// Link is one of the engines that may answer.
type Link struct {
	Engine avatar.Engine
	Server *Server // that it asks; nil: it is on this machine
}

// Engine answers with the first of its links that does. It may be used by any
// number of sessions at once.
type Engine struct {
	links []Link
	used  atomic.Uint64
}

// New makes an engine. There is at least one link.
func New(links ...Link) *Engine { return &Engine{links: links} }

// Label is that of the first link. Another that answers in its place is told
// by Question.By.
func (e *Engine) Label() avatar.Label { return e.links[0].Engine.Label() }

// Used is how often another than the first has answered.
func (e *Engine) Used() uint64 { return e.used.Load() }

// Answer implements avatar.Engine.
func (e *Engine) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	t := turn{by: q.By, say: say, acted: q.Step > 0}
	spent := q.Spent
	if spent != nil {
		q.Spent = func(tokens int) { t.tokens += tokens }
		defer func() {
			if t.tokens > 0 {
				spent(t.tokens)
			}
		}()
	}
	if began := q.Began; began != nil {
		q.Began = func() {
			if !t.began {
				t.began = true
				began()
			}
		}
	}
	links, from := e.links, 0
	if t.acted { // the engine that had the tools called goes on
		from = min(q.From, len(links)-1)
		links = links[from : from+1]
	}
	var last error
	for i, l := range links {
		i += from
		request, code := l.Server.ask()
		if code != "" {
			last = &avatar.Failure{Code: code, Cause: errRests}
			continue
		}
		if l.Server != nil && q.Dial != nil && !q.Dial(i) {
			request.abandoned()
			if last == nil {
				last = &avatar.Failure{Code: avatar.NotAllowed}
			}
			continue
		}
		err := t.ask(ctx, i, l, request, q)
		if err == nil {
			if i > 0 {
				e.used.Add(1)
			}
			return nil
		}
		if last = err; !t.another(ctx, err) {
			return err
		}
	}
	return last
}

// errRests is the cause of a failure that was known before anybody was asked.
var errRests = errors.New("fallback: the server rests")

// turn is one run of an Engine.
type turn struct {
	by     func(int, avatar.Label)
	say    func(avatar.Sentence) error
	tokens int
	began  bool // a model began to answer
	said   bool // a sentence went out
	acted  bool // a tool was called
}

// ask has one link answer.
func (t *turn) ask(ctx context.Context, i int, l Link, r *request, q avatar.Question) (err error) {
	defer r.abandoned() // unless something better is known
	var refused error   // by say, or by Call
	begun := false
	var rests []avatar.Reference // of an answer that has not begun
	tell := q.Rests
	if tell != nil {
		q.Rests = func(ref avatar.Reference) {
			if begun {
				tell(ref)
				return
			}
			rests = append(rests, ref)
		}
	}
	begin := func() {
		if begun {
			return
		}
		begun = true
		r.began()
		for _, ref := range rests {
			tell(ref)
		}
		if t.by != nil {
			t.by(i, l.Engine.Label())
		}
	}
	if call := q.Call; call != nil {
		q.Call = func(c avatar.Call) error {
			begin()
			t.acted = true
			refused = call(c)
			return refused
		}
	}
	err = l.Engine.Answer(ctx, q, func(s avatar.Sentence) error {
		begin()
		t.said = true
		refused = t.say(s)
		return refused
	})
	switch {
	case err == nil || refused != nil:
		r.answered()
	case ctx.Err() != nil:
		// Nobody waited for it.
	default:
		f, ok := errors.AsType[*avatar.Failure](err)
		switch {
		case !ok || f.Code == blind:
			// It was not asked, or nobody knows.
		case personal(f):
			r.answered()
		default:
			r.failed(f.Code, f.After)
		}
	}
	return err
}

// blind is the code of an engine that is shown what it cannot see, and asks
// nobody. Another may see.
const blind = "attachment_not_understood"

// personal says that a failure is about these words, not about the server: it
// answered, and would refuse them again. Another server is not tried with what
// one has refused.
func personal(f *avatar.Failure) bool { return f.Code == "backend_refused" && !f.Shut }

// another says whether the next link may be tried after an error: nothing was
// said, nothing was done, somebody still waits, and it is the server's fault.
func (t *turn) another(ctx context.Context, err error) bool {
	f, ok := errors.AsType[*avatar.Failure](err)
	return ok && !personal(f) && !t.said && !t.acted && ctx.Err() == nil
}
