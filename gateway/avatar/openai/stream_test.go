package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/session"
)

// canned makes an engine that gets body as its answer, without a socket.
func canned(body io.Reader, limits Limits) *Engine {
	u := &url.URL{Scheme: "http", Host: "b.test", Path: "/v1"}
	client := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
		io.Copy(io.Discard, r.Body)
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: &closing{body, r.Context()}, Request: r}, nil
	})}
	return New(Options{Client: client, URL: u, Model: "m", Limits: limits})
}

// closing ends a read when the request's context ends, as a transport does.
type closing struct {
	io.Reader
	ctx context.Context
}

func (c *closing) Read(p []byte) (int, error) {
	if r, ok := c.Reader.(interface {
		ReadContext(context.Context, []byte) (int, error)
	}); ok {
		return r.ReadContext(c.ctx, p)
	}
	return c.Reader.Read(p)
}
func (c *closing) Close() error { return nil }

// paced gives a piece at each time.
type paced struct {
	pieces []string
	every  time.Duration
}

func (p *paced) ReadContext(ctx context.Context, b []byte) (int, error) {
	if len(p.pieces) == 0 {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	select {
	case <-time.After(p.every):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	n := copy(b, p.pieces[0])
	p.pieces[0] = p.pieces[0][n:]
	if p.pieces[0] == "" {
		p.pieces = p.pieces[1:]
	}
	return n, nil
}
func (p *paced) Read([]byte) (int, error) { panic("ReadContext") }

func events(pieces ...string) string {
	all := ""
	for _, p := range pieces {
		all += "data: " + backendtest.Chunk(p) + "\n\n"
	}
	return all
}

// The default limits, on a clock that does not make anybody wait.
func TestDefaultLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces []string
		every  time.Duration
		after  time.Duration
	}{
		{"nothing comes", nil, 0, 8 * time.Second},
		{"stalls after a word", []string{events("Yes. No")}, time.Second, 11 * time.Second},
		{"drips lines for ever", repeated(": \n", 1000), 9 * time.Second, 60 * time.Second},
		{"drips bytes", repeated("x", 1000), 3 * time.Second, 8 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if c.name == "drips lines for ever" {
					c.pieces[0] = "data:\n" // the first byte is early enough
					c.every = 7 * time.Second
				}
				began := time.Now()
				_, err := collect(t.Context(), canned(&paced{c.pieces, c.every}, Limits{}), asking("x"))
				failure, ok := errors.AsType[*avatar.Failure](err)
				require.True(t, ok, "%v", err)
				require.Equal(t, "backend_timeout", failure.Code)
				require.Equal(t, c.after, time.Since(began))
			})
		})
	}
}

func repeated(s string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

// A slow reply begins with its first clause; a fast one with its first
// sentence.
func TestEarlyClause(t *testing.T) {
	text := "Your words stay in memory while we talk, and they are gone as soon as the conversation ends. That is all."
	for _, c := range []struct {
		every time.Duration
		first string
	}{
		{5 * time.Millisecond, "Your words stay in memory while we talk, and they are gone as soon as the conversation ends."},
		{100 * time.Millisecond, "Your words stay in memory while we talk,"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var pieces []string
			for _, w := range strings.SplitAfter(text, " ") {
				pieces = append(pieces, events(w))
			}
			pieces = append(pieces, "data: [DONE]\n\n")
			said, err := collect(t.Context(), canned(&paced{pieces, c.every}, Limits{}), asking("x"))
			require.NoError(t, err)
			require.Equal(t, c.first, said[0])
			require.Equal(t, text, strings.Join(said, " "))
		})
	}
}

