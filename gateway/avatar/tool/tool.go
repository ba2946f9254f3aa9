package tool

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mayfly/gateway/avatar"
	"mayfly/gateway/nesting"
	"mayfly/gateway/schema"
	"mayfly/session"
)

// Options make a Tool.
type Options struct {
	// Client is the way to the tool's server. It holds the credential, refuses
	// redirects and has no timeout of its own (see egress).
	Client      *http.Client
	URL         *url.URL
	Name        string
	Description string
	Parameters  *schema.Schema // nil: it takes no arguments
	Timeout     time.Duration  // for all of a call; zero means 10 seconds
	Result      int            // bytes of what it gives; zero means 16 KiB
}

// Tool is one tool of a tenant. It may be called by any number of sessions at
// once and holds nothing of any.
type Tool struct{ options Options }

// New makes a tool. It connects to nothing.
func New(o Options) *Tool {
	if o.Parameters == nil {
		o.Parameters = schema.Nothing()
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Result == 0 {
		o.Result = 16 << 10
	}
	return &Tool{o}
}

// Name is how an engine calls it.
func (t *Tool) Name() string { return t.options.Name }

// Offer is the tool as an engine is shown it. The words are public, but they
// are a copy of its own.
func (t *Tool) Offer() avatar.Tool {
	word := func(s string) session.Speech { return session.NewSpeech([]byte(s)) }
	return avatar.Tool{Name: word(t.options.Name), Description: word(t.options.Description), Parameters: word(string(t.options.Parameters.JSON()))}
}

// Outcome is what became of a call.
type Outcome uint8

// The outcomes. They are numbered in facts: a new one goes to the end.
const (
	Done         Outcome = iota + 1
	BadArguments         // they break the schema: nothing was sent
	Unknown              // there is no such tool: nothing was sent
	NotAllowed           // the policy of the moment does not permit it: nothing was sent
	TooMany              // the reply called for more than one may: nothing was sent
	Unreachable
	TimedOut
	Refused   // the server answered with a status that is no success
	TooLarge  // it gave more than one may
	BadResult // it gave something that is not JSON
	Cancelled // the person interrupted, or left
	outcomes
)

var outcomeNames = [outcomes]string{
	"", "done", "invalid_arguments", "unknown_tool", "not_allowed", "too_many_calls",
	"unreachable", "timeout", "refused", "result_too_large", "invalid_result", "cancelled",
}

// String is the outcome's name on the wire, and what an engine reads.
func (o Outcome) String() string { return outcomeNames[o] }

// Failed is what an engine is given in the place of a result: that there is
// none, and why, in words of the gateway's own.
func (o Outcome) Failed() session.Speech {
	return session.NewSpeech([]byte(`{"error":"` + o.String() + `"}`))
}

// Call carries out one call and says what came of it. It is made once: nobody
// knows what a second would do.
func (t *Tool) Call(ctx context.Context, arguments session.Speech) (session.Speech, Outcome) {
	sent := arguments.AppendTo(nil)
	if err := t.options.Parameters.Check(sent); err != nil {
		clear(sent)
		if v, ok := errors.AsType[*schema.Violation](err); ok {
			return session.NewSpeech([]byte(`{"error":"` + BadArguments.String() + `","at":"` + v.At + `","rule":"` + v.Rule + `"}`)), BadArguments
		}
		return BadArguments.Failed(), BadArguments
	}
	timed, cancel := context.WithTimeout(ctx, t.options.Timeout)
	defer cancel()
	body := &forgetful{b: sent}
	defer body.forget()
	result, o := t.post(timed, body)
	switch {
	case o == Done:
		return result, Done
	case ctx.Err() != nil:
		o = Cancelled
	case timed.Err() != nil:
		o = TimedOut
	}
	result.Forget()
	return o.Failed(), o
}

func (t *Tool) post(ctx context.Context, body *forgetful) (session.Speech, Outcome) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.options.URL.String(), body.open())
	if err != nil {
		return session.Speech{}, Unreachable
	}
	req.ContentLength = int64(body.size)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "mayfly")
	resp, err := t.options.Client.Do(req)
	if err != nil {
		return session.Speech{}, Unreachable
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return session.Speech{}, Refused
	}
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "application/json" {
		return session.Speech{}, BadResult
	}
	return t.read(resp.Body)
}

// resultDepth is how deep a result may be nested.
const resultDepth = 16

// read takes in a result: one JSON value, within bounds.
func (t *Tool) read(from io.Reader) (session.Speech, Outcome) {
	all := make([]byte, t.options.Result+1) // one block, so that nothing of it is left elsewhere
	n := 0
	var err error
	for err == nil && n < len(all) {
		var more int
		more, err = from.Read(all[n:])
		n += more
	}
	given := all[:n]
	bad := func(o Outcome) (session.Speech, Outcome) {
		clear(all)
		return session.Speech{}, o
	}
	switch {
	case n == len(all):
		return bad(TooLarge)
	case err != io.EOF: // it broke off
		return bad(Unreachable)
	}
	given = bytes.TrimSpace(given)
	if nesting.Deeper(given, resultDepth) || !jsontext.Value(given).IsValid() {
		return bad(BadResult)
	}
	result := session.NewSpeech(bytes.Clone(given))
	clear(all)
	return result, Done
}

// Callable says whether arguments are a JSON object that whoever carries out
// the call can read.
func Callable(arguments session.Speech) bool {
	b := arguments.AppendTo(make([]byte, 0, arguments.Len()))
	defer clear(b)
	v := jsontext.Value(bytes.TrimSpace(b))
	return !nesting.Deeper(v, resultDepth) && v.Kind() == '{' && v.IsValid()
}

// Try is Call with arguments that nobody said in a session, and a result that
// is shown to whoever wrote them.
func (t *Tool) Try(ctx context.Context, arguments []byte) ([]byte, Outcome) {
	result, came := t.Call(ctx, session.NewSpeech(bytes.Clone(arguments)))
	defer result.Forget()
	return result.AppendTo(nil), came
}
