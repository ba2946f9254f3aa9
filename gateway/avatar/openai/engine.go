package openai

import (
	"context"
	"errors"
	"io"
	"iter"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"syscall"
	"time"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

// Knowledge finds what a reply should rest on.
type Knowledge interface {
	// Passages yields title and text of at most n passages that fit words.
	Passages(language string, words session.Speech, n int) iter.Seq2[string, string]
}

// Options make an Engine.
type Options struct {
	// Client is the way to the server. It holds the credential, refuses
	// redirects and has no timeout of its own (see egress).
	Client    *http.Client
	URL       *url.URL // the base, with its /v1
	Model     string
	Provider  string    // who runs the server, as people are told
	Knowledge Knowledge // nil: none
	Limits    Limits
}

// Engine answers turns. It may be used by any number of sessions at once and
// holds nothing of any.
type Engine struct {
	options  Options
	limits   Limits
	endpoint string
}

// New makes an engine. It connects to nothing.
func New(o Options) *Engine {
	return &Engine{options: o, limits: o.Limits.orDefaults(), endpoint: o.URL.JoinPath("chat", "completions").String()}
}

// Label says that a trained model made the words.
func (e *Engine) Label() avatar.Label {
	return avatar.Label{Source: avatar.Trained, Provider: e.options.Provider, System: e.options.Model}
}

// The codes of a *avatar.Failure.
const (
	unreachable = "backend_unreachable"
	timedOut    = "backend_timeout"
	refused     = "backend_refused"
	invalid     = "backend_invalid"
	overloaded  = "backend_overloaded"
)

var (
	errSlow     = errors.New("openai: the server is too slow")
	errTooMuch  = errors.New("openai: the reply is larger than permitted")
	errCut      = errors.New("openai: the reply broke off")
	errNoWords  = errors.New("openai: the reply has no words")
	errNotAsked = errors.New("openai: the answer is not a stream of a reply")
)

// Answer implements avatar.Engine.
func (e *Engine) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	prompt := e.prompt(q)
	defer prompt.forget()
	w := watch(ctx, e.limits.Total)
	defer w.stop()
	resp, err := e.way().post(w, prompt)
	if err != nil {
		return fail(ctx, w, err)
	}
	defer resp.Body.Close()
	r := reading{engine: e, clock: w, body: resp.Body, say: say, language: q.Locale, arrived: q.Began}
	defer r.forget()
	whole, err := accept(resp)
	if err != nil {
		return fail(ctx, w, err)
	}
	if q.Spent != nil {
		defer func() { q.Spent(r.spent(prompt.size())) }()
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

// post sends the prompt. A connection that is refused or breaks before a byte
// of the answer has come is tried once more: the server may just be starting.
func (y way) post(w *clock, p *prompt) (*http.Response, error) {
	const pause = 100 * time.Millisecond
	for again := false; ; again = true {
		var reused, answered atomic.Bool
		trace := &httptrace.ClientTrace{
			GotConn: func(info httptrace.GotConnInfo) {
				reused.Store(info.Reused)
				w.arm(y.limits.First)
			},
			GotFirstResponseByte: func() { answered.Store(true) },
		}
		req, err := http.NewRequestWithContext(httptrace.WithClientTrace(w.ctx, trace), http.MethodPost, y.endpoint, p.open())
		if err != nil {
			return nil, err
		}
		req.ContentLength = int64(p.size())
		req.GetBody = func() (io.ReadCloser, error) { return p.open(), nil }
		req.Header.Set("Content-Type", y.kind)
		req.Header.Set("Accept", "text/event-stream")
		req.Header.Set("User-Agent", "mayfly")
		w.arm(y.limits.Connect)
		resp, err := y.client.Do(req)
		if err == nil || again || answered.Load() || w.ctx.Err() != nil || !(broke(err) || reused.Load()) {
			return resp, err
		}
		w.arm(y.limits.Connect)
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-w.ctx.Done():
			wait.Stop()
			return nil, w.ctx.Err()
		}
	}
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
type status int

// Error gives nothing: the code says it.
func (status) Error() string { return "openai: the server refused" }

// accept looks at the head of an answer. whole is for servers that do not
// stream although they were asked to.
func accept(resp *http.Response) (whole bool, err error) {
	if resp.StatusCode != http.StatusOK {
		return false, status(resp.StatusCode)
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
func fail(ctx context.Context, w *clock, err error) error {
	if err == nil {
		return nil
	}
	if said, ok := errors.AsType[sayError](err); ok {
		return said.error
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &avatar.Failure{Code: code(w, err), Cause: err}
}

// code chooses the code for an error.
func code(w *clock, err error) string {
	if errors.Is(context.Cause(w.ctx), errSlow) {
		return timedOut
	}
	if s, ok := errors.AsType[status](err); ok {
		switch {
		case s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable || s == 529:
			return overloaded
		case s == http.StatusRequestTimeout || s == http.StatusGatewayTimeout:
			return timedOut
		case s >= 400 && s < 500:
			return refused
		case s >= 500:
			return unreachable
		}
		return invalid
	}
	if told, ok := errors.AsType[told](err); ok {
		if told.busy {
			return overloaded
		}
		return refused
	}
	for _, e := range []error{errTooMuch, errNoWords, errNotAsked, errChunk} {
		if errors.Is(err, e) {
			return invalid
		}
	}
	return unreachable
}
