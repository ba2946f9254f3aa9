package openai

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"mayfly/gateway/again"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/deadline"
	"mayfly/gateway/avatar/instruct"
)

// Options make an Engine.
type Options struct {
	// Client is the way to the server. It holds the credential, refuses
	// redirects and has no timeout of its own (see egress).
	Client    *http.Client
	URL       *url.URL // the base, with its /v1
	Model     string
	Provider  string             // who runs the server, as people are told
	Vision    bool               // the model takes pictures
	Knowledge instruct.Knowledge // nil: none
	Limits    Limits
}

// Engine answers turns. It may be used by any number of sessions at once and
// holds nothing of any.
type Engine struct {
	options  Options
	limits   Limits
	endpoint string
	dropped  atomic.Uint64
}

// New makes an engine. It connects to nothing.
func New(o Options) *Engine {
	return &Engine{options: o, limits: o.Limits.orDefaults(), endpoint: o.URL.JoinPath("chat", "completions").String()}
}

// Dropped is how many replies told what may not be told about a person.
func (e *Engine) Dropped() uint64 { return e.dropped.Load() }

// Label says that a trained model made the words.
func (e *Engine) Label() avatar.Label {
	return avatar.Label{Source: avatar.Trained, Provider: e.options.Provider, System: e.options.Model}
}

var (
	errTooMuch  = errors.New("openai: the reply is larger than permitted")
	errCut      = errors.New("openai: the reply broke off")
	errNoWords  = errors.New("openai: the reply has no words")
	errNotAsked = errors.New("openai: the answer is not a stream of a reply")
)

// Answer implements avatar.Engine.
func (e *Engine) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	if !e.options.Vision && instruct.Unseen(q.Items) {
		return &avatar.Failure{Code: avatar.NotUnderstood}
	}
	prompt := e.prompt(q)
	defer prompt.forget()
	w := deadline.Watch(ctx, e.limits.Total)
	defer w.Stop()
	resp, err := e.way().post(w, prompt, q.Step > 0)
	if err != nil {
		return fail(ctx, w, err)
	}
	defer resp.Body.Close()
	r := reading{engine: e, clock: w, body: resp.Body, say: say, language: q.Locale, arrived: q.Began}
	if len(q.Tools) > 0 && q.Choice.Mode != avatar.None {
		r.call = q.Call
	}
	defer r.forget()
	defer r.odd.Tell(q.Odd)
	whole, err := accept(resp)
	if err != nil {
		return fail(ctx, w, err)
	}
	if q.Spent != nil {
		defer func() { q.Spent(r.spent(prompt.size() - prompt.pictures)) }()
	}
	if whole {
		err = r.whole()
		return fail(ctx, w, err)
	}
	return fail(ctx, w, r.stream())
}

// way is how requests of one kind go to a server.
type way struct {
	client   *http.Client
	limits   Limits
	endpoint string
	kind     string // content type of what is sent
}

func (e *Engine) way() way {
	return way{client: e.options.Client, limits: e.limits, endpoint: e.endpoint, kind: "application/json"}
}

// post sends the prompt. It is tried once more when a connection is refused or
// breaks before a byte of the answer has come (the server may just be
// starting), and when the server says that it is busy for a moment; with once
// only when a kept connection turns out to have been closed meanwhile.
func (y way) post(w *deadline.Clock, p *prompt, once bool) (*http.Response, error) {
	for second := false; ; second = true {
		var reused, answered atomic.Bool
		trace := &httptrace.ClientTrace{
			GotConn: func(info httptrace.GotConnInfo) {
				reused.Store(info.Reused)
				w.Arm(y.limits.First)
			},
			GotFirstResponseByte: func() { answered.Store(true) },
		}
		req, err := http.NewRequestWithContext(httptrace.WithClientTrace(w.Context(), trace), http.MethodPost, y.endpoint, p.open())
		if err != nil {
			return nil, err
		}
		req.ContentLength = int64(p.size())
		req.GetBody = func() (io.ReadCloser, error) { return p.open(), nil }
		req.Header.Set("Content-Type", y.kind)
		req.Header.Set("Accept", "text/event-stream")
		req.Header.Set("User-Agent", "mayfly")
		w.Arm(y.limits.Connect)
		resp, err := y.client.Do(req)
		pause := 100 * time.Millisecond
		switch {
		case second || w.Context().Err() != nil || once && (err == nil || !reused.Load()):
			return resp, err
		case err == nil:
			if pause = busyFor(resp); pause == 0 || pause > patience {
				return resp, nil
			}
			resp.Body.Close()
		case answered.Load() || !(broke(err) || reused.Load()):
			return nil, err
		}
		w.Arm(pause + y.limits.Connect)
		if err := again.Wait(w.Context(), pause); err != nil {
			return nil, err
		}
	}
}

// patience is the longest Retry-After that is waited for. A longer one is for
// whoever decides whether the server is asked at all.
const patience = 2 * time.Second

// busyFor is how long a server wants to be left alone; zero: it does not say
// so, or nothing that makes sense.
func busyFor(resp *http.Response) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	said := resp.Header.Get("Retry-After")
	if n, err := strconv.ParseUint(said, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(said); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// broke says that a connection was refused or reset.
func broke(err error) bool {
	for _, cause := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, io.EOF, io.ErrUnexpectedEOF} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

// status is an answer that is not a reply.
type status struct {
	code  int
	after time.Duration // when it wants to be asked again; zero: it did not say
}

// Error gives nothing: the code says it.
func (status) Error() string { return "openai: the server refused" }

// accept looks at the head of an answer. whole is for servers that do not
// stream although they were asked to.
func accept(resp *http.Response) (whole bool, err error) {
	if resp.StatusCode != http.StatusOK {
		return false, status{resp.StatusCode, busyFor(resp)}
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	switch kind {
	case "text/event-stream", "": // some servers say nothing
		return false, nil
	case "application/json":
		return true, nil
	}
	return false, errNotAsked
}

// fail makes what Answer returns of an error: ctx's own when the turn was
// ended, that of say as it is, a *avatar.Failure otherwise.
func fail(ctx context.Context, w *deadline.Clock, err error) error {
	if err == nil {
		return nil
	}
	if said, ok := errors.AsType[sayError](err); ok {
		return said.error
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failure := &avatar.Failure{Code: code(w, err), Cause: err}
	if s, ok := errors.AsType[status](err); ok {
		failure.After = s.after
		failure.Shut = s.code == http.StatusUnauthorized || s.code == http.StatusForbidden || s.code == http.StatusNotFound
	}
	return failure
}

// code chooses the code for an error.
func code(w *deadline.Clock, err error) string {
	if w.Slow() {
		return avatar.TimedOut
	}
	if s, ok := errors.AsType[status](err); ok {
		return avatar.CodeOfStatus(s.code)
	}
	if told, ok := errors.AsType[told](err); ok {
		if told.busy {
			return avatar.Overloaded
		}
		return avatar.Refused
	}
	for _, e := range []error{errTooMuch, errNoWords, errMeasured, errNotAsked, errChunk} {
		if errors.Is(err, e) {
			return avatar.Invalid
		}
	}
	return avatar.Unreachable
}
