package egress

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

func socketTo(t testing.TB, r Recipient, resolver func() *Egress) *Socket {
	r.Name = "r"
	e, err := New(Options{Recipients: []Recipient{r}})
	if resolver != nil {
		e, err = resolver(), nil
	}
	require.NoError(t, err)
	s, err := e.Socket("r")
	require.NoError(t, err)
	return s
}

func socketServer(t testing.TB, handle http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s
}

func greet(t testing.TB, head *http.Header) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		*head = r.Header
		up := websocket.Upgrader{EnableCompression: true}
		ws, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		_ = ws.WriteMessage(websocket.TextMessage, []byte("hello"))
	}
}

// A WebSocket goes to its recipient, with its credential and no compression.
func TestSocket(t *testing.T) {
	var head http.Header
	server := socketServer(t, greet(t, &head))
	s := socketTo(t, Recipient{URL: parsed(t, server.URL), Local: true, Key: func() ([]byte, error) { return []byte("k1\n"), nil }}, nil)
	ws, err := s.Dial(t.Context(), parsed(t, server.URL+"/v1/realtime?model=m"))
	require.NoError(t, err)
	defer ws.Close()
	_, b, err := ws.ReadMessage()
	require.NoError(t, err)
	require.Equal(t, "hello", string(b))
	require.Equal(t, "Bearer k1", head.Get("Authorization"))
	require.Empty(t, head.Get("Sec-Websocket-Extensions"), "a small message must not become a large one")
}

// What a request may not do, a WebSocket may not do. B4, B5, R57
func TestSocketGuarded(t *testing.T) {
	var head http.Header
	server := socketServer(t, greet(t, &head))
	other := socketServer(t, greet(t, &head))
	sink, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer sink.Close()
	port := sink.Addr().(*net.TCPAddr).Port

	e, err := New(Options{Recipients: []Recipient{{Name: "signed", URL: parsed(t, server.URL), Local: true, Sign: func(*http.Request) error { return nil }}}})
	require.NoError(t, err)
	_, err = e.Socket("nobody")
	require.Equal(t, Unregistered, reason(t, err))
	_, err = e.Socket("signed")
	require.Equal(t, Unregistered, reason(t, err))
	s := socketTo(t, Recipient{URL: parsed(t, server.URL), Local: true}, nil)
	for _, to := range []string{other.URL, strings.Replace(server.URL, "http", "https", 1), strings.Replace(server.URL, "//", "//a:b@", 1), strings.Replace(server.URL, "http", "ws", 1)} {
		_, err = s.Dial(t.Context(), parsed(t, to))
		require.Equal(t, OtherHost, reason(t, err), to)
	}

	// A name that changes its answer gains nothing.
	var n atomic.Int64
	flipping := serveDNS(t, func(int) netip.Addr { n.Add(1); return netip.MustParseAddr("127.0.0.1") })
	e, err = New(Options{Resolver: flipping, Recipients: []Recipient{{Name: "r", URL: &url.URL{Scheme: "https", Host: net.JoinHostPort("models.example", strconv.Itoa(port))}}}})
	require.NoError(t, err)
	s = socketTo(t, Recipient{}, func() *Egress { return e })
	_, err = s.Dial(t.Context(), &url.URL{Scheme: "https", Host: net.JoinHostPort("models.example", strconv.Itoa(port)), Path: "/v1"})
	require.Equal(t, Address, reason(t, err))
	require.NotZero(t, n.Load(), "the guard was reached")

	// A key that cannot be read is no reason to go without one.
	s = socketTo(t, Recipient{URL: parsed(t, server.URL), Local: true, Key: func() ([]byte, error) { return nil, io.ErrUnexpectedEOF }}, nil)
	_, err = s.Dial(t.Context(), parsed(t, server.URL))
	require.Equal(t, NoCredential, reason(t, err))
}

// A server that does not open a WebSocket is told apart by its status alone; a
// redirect is not followed; a head without end, and one that never comes, end.
func TestSocketDeclined(t *testing.T) {
	answers := func(status int, location string) *Socket {
		server := socketServer(t, func(w http.ResponseWriter, _ *http.Request) {
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte("canary"))
		})
		return socketTo(t, Recipient{URL: parsed(t, server.URL), Local: true}, nil)
	}
	for _, status := range []int{200, 400, 401, 403, 404, 429, 500, 503} {
		s := answers(status, "")
		_, err := s.Dial(t.Context(), s.gate.recipient.URL)
		require.Equal(t, Declined(status), err)
		require.NotContains(t, err.Error(), "canary")
	}
	s := answers(307, "http://169.254.169.254/latest")
	_, err := s.Dial(t.Context(), s.gate.recipient.URL)
	require.Equal(t, Redirected, reason(t, err))

	raw := func(serve func(net.Conn)) *url.URL {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				serve(c)
				c.Close()
			}
		}()
		t.Cleanup(func() { l.Close(); <-done })
		return &url.URL{Scheme: "http", Host: l.Addr().String()}
	}
	endless := raw(func(c net.Conn) {
		for {
			if _, err := c.Write([]byte("HTTP/1.1 101 x\r\nX: " + strings.Repeat("x", 4096))); err != nil {
				return
			}
		}
	})
	s = socketTo(t, Recipient{URL: endless, Local: true}, nil)
	_, err = s.Dial(t.Context(), endless)
	require.ErrorIs(t, err, errOpening)

	silent := raw(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	s = socketTo(t, Recipient{URL: silent, Local: true}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = s.Dial(ctx, silent)
	require.ErrorIs(t, err, context.Canceled, "whoever waits can leave, also without a deadline")
}
