package gateway

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/deadline"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/egress"
	"mayfly/session"
)

// slowly is a server that takes its time: before it shakes hands, before the
// first byte, and between so many pieces.
type slowly struct {
	hands, first, pause time.Duration
	pieces              int
}

// lateHands are connections of a listener that answer nothing at first.
type lateHands struct {
	net.Listener
	by time.Duration
}

func (l lateHands) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return &lateConn{Conn: c, until: time.Now().Add(l.by)}, err
}

type lateConn struct {
	net.Conn
	until time.Time
}

func (c *lateConn) Write(b []byte) (int, error) {
	time.Sleep(time.Until(c.until))
	return c.Conn.Write(b)
}

// open starts the server and gives the way to it.
func (s slowly) open(t *testing.T) (*http.Client, *url.URL) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		// wait says whether the client is still there.
		wait := func(d time.Duration) bool {
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(d):
				return true
			case <-r.Context().Done():
				return false
			}
		}
		kind, piece, end := "text/event-stream", "data: "+backendtest.Chunk("and so on. ")+"\n\n", "data: [DONE]\n\n"
		switch {
		case strings.HasSuffix(r.URL.Path, "/speech"):
			kind, piece, end = "audio/pcm", string(backendtest.Hum(40)), ""
		case strings.HasSuffix(r.URL.Path, "/transcriptions"):
			piece, end = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"so on \"}\n\n", "data: {\"type\":\"transcript.text.done\",\"text\":\"and so on\"}\n\n"
		}
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(200)
		if !wait(s.first) {
			return
		}
		for range s.pieces {
			if _, err := w.Write([]byte(piece)); err != nil || !wait(s.pause) {
				return
			}
		}
		_, _ = w.Write([]byte(end))
	}))
	server.Listener = lateHands{server.Listener, s.hands}
	server.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	u, err := url.Parse(server.URL + "/v1")
	require.NoError(t, err)
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "s", URL: u, Local: true, Roots: roots, Connect: 5 * time.Second}}})
	require.NoError(t, err)
	t.Cleanup(func() { out.Close(); server.CloseClientConnections(); server.Close() })
	way, err := out.Client("s")
	require.NoError(t, err)
	return way, u
}

// Each deadline, at its border, for each kind of server, over a real socket
// with TLS: what comes just in time is an answer, and what comes after it is
// a failure with the code for that, soon after the deadline and not before.
func TestDeadlines(t *testing.T) {
	alongside(t)
	limits := deadline.Limits{Connect: 2 * time.Second, First: 2 * time.Second, Idle: 2 * time.Second, Total: 5 * time.Second}
	asks := map[string]func(*http.Client, *url.URL) error{
		"model": func(c *http.Client, u *url.URL) error {
			e := openai.New(openai.Options{Client: c, URL: u, Model: "m", Limits: openai.Limits{Connect: limits.Connect, First: limits.First, Idle: limits.Idle, Total: limits.Total}})
			q := avatar.Question{Locale: "en", Items: []session.Item{{Role: session.User, Words: words("Well?")}}}
			return e.Answer(context.Background(), q, func(avatar.Sentence) error { return nil })
		},
		"speech": func(c *http.Client, u *url.URL) error {
			v, err := voice.NewServer(c, voice.ServerSettings{URL: u.String(), Model: "m", Voice: "v", Languages: []string{"en"}, Deadlines: limits})
			if err != nil {
				return err
			}
			return v.Speak(context.Background(), []byte("And so on."), voice.Options{Language: "en"}, func(voice.Chunk) error { return nil })
		},
		"transcriber": func(c *http.Client, u *url.URL) error {
			tr := openai.NewTranscriber(openai.TranscriberOptions{Client: c, URL: u, Model: "m", Limits: openai.Limits{Connect: limits.Connect, First: limits.First, Idle: limits.Idle, Total: limits.Total}})
			h := tr.Hear(context.Background(), avatar.Hearing{Locale: "en"})
			defer h.Drop()
			if err := h.Write(make([]int16, 1600)); err != nil {
				return err
			}
			said, err := h.End(context.Background())
			said.Forget()
			return err
		},
	}
	n := 0
	for kind, ask := range asks {
		for name, c := range map[string]struct {
			in, late slowly
			at       time.Duration // the deadline of the late one
		}{
			"connect":    {slowly{hands: 200 * time.Millisecond, pieces: 1}, slowly{hands: 4 * time.Second, pieces: 1}, limits.Connect},
			"first byte": {slowly{first: 200 * time.Millisecond, pieces: 1}, slowly{first: 4 * time.Second, pieces: 1}, limits.First},
			"idle":       {slowly{pause: 200 * time.Millisecond, pieces: 3}, slowly{pause: 4 * time.Second, pieces: 2}, limits.Idle},
			"turn":       {slowly{pause: 150 * time.Millisecond, pieces: 5}, slowly{pause: 150 * time.Millisecond, pieces: 100}, limits.Total},
		} {
			n++
			t.Run(fmt.Sprint(kind, ", ", name), func(t *testing.T) {
				t.Parallel()
				way, u := c.in.open(t)
				require.NoError(t, ask(way, u), "it came in time")
				way, u = c.late.open(t)
				start := time.Now()
				err := ask(way, u)
				took := time.Since(start)
				if f, ok := errors.AsType[*avatar.Failure](err); ok {
					require.Equal(t, "backend_timeout", f.Code)
				} else {
					f, ok := errors.AsType[*voice.Failure](err)
					require.True(t, ok, "%v", err)
					require.Equal(t, "timeout", f.Code)
				}
				require.GreaterOrEqual(t, took, c.at-10*time.Millisecond, "it was not waited for long enough")
				require.Less(t, took, c.at+5*time.Second, "it was waited for beyond the deadline")
			})
		}
	}
	t.Logf("n = %d deadlines", n)
}
