package fallback

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

// part is an engine that says and does what it was told to.
type part struct {
	name   string
	says   []string
	calls  int // tools
	err    error
	hangs  bool
	asked  int
	tokens int
}

func (p *part) Label() avatar.Label { return avatar.Label{Provider: p.name} }

func (p *part) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	p.asked++
	if q.Began != nil {
		q.Began()
	}
	if q.Spent != nil && p.tokens > 0 {
		q.Spent(p.tokens)
	}
	if q.Rests != nil {
		q.Rests(avatar.Reference{Title: p.name})
	}
	for _, text := range p.says {
		if err := say(avatar.Sentence{Words: session.NewSpeech([]byte(text))}); err != nil {
			return err
		}
	}
	for range p.calls {
		if err := q.Call(avatar.Call{}); err != nil {
			return err
		}
	}
	if p.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	return p.err
}

func failing(code string) error { return &avatar.Failure{Code: code} }

// heard is what came of a question.
type heard struct {
	said  []string
	by    []string
	rests []string
	dials []int
	calls int
	began int
	spent []int
}

func (h *heard) ask(ctx context.Context, e avatar.Engine, q avatar.Question) error {
	q.By = func(_ int, l avatar.Label) { h.by = append(h.by, l.Provider) }
	q.Rests = func(r avatar.Reference) { h.rests = append(h.rests, r.Title) }
	if q.Dial == nil {
		q.Dial = func(i int) bool { h.dials = append(h.dials, i); return true }
	}
	q.Call = func(avatar.Call) error { h.calls++; return nil }
	q.Began = func() { h.began++ }
	q.Spent = func(n int) { h.spent = append(h.spent, n) }
	return e.Answer(ctx, q, func(s avatar.Sentence) error {
		h.said = append(h.said, string(s.Words.AppendTo(nil)))
		return nil
	})
}

func chain(parts ...*part) *Engine {
	var links []Link
	for _, p := range parts {
		l := Link{Engine: p}
		if p.name != "resident" {
			l.Server = NewServer(Model, p.name, Rules{})
		}
		links = append(links, l)
	}
	return New(links...)
}

// The next server answers only before anything was said or done, and only
// where the server is at fault. Who answers is told first. R57
func TestNext(t *testing.T) {
	down := failing("backend_unreachable")
	for name, c := range map[string]struct {
		first *part
		step  int
		said  []string
		by    []string
		code  string // empty: answered
		next  int    // how often the second was asked
	}{
		"answers":          {first: &part{says: []string{"a"}}, said: []string{"a"}, by: []string{"one"}},
		"unreachable":      {first: &part{err: down}, said: []string{"b"}, by: []string{"two"}, next: 1},
		"timed out":        {first: &part{err: failing("backend_timeout")}, said: []string{"b"}, by: []string{"two"}, next: 1},
		"overloaded":       {first: &part{err: failing("backend_overloaded")}, said: []string{"b"}, by: []string{"two"}, next: 1},
		"makes no sense":   {first: &part{err: failing("backend_invalid")}, said: []string{"b"}, by: []string{"two"}, next: 1},
		"lets nobody in":   {first: &part{err: &avatar.Failure{Code: "backend_refused", Shut: true}}, said: []string{"b"}, by: []string{"two"}, next: 1},
		"sees no pictures": {first: &part{err: failing(blind)}, said: []string{"b"}, by: []string{"two"}, next: 1},
		"refuses words":    {first: &part{err: failing("backend_refused")}, code: "backend_refused"},
		"breaks off":       {first: &part{says: []string{"a"}, err: down}, said: []string{"a"}, by: []string{"one"}, code: "backend_unreachable"},
		"called a tool":    {first: &part{calls: 1, err: down}, by: []string{"one"}, code: "backend_unreachable"},
		"after the tools":  {first: &part{err: down}, step: 1, code: "backend_unreachable"},
		"no failure":       {first: &part{err: errors.New("a fault")}, code: "-"},
		"said and refused": {first: &part{says: []string{"a"}, err: failing("backend_refused")}, said: []string{"a"}, by: []string{"one"}, code: "backend_refused"},
	} {
		t.Run(name, func(t *testing.T) {
			c.first.name = "one"
			second := &part{name: "two", says: []string{"b"}}
			e := chain(c.first, second)
			var h heard
			err := h.ask(t.Context(), e, avatar.Question{Step: c.step})
			f, _ := errors.AsType[*avatar.Failure](err)
			switch {
			case c.code == "":
				require.NoError(t, err)
			case c.code == "-":
				require.Error(t, err)
				require.Nil(t, f)
			default:
				require.Equal(t, c.code, f.Code)
			}
			require.Equal(t, c.said, h.said)
			require.Equal(t, c.by, h.by)
			if len(c.said) > 0 {
				require.Equal(t, c.by, h.rests, "what an answer rests on is that of the engine that gave it")
			}
			require.Equal(t, c.next, second.asked)
			require.LessOrEqual(t, h.began, 1)
			require.EqualValues(t, c.next, e.Used())
		})
	}
}

