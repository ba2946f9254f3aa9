package hook

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// hostile are receivers that do not do what they should.
func hostile(t *testing.T, elsewhere string) map[string]http.HandlerFunc {
	hijack := func(say string, hold bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer c.Close()
			_, _ = c.Write([]byte(say))
			if hold {
				wait(c)
			}
		}
	}
	status := func(code int, to string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if to != "" {
				w.Header().Set("Location", to)
			}
			w.WriteHeader(code)
		}
	}
	return map[string]http.HandlerFunc{
		"never answers":           hijack("", true),
		"half a status line":      hijack("HTTP/1.1 20", true),
		"headers without end":     hijack("HTTP/1.1 200 OK\r\n"+strings.Repeat("X-A: b\r\n", 20_000), true),
		"a header without end":    hijack("HTTP/1.1 200 OK\r\nX-A: "+strings.Repeat("b", 1<<20), true),
		"not http":                hijack("220 smtp.example ESMTP\r\n", false),
		"hangs up":                hijack("", false),
		"500":                     status(500, ""),
		"404":                     status(404, ""),
		"410":                     status(410, ""),
		"304":                     status(304, ""),
		"101":                     hijack("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", true),
		"100 for ever":            hijack(strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 1000), true),
		"to the metadata service": status(302, "http://169.254.169.254/latest/meta-data/"),
		"to it, with the body":    status(307, "https://169.254.169.254/latest/meta-data/"),
		"to a private network":    status(308, "https://10.0.0.1/"),
		"to somebody else":        status(307, elsewhere),
		"to a file":               status(302, "file:///etc/passwd"),
		"to itself, again":        status(307, "/"),
		"redirects to nothing":    status(302, ""),
	}
}

// wait reads until the other side has gone.
func wait(c net.Conn) {
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	b := make([]byte, 1024)
	for {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

// Whatever a receiver does: nothing of it is taken for a taking, nobody else is
// asked, nothing is left behind, and when it is well again it is told all.
func TestHostileReceivers(t *testing.T) {
	var elsewhere atomic.Int64
	other := newReceiver(t)
	other.fail(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) })
	for name, how := range hostile(t, other.URL) {
		t.Run(name, func(t *testing.T) {
			log, to := newMemory(), newReceiver(t)
			r := newRig(t, log, rootsOf(to), hooked(t, "acme", to.URL, session.SessionEnded))
			r.answer = 300 * time.Millisecond
			log.happen("acme", session.SessionEnded)
			to.fail(how)
			r.round(t, 0)
			before := runtime.NumGoroutine()
			for range 3 {
				r.round(t, time.Hour)
			}
			require.GreaterOrEqual(t, r.count(Refused), 3)
			require.Zero(t, r.count(Taken))
			require.Zero(t, log.cursor("acme").Number)
			require.Zero(t, elsewhere.Load(), "somebody else was asked")
			to.fail(nil)
			r.answer = answerTime
			r.round(t, time.Hour)
			require.Equal(t, []string{"acme/1"}, to.ids())
			to.CloseClientConnections()
			require.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, 10*time.Second, 10*time.Millisecond)
		})
	}
}

// An answer whose body has no end is a taking: its status came.
func TestEndlessBody(t *testing.T) {
	log, to := newMemory(), newReceiver(t)
	r := newRig(t, log, rootsOf(to), hooked(t, "acme", to.URL, session.SessionEnded))
	log.happen("acme", session.SessionEnded)
	to.fail(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(200)
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	r.round(t, 0)
	r.round(t, 0)
	require.Equal(t, 1, r.count(Taken))
}

// One receiver that never answers keeps no other waiting.
func TestSlowBesideGood(t *testing.T) {
	log, slow, good := newMemory(), newReceiver(t), newReceiver(t)
	slow.fail(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	r := newRig(t, log, rootsOf(good), hooked(t, "good", good.URL, session.SessionEnded), hooked(t, "slow", slow.URL, session.SessionEnded))
	r.answer = time.Minute
	log.happen("slow", session.SessionEnded)
	log.happen("good", session.SessionEnded)
	r.round(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	require.NoError(t, r.look(ctx, r.now))
	require.Eventually(t, func() bool { return len(good.ids()) == 1 }, 10*time.Second, time.Millisecond)
	log.happen("good", session.SessionEnded)
	require.Eventually(t, func() bool {
		require.NoError(t, r.look(ctx, r.now))
		return len(good.ids()) == 2
	}, 10*time.Second, 5*time.Millisecond)
	cancel()
	r.work.Wait()
	require.Zero(t, r.count(Refused), "a process that ends is nobody's failure")
}

// A tenant of the database reaches no address inside, whatever its name says
// and however its name changes.
func TestNeverInside(t *testing.T) {
	log, inside := newMemory(), newReceiver(t)
	var asked atomic.Int64
	inside.fail(func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	u, err := url.Parse(inside.URL)
	require.NoError(t, err)
	changing := []string{"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "::ffff:127.0.0.1", "0.0.0.0", "64:ff9b::7f00:1"}
	r := newRig(t, log, rootsOf(inside))
	r.answer = 3 * time.Second
	r.options.Resolver = serveDNS(t, func(n int) netip.Addr { return netip.MustParseAddr(changing[n%len(changing)]) })
	for i, address := range []string{
		"https://hooks.example:" + u.Port(), "https://127.0.0.1:" + u.Port(), "https://[::1]:" + u.Port(), "https://localhost:" + u.Port(),
		"https://[::ffff:127.0.0.1]:" + u.Port(), "https://169.254.169.254/", "https://0.0.0.0:" + u.Port(), "https://2130706433:" + u.Port(),
		"https://0177.0.0.1:" + u.Port(), "http://hooks.example:" + u.Port(), "https://user@hooks.example/", "gopher://hooks.example/",
	} {
		one := hooked(t, string(rune('a'+i)), address, session.SessionEnded)
		one.Source = tenant.SourceStore
		r.all = append(r.all, one)
		log.happen(one.ID, session.SessionEnded)
	}
	r.round(t, 0)
	const rounds = 4
	for range rounds {
		r.round(t, time.Hour)
	}
	require.Zero(t, asked.Load())
	require.Equal(t, rounds*len(r.all), r.count(Refused))
	require.Zero(t, r.count(Taken))

	// The same address may stand in the operator's file.
	inside.fail(nil)
	r.all[1].Source = tenant.SourceFile
	r.round(t, time.Hour)
	require.Equal(t, []string{"b/1"}, inside.ids())
}

// serveDNS answers every question for an address with what answer gives for the
// how-manieth it is, and returns a resolver that asks it.
func serveDNS(t *testing.T, answer func(n int) netip.Addr) *net.Resolver {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 1500)
		for n := 0; ; n++ {
			size, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
				continue
			}
			q, a := m.Questions[0], answer(n/2) // it asks for both kinds
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
			switch {
			case q.Type == dnsmessage.TypeA && a.Is4():
				m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AResource{A: a.As4()}}}
			case q.Type == dnsmessage.TypeAAAA && a.Is6():
				m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}}}
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(packed, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}
