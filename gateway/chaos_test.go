package gateway

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/openai"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/tool/tooltest"
	"mayfly/gateway/egress"
	"mayfly/gateway/rtc/relay"
	"mayfly/gateway/tenant"
)

// Each way in which a back end can misbehave, through the adapter and to the
// client, over a WebSocket and over a call: one reply, one end, a code of the
// table or a whole reply, within its time, with its label, without a word of
// what the back end says about itself or quotes; and the next turn begins. // R20 R21 R57
func TestHostileBackEnds(t *testing.T) {
	const secret = "canary-of-the-server"
	brisk := openai.Limits{Connect: time.Second, First: 300 * time.Millisecond, Idle: 300 * time.Millisecond, Total: 1500 * time.Millisecond}
	codes := []any{"backend_unreachable", "backend_timeout", "backend_refused", "backend_invalid", "backend_overloaded"}
	speaks := []backendtest.Mode{backendtest.SpeaksFirst, backendtest.SpeaksAfterHangup} // the canary is what it says
	alongside(t)
	for _, mode := range backendtest.All() {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			engine, _, end := behind(t, backendtest.Script{Mode: mode, Pace: 50 * time.Millisecond, Canary: secret}, brisk)
			r := newRig(t, engine, nil, withMedia(t))
			t.Cleanup(end)
			p, _ := r.call(line{}, "")
			both := []*client{r.connect(), p.client}
			start := time.Now()
			for _, c := range both {
				c.acknowledge(c.aware("text"))
				c.text("canary-of-the-person")
				c.send(event{"type": "response.create"})
			}
			for _, c := range both {
				done := c.await("response.done", 1)
				require.Less(t, time.Since(start), 20*time.Second)
				if status := done.at("response", "status"); status != "completed" {
					require.Equal(t, "failed", status)
					require.Contains(t, codes, done.at("response", "status_details", "error", "code"))
				}
				c.labelled()
				if !slices.Contains(speaks, mode) {
					for _, e := range c.all() {
						require.NotContains(t, fmt.Sprint(e), secret)
					}
				}
				for _, typ := range []string{"avatar.recording.state", "session.updated"} {
					require.LessOrEqual(t, c.count(typ), 1, "the back end commands nothing")
				}
				c.send(event{"type": "response.create"})
				c.await("response.created", 2)
				c.send(event{"type": "avatar.session.end"})
				<-c.done
			}
		})
	}
	t.Logf("n = %d modes, over a WebSocket and a call each", len(backendtest.All()))
}

// echoServer is a back end that says back the tag of the question, in pieces,
// at odd moments, and sometimes breaks off in the middle.
func echoServer(t *testing.T) *httptest.Server {
	tags := regexp.MustCompile(`tag-\d+-`)
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		all := tags.FindAllString(string(body), -1)
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 5 {
			time.Sleep(time.Duration(rand.IntN(4)) * time.Millisecond)
			_, _ = io.WriteString(w, "data: "+backendtest.Chunk(all[len(all)-1]+" is what you said. ")+"\n\n")
			_ = http.NewResponseController(w).Flush()
			if i == 3 && rand.IntN(10) == 0 {
				panic(http.ErrAbortHandler)
			}
		}
		_, _ = io.WriteString(w, "data: [DONE]\n\n")
	}))
}

