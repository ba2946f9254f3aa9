package gateway

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// One client that never reads, among a thousand, does not hold up a change of
// policy: every other one is told within a second, and the one that does not
// read is given up with the code "slow". // R12
func TestDeadReaderAmongAThousand(t *testing.T) {
	n := int(1000 * min(*scale, 1))
	long := make([]byte, 2000)
	for i := range long {
		long[i] = 'a'
	}
	engine := &scripted{}
	for range 100 {
		engine.sentences = append(engine.sentences, string(long))
	}
	r := newRig(t, engine, nil, func(o *Options, tn *tenant.Tenant) { tn.Limits.Sessions = n + 10 }).unlimited()

	clients := make([]*client, n)
	secret := r.secret(`{"session":{"type":"realtime","output_modalities":["text"]}}`)
	for i := range clients {
		ws, _, err := r.dial(map[string][]string{"Authorization": {"Bearer " + secret}}, "")
		require.NoError(t, err)
		clients[i] = watch(t, ws)
	}
	for _, c := range clients {
		c.await("avatar.recording.state", 1) // the notice was given
	}
	// The dead one: it asks for a flood and never reads a byte of it.
	dead := r.connectDead()
	defer dead.Close()
	require.Equal(t, n+1, r.server.Sessions())

	start := time.Now()
	reached := r.server.Narrow("acme", session.Policy{})
	applied := time.Since(start)
	require.Equal(t, n+1, reached)
	require.Less(t, applied, time.Second, "a fan-out waits for nobody's socket")

	for _, c := range clients {
		c.await("avatar.recording.state", 2)
	}
	told := time.Since(start)
	t.Logf("n = %d clients: applied in %v, all told in %v", n, applied.Round(time.Microsecond), told.Round(time.Millisecond))
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
			r.server.Narrow("acme", session.Policy{})
			time.Sleep(time.Millisecond)
		}
	}()
	c.text("go")
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)
	stop.Store(true)
	<-done
}
