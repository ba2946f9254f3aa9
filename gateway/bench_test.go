package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/voice/builtin"
	"mayfly/gateway/realtime"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// talker is a client that reads on its own goroutine's time: it asks and
// looks at what comes, and keeps nothing.
type talker struct {
	ws   *websocket.Conn
	sent int // bytes on the wire, both frames' headers included
	got  int
}

var (
	itemCreate     = []byte(`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"What does Mayfly keep of what I say, and for how long? I would rather that it kept nothing at all."}]}}`)
	responseCreate = []byte(`{"type":"response.create"}`)
	responseCancel = []byte(`{"type":"response.cancel"}`)
)

func dialTalker(b testing.TB, url, key, form string) *talker {
	b.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(strings.Replace(url, "http", "ws", 1)+"/v1/realtime", http.Header{"Authorization": {"Bearer " + key}})
	require.NoError(b, err)
	t := &talker{ws: ws}
	t.say(b, []byte(`{"type":"session.update","session":{"type":"realtime","output_modalities":["`+form+`"],"avatar":{"version":"1","acknowledges_disclosure":true}}}`))
	var notice struct {
		ID string `json:"disclosure_id"`
	}
	require.NoError(b, json.Unmarshal(t.until(b, "avatar.disclosure.presented"), &notice))
	t.say(b, []byte(`{"type":"avatar.disclosure.acknowledge","disclosure_id":"`+notice.ID+`"}`))
	t.until(b, "avatar.state")
	return t
}

func (t *talker) say(b testing.TB, message []byte) {
	t.sent += len(message) + 8 // header and mask
	require.NoError(b, t.ws.WriteMessage(websocket.TextMessage, message))
}

// until reads up to the next event of the type and returns it.
func (t *talker) until(b testing.TB, typ string) []byte {
	want := []byte(`{"type":"` + typ + `"`)
	for {
		_, m, err := t.ws.ReadMessage()
		require.NoError(b, err)
		t.got += len(m) + 4
		if bytes.HasPrefix(m, want) {
			return m
		}
		require.False(b, bytes.HasPrefix(m, []byte(`{"type":"error"`)), "%s", m)
	}
}

// report prints a figure beside the limit that was measured in turn with it.
func report(b *testing.B, ours, limit []time.Duration) {
	b.ReportMetric(inMS(percentile(ours, .5)), "ms-p50")
	b.ReportMetric(inMS(percentile(ours, .99)), "ms-p99")
	b.ReportMetric(inMS(percentile(limit, .5)), "limit-ms-p50")
	b.ReportMetric(float64(percentile(ours, .5))/float64(percentile(limit, .5)), "x-limit")
}

// first measures from the prompt to the first event of a type, turn by turn
// with a raw TCP echo of the same bytes. then ends the turn.
func first(b *testing.B, t *talker, typ string, then func()) {
	t.sent, t.got = 0, 0
	ask := func() time.Duration {
		start := time.Now()
		t.say(b, itemCreate)
		t.say(b, responseCreate)
		t.until(b, typ)
		return time.Since(start)
	}
	ask()
	in, out := t.sent, t.got
	then()
	echo := dialEcho(b, rawEcho(b, in, out), in, out)
	var ours, limit []time.Duration
	for b.Loop() {
		ours = append(ours, ask())
		then()
		limit = append(limit, echo.turn(b))
	}
	report(b, ours, limit)
}

// BenchmarkFirstText: from the prompt to the first text at the client, with
// the engine of the demonstration. Limit: a raw echo of the same bytes.
func BenchmarkFirstText(b *testing.B) {
	s, key := benchGateway(b, demoEngine(b), nil, false)
	t := dialTalker(b, s.URL, key, "text")
	defer t.ws.Close()
	first(b, t, "response.output_text.delta", func() { t.until(b, "response.done") })
}

// BenchmarkFirstAudio: from the prompt to the first sound at the client, with
// the engine of the demonstration and the built-in voice.
func BenchmarkFirstAudio(b *testing.B) {
	v, err := builtin.New()
	require.NoError(b, err)
	s, key := benchGateway(b, demoEngine(b), v, false)
	t := dialTalker(b, s.URL, key, "audio")
	defer t.ws.Close()
	first(b, t, "response.output_audio.delta", func() {
		t.say(b, responseCancel)
		t.until(b, "response.done")
	})
}

