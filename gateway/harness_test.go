package gateway

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/realtime/realtimetest"
	"mayfly/gateway/tenant"
)

// net/http prints what a server says unasked to the standard log; the program
// silences that log, and so do the tests. Those next to each other wait for
// deadlines, which takes no processor.
func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	flag.Parse()
	_ = flag.Set("test.parallel", "6")
	os.Exit(m.Run())
}

// besides counts tests whose subtests run next to each other.
var besides atomic.Int32

// beside is for a test whose subtests run next to each other. What a rig of
// theirs left cannot be told from what another needs: goroutines are looked for
// when all have ended.
func beside(t *testing.T) {
	ignore := current()
	besides.Add(1)
	t.Cleanup(func() {
		if besides.Add(-1) == 0 {
			noneLeft(t, ignore)
		}
	})
}

// parked counts tests that run next to each other and have not ended.
var parked atomic.Int32

// alongside is for a test that mostly waits, and measures nothing of the whole
// process: from here on it runs next to others like it, after all that run
// alone. Goroutines are looked for when the last of them has ended.
func alongside(t *testing.T) {
	t.Helper()
	parked.Add(1)
	t.Parallel()
	ignore := others()
	besides.Add(1)
	t.Cleanup(func() {
		besides.Add(-1)
		if parked.Add(-1) > 0 {
			return
		}
		failed := t.Failed()
		if noneLeft(t, ignore); t.Failed() && !failed {
			// Trying this one again would show nothing: .ci/again knows the words.
			t.Error("goroutines are left of a test that ran alongside this one")
		}
	})
}

// others are the goroutines of when all that run alone have ended, and of those
// that run alongside at most some have begun.
var others = sync.OnceValue(current)

// scale multiplies the counts of loops.
var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

// scripted is an engine that says what it was told to, sentence by sentence.
type scripted struct {
	mu        sync.Mutex
	asked     int
	seen      []string // what the engine was shown last, role by role
	sentences []string
	pause     time.Duration // before each sentence
	fail      string        // a code to fail with, after the sentences
	hang      bool          // until the context ends
	crash     bool
	tokens    int           // that it says it took and gave
	late      chan struct{} // says one more thing after this is closed, whatever the context says
}

func (s *scripted) Answer(ctx context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	s.mu.Lock()
	s.asked++
	s.seen = nil
	for _, it := range q.Items {
		s.seen = append(s.seen, string(it.Words.AppendTo(nil)))
	}
	s.mu.Unlock()
	if q.Dial != nil && !q.Dial(0) {
		return &avatar.Failure{Code: "backend_not_allowed"}
	}
	if s.tokens > 0 && q.Spent != nil {
		defer q.Spent(s.tokens)
	}
	if s.crash {
		panic("the engine is broken")
	}
	for _, text := range s.sentences {
		if s.pause > 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(s.pause):
			}
		}
		if err := say(avatar.Sentence{Words: words(text)}); err != nil {
			return err
		}
	}
	if s.hang {
		<-ctx.Done()
	}
	if s.late != nil {
		<-s.late
		_ = say(avatar.Sentence{Words: words("too late")})
	}
	if s.fail != "" {
		return &avatar.Failure{Code: s.fail}
	}
	return nil
}

func (s *scripted) Label() avatar.Label {
	return avatar.Label{Source: avatar.Trained, Provider: "test", System: "scripted", Version: "1"}
}

func (s *scripted) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// tone is a voice that hums: 20 ms for every byte of the text.
type tone struct{}

