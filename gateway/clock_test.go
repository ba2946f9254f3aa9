package gateway

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/tenant"
)

// pipes is a listener in memory, so that a whole gateway, its clients and
// their connections live in a bubble of time.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }
func (p *pipes) dial() net.Conn {
	here, there := net.Pipe()
	p.conns <- there
	return here
}

// bubble runs a gateway whose clock is the test's: a minute passes at once,
// and exactly. What is left running at the end fails the test.
func bubble(t *testing.T, engine avatar.Engine, v voice.Voice, run func(*testing.T, *rig), with ...rigOption) {
	t.Helper()
	schema(t) // it is shared, so it is made outside
	synctest.Test(t, func(t *testing.T) {
		key, hash := tenant.NewKey()
		r := &rig{t: t, key: key, facts: &CountingFacts{}, origin: "https://page.example", pipes: &pipes{conns: make(chan net.Conn), done: make(chan struct{})}}
		tn := tenant.Tenant{
			Policy: tenant.Policy{AuditDetail: true},
			ID:     "acme", Name: "Acme", Public: true, Origins: []string{r.origin}, Keys: []tenant.Key{{Hash: hash}},
			Avatars: []tenant.Avatar{{ID: "lumen", Name: "Lumen", Look: "lantern", Languages: []string{"en"}}},
		}
		o := Options{Casting: stageHand{engine, v}, Facts: r.facts}
		for _, f := range with {
			f(&o, &tn)
		}
		dir, err := tenant.NewDirectory([]tenant.Tenant{tn})
		require.NoError(t, err)
		o.Directory = dir
		r.server = New(o)
		s := &http.Server{Handler: r.server.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
		t.Cleanup(func() {
			r.server.Close()
			_ = s.Close()
		})
		go func() { _ = s.Serve(r.pipes) }()
		run(t, r)
	})
}

// pass lets time go by and what is due happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// mute is a client that does nothing by itself: no pong, no close. What it is
// sent is thrown away.
func (r *rig) mute() (*websocket.Conn, <-chan error) {
	r.t.Helper()
	ws, _, err := r.dial(r.bearer(), "")
	require.NoError(r.t, err)
	ws.SetPingHandler(func(string) error { return nil })
	gone := make(chan error, 1)
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				gone <- err
				return
			}
		}
	}()
	r.t.Cleanup(func() { _ = ws.Close() })
	return ws, gone
}

// A silent client is asked every 15 seconds and has 10 to answer: at 25 it is
// still there, and a moment later it is not. One that answers stays.
func TestPings(t *testing.T) {
	bubble(t, &scripted{}, tone{}, func(t *testing.T, r *rig) {
		_, gone := r.mute()
		r.connect() // gorilla answers pings
		pass(pingEvery + pongWithin - time.Millisecond)
		require.Equal(t, 2, r.server.Sessions())
		require.Empty(t, gone)
		pass(time.Millisecond + 2*closeWithin)
		require.Equal(t, 1, r.server.Sessions(), "a session that cannot be resumed ends with its connection")
		require.Len(t, gone, 1)
		pass(10 * time.Minute)
		require.Equal(t, 1, r.server.Sessions(), "one that answers pings may be silent for minutes: it never spoke")
	})
}

// 60 seconds without input, counted from the last, then a warning, then 15
// seconds, then a normal close. // R75
func TestIdleAtItsBorder(t *testing.T) {
	bubble(t, &scripted{}, nil, func(t *testing.T, r *rig) {
		c := r.connect()
		c.acknowledge(c.aware("text"))
		pass(59 * time.Second)
		c.send(event{"type": "response.cancel"}) // any input counts
		pass(60*time.Second - time.Millisecond)
		require.NotContains(t, c.types(), "avatar.session.expiring")
		pass(time.Millisecond)
		warning := c.await("avatar.session.expiring", 1)
		require.Equal(t, "idle", warning["reason"])
		require.EqualValues(t, 15, warning["seconds_left"])
		pass(15*time.Second - time.Millisecond)
		require.Equal(t, 1, r.server.Sessions())
		pass(time.Millisecond)
		code, reason := c.closed()
		require.Equal(t, 1000, code)
		require.Equal(t, "idle", reason)
		require.Zero(t, r.server.Sessions())
	})
}

// A word in the 15 seconds of grace keeps the session.
func TestIdleTakenBack(t *testing.T) {
	bubble(t, &scripted{}, nil, func(t *testing.T, r *rig) {
		c := r.connect()
		c.acknowledge(c.aware("text"))
		pass(61 * time.Second)
		c.await("avatar.session.expiring", 1)
		c.text("I am here")
		pass(59 * time.Second)
		require.Equal(t, 1, r.server.Sessions())
	})
}

// 60 minutes, told a minute before with a token that goes on, ended with the
// error and the close that a published client shows and does not come back on.
func TestSessionTimeAtItsBorder(t *testing.T) {
	bubble(t, &scripted{}, nil, func(t *testing.T, r *rig) {
		c := r.connect()
		c.aware("text")
		for range 117 {
			pass(30 * time.Second)
			c.send(event{"type": "response.cancel"})
		}
		pass(-time.Millisecond + time.Until(r.began(c).Add(59*time.Minute)))
		require.NotContains(t, c.types(), "avatar.session.expiring")
		pass(time.Millisecond)
		warning := c.await("avatar.session.expiring", 1)
		require.Equal(t, "session_expired", warning["reason"])
		require.EqualValues(t, 60, warning["seconds_left"])
		require.NotEmpty(t, warning["resume_token"])
		c.text("still here")
		pass(time.Minute - time.Millisecond)
		require.Equal(t, 1, r.server.Sessions())
		pass(time.Millisecond)
		require.Equal(t, "session_expired", c.await("error", c.count("error")).at("error", "code"))
		code, reason := c.closed()
		require.Equal(t, 1000, code)
		require.Equal(t, "session_expired", reason)
	})
}

