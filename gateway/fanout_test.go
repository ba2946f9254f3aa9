package gateway

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// torrent is an engine that answers with a flood where somebody said "flood".
type torrent struct{}

func (torrent) Answer(_ context.Context, q avatar.Question, say func(avatar.Sentence) error) error {
	text, times := "ok", 1
	if slices.ContainsFunc(q.Items, func(it session.Item) bool { return string(it.Words.AppendTo(nil)) == "flood" }) {
		text, times = strings.Repeat("a", 2000), 100
	}
	for range times {
		if err := say(avatar.Sentence{Words: words(text)}); err != nil {
			return err
		}
	}
	return nil
}

func (torrent) Label() avatar.Label { return (&scripted{}).Label() }

// One client that never reads, among a thousand that are recorded, does not
// hold up the switch: everything is called back when Narrow returns, every
// other client is told soon, and the one that does not read is given up with the
// code "slow". How soon is a figure (BenchmarkOffSwitch). // R10 R12
func TestDeadReaderAmongAThousand(t *testing.T) {
	n := int(1000 * min(*scale, 1))
	if testing.Short() { // the race detector makes much of a thousand
		n /= 4
	}
	tp := &tape{hold: true}
	r := newRig(t, torrent{}, nil, recorded(tp), func(o *Options, tn *tenant.Tenant) { tn.Limits.Sessions = n + 10 }).unlimited()

	clients := make([]*client, n)
	secret := r.secret(`{"session":{"type":"realtime","output_modalities":["text"],"avatar":{"version":"1","acknowledges_disclosure":true}}}`)
	for i := range clients {
		ws, _, err := r.dial(map[string][]string{"Authorization": {"Bearer " + secret}}, "")
		require.NoError(t, err)
		clients[i] = watch(t, ws)
	}
	for _, c := range clients {
		c.acknowledge(c.await("avatar.disclosure.presented", 1))
	}
	for _, c := range clients {
		c.consent(true)
	}
	for _, c := range clients {
		require.Equal(t, "on", c.await("avatar.recording.state", 1)["state"])
	}
	// The dead one: it asks for a flood and never reads a byte of it.
	dead := r.connectDead()
	defer dead.Close()
	require.Equal(t, n+1, r.server.Sessions())
	for _, l := range r.server.Live("acme")[:n] {
		require.Equal(t, "on", l.Recording)
	}
	inFlight := clients[:n/50]
	for _, c := range inFlight { // a turn of theirs is on its way to the disk
		c.text("go on")
		c.send(event{"type": "response.create"})
	}
	for _, c := range inFlight {
		c.await("response.done", 1)
	}
	require.Equal(t, len(inFlight), tp.waits())

	start := time.Now()
	reached := r.server.Narrow("acme", func(string) session.Policy { return session.Policy{Number: 5} })
	applied := time.Since(start)
	require.Equal(t, n+1, reached)
	require.Less(t, applied, writeWithin, "a fan-out waits for nobody's socket")
	tp.release() // the disk goes on only now
	require.Empty(t, tp.all(), "kept after the switch")

	for i, c := range clients {
		off := c.await("avatar.recording.state", 2)
		if i < len(inFlight) && off["state"] == "failed" {
			continue // a loaded machine was too slow for what a disk may take
		}
		require.Equal(t, "off", off["state"])
		require.Equal(t, "policy", off["reason"])
	}
	told := time.Since(start)
	require.Less(t, told, 2*writeWithin, "a fan-out waits for nobody's socket")
	t.Logf("n = %d clients, %d turns in flight: applied in %v, all told in %v", n, len(inFlight), applied.Round(time.Microsecond), told.Round(time.Millisecond))
	require.Eventually(t, func() bool { return r.server.Sessions() == n }, 15*time.Second, 10*time.Millisecond, "the dead reader is given up")
}

// connectDead opens a session whose client reads nothing after the upgrade
// and asks for a reply that fills every buffer on the way.
func (r *rig) connectDead() net.Conn {
	r.t.Helper()
	ws, _, err := r.dial(map[string][]string{"Authorization": {"Bearer " + r.key}}, "")
	require.NoError(r.t, err)
	if tcp, ok := ws.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(1024)
	}
	for _, e := range []event{
		{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{"text"}}},
		{"type": "conversation.item.create", "item": event{"type": "message", "role": "user", "content": []event{{"type": "input_text", "text": "flood"}}}},
		{"type": "response.create"},
	} {
		require.NoError(r.t, ws.WriteJSON(e))
	}
	return ws.NetConn()
}

// A fan-out reaches a session that another goroutine is writing for, and the
// two never write at the same time: the race detector and the client's parser
// would see it.
func TestFanOutWhileSpeaking(t *testing.T) {
	engine := &scripted{sentences: []string{"one", "two", "three", "four"}, pause: 2 * time.Millisecond}
	r := newRig(t, engine, tone{})
	c := r.connect()
	c.acknowledge(c.aware("audio"))
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			r.server.Narrow("acme", func(string) session.Policy { return session.Policy{} })
			time.Sleep(time.Millisecond)
		}
	}()
	c.text("go")
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)
	stop.Store(true)
	<-done
}