func (tone) Name() string       { return "tone" }
func (tone) Speaks(string) bool { return true }
func (tone) Neural() bool       { return false }
func (tone) Speak(ctx context.Context, text []byte, o voice.Options, emit func(voice.Chunk) error) error {
	if o.Dial != nil {
		o.Dial(0)
	}
	pcm := make([]int16, voice.Rate/50)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/voice.Rate))
	}
	at := 0
	for i := range text {
		c := voice.Chunk{PCM: pcm}
		if i == 0 || text[i-1] == ' ' {
			c.Visemes = []voice.Viseme{{At: at, Shape: voice.AA, Weight: 1}}
			end := i + strings.IndexByte(string(text[i:])+" ", ' ')
			c.Words = []voice.Word{{At: at, Length: 20 * (end - i), Start: i, End: end}}
		}
		if err := emit(c); err != nil {
			return err
		}
		at += 20
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// stageHand casts everybody with one engine and one voice.
type stageHand struct {
	engine avatar.Engine
	voice  voice.Voice // nil: none
}

func (h stageHand) Cast(*tenant.Tenant, *tenant.Avatar) *Cast {
	find := func(string) voice.Voice { return h.voice }
	return &Cast{Engine: h.engine, Voice: find, Local: find}
}

// rig is a gateway on a real socket.
type rig struct {
	t      *testing.T
	server *Server
	http   *httptest.Server // nil in a bubble of time
	pipes  *pipes           // nil on real sockets
	key    string
	desk   string // the key of who answers at a desk, where a test needs one
	facts  *CountingFacts
	origin string
}

type rigOption func(*Options, *tenant.Tenant)

// newRig starts a gateway and, when the test ends, stops it and looks for
// goroutines that were left.
func newRig(t *testing.T, engine avatar.Engine, v voice.Voice, with ...rigOption) *rig {
	t.Helper()
	ignore := current()
	key, hash := tenant.NewKey()
	r := &rig{t: t, key: key, facts: &CountingFacts{}, origin: "https://page.example"}
	tn := tenant.Tenant{
		ID: "acme", Name: "Acme", Public: true, Origins: []string{r.origin},
		Keys:    []tenant.Key{{Hash: hash}},
		Avatars: []tenant.Avatar{{ID: "lumen", Name: "Lumen", Look: "lantern", Languages: []string{"en", "de"}}},
		Policy:  tenant.Policy{AuditDetail: true},
	}
	o := Options{Casting: stageHand{engine, v}, Facts: r.facts}
	for _, f := range with {
		f(&o, &tn)
	}
	dir, err := tenant.NewDirectory([]tenant.Tenant{tn})
	require.NoError(t, err)
	o.Directory = dir
	r.server = New(o)
	r.http = httptest.NewUnstartedServer(documented(t, r.server.Handler()))
	r.http.Config.ConnState = func(c net.Conn, s http.ConnState) {
		if tcp, ok := c.(*net.TCPConn); ok && s == http.StateNew {
			_ = tcp.SetWriteBuffer(16 << 10) // so that a client that does not read is noticed here, not in the kernel
		}
	}
	r.http.Config.ReadHeaderTimeout = 2 * time.Second
	r.http.Start()
	t.Cleanup(func() {
		r.server.Close()
		if o.Media != nil {
			require.NoError(t, o.Media.Close())
		}
		r.http.CloseClientConnections()
		r.http.Close()
		if besides.Load() == 0 {
			noneLeft(t, ignore)
		}
	})
	return r
}

// unlimited lifts the limits on starts, for tests of something else.
func (r *rig) unlimited() *rig {
	r.server.edge = newEdge(nil)
	r.server.edge.token = newKeyedLimiter[[32]byte](1e6, 1e6, 10_000)
	r.server.edge.tenant = newKeyedLimiter[string](1e6, 1e6, 10)
	r.server.edge.address = newKeyedLimiter[netip.Prefix](1e6, 1e6, 10)
	return r
}

// client is a real client, on a WebSocket or a call, that remembers every
// event.
type client struct {
	t      *testing.T
	ws     *websocket.Conn        // nil: a call
	pc     *webrtc.PeerConnection // nil: a WebSocket
	write  func(text []byte) error
	mu     sync.Mutex
	events []event
	raw    int // bytes of all events
	more   chan struct{}
	done   chan struct{}
	err    error
}

func newClient(t *testing.T, write func([]byte) error) *client {
	return &client{t: t, write: write, more: make(chan struct{}, 1), done: make(chan struct{})}
}

// took is an event that came. It is false for what is none.
func (c *client) took(b []byte) bool {
	var e event
	if err := json.Unmarshal(b, &e); err != nil {
		c.t.Errorf("not JSON: %v", err)
		return false
	}
	if err := schema(c.t).Check(realtimetest.ToClient, b); err != nil {
		c.t.Errorf("%s is not as the schema has it: %v", e.typ(), err)
	}
	c.mu.Lock()
	c.events = append(c.events, e)
	c.raw += len(b)
	c.mu.Unlock()
	select {
	case c.more <- struct{}{}:
	default:
	}
	return true
}

type event map[string]any

func (e event) typ() string { s, _ := e["type"].(string); return s }

// at walks into an event.
func (e event) at(path ...string) any {
	var v any = map[string]any(e)
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

func (r *rig) url() string {
	if r.pipes != nil {
		return "http://gateway.example"
	}
	return r.http.URL
}

// do makes a request.
func (r *rig) do(req *http.Request) (*http.Response, error) {
	if r.pipes == nil {
		return http.DefaultClient.Do(req)
	}
	t := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return r.pipes.dial(), nil }}
	return t.RoundTrip(req)
}