// Sessions of two tenants at once, whose back ends' connections are shared and
// sometimes break: nobody reads a word that was said to somebody else. // M12
func TestSessionsDoNotCross(t *testing.T) {
	n := times(100)
	server := echoServer(t)
	at, err := url.Parse(server.URL + "/v1")
	require.NoError(t, err)
	out, err := egress.New(egress.Options{Recipients: []egress.Recipient{{Name: "b", URL: at, Local: true}}})
	require.NoError(t, err)
	way, err := out.Client("b")
	require.NoError(t, err)
	r := newRig(t, openai.New(openai.Options{Client: way, URL: at, Model: "echo"}), nil, func(_ *Options, tn *tenant.Tenant) { tn.Limits.Sessions = 1e6 }).unlimited()
	t.Cleanup(func() { out.Close(); server.Close() })
	key, hash := tenant.NewKey()
	other := *r.server.options.Directory.Tenants()[0]
	other.ID, other.Keys, other.Public = "other", []tenant.Key{{Hash: hash}}, false
	require.NoError(t, r.server.options.Directory.Replace([]tenant.Tenant{*r.server.options.Directory.Tenants()[0], other}))
	var wg sync.WaitGroup
	gate := make(chan struct{}, 50)
	for i := range n {
		gate <- struct{}{}
		ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + []string{r.key, key}[i%2]}}, "")
		require.NoError(t, err)
		c := watch(t, ws)
		wg.Go(func() {
			defer func() { <-gate }()
			c.acknowledge(c.aware("text"))
			tag := fmt.Sprintf("tag-%d-", i)
			for turn := range 2 {
				c.text(tag)
				c.send(event{"type": "response.create"})
				if rand.IntN(4) == 0 {
					c.send(event{"type": "response.cancel"})
				}
				c.await("response.done", turn+1)
			}
			for _, e := range c.all() {
				for _, seen := range regexp.MustCompile(`tag-\d+-`).FindAllString(fmt.Sprint(e), -1) {
					if seen != tag {
						t.Errorf("%s reads %s", tag, seen)
					}
				}
			}
			ws.Close()
		})
	}
	wg.Wait()
	t.Logf("n = %d sessions of 2 tenants, 2 turns each", n)
}

// tardy is an engine that goes on after it was called off.
type tardy struct {
	*scripted
	mu sync.Mutex
	n  int
}

func (e *tardy) Answer(ctx context.Context, _ avatar.Question, say func(avatar.Sentence) error) error {
	e.mu.Lock()
	e.n++
	n := e.n
	e.mu.Unlock()
	_ = say(avatar.Sentence{Words: words(fmt.Sprintf("session-%d-", n))})
	<-ctx.Done()
	time.Sleep(2 * time.Millisecond) // the next session has begun
	_ = say(avatar.Sentence{Words: words(fmt.Sprintf("late-%d-", n))})
	return nil
}

// One session after the other, each left in the middle of a word: what its
// engine still says goes nowhere, and least of all into the next. // B9
func TestLateWordsOfASession(t *testing.T) {
	n := times(30)
	r := newRig(t, &tardy{scripted: &scripted{}}, nil).unlimited()
	for i := range n {
		c := r.connect()
		c.acknowledge(c.aware("text"))
		c.send(event{"type": "response.create"})
		require.Equal(t, fmt.Sprintf("session-%d-", i+1), c.await("response.output_text.delta", 1)["delta"])
		if i%2 == 0 {
			c.send(event{"type": "avatar.session.end"})
			<-c.done
		} else {
			c.send(event{"type": "response.cancel"})
			c.await("response.done", 1)
			time.Sleep(4 * time.Millisecond)
			c.ws.Close()
		}
		require.Equal(t, 1, c.count("response.output_text.delta"))
	}
	t.Logf("n = %d sessions", n)
}

