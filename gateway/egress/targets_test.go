package egress

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sink takes connections on every loopback address of one port, and counts
// them.
type sink struct {
	port  string
	taken atomic.Int64
}

func openSink(t *testing.T) *sink {
	s := &sink{}
	l, err := net.Listen("tcp", "0.0.0.0:0")
	require.NoError(t, err)
	_, s.port, err = net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	listeners := []net.Listener{l}
	if six, err := net.Listen("tcp6", "[::1]:"+s.port); err == nil {
		listeners = append(listeners, six)
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }),
		ReadHeaderTimeout: time.Second,
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.taken.Add(1)
			}
		},
	}
	for _, l := range listeners {
		go server.Serve(l)
	}
	t.Cleanup(func() { server.Close() })
	return s
}

// target is somewhere that a tenant's document must not lead to. PORT in its
// URL is the sink's. A name that DNS knows answers with each address in turn.
type target struct {
	url     string
	answers string // addresses, or none: DNS is not asked, or knows nothing
}

// inside are ways to write, or to come to, an address of this machine, of a
// private network or of a metadata service. B4
var inside = []target{
	{"https://127.0.0.1:PORT/v1", ""},
	{"https://127.8.7.6:PORT/v1", ""},
	{"https://[::1]:PORT/v1", ""},
	{"https://[::ffff:127.0.0.1]:PORT/v1", ""},
	{"https://[::ffff:7f00:1]:PORT/v1", ""},
	{"https://[0:0:0:0:0:ffff:127.0.0.1]:PORT/v1", ""},
	{"https://0.0.0.0:PORT/v1", ""},
	{"https://[::]:PORT/v1", ""},
	{"https://0:PORT/v1", ""},
	{"https://0177.0.0.1:PORT/v1", ""},
	{"https://0177.0.0.01:PORT/v1", ""},
	{"https://017700000001:PORT/v1", ""},
	{"https://2130706433:PORT/v1", ""},
	{"https://0x7f000001:PORT/v1", ""},
	{"https://0x7f.0x0.0x0.0x1:PORT/v1", ""},
	{"https://0x7f.1:PORT/v1", ""},
	{"https://127.1:PORT/v1", ""},
	{"https://127.0.1:PORT/v1", ""},
	{"https://127.000.000.001:PORT/v1", ""},
	{"https://[::1%25lo]:PORT/v1", ""},
	{"https://[fe80::1%25lo]:PORT/v1", ""},
	{"https://[::127.0.0.1]:PORT/v1", ""},
	{"https://[64:ff9b::7f00:1]:PORT/v1", ""},
	{"https://[64:ff9b::127.0.0.1]:PORT/v1", ""},
	{"https://[64:ff9b:1::7f00:1]:PORT/v1", ""},
	{"https://[2002:7f00:1::]:PORT/v1", ""},
	{"https://169.254.169.254/v1", ""},
	{"https://[fd00:ec2::254]/v1", ""},
	{"https://100.100.100.200/v1", ""},
	{"https://10.0.0.1:PORT/v1", ""},
	{"https://localhost:PORT/v1", ""},
	{"https://LOCALHOST:PORT/v1", ""},
	{"https://localhost.:PORT/v1", ""},
	{"https://models.test.:PORT/v1", "127.0.0.1"},
	{"https://models.test@127.0.0.1:PORT/v1", ""},
	{"https://models.test:443@127.0.0.1:PORT/v1", ""},
	{"https://127.0.0.1:PORT#@models.test/v1", ""},
	{"https://127.0.0.1:PORT?@models.test/v1", ""},
	{"https://127.0.0.1:PORT\\@models.test/v1", ""},
	{"https://%31%32%37.0.0.1:PORT/v1", ""},
	{"https://１２７.0.0.1:PORT/v1", ""},
	{"https://127。0。0。1:PORT/v1", ""},
	{"https://①②⑦.⓪.⓪.①:PORT/v1", ""},
	{"unix:/run/mayfly.sock", ""},
	{"gopher://127.0.0.1:PORT/", ""},
	{"file:///etc/passwd", ""},
	{"dict://127.0.0.1:PORT/", ""},
	{"http://127.0.0.1:PORT/v1", ""},
	{"http://models.test:PORT/v1", "127.0.0.1"},
	{"https://models.test:PORT/v1", "127.0.0.1"},
	{"https://models.test:PORT/v1", "::1"},
	{"https://models.test:PORT/v1", "::ffff:127.0.0.1"},
	{"https://models.test:PORT/v1", "0.0.0.0"},
	{"https://models.test:PORT/v1", "10.0.0.1"},
	{"https://models.test:PORT/v1", "169.254.169.254"},
	{"https://models.test:PORT/v1", "fd00:ec2::254"},
	{"https://models.test:PORT/v1", "64:ff9b::7f00:1"},
	{"https://models.test:PORT/v1", "2002:7f00:1::"},
	{"https://models.test:PORT/v1", "1.1.1.1 127.0.0.1"},   // as it should be when looked up, and then not
	{"https://models.test:PORT/v1", "127.0.0.1 1.1.1.1"},   // the other way round
	{"https://models.test:PORT/v1", "2606:4700::1111 ::1"}, // in the other family
	{"https://models.test:PORT/v1", "1.1.1.1 1.1.1.1 127.0.0.1 ::1"},
}