// BenchmarkBargeIn: while sound runs, from response.cancel to response.done
// at the client. After that event nothing of the reply comes any more, which
// TestInterruption proves. Limit: a raw echo of the same bytes.
func BenchmarkBargeIn(b *testing.B) {
	v, err := builtin.New()
	require.NoError(b, err)
	s, key := benchGateway(b, demoEngine(b), v, false)
	t := dialTalker(b, s.URL, key, "audio")
	defer t.ws.Close()
	talk := func() {
		t.say(b, itemCreate)
		t.say(b, responseCreate)
		for range 3 {
			t.until(b, "response.output_audio.delta")
		}
		t.sent, t.got = 0, 0
	}
	stop := func() time.Duration {
		start := time.Now()
		t.say(b, responseCancel)
		t.until(b, "response.done")
		return time.Since(start)
	}
	talk()
	stop()
	in, out := t.sent, t.got
	echo := dialEcho(b, rawEcho(b, in, out), in, out)
	var ours, limit []time.Duration
	for b.Loop() {
		talk()
		ours = append(ours, stop())
		limit = append(limit, echo.turn(b))
	}
	report(b, ours, limit)
}

// BenchmarkTurnCPU: what a written turn of 40 deltas costs a server in CPU,
// when the engine says them in a burst. Limit: a process that reads the same
// bytes and writes the same bytes with one write. Both are other processes.
func BenchmarkTurnCPU(b *testing.B) {
	gateway := startChild(b, "gateway")
	t := dialTalker(b, gateway.Address, gateway.Key, "text")
	defer t.ws.Close()
	turn := func() {
		t.say(b, itemCreate)
		t.say(b, responseCreate)
		t.until(b, "avatar.metrics")
	}
	for range 300 { // the conversation is as long as it gets
		turn()
	}
	t.sent, t.got = 0, 0
	turn()
	in, out := t.sent, t.got
	raw := startChild(b, "raw "+jsonOf(in)+" "+jsonOf(out))
	echo := dialEcho(b, raw.Address, in, out)
	var ours, limit time.Duration
	n := 0
	const round = 200
	for b.Loop() {
		was := gateway.look(b, "")
		for range round {
			turn()
		}
		ours += gateway.look(b, "").CPU - was.CPU
		was = raw.look(b, "")
		for range round {
			echo.turn(b)
		}
		limit += raw.look(b, "").CPU - was.CPU
		n += round
	}
	b.ReportMetric(float64(ours.Microseconds())/float64(n), "cpu-us/turn")
	b.ReportMetric(float64(limit.Microseconds())/float64(n), "limit-cpu-us/turn")
	b.ReportMetric(float64(ours)/float64(limit), "x-limit")
	b.ReportMetric(float64(out), "bytes/turn")
}

func jsonOf(n int) string { b, _ := json.Marshal(n); return string(b) }

// BenchmarkIdle: the memory of a session at rest, notice acknowledged, in a
// process of its own. Floor: gorilla's server, which holds no session. The
// goal is 12 kB. Multiply the count, 2,000, with -scale.
func BenchmarkIdle(b *testing.B) {
	n := max(int(2000**scale), 10)
	for b.Loop() {
		for _, part := range []string{"gateway", "gorilla"} {
			c := startChild(b, part)
			open := func(n int) (all []*websocket.Conn) {
				for range n {
					if part == "gateway" {
						all = append(all, dialTalker(b, c.Address, c.Key, "text").ws)
						continue
					}
					ws, _, err := websocket.DefaultDialer.Dial(strings.Replace(c.Address, "http", "ws", 1), nil)
					require.NoError(b, err)
					all = append(all, ws)
				}
				return all
			}
			warm := open(20)
			empty, emptyGC := c.look(b, ""), c.look(b, "gc")
			all := open(n)
			time.Sleep(500 * time.Millisecond)
			full, fullGC := c.look(b, ""), c.look(b, "gc")
			b.ReportMetric(float64(full.RSS-empty.RSS)/float64(n), part+"-B/session")
			b.ReportMetric(float64(fullGC.RSS-emptyGC.RSS)/float64(n), part+"-B/session-after-gc")
			for _, ws := range append(warm, all...) {
				_ = ws.Close()
			}
		}
	}
	b.ReportMetric(float64(n), "sessions")
}

