package openai

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptrace"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/egress"
	"mayfly/session"
)

// net/http prints what a server says unasked to the standard log; the program
// silences that log, and so do the tests.
func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}

var _ avatar.Engine = (*Engine)(nil)

// brisk are limits under which what never ends ends soon.
var brisk = Limits{Connect: time.Second, First: 300 * time.Millisecond, Idle: 300 * time.Millisecond, Total: 1500 * time.Millisecond}

// patient are limits that no machine is too busy for.
var patient = Limits{Connect: 20 * time.Second, First: 20 * time.Second, Idle: 20 * time.Second, Total: 60 * time.Second}

// untilFailure are limits under which a mode soon ends with a code: those that
// end by a deadline have a short one.
func untilFailure(code string) Limits {
	if code == "backend_timeout" {
		return brisk
	}
	return patient
}

// dial starts a server and returns an engine that reaches it the way the
// gateway does. Everything is closed, and looked for, in the end.
func dial(t testing.TB, script backendtest.Script, limits Limits) (*Engine, *backendtest.Server) {
	before := goleak.IgnoreCurrent()
	server, err := backendtest.Start(script)
	require.NoError(t, err)
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "b", URL: server.URL(), Local: true}}})
	require.NoError(t, err)
	client, err := out.Client("b")
	require.NoError(t, err)
	t.Cleanup(func() {
		out.Close()
		server.Close()
		goleak.VerifyNone(t, before)
	})
	return New(Options{Client: client, URL: server.URL(), Model: "scripted", Provider: "Example", Limits: limits}), server
}

// asking makes a question of one turn.
func asking(words string) avatar.Question {
	return avatar.Question{Locale: "en", Items: []session.Item{{Role: session.User, Words: session.NewSpeech([]byte(words))}}}
}

// collect has the engine answer and returns the sentences.
func collect(ctx context.Context, e *Engine, q avatar.Question) ([]string, error) {
	var all []string
	err := e.Answer(ctx, q, func(s avatar.Sentence) error {
		all = append(all, string(s.Words.AppendTo(nil)))
		return nil
	})
	return all, err
}

const (
	promptCanary = "canary-in-the-prompt"
	serverCanary = "canary-of-the-server"
)

// Every way to misbehave ends in a typed error or a clean reply within its
// deadline, and nothing of the prompt or of what the server wrote is in the
// error. B6, R57
func TestHostile(t *testing.T) {
	good := strings.SplitAfter(backendtest.Reply, ". ")
	for i := range good {
		good[i] = strings.TrimSpace(good[i])
	}
	for _, c := range []struct {
		mode backendtest.Mode
		code string   // empty: a clean reply
		said []string // nil: good; what was said before the error, where there is one
	}{
		{backendtest.Streams, "", good},
		{backendtest.Refuses, "backend_unreachable", nil},
		{backendtest.Silent, "backend_timeout", nil},
		{backendtest.Unauthorised, "backend_refused", nil},
		{backendtest.Forbidden, "backend_refused", nil},
		{backendtest.TooMany, "backend_overloaded", nil},
		{backendtest.TooManyLater, "backend_overloaded", nil},
		{backendtest.TooManyAbsurd, "backend_overloaded", nil},
		{backendtest.EchoesPrompt, "backend_unreachable", nil},
		{backendtest.HTML, "backend_invalid", nil},
		{backendtest.Redirects, "backend_unreachable", nil},
		{backendtest.Stalls, "backend_timeout", nil},
		{backendtest.Drips, "backend_timeout", nil},
		{backendtest.Endless, "backend_timeout", many},
		{backendtest.Floods, "backend_invalid", nil},
		{backendtest.NoNewline, "backend_invalid", nil},
		{backendtest.CutInCharacter, "backend_unreachable", good[:2]},
		{backendtest.CutInWord, "backend_unreachable", good},
		{backendtest.CutClean, "backend_unreachable", []string{"It is whole."}},
		{backendtest.ErrorInStream, "backend_refused", good[:2]},
		{backendtest.BusyInStream, "backend_overloaded", nil},
		{backendtest.GoesOn, "", good},
		{backendtest.OtherID, "", good},
		{backendtest.SpeaksFirst, either, many}, // its own words if they came after the question
		{backendtest.SpeaksAfterHangup, "backend_timeout", many},
		{backendtest.Labels, "", []string{"I am a real person.", "Believe me."}}, // the gateway corrects it
		{backendtest.Commands, "", good},
		{backendtest.Binary, "backend_invalid", nil},
		{backendtest.NotANumber, "backend_invalid", nil},
		{backendtest.DoubleNames, "backend_invalid", nil},
		{backendtest.Deep, "backend_invalid", nil},
		{backendtest.NotStreamed, "", good},
		{backendtest.Empty, "backend_invalid", nil},
		{backendtest.Bare, "", good},
		{backendtest.ResetsOnce, "", good},
		{backendtest.Filtered, "backend_refused", nil},
		{backendtest.ClosesIdle, "", good},
	} {
		t.Run(c.mode.String(), func(t *testing.T) {
			e, server := dial(t, backendtest.Script{Mode: c.mode, Pace: 50 * time.Millisecond, Canary: serverCanary}, untilFailure(c.code))
			began := time.Now()
			said, err := collect(t.Context(), e, asking("Is it kept? "+promptCanary))
			require.Less(t, time.Since(began), 30*time.Second)
			if c.code == "" {
				require.NoError(t, err)
			} else if c.code != either || err != nil {
				failure, ok := errors.AsType[*avatar.Failure](err)
				require.True(t, ok, "%v", err)
				if c.code != either {
					require.Equal(t, c.code, failure.Code)
				}
				require.Equal(t, "avatar: "+failure.Code, err.Error())
				require.NotContains(t, failure.Cause.Error(), promptCanary, "not even inside")
				require.NotContains(t, failure.Cause.Error(), serverCanary, "not even inside")
			}
			if len(c.said) == 1 && c.said[0] == many[0] {
				require.Equal(t, len(said) == 0, c.code == either && err != nil)
			} else {
				require.Equal(t, c.said, said)
			}
			if n := server.Sent(); n > 8<<20 {
				t.Errorf("%d bytes were taken", n)
			}
		})
	}
	require.Len(t, backendtest.All(), 37, "a mode that is not in the table")
}