// abortPoints are the moments at which a client can leave. It is handed a
// fresh rig; call makes a connection of the kind that is tried.
var abortPoints = map[string]func(r *rig, call func() *client){
	"after TCP": func(r *rig, _ func() *client) { w := (&siege{rig: r}).rawConn(); _ = w.Close() },
	"half a word": func(r *rig, _ func() *client) {
		w := (&siege{rig: r}).rawConn()
		_, _ = w.Write([]byte("GET /v1/rea"))
		_ = w.Close()
	},
	"token used": func(r *rig, _ func() *client) {
		secret := r.secret(`{"avatar":{"single_use":true}}`)
		w := (&siege{rig: r}).rawConn()
		_, _ = w.Write(r.handshakeOf(header("Authorization", "Bearer "+secret)))
		_ = w.Close()
	},
	"after the upgrade":        func(_ *rig, call func() *client) { call().hangUp() },
	"before the first message": func(_ *rig, call func() *client) { c := call(); c.await("session.created", 1); c.hangUp() },
	"disclosing":               func(_ *rig, call func() *client) { c := call(); c.aware("text"); c.hangUp() },
	"disclosing, aloud": func(_ *rig, call func() *client) {
		c := call()
		c.send(event{"type": "session.update", "session": event{"type": "realtime", "audio": event{"output": event{"speed": 1.2}}}})
		c.await("response.output_audio_transcript.delta", 1)
		c.hangUp()
	},
	"listening": func(_ *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("text"))
		c.await("avatar.state", 1)
		c.hangUp()
	},
	"mid upload": func(r *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("text"))
		if c.ws != nil {
			_, _ = c.ws.NetConn().Write([]byte{0x81, 0xFE, 0x10, 0x00, 1, 2, 3, 4, 'x'})
		} else {
			_ = c.write([]byte(`{"type":"x","x":"` + strings.Repeat("a", 60_000) + `"}`))
		}
		c.hangUp()
	},
	"thinking": func(_ *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("text"))
		c.send(event{"type": "response.create"})
		c.await("response.created", 1)
		c.hangUp()
	},
	"speaking": func(_ *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("audio"))
		c.send(event{"type": "response.create"})
		c.await("response.output_audio_transcript.delta", 1)
		c.hangUp()
	},
	"interrupting": func(_ *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("audio"))
		c.send(event{"type": "response.create"})
		c.await("response.output_audio_transcript.delta", 1)
		c.send(event{"type": "response.cancel"})
		c.hangUp()
	},
	"asking for a human": func(_ *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("text"))
		c.send(event{"type": "avatar.handoff.request", "share_context": false})
		c.hangUp()
	},
	"in a tool call": func(_ *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("text"))
		c.text("How long are you open on Monday?")
		c.send(event{"type": "response.create"})
		require.Equal(c.t, "running", c.await("avatar.tool.state", 1)["state"])
		c.hangUp()
	},
	"handed off": func(r *rig, call func() *client) {
		h := r.human(r.desk)
		h.send(event{"type": "available"})
		c := call()
		c.acknowledge(c.aware("audio"))
		c.send(event{"type": "avatar.handoff.request"})
		talk := h.take(c, 1, event{"handoff": true})["talk"]
		h.until("talk.joined", nil)
		h.send(event{"type": "away"}) // the next has an agent of their own
		h.speak(talk, make([]int16, 24000/5))
		h.send(event{"type": "sound", "talk": talk, "audio": base64.StdEncoding.EncodeToString(make([]byte, 960))})
		c.await("response.created", 1)
		switch rand.IntN(3) {
		case 0:
			h.broken()
		case 1:
			h.send(event{"type": "back", "talk": talk})
		}
		c.hangUp()
	},
	"consenting": func(_ *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("text"))
		c.await("avatar.consent.requested", 1)
		c.hangUp()
	},
	"a turn on its way to the disk": func(_ *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("text"))
		c.consent(true)
		c.turn("hello", 1)
		c.hangUp()
	},
	"going off the record": func(_ *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("text"))
		c.consent(true)
		c.turn("hello", 1)
		c.await("avatar.transcript.committed", 1)
		c.send(event{"type": "avatar.optout.submit", "erase_stored": true})
		c.hangUp()
	},
	"said so": func(r *rig, call func() *client) {
		c := call()
		c.acknowledge(c.aware("audio"))
		c.send(event{"type": "response.create"})
		c.send(event{"type": "avatar.session.end"})
		<-c.done
	},
}

