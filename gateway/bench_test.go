package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/voice/builtin"
	"mayfly/gateway/realtime"
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

// benchCaller is a plain pion client with one audio line to receive and the events'
// channel, whose offer is ready.
func benchCaller(b *testing.B) (*webrtc.PeerConnection, string, <-chan struct{}) {
	var e webrtc.SettingEngine
	e.SetIncludeLoopbackCandidate(true)
	e.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() && ip.To4() != nil })
	m := &webrtc.MediaEngine{}
	require.NoError(b, m.RegisterDefaultCodecs())
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(e), webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
	require.NoError(b, err)
	_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
	require.NoError(b, err)
	dc, err := pc.CreateDataChannel("oai-events", nil)
	require.NoError(b, err)
	opened := make(chan struct{})
	dc.OnOpen(func() { close(opened) })
	offer, err := pc.CreateOffer(nil)
	require.NoError(b, err)
	require.NoError(b, pc.SetLocalDescription(offer))
	return pc, offer.SDP, opened
}

// plainPion answers offers as pion's examples do.
func plainPion(b *testing.B) *httptest.Server {
	var (
		mu  sync.Mutex
		all []*webrtc.PeerConnection
	)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		offer, _ := io.ReadAll(r.Body)
		var e webrtc.SettingEngine
		e.SetIncludeLoopbackCandidate(true)
		e.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() && ip.To4() != nil })
		m := &webrtc.MediaEngine{}
		_ = m.RegisterDefaultCodecs()
		pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(e), webrtc.WithMediaEngine(m)).NewPeerConnection(webrtc.Configuration{})
		if err != nil {
			return
		}
		mu.Lock()
		all = append(all, pc)
		mu.Unlock()
		track, _ := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "voice", "plain")
		_, _ = pc.AddTrack(track)
		_ = pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: string(offer)})
		answer, _ := pc.CreateAnswer(nil)
		gathered := webrtc.GatheringCompletePromise(pc)
		_ = pc.SetLocalDescription(answer)
		<-gathered
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, pc.LocalDescription().SDP)
	}))
	b.Cleanup(func() {
		h.Close()
		for _, pc := range all {
			_ = pc.GracefulClose()
		}
	})
	return h
}

// BenchmarkOffer: from the POST of an offer to its answer, and to the open
// channel. Floor: the same POST to a server that answers with plain pion.
func BenchmarkOffer(b *testing.B) {
	s, key := benchGateway(b, &scripted{}, nil, true)
	plain := plainPion(b)
	post := func(url string) (answered, open time.Duration) {
		pc, offer, opened := benchCaller(b)
		defer pc.GracefulClose()
		start := time.Now()
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(offer))
		require.NoError(b, err)
		req.Header.Set("Content-Type", "application/sdp")
		req.Header.Set("Authorization", "Bearer "+key)
		res, err := http.DefaultClient.Do(req)
		require.NoError(b, err)
		answer, err := io.ReadAll(res.Body)
		require.NoError(b, err)
		_ = res.Body.Close()
		answered = time.Since(start)
		require.Equal(b, http.StatusCreated, res.StatusCode, "%s", answer)
		require.NoError(b, pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)}))
		<-opened
		return answered, time.Since(start)
	}
	var ours, limit, ourOpen, limitOpen []time.Duration
	for b.Loop() {
		a, o := post(s.URL + "/v1/realtime/calls")
		ours, ourOpen = append(ours, a), append(ourOpen, o)
		a, o = post(plain.URL)
		limit, limitOpen = append(limit, a), append(limitOpen, o)
	}
	report(b, ours, limit)
	b.ReportMetric(inMS(percentile(ourOpen, .5)), "open-ms-p50")
	b.ReportMetric(inMS(percentile(limitOpen, .5)), "limit-open-ms-p50")
}

// sink is a carrier that takes everything and keeps nothing.
type sink struct{}

func (sink) send(*realtime.Frames) error { return nil }
func (sink) ping() error                 { return nil }
func (sink) close(problem)               {}
func (sink) plays() player               { return nil }
func (sink) limit() int                  { return 0 }

// A piece of sound goes through lock, session and codec to its carrier
// without allocating: over WebSocket, where sound is an event of base64.
func TestStreamedSoundDoesNotAllocate(t *testing.T) {
	r := newRig(t, &scripted{}, tone{})
	tn := r.server.options.Directory.Tenants()[0]
	c, code := r.server.open(&caller{tenant: tn, avatar: &tn.Avatars[0]})
	require.Empty(t, code)
	c.start(sink{})
	c.mu.Lock()
	defer func() { _ = c.deliver(session.HungUp{Reason: session.PersonLeft}, mine) }()
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
	require.True(t, c.piece(turn, part))
	// The collector empties pools now and then, and the race detector always.
	require.Less(t, testing.AllocsPerRun(1000, func() { c.piece(turn, part) }), 0.5)
}