func (r *rig) dial(h http.Header, query string) (*websocket.Conn, *http.Response, error) {
	d := websocket.Dialer{HandshakeTimeout: 5 * time.Second}
	if r.pipes != nil {
		d.NetDial = func(string, string) (net.Conn, error) { return r.pipes.dial(), nil }
	}
	return d.Dial(strings.Replace(r.url(), "http", "ws", 1)+"/v1/realtime"+query, h)
}

// connect opens a session with the API key.
func (r *rig) connect() *client {
	r.t.Helper()
	ws, _, err := r.dial(http.Header{"Authorization": {"Bearer " + r.key}}, "?model=lumen")
	require.NoError(r.t, err)
	return watch(r.t, ws)
}

func watch(t *testing.T, ws *websocket.Conn) *client {
	c := newClient(t, func(b []byte) error { return ws.WriteMessage(websocket.TextMessage, b) })
	c.ws = ws
	t.Cleanup(func() { ws.Close(); <-c.done })
	go func() {
		defer close(c.done)
		for {
			_, b, err := ws.ReadMessage()
			if err != nil {
				c.mu.Lock()
				c.err = err
				c.mu.Unlock()
				return
			}
			if !c.took(b) {
				return
			}
		}
	}()
	return c
}

// schema is the published schema of the events; everything that goes to a
// client in these tests is held against it.
func schema(t testing.TB) *realtimetest.Validator {
	schemaOnce.Do(func() { schemaOf = realtimetest.Open(t) })
	return schemaOf
}

var (
	schemaOnce sync.Once
	schemaOf   *realtimetest.Validator
)

func (c *client) send(e event) {
	c.t.Helper()
	b, err := json.Marshal(e)
	require.NoError(c.t, err)
	require.NoError(c.t, c.write(b))
}

// all is a copy of what came so far.
func (c *client) all() []event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.events)
}

// types are the types of what came so far.
func (c *client) types() []string {
	var types []string
	for _, e := range c.all() {
		types = append(types, e.typ())
	}
	return types
}

// count is how many events of a type came so far.
func (c *client) count(typ string) int {
	n := 0
	for _, t := range c.types() {
		if t == typ {
			n++
		}
	}
	return n
}

// await waits for the nth event of a type, counted from 1.
func (c *client) await(typ string, nth int) event {
	c.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		n := 0
		for _, e := range c.all() {
			if e.typ() == typ {
				if n++; n == nth {
					return e
				}
			}
		}
		select {
		case <-c.more:
		case <-c.done:
			// One last look: the end may have overtaken the signal.
			n := 0
			for _, e := range c.all() {
				if e.typ() == typ {
					if n++; n == nth {
						return e
					}
				}
			}
			c.t.Fatalf("the connection ended before %s %d: %v\n%v", typ, nth, c.err, c.types())
		case <-deadline:
			c.t.Fatalf("no %s %d in time:\n%v", typ, nth, c.types())
		}
	}
}

// closed waits for the end and returns the close code and reason.
func (c *client) closed() (int, string) {
	c.t.Helper()
	select {
	case <-c.done:
	case <-time.After(10 * time.Second):
		c.t.Fatalf("the connection is still open:\n%v", c.types())
	}
	if e, ok := c.err.(*websocket.CloseError); ok {
		return e.Code, e.Text
	}
	return 0, c.err.Error()
}

func (c *client) text(s string) {
	c.t.Helper()
	c.send(event{"type": "conversation.item.create", "item": event{"type": "message", "role": "user", "content": []event{{"type": "input_text", "text": s}}}})
}

// aware declares a client that acknowledges the notice.
func (c *client) aware(form string) event {
	c.t.Helper()
	c.send(event{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{form},
		"avatar": event{"version": "1", "acknowledges_disclosure": true}}})
	return c.await("avatar.disclosure.presented", 1)
}

func (c *client) acknowledge(notice event) {
	c.t.Helper()
	c.send(event{"type": "avatar.disclosure.acknowledge", "disclosure_id": notice["disclosure_id"]})
}

// parse reads the body of an answer.
func parse(t *testing.T, body string) event {
	t.Helper()
	var e event
	require.NoError(t, json.Unmarshal([]byte(body), &e), body)
	return e
}