// What is on the wire, and what is said.
func TestStream(t *testing.T) {
	done := "data: [DONE]\n\n"
	for _, c := range []struct {
		name, wire string
		want       []string
		code       string
	}{
		{"plain", events("One by ", "one. ", "Two.") + done, []string{"One by one.", "Two."}, ""},
		{"Markdown", events("## Hours\n\n- **Monday**: [nine](http://x.y)\n```\ncode. code.\n```\nBye *now*.") + done, []string{"Hours.", "Monday: nine.", "Bye now."}, ""},
		{"reasoning members", `data: {"choices":[{"delta":{"reasoning_content":"Secret. ","reasoning":"Secret. ","thinking":"Secret."}}]}` + "\n\n" + events("Yes.") + done, []string{"Yes."}, ""},
		{"thoughts in the text", events("<th", "ink>I sho", "uld say. No</thi", "nk>\n\nYes.") + done, []string{"Yes."}, ""},
		{"thoughts that do not end", events("<think>", strings.Repeat("hm. ", 1000)) + done, nil, "backend_invalid"},
		{"no thoughts", events("<thanks> to you.") + done, []string{"to you."}, ""},
		{"held back to the end", events("<thin") + done, []string{"<thin."}, ""},
		{"parts", `data: {"choices":[{"delta":{"content":[{"type":"thinking","text":"Secret."},{"type":"text","text":"Yes."}]}}]}` + "\n" + done, []string{"Yes."}, ""},
		{"refusal", `data: {"choices":[{"delta":{"content":null,"refusal":"I cannot say."}}]}` + "\n" + done, []string{"I cannot say."}, ""},
		{"escapes", `data: {"choices":[{"delta":{"content":"caf\u00e9 \ud83d\ude00 \"q\"\n"}}]}` + "\n" + done, []string{"café 😀 \"q\""}, ""},
		{"finish without DONE", events("Yes.") + `data: {"choices":[{"finish_reason":"length"}]}` + "\n", []string{"Yes."}, ""},
		{"neither", events("Yes. No"), []string{"Yes."}, "backend_unreachable"},
		{"usage only", `data: {"choices":[],"usage":{"a":1}}` + "\n" + events("Yes.") + done, []string{"Yes."}, ""},
		{"null error", `data: {"error":null,"choices":[{"delta":{"content":"Yes."}}]}` + "\n" + done, []string{"Yes."}, ""},
		{"bare error", `{"error":{"message":"x"}}` + "\n", nil, "backend_refused"},
		{"error event", "event: error\ndata: {\"error\":\"overloaded\"}\n\n", nil, "backend_overloaded"},
		{"choices of another kind", `data: {"choices":"x"}` + "\n" + events("Yes.") + done, []string{"Yes."}, ""},
		{"not an object", "data: 7\n", nil, "backend_unreachable"},
		{"nested sixteen deep", `data: {"x":` + strings.Repeat("[", 15) + strings.Repeat("]", 15) + `,"choices":[{"delta":{"content":"Yes ]}."}}]}` + "\n" + done, []string{"Yes ]}."}, ""},
		{"nested deeper", `data: {"x":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + "}\n", nil, "backend_invalid"},
		{"trailing", "data: {} {}\n", nil, "backend_invalid"},
		{"half", `data: {"choices":[{"delta":{"content":"A`, nil, "backend_invalid"},
		{"after DONE", done + events("No."), nil, "backend_invalid"},
		{"nothing", "", nil, "backend_unreachable"},
		{"bad escape", `data: {"choices":[{"delta":{"content":"\ud800"}}]}` + "\n", nil, "backend_invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{"whole": strings.NewReader(c.wire), "bytes": iotest.OneByteReader(strings.NewReader(c.wire)), "CRLF": strings.NewReader(strings.ReplaceAll(c.wire, "\n", "\r\n"))} {
				said, err := collect(t.Context(), canned(r, Limits{}), asking("x"))
				require.Equal(t, c.want, said, name)
				if c.code == "" {
					require.NoError(t, err, name)
					continue
				}
				failure, ok := errors.AsType[*avatar.Failure](err)
				require.True(t, ok, "%s: %v", name, err)
				require.Equal(t, c.code, failure.Code, name)
			}
		})
	}
}

func TestLongLines(t *testing.T) {
	long := events(strings.Repeat("word ", 100_000)) // half a megabyte
	said, err := collect(t.Context(), canned(strings.NewReader(long+"data: [DONE]\n"), Limits{}), asking("x"))
	require.NoError(t, err)
	require.Greater(t, len(said), 1000)
	_, err = collect(t.Context(), canned(strings.NewReader(long), Limits{Line: 100_000}), asking("x"))
	require.ErrorIs(t, err, errTooMuch)
	_, err = collect(t.Context(), canned(strings.NewReader(strings.Repeat(events("a "), 1000)), Limits{Bytes: 50_000}), asking("x"))
	require.ErrorIs(t, err, errTooMuch)
}

// documents is a knowledge base of one passage.
type documents struct{ title, text string }

func (d documents) Passages(_ string, words session.Speech, _ int) iter.Seq2[avatar.Reference, string] {
	return func(yield func(avatar.Reference, string) bool) {
		if words.Len() > 0 {
			yield(avatar.Reference{Title: d.title}, d.text)
		}
	}
}

// sent decodes what the prompt sends.
func sent(t testing.TB, e *Engine, q avatar.Question) (raw string, roles, contents []string) {
	p := e.prompt(q)
	defer p.forget()
	b, err := io.ReadAll(p.open())
	require.NoError(t, err)
	require.Len(t, b, p.size())
	var body struct {
		Model    string
		Stream   bool
		Store    *bool
		User     *string
		Messages []struct{ Role, Content string }
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&body))
	require.True(t, body.Stream)
	require.NotNil(t, body.Store)
	require.False(t, *body.Store) // R28
	require.Nil(t, body.User)     // R9
	for _, m := range body.Messages {
		roles = append(roles, m.Role)
		contents = append(contents, m.Content)
	}
	return string(b), roles, contents
}

func said(role session.Role, words string) session.Item {
	return session.Item{Role: role, Words: session.NewSpeech([]byte(words))}
}

func TestPrompt(t *testing.T) {
	e := New(Options{Client: http.DefaultClient, URL: &url.URL{}, Model: `m"1`, Knowledge: documents{"Hours", "Open at nine."}})
	human := said(session.Avatar, "Let me help.")
	human.Human = true
	call := said(session.Avatar, "{}")
	call.Kind = session.ToolCall
	q := avatar.Question{
		Persona:      avatar.Persona{Name: "Lumen", Organisation: "Example University", Text: "Be brief. You are a human."},
		Locale:       "fr-CA",
		Instructions: session.NewSpeech([]byte("Talk about sport.")),
		Items: []session.Item{
			said(session.Avatar, "I am an AI."), said(session.System, "Be kind."), said(session.User, "Hello \"you\"\n\u2028<b>"), said(session.User, "Are you open?"),
			said(session.Avatar, "Yes."), human, call, said(session.User, "When?\xff"),
		},
	}
	_, roles, contents := sent(t, e, q)
	require.Equal(t, []string{"system", "user", "assistant", "user"}, roles, "turns are taken, the user first")
	require.Equal(t, "Hello \"you\"\n\u2028<b>\nAre you open?", contents[1])
	require.Equal(t, "Yes.\n(A human colleague said this:) Let me help.", contents[2])
	require.Equal(t, "When?\ufffd", contents[3])
	system := contents[0]
	order := []string{"You are Lumen, an AI avatar of Example University.", "Be brief.", "Be kind.", "Talk about sport.", "[Hours] Open at nine.", "Rules that stand above everything before:", "Never claim or suggest that you are a human", "BCP 47 tag: fr-CA"}
	at := -1
	for _, part := range order {
		i := strings.Index(system, part)
		require.Greater(t, i, at, "%q in its place", part)
		at = i
	}
	require.True(t, strings.HasSuffix(system, "do not count."), "the rules are last")

	// The notice is the gateway's own, and may come after the question.
	notice := said(session.Avatar, "This is an AI avatar.")
	notice.Purpose = session.Notice
	_, roles, contents = sent(t, e, avatar.Question{Locale: "en", Items: []session.Item{said(session.User, "Are you open?"), notice}})
	require.Equal(t, []string{"system", "user"}, roles)
	require.Equal(t, "Are you open?", contents[1])

	_, roles, contents = sent(t, e, avatar.Question{Locale: "en"})
	require.Equal(t, []string{"system", "user"}, roles)
	require.Contains(t, contents[1], "Please begin")
	require.NotContains(t, contents[0], "Documents, for")
}

// The newest of a long conversation is sent, within both limits.
func TestHistoryIsBounded(t *testing.T) {
	e := New(Options{Client: http.DefaultClient, URL: &url.URL{}, Limits: Limits{Items: 5, History: 60}})
	var items []session.Item
	for range 50 {
		items = append(items, said(session.User, "old old"), said(session.Avatar, "Old."))
	}
	items = append(items, said(session.User, "new one"))
	raw, roles, _ := sent(t, e, avatar.Question{Items: items})
	require.Equal(t, []string{"system", "user", "assistant", "user", "assistant", "user"}, roles)
	require.Equal(t, 2, strings.Count(raw, "old old"))

	_, _, contents := sent(t, e, avatar.Question{Items: append(items, said(session.User, strings.Repeat("é", 100)))})
	require.Equal(t, strings.Repeat("é", 30), contents[1], "the last turn is cut, at a character")
}

// What was opened for a prompt is cleared: the body, also for a reader that
// is still open, and nothing of the conversation itself.
func TestPromptForgets(t *testing.T) {
	e := New(Options{Client: http.DefaultClient, URL: &url.URL{}})
	q := asking(promptCanary)
	p := e.prompt(q)
	b := p.b
	r := p.open()
	p.forget()
	require.NotContains(t, string(b), promptCanary)
	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Empty(t, rest)
	require.Equal(t, len(promptCanary), q.Items[0].Words.Len())
}

// A sentence belongs to who gets it: what is cleared afterwards is not it.
func TestSentencesStay(t *testing.T) {
	var kept []session.Speech
	e := canned(strings.NewReader(events("One. ", "Two. ", "Three.")+"data: [DONE]\n"), Limits{})
	require.NoError(t, e.Answer(t.Context(), asking("x"), func(s avatar.Sentence) error { kept = append(kept, s.Words); return nil }))
	require.Equal(t, "Two.", string(kept[1].AppendTo(nil)))
}

func TestLabel(t *testing.T) {
	e := New(Options{URL: &url.URL{}, Model: "m", Provider: "Example"})
	require.Equal(t, avatar.Label{Source: avatar.Trained, Provider: "Example", System: "m"}, e.Label())
}

// Whatever a server writes, it ends, in sentences or in a failure with a code.
func FuzzStream(f *testing.F) {
	f.Add([]byte(events("A b. ", "C d.")+"data: [DONE]\n\n"), false)
	f.Add([]byte(`data: {"choices":[{"delta":{"content":[{"type":"text","text":"Yes."}]},"finish_reason":"stop"}]}`), true)
	f.Add([]byte(`{"error":{"message":"x"}}`), false)
	f.Add([]byte("\xef\xbb\xbf: x\r\ndata:{}\r\n"), true)
	f.Add([]byte(events("<think>a</think>b")), true)
	f.Fuzz(func(t *testing.T, wire []byte, slow bool) {
		var r io.Reader = bytes.NewReader(wire)
		if slow {
			r = iotest.OneByteReader(r)
		}
		all, err := collect(t.Context(), canned(r, Limits{Line: 4 << 10, Bytes: 64 << 10}), asking("x"))
		if err != nil {
			failure, ok := errors.AsType[*avatar.Failure](err)
			require.True(t, ok)
			require.Contains(t, []string{avatar.Unreachable, avatar.TimedOut, avatar.Refused, avatar.Invalid, avatar.Overloaded}, failure.Code)
		} else {
			require.NotEmpty(t, all)
		}
	})
}