// reach tries every way to a recipient, and says what was wrong each time.
func reach(e *Egress, name string, u *url.URL) (errs []error) {
	for range 3 {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		if client, err := e.Client(name); err != nil {
			errs = append(errs, err)
		} else {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				req, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader("words"))
				if err != nil {
					errs = append(errs, err)
					continue
				}
				resp, err := client.Do(req)
				if err == nil {
					resp.Body.Close()
				}
				errs = append(errs, err)
			}
		}
		socket, err := e.Socket(name)
		if err == nil {
			var c io.Closer
			if c, err = socket.Dial(ctx, u); err == nil {
				c.Close()
			}
		}
		errs = append(errs, err)
		cancel()
	}
	return errs
}

// flipping answers with each of some addresses in turn.
func flipping(t testing.TB, answers string) *net.Resolver {
	all := strings.Fields(answers)
	return serveDNS(t, func(n int) netip.Addr {
		if len(all) == 0 {
			return netip.Addr{}
		}
		return netip.MustParseAddr(all[n%len(all)])
	})
}

// Nothing that a tenant writes leads inside, however it is written and
// whatever DNS says, at first or later, over a request or a WebSocket: no
// connection comes to the sink. B4, R57
func TestTargets(t *testing.T) {
	s := openSink(t)
	refused, dialled := 0, 0
	for _, c := range inside {
		u, err := url.Parse(strings.ReplaceAll(c.url, "PORT", s.port))
		if err != nil {
			refused++
			continue // no URL at all
		}
		e, err := New(Options{Recipients: []Recipient{{Name: "r", URL: u, Connect: 100 * time.Millisecond}}, Resolver: flipping(t, c.answers)})
		if err != nil {
			refused++
			require.NotContains(t, err.Error(), "models.test:443", "what stands before the @ is a credential")
			continue // when it is saved
		}
		dialled++
		guarded := false
		for _, err := range reach(e, "r", u) {
			require.Error(t, err, "%s", c)
			if r, ok := errors.AsType[*Refusal](err); ok {
				require.Contains(t, []Reason{Address, Unencrypted}, r.Reason, "%s", c)
				guarded = true
			}
		}
		require.True(t, guarded, "%s: nothing was refused, so the guard was not reached", c)
		require.Zero(t, e.Opened("r"), "%s", c)
		e.Close()
	}
	require.Zero(t, s.taken.Load(), "connections came to the sink")
	require.GreaterOrEqual(t, len(inside), 40)
	t.Logf("n = %d targets: %d refused when they are saved, %d when they are dialled", len(inside), refused, dialled)

	// The sink sees what comes: the operator may name the same place.
	u, err := url.Parse("http://models.test:" + s.port + "/v1")
	require.NoError(t, err)
	e, err := New(Options{Recipients: []Recipient{{Name: "r", URL: u, Local: true}}, Resolver: flipping(t, "127.0.0.1")})
	require.NoError(t, err)
	defer e.Close()
	require.NoError(t, reach(e, "r", u)[0])
	require.Positive(t, s.taken.Load())
}