// hangUp leaves without a goodbye, or with one, as it happens.
func (c *client) hangUp() {
	switch {
	case c.ws == nil:
		_ = c.pc.Close()
	case rand.IntN(2) == 0:
		_ = c.ws.NetConn().Close()
	default:
		_ = c.ws.Close()
	}
}

// A client that leaves at any moment leaves nothing behind, over both
// transports: no session that cannot be resumed, and, when the gateway closes,
// no goroutine, which the rig looks for. // R1
func TestAbortPoints(t *testing.T) {
	alongside(t)
	n := times(3)
	for name, leave := range abortPoints {
		for _, over := range []string{"WebSocket", "call"} {
			t.Run(name+", "+over, func(t *testing.T) {
				engine := &scripted{sentences: []string{"a long sentence to be said"}, hang: name == "thinking", pause: 10 * time.Millisecond}
				with := []rigOption{withMedia(t)}
				switch name {
				case "consenting", "going off the record":
					with = append(with, recorded(&tape{}))
				case "a turn on its way to the disk":
					with = append(with, recorded(&tape{hold: true}))
				}
				var r *rig
				switch name {
				case "in a tool call":
					r, _, _ = toolRig(t, backendtest.Script{Steps: [][]string{{backendtest.Calls(0, "call", "opening_hours", `{"day":"Monday"}`)}}}, tooltest.Script{Wait: time.Minute}, with...)
				case "handed off":
					var key string
					r = newRig(t, engine, tone{}, append(with, desked(&key, tenant.Handoff{}))...)
					r.desk = key
				default:
					r = newRig(t, engine, tone{}, with...)
				}
				r.unlimited()
				for range n {
					leave(r, func() *client {
						if over == "call" {
							p, _ := r.call(listener, "")
							return p.client
						}
						return r.connect()
					})
				}
				t.Logf("n = %d", n)
			})
		}
	}
}

// A connection that is cut at any moment of a turn, again and again, finds its
// session: every item once and in order, every reply ended once.
func TestCutAndResumed(t *testing.T) {
	n := times(1)
	r := newRig(t, &scripted{sentences: []string{"one", "two", "three"}, pause: 3 * time.Millisecond}, tone{}, withMedia(t)).unlimited()
	for range n {
		r.cutAndResume()
	}
	t.Logf("n = %d conversations of %d cuts", n, cuts)
}

// cuts is how often a conversation is cut; all of it fits what is remembered.
const cuts = 20

func (r *rig) cutAndResume() {
	t := r.t
	c := r.connect()
	c.acknowledge(c.aware("text"))
	token := c.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
	said := 0
	for i := range cuts {
		c.text(fmt.Sprintf("question %d", i))
		said++
		c.send(event{"type": "response.create"})
		c.await("conversation.item.done", c.count("conversation.item.done")+1)
		time.Sleep(time.Duration(rand.IntN(12)) * time.Millisecond)
		if i%2 == 1 {
			c.hangUp()
		}
		var next *client
		if i%5 == 4 {
			p, _ := r.call(listener, `{"avatar":{"resume_token":"`+token+`"}}`)
			next = p.client
		} else {
			ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + token}, "Sec-Websocket-Protocol": {"mayfly-resume." + token}}, "")
			require.NoError(t, err, "cut %d", i)
			next = watch(t, ws)
		}
		token = next.await("avatar.session.ready", 1).at("avatar", "resume_token").(string)
		next.await("avatar.recording.state", 1)
		ids, questions := map[any]bool{}, 0
		for _, e := range next.all() {
			if e.typ() != "conversation.item.added" {
				continue
			}
			id := e.at("item", "id")
			require.False(t, ids[id], "an item twice")
			ids[id] = true
			if e.at("item", "role") == "user" {
				require.Contains(t, fmt.Sprint(e.at("item", "content")), fmt.Sprintf("question %d ", questions))
				questions++
			}
		}
		require.Equal(t, said, questions)
		require.Zero(t, next.count("response.done"), "a reply that was cut was ended where it was cut")
		c = next
	}
	c.send(event{"type": "avatar.session.end"})
	<-c.done
	require.Eventually(t, func() bool { return r.server.Sessions() == 0 }, 10*time.Second, 5*time.Millisecond)
}