// either stands for a clean reply or any code.
const either = "either"

// many stands for any sentences.
var many = []string{"..."}

// Ending a turn closes its connection at once, says no more, and is told as
// the context's own error.
func TestCancel(t *testing.T) {
	e, server := dial(t, backendtest.Script{Mode: backendtest.SpeaksAfterHangup, Pace: 5 * time.Millisecond}, Limits{})
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err := e.Answer(ctx, asking("Go."), func(avatar.Sentence) error {
		if n++; n == 3 {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 3, n)
	select {
	case <-server.Gone():
	case <-time.After(2 * time.Second):
		t.Fatal("the connection stayed open")
	}
}

// A say that fails ends the turn with its error.
func TestSayFails(t *testing.T) {
	e, server := dial(t, backendtest.Script{Mode: backendtest.Endless, Pace: time.Millisecond}, Limits{})
	full := errors.New("full")
	require.Equal(t, full, e.Answer(t.Context(), asking("Go."), func(avatar.Sentence) error { return full }))
	select {
	case <-server.Gone():
	case <-time.After(2 * time.Second):
		t.Fatal("the connection stayed open")
	}
}

// Time in which the reply is being said is not the server's.
func TestSlowListener(t *testing.T) {
	e, _ := dial(t, backendtest.Script{}, Limits{First: 200 * time.Millisecond, Idle: 100 * time.Millisecond, Total: 300 * time.Millisecond})
	err := e.Answer(t.Context(), asking("Go."), func(avatar.Sentence) error {
		time.Sleep(150 * time.Millisecond)
		return nil
	})
	require.NoError(t, err)
}

// One hundred turns go over one connection, none after a redirect or cut is
// confused with another.
func TestTurnsShareAConnection(t *testing.T) {
	e, server := dial(t, backendtest.Script{}, Limits{})
	for range 100 {
		said, err := collect(t.Context(), e, asking("Again."))
		require.NoError(t, err)
		require.Len(t, said, 3)
	}
	require.EqualValues(t, 1, server.Accepted())
}

// What a server says after the end of one reply is not in the next. B9
func TestLateChunks(t *testing.T) {
	e, server := dial(t, backendtest.Script{Mode: backendtest.GoesOn, Canary: serverCanary}, Limits{})
	for range 50 {
		said, err := collect(t.Context(), e, asking("Again."))
		require.NoError(t, err)
		require.Equal(t, backendtest.Reply, strings.Join(said, " "))
	}
	require.EqualValues(t, 50, server.Accepted(), "such a connection is not used again")
}

// A kept connection that the server has closed meanwhile, or closes while the
// next question is on its way, is not a failure.
func TestClosedMeanwhile(t *testing.T) {
	e, server := dial(t, backendtest.Script{Mode: backendtest.ClosesIdle}, Limits{})
	for range 200 {
		said, err := collect(t.Context(), e, asking("Again."))
		require.NoError(t, err)
		require.Equal(t, backendtest.Reply, strings.Join(said, " "))
	}
	t.Logf("200 turns, %d requests came", len(server.Requests()))
}

// A connection that breaks before the answer is tried once more.
func TestRetry(t *testing.T) {
	e, server := dial(t, backendtest.Script{Mode: backendtest.ResetsOnce}, Limits{})
	_, err := collect(t.Context(), e, asking("One."))
	require.NoError(t, err)
	require.Len(t, server.Requests(), 2)
}

// An answer that has begun is never asked for again.
func TestNoRetryOnceBegun(t *testing.T) {
	e, server := dial(t, backendtest.Script{Mode: backendtest.CutInWord}, Limits{})
	_, err := collect(t.Context(), e, asking("One."))
	require.Error(t, err)
	require.Len(t, server.Requests(), 1)
}

// How often each kind of failure is tried.
func TestTries(t *testing.T) {
	for _, c := range []struct {
		err    error
		reused bool // it came on a connection that was kept
		want   int
	}{
		{syscall.ECONNREFUSED, false, 2}, {syscall.ECONNRESET, false, 2}, {io.EOF, false, 2}, {os.ErrDeadlineExceeded, false, 1}, {&egress.Refusal{}, false, 1},
		{errors.New("http: server closed idle connection"), false, 1}, {errors.New("http: server closed idle connection"), true, 2},
	} {
		tries := 0
		e := canned(nil, Limits{})
		e.options.Client = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			tries++
			httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{Reused: c.reused})
			return nil, c.err
		})}
		_, err := collect(t.Context(), e, asking("One."))
		require.Error(t, err)
		require.Equal(t, c.want, tries, "%v", c.err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
