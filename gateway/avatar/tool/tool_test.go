package tool

import (
	"context"
	"io"
	"log"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mayfly/gateway/avatar/tool/tooltest"
	"mayfly/gateway/egress"
	"mayfly/gateway/schema"
	"mayfly/session"
)

func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

// open starts a server and makes a tool that reaches it the way the gateway
// does. Everything is closed, and looked for, in the end.
func open(t *testing.T, script tooltest.Script, o Options) (*Tool, *tooltest.Server) {
	before := goleak.IgnoreCurrent()
	server, err := tooltest.Start(script)
	require.NoError(t, err)
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{
		Name: "tool", URL: server.URL(), Local: true, Key: func() ([]byte, error) { return []byte("s3cret\n"), nil },
	}}})
	require.NoError(t, err)
	o.Client, err = out.Client("tool")
	require.NoError(t, err)
	o.URL, o.Name = server.URL(), "look_up"
	t.Cleanup(func() {
		out.Close()
		server.Close()
		goleak.VerifyNone(t, before)
	})
	return New(o), server
}

func words(s string) session.Speech { return session.NewSpeech([]byte(s)) }

func text(s session.Speech) string { return string(s.AppendTo(nil)) }

// Every way to misbehave has its outcome, in time, and nothing of what the
// server sent is in what the engine reads. // B6 R57
func TestHostile(t *testing.T) {
	want := map[tooltest.Mode]Outcome{
		tooltest.Refuses: Unreachable, tooltest.Redirects: Unreachable, tooltest.Silent: TimedOut, tooltest.Drips: TimedOut,
		tooltest.Huge: TooLarge, tooltest.Declared: Unreachable, tooltest.Cut: Unreachable, tooltest.BadJSON: BadResult,
		tooltest.TwoValues: BadResult, tooltest.DoubleNames: BadResult, tooltest.Deep: BadResult, tooltest.BadUTF8: BadResult,
		tooltest.Page: BadResult, tooltest.Empty: BadResult, tooltest.Nothing: Refused, tooltest.Forbids: Refused,
		tooltest.Breaks: Refused, tooltest.Busy: Refused, tooltest.Resets: Unreachable,
	}
	for _, mode := range tooltest.Modes() {
		t.Run(mode.String(), func(t *testing.T) {
			tool, server := open(t, tooltest.Script{Mode: mode, Canary: "canary"}, Options{Timeout: 300 * time.Millisecond})
			began := time.Now()
			result, came := tool.Call(t.Context(), words(`{}`))
			require.Equal(t, want[mode], came, came.String())
			require.Equal(t, `{"error":"`+came.String()+`"}`, text(result))
			require.Less(t, time.Since(began), 5*time.Second)
			require.LessOrEqual(t, len(server.Requests()), 1, "a call is made once")
		})
	}
}

// A call carries the arguments, the credential, and nothing else; the result
// comes back as it is.
func TestCall(t *testing.T) {
	parameters, wrong := schema.Parse([]byte(`{"type":"object","properties":{"day":{"type":"string"}},"required":["day"]}`))
	require.Empty(t, wrong)
	tool, server := open(t, tooltest.Script{Result: ` {"hours":"7-19"} `}, Options{Parameters: parameters})
	result, came := tool.Call(t.Context(), words(`{"day":"Monday"}`))
	require.Equal(t, Done, came)
	require.Equal(t, `{"hours":"7-19"}`, text(result))
	asked := server.Requests()[0]
	require.Equal(t, `{"day":"Monday"}`, string(asked.Body))
	require.Equal(t, "Bearer s3cret", asked.Header.Get("Authorization"))
	var names []string
	for name := range asked.Header {
		names = append(names, name)
	}
	require.ElementsMatch(t, []string{"Accept", "Authorization", "Content-Length", "Content-Type", "User-Agent", "Accept-Encoding"}, append(names, missing(names, "Accept-Encoding")...), "the list of what is sent is closed")

	result, came = tool.Call(t.Context(), words(`{"day":"Monday","name":"Ada"}`))
	require.Equal(t, BadArguments, came)
	require.Equal(t, `{"error":"invalid_arguments","at":"","rule":"unknown_member"}`, text(result))
	require.Len(t, server.Requests(), 1)
}

// missing is the name if it is not in the list: a header that may be there.
func missing(names []string, name string) []string {
	if strings.Contains(strings.Join(names, " "), name) {
		return nil
	}
	return []string{name}
}

// A result is as long as it may be, and not a byte longer.
func TestResultSize(t *testing.T) {
	for size, want := range map[int]Outcome{1024: Done, 1025: TooLarge} {
		tool, _ := open(t, tooltest.Script{Result: `"` + strings.Repeat("x", size-2) + `"`}, Options{Result: 1024})
		_, came := tool.Call(t.Context(), words(`{}`))
		require.Equal(t, want, came, size)
	}
}

// Who gives up ends the call, and the words of its arguments are cleared.
func TestCancelled(t *testing.T) {
	tool, server := open(t, tooltest.Script{Mode: tooltest.Silent}, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for len(server.Requests()) == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	result, came := tool.Call(ctx, words(`{}`))
	require.Equal(t, Cancelled, came)
	require.Equal(t, `{"error":"cancelled"}`, text(result))
	require.Eventually(t, func() bool { return server.Gone() == 1 }, 30*time.Second, time.Millisecond)
}

// A body that was sent is gone, also for a transport that still reads it.
func TestForget(t *testing.T) {
	b := []byte("what was said")
	f := &forgetful{b: b}
	r := f.open()
	half := make([]byte, 4)
	_, err := r.Read(half)
	require.NoError(t, err)
	f.forget()
	require.Equal(t, make([]byte, len(b)), b)
	_, err = r.Read(half)
	require.Equal(t, io.EOF, err)
}

// Callable is what a client's tool can be called with.
func TestCallable(t *testing.T) {
	for arguments, want := range map[string]bool{
		`{}`: true, ` {"a":[1]} `: true, ``: false, `[]`: false, `"x"`: false, `{"a":`: false, `{"a":1,"a":2}`: false, strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40): false,
	} {
		require.Equal(t, want, Callable(words(arguments)), arguments)
	}
}