// The step after a tool is asked of the engine that called it.
func TestStep(t *testing.T) {
	one, two := &part{name: "one", says: []string{"a"}}, &part{name: "two", says: []string{"b"}}
	var h heard
	require.NoError(t, h.ask(t.Context(), chain(one, two), avatar.Question{Step: 2, From: 1}))
	require.Equal(t, []string{"b"}, h.said)
	require.Equal(t, []int{1}, h.dials)
	require.Zero(t, one.asked)
}

// The engine that is built in is the last, and no server.
func TestResidentLast(t *testing.T) {
	down := failing("backend_unreachable")
	e := chain(&part{name: "one", err: down}, &part{name: "two", err: down}, &part{name: "resident", says: []string{"c"}})
	var h heard
	require.NoError(t, h.ask(t.Context(), e, avatar.Question{}))
	require.Equal(t, []string{"resident"}, h.by)
	require.Equal(t, []int{0, 1}, h.dials, "nobody is dialled for it")
}

// A fall-back that may not be sent anything is not, and the next one is asked.
func TestNotAllowed(t *testing.T) {
	one, two, three := &part{name: "one", err: failing("backend_timeout")}, &part{name: "two", says: []string{"b"}}, &part{name: "three", says: []string{"c"}}
	var h heard
	require.NoError(t, h.ask(t.Context(), chain(one, two, three), avatar.Question{Dial: func(i int) bool { return i != 1 }}))
	require.Equal(t, []string{"c"}, h.said)
	require.Zero(t, two.asked)

	err := (&heard{}).ask(t.Context(), chain(two), avatar.Question{Dial: func(int) bool { return false }})
	f, _ := errors.AsType[*avatar.Failure](err)
	require.Equal(t, "backend_not_allowed", f.Code)
	err = (&heard{}).ask(t.Context(), chain(one, two), avatar.Question{Dial: func(i int) bool { return i == 0 }})
	f, _ = errors.AsType[*avatar.Failure](err)
	require.Equal(t, "backend_timeout", f.Code, "what the person is told is what went wrong")
}

// A server that rests is not asked: it fails at once with its last code, or
// the next one answers. What all servers took is counted once.
func TestRests(t *testing.T) {
	one, two := &part{name: "one", err: failing("backend_overloaded"), tokens: 3}, &part{name: "two", says: []string{"b"}, tokens: 4}
	e := chain(one, two)
	for range 5 {
		var h heard
		require.NoError(t, h.ask(t.Context(), e, avatar.Question{}))
		require.Len(t, h.spent, 1)
		require.Equal(t, 1, h.began)
	}
	require.Equal(t, 3, one.asked)
	health := e.links[0].Server.Health()
	require.Equal(t, Open, health.State)
	require.False(t, health.Since.IsZero())
	require.Equal(t, "backend_overloaded", health.Code)

	alone := chain(&part{name: "one", err: failing("backend_timeout")})
	for range 5 {
		err := (&heard{}).ask(t.Context(), alone, avatar.Question{})
		f, _ := errors.AsType[*avatar.Failure](err)
		require.Equal(t, "backend_timeout", f.Code)
	}
}

// Somebody who leaves says nothing about the server, however often. R57
func TestWhoLeaves(t *testing.T) {
	one := &part{name: "one", hangs: true}
	e := chain(one, &part{name: "two", says: []string{"b"}})
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		var h heard
		require.ErrorIs(t, h.ask(ctx, e, avatar.Question{}), context.DeadlineExceeded)
		require.Empty(t, h.said, "nobody asks another server for them")
		cancel()
	}
	require.Equal(t, 20, one.asked)
	require.Equal(t, Closed, e.links[0].Server.Health().State)
	require.True(t, e.links[0].Server.Health().Since.IsZero())
}

// An engine that panics during the one trial does not keep the next away.
func TestTrialPanics(t *testing.T) {
	s := NewServer(Model, "one", Rules{Failures: 1, Rest: time.Nanosecond})
	e := New(Link{Engine: &part{name: "one", err: failing("backend_timeout")}, Server: s})
	require.Error(t, (&heard{}).ask(t.Context(), e, avatar.Question{}))
	require.Panics(t, func() {
		_ = New(Link{Engine: broken{}, Server: s}).Answer(t.Context(), avatar.Question{}, nil)
	})
	one := &part{name: "one", says: []string{"a"}}
	require.NoError(t, (&heard{}).ask(t.Context(), New(Link{Engine: one, Server: s}), avatar.Question{}))
	require.Equal(t, 1, one.asked)
	require.Equal(t, Closed, s.Health().State)
}

type broken struct{}

func (broken) Answer(context.Context, avatar.Question, func(avatar.Sentence) error) error {
	panic("it is broken")
}
func (broken) Label() avatar.Label { return avatar.Label{} }