// sink is a carrier that counts what it is given and keeps nothing.
type sink struct{ events int }

func (s *sink) send(f *realtime.Frames) error { s.events += f.Count(); return nil }
func (*sink) ping() error                     { return nil }
func (*sink) close(problem)                   {}
func (*sink) plays() player                   { return nil }
func (*sink) limit() int                      { return 0 }

// soundPiece opens a session that speaks and gives what delivers its next
// piece of sound, 40 ms, to a carrier that counts
// events.
func soundPiece(t testing.TB) (deliver func() bool, to *sink) {
	t.Helper()
	dir, err := tenant.NewDirectory([]tenant.Tenant{{
		ID: "acme", Name: "Acme", Avatars: []tenant.Avatar{{ID: "lumen", Name: "Lumen", Look: "lantern", Languages: []string{"en"}}},
	}})
	require.NoError(t, err)
	s := New(Options{Directory: dir, Casting: stageHand{&scripted{}, tone{}}})
	t.Cleanup(s.Close)
	tn := dir.Tenants()[0]
	require.True(t, s.enter())
	c, code := s.open(&caller{tenant: tn, avatar: &tn.Avatars[0]})
	require.Empty(t, code)
	to = &sink{}
	c.start(to)
	c.mu.Lock()
	t.Cleanup(func() {
		_ = c.deliver(session.HungUp{Reason: session.PersonLeft}, mine)
		s.work.Done()
	})
	now := time.Now()
	require.NoError(t, c.apply(now, session.Declared{Aware: true}))
	require.NoError(t, c.apply(now, session.Acknowledged{Notice: 1}))
	// The turn without its performance, so that nobody else speaks in it.
	effects, err := c.session.Apply(now, session.Requested{Form: session.Spoken, HasForm: true})
	require.NoError(t, err)
	for _, e := range effects {
		if ev, ok := e.(session.Event); ok {
			c.emit(now, ev)
		}
	}
	turn := c.session.Turn()
	c.flush(mine)
	part := &session.ReplyPart{Turn: turn, PCM: make([]int16, 960)}
	for i := range part.PCM {
		part.PCM[i] = int16(8000 * math.Sin(float64(i)))
	}
	deliver = func() bool { return c.piece(turn, part) }
	was := to.events
	require.True(t, deliver())
	require.Greater(t, to.events, was, "the sound goes nowhere")
	return deliver, to
}

// A piece of sound goes through lock, session and codec to its carrier
// without allocating: over WebSocket, where sound is an event of base64.
func TestStreamedSoundDoesNotAllocate(t *testing.T) {
	deliver, to := soundPiece(t)
	was := to.events
	// The collector empties pools now and then, and the race detector always.
	require.Less(t, testing.AllocsPerRun(1000, func() { deliver() }), 0.5)
	require.Equal(t, was+1001, to.events)
}

// BenchmarkStreamedEvent: what a streamed event costs from the turn to the
// carrier. The goal is no allocation. Limit: the base64 of its sound alone.
func BenchmarkStreamedEvent(b *testing.B) {
	deliver, to := soundPiece(b)
	was := to.events
	raw, text := make([]byte, 1920), make([]byte, 2560)
	var ours, limit time.Duration
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		deliver()
		ours += time.Since(start)
		start = time.Now()
		base64.StdEncoding.Encode(text, raw)
		limit += time.Since(start)
		n++
	}
	require.Equal(b, was+n, to.events)
	b.ReportMetric(float64(ours.Nanoseconds())/float64(n)/1000, "us/event")
	b.ReportMetric(float64(limit.Nanoseconds())/float64(n)/1000, "limit-us/event")
	b.ReportMetric(float64(ours)/float64(limit), "x-limit")
}