// A call through a network that loses packets and stops for a moment, again
// and again, stays the same call: each reply comes whole and ends once.
func TestCallThroughABadNetwork(t *testing.T) {
	alongside(t)
	n := times(3)
	r := newRig(t, &scripted{sentences: []string{"one two three four five."}}, tone{}, withMedia(t))
	net, err := relay.New(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), r.server.options.Media.Port()))
	require.NoError(t, err)
	t.Cleanup(net.Close)
	p := newPhone(t, listener)
	answer := r.dialCall(p, r.key, "")
	require.Equal(t, 201, answer.status)
	p.take(string(net.Rewrite([]byte(answer.body))))
	p.acknowledge(p.aware("audio"))
	net.Drop(0.1)
	for i := range n {
		p.text("Hello?")
		p.send(event{"type": "response.create"})
		time.Sleep(time.Duration(rand.IntN(200)) * time.Millisecond)
		net.Block(relay.UDP)
		time.Sleep(time.Duration(100+rand.IntN(900)) * time.Millisecond)
		net.Block(0)
		require.Equal(t, "completed", p.await("response.done", i+1).at("response", "status"))
	}
	require.Equal(t, n, p.count("response.done"))
	packets, _ := p.sound()
	t.Logf("n = %d turns with 10 %% loss and a cut each, %d packets heard", n, packets)
	require.Equal(t, 1, r.server.Sessions())
}

// A gateway that stops amid everything: each client is told, on a WebSocket
// and on a call, what is under way ends, and nothing is left; one that stops
// at once does so at once. // R75
func TestStopAmidEverything(t *testing.T) {
	for name, patience := range map[string]time.Duration{"in time": 400 * time.Millisecond, "at once": 0} {
		t.Run(name, func(t *testing.T) {
			n := times(10)
			r := newRig(t, &scripted{sentences: []string{strings.Repeat("word ", 100)}}, tone{}, withMedia(t), func(_ *Options, tn *tenant.Tenant) { tn.Limits.Sessions = 1e6 }).unlimited()
			var all []*client
			for i := range n {
				var c *client
				if i%3 == 0 {
					p, _ := r.call(listener, "")
					c = p.client
				} else {
					c = r.connect()
				}
				all = append(all, c)
				switch i % 4 {
				case 0:
					c.acknowledge(c.aware("audio"))
					c.send(event{"type": "response.create"})
					c.await("response.output_audio_transcript.delta", 1)
				case 1:
					c.aware("text")
				case 2:
					c.acknowledge(c.aware("text"))
					c.await("avatar.state", 1)
				}
			}
			half := newPhone(t, listener) // answered, and not yet connected
			require.Equal(t, 201, r.dialCall(half, r.key, "").status)
			ctx, cancel := contextFor(patience)
			defer cancel()
			start := time.Now()
			r.server.Drain(ctx)
			require.Less(t, time.Since(start), patience+10*time.Second)
			require.Zero(t, r.server.Sessions())
			for _, c := range all {
				if patience > 0 {
					require.Equal(t, "draining", c.await("avatar.session.expiring", 1)["reason"])
				}
				if c.ws != nil {
					code, reason := c.closed()
					require.Equal(t, 1012, code)
					require.Equal(t, "draining", reason)
				} else {
					<-c.done
				}
				require.Equal(t, c.count("response.created"), c.count("response.done"))
			}
			status, code := r.knock(r.bearer())
			require.Equal(t, 503, status)
			require.Equal(t, "draining", code)
			require.Equal(t, 503, r.ask("GET", "/readyz", nil, nil).status)
			require.Equal(t, 200, r.ask("GET", "/healthz", nil, nil).status)
			t.Logf("n = %d sessions", n)
		})
	}
}