// began is when the session of a client began, by what it was told.
func (r *rig) began(c *client) time.Time {
	at, ok := c.await("session.created", 1).at("session", "expires_at").(float64)
	require.True(r.t, ok)
	return time.Unix(int64(at), 0).Add(-time.Hour)
}

// A lost connection may come back for 60 seconds, and not a moment later.
func TestResumeAtItsBorder(t *testing.T) {
	for name, c := range map[string]struct {
		after time.Duration
		want  int
	}{
		"in time":  {60*time.Second - time.Millisecond, 101},
		"too late": {60 * time.Second, 401},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, &scripted{}, nil, func(t *testing.T, r *rig) {
				cl := r.connect()
				cl.acknowledge(cl.aware("text"))
				token := cl.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
				cl.ws.NetConn().Close()
				synctest.Wait()
				pass(c.after)
				status, _ := r.knock(http.Header{"Authorization": {"Bearer " + r.key}, "Sec-Websocket-Protocol": {"realtime, mayfly-resume." + token}})
				require.Equal(t, c.want, status)
			})
		})
	}
}

// A stock client that says nothing is given the notice after one second.
func TestNoticeAtItsBorder(t *testing.T) {
	bubble(t, &scripted{}, tone{}, func(t *testing.T, r *rig) {
		c := r.connect()
		pass(time.Second - time.Millisecond)
		require.NotContains(t, c.types(), "avatar.disclosure.presented")
		pass(time.Millisecond)
		require.Contains(t, c.types(), "avatar.disclosure.presented")
	})
}

// A client secret lives 600 seconds unless asked otherwise, opens as many
// sessions as one likes until then, and none after; sessions go on.
func TestSecretAtItsBorder(t *testing.T) {
	bubble(t, &scripted{}, nil, func(t *testing.T, r *rig) {
		secret := r.secret(`{}`)
		knock := func() int {
			status, _ := r.knock(http.Header{"Authorization": {"Bearer " + secret}})
			return status
		}
		require.Equal(t, 101, knock())
		pass(600*time.Second - time.Millisecond)
		require.Equal(t, 101, knock())
		ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + secret}}, "")
		require.NoError(t, err)
		watch(t, ws)
		pass(time.Millisecond)
		require.Equal(t, 401, knock())
		synctest.Wait()
		require.Equal(t, 1, r.server.Sessions())
	})
}

// 200 messages at once, 100 in a second after them; a long one counts as
// many. The one too many ends the session, which says so.
func TestMessageRateAtItsBorder(t *testing.T) {
	small := event{"type": "response.cancel"}
	for name, send := range map[string]func(c *client){
		"many":         func(c *client) { c.send(small) },
		"one, of 32 K": func(c *client) { c.send(event{"type": "response.cancel", "x": strings.Repeat("a", 32<<10)}) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, &scripted{}, nil, func(t *testing.T, r *rig) {
				c := r.connect()
				for range messageBurst {
					c.send(small)
				}
				synctest.Wait()
				require.Equal(t, 1, r.server.Sessions())
				pass(20 * time.Millisecond) // two more
				c.send(small)
				c.send(small)
				synctest.Wait()
				require.Equal(t, 1, r.server.Sessions())
				if name != "many" {
					pass(30*time.Millisecond - time.Microsecond) // three, and this one counts as three
				}
				send(c)
				code, reason := c.closed()
				require.Equal(t, websocket.ClosePolicyViolation, code)
				require.Equal(t, "message_rate_exceeded", reason)
				require.Equal(t, "message_rate_exceeded", c.await("error", c.count("error")).at("error", "code"))
			})
		})
	}
}

// A header has 10 seconds and so has a body: what comes a byte at a time is
// closed, or told so.
func TestSlowRequests(t *testing.T) {
	bubble(t, &scripted{}, nil, func(t *testing.T, r *rig) {
		read := func(c net.Conn) <-chan string {
			got := make(chan string, 1)
			go func() { b, _ := io.ReadAll(c); got <- string(b) }()
			return got
		}
		head := "POST /v1/realtime/client_secrets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + r.key + "\r\nContent-Length: 100\r\n"
		slow := r.pipes.dial()
		never := read(slow)
		_, _ = io.WriteString(slow, "GET /healthz HTTP/1.1\r\nHost: x\r\nA: b")
		body := r.pipes.dial()
		half := read(body)
		_, _ = io.WriteString(body, head+"\r\n{")
		for range 9 { // a byte a second
			pass(time.Second)
			_, _ = slow.Write([]byte("a"))
			_, _ = body.Write([]byte(" "))
		}
		require.Empty(t, never)
		require.Empty(t, half)
		pass(time.Second + time.Millisecond)
		require.Equal(t, "", <-never)
		told := <-half
		require.Contains(t, told, " 408 ")
		require.Contains(t, told, "body_too_slow")
	})
}