// An answer that sends somebody on leads nowhere, with any status, to any
// place, over a request or a WebSocket.
func TestRedirects(t *testing.T) {
	s := openSink(t)
	to := ""
	status := 0
	asked := 0
	from := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Location", to)
		w.WriteHeader(status)
	}))
	defer from.Close()
	u, err := url.Parse(from.URL)
	require.NoError(t, err)
	read := 0
	e, err := New(Options{Recipients: []Recipient{{Name: "r", URL: u, Local: true, Key: func() ([]byte, error) { read++; return []byte("sk-canary"), nil }}}})
	require.NoError(t, err)
	defer e.Close()
	n := 0
	for _, status = range []int{300, 301, 302, 303, 305, 307, 308} {
		for _, to = range []string{"http://127.0.0.1:" + s.port + "/", "//127.0.0.1:" + s.port + "/", "http://[::1]:" + s.port + "/", "http://localhost:" + s.port, "http://169.254.169.254/", "/elsewhere", "file:///etc/passwd", ""} {
			for _, err := range reach(e, "r", u) {
				require.Equal(t, Redirected, reason(t, err))
				require.NotContains(t, err.Error(), s.port, "it quotes what it was sent")
				n++
			}
		}
	}
	require.Equal(t, n, asked, "each was asked once, and nothing more")
	require.Zero(t, s.taken.Load())
	require.Equal(t, n, read)
	t.Logf("n = %d", n)
}

// The guard stands before the credential: a request that goes elsewhere does
// not even have it read. B5
func TestGuardReached(t *testing.T) {
	s := openSink(t)
	own := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer own.Close()
	u, err := url.Parse(own.URL)
	require.NoError(t, err)
	read := 0
	e, err := New(Options{Recipients: []Recipient{{Name: "r", URL: u, Local: true, Key: func() ([]byte, error) { read++; return []byte("sk-canary"), nil }}}})
	require.NoError(t, err)
	defer e.Close()
	elsewhere, err := url.Parse("http://127.0.0.1:" + s.port + "/v1")
	require.NoError(t, err)
	for _, err := range reach(e, "r", elsewhere) {
		require.Equal(t, OtherHost, reason(t, err))
	}
	require.Zero(t, read, "the credential was read for another host")
	require.Zero(t, s.taken.Load())
	require.NoError(t, reach(e, "r", u)[0])
	require.Equal(t, 3*3, read, "and for its own host it is")
}

// The operator's list bounds what tenants may name, by the host as it stands
// in the URL; what the operator wrote down itself is not bound by it.
func TestHosts(t *testing.T) {
	list := []string{"models.example", "*.trusted.example"}
	for address, ok := range map[string]bool{
		"https://models.example/v1": true, "https://MODELS.example/v1": true, "https://models.example:8443/v1": true, "https://a.trusted.example/": true, "https://a.b.trusted.example/": true,
		"https://trusted.example/": false, "https://eviltrusted.example/": false, "https://other.example/": false, "https://models.example.evil.test/": false, "https://a.models.example/": false, "https://1.1.1.1/": false,
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		for _, local := range []bool{false, true} {
			_, err := New(Options{Recipients: []Recipient{{Name: "r", URL: u, Local: local}}, Hosts: list})
			if ok || local {
				require.NoError(t, err, address)
			} else {
				require.ErrorContains(t, err, "not one that the operator lets tenants reach", address)
			}
		}
		_, err = New(Options{Recipients: []Recipient{{Name: "r", URL: u}}})
		require.NoError(t, err, "without a list any public host")
	}
}
