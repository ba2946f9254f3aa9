package rtc

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/rtc/relay"
)

// through puts a bad network between a server and its clients.
func through(t testing.TB, s *Server) *relay.Relay {
	t.Helper()
	r, err := relay.New(netipLoopback(s.Port()))
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

// callThrough connects by way of the relay.
func callThrough(t testing.TB, s *Server, r *relay.Relay, w wish) (*Peer, *person, *client) {
	t.Helper()
	h, c := newPerson(), newClient(t, w)
	p, answer, err := s.Answer(context.Background(), c.offer(t, nil), Permit{}, h)
	require.NoError(t, err)
	c.take(t, r.Rewrite(answer))
	within(t, 10*time.Second, h.opened, "the server's data channel")
	within(t, 10*time.Second, c.open, "the client's data channel")
	return p, h, c
}

// A cut of three seconds is survived, with the times that are used; what was
// said meanwhile arrives.
func TestCutOfThreeSeconds(t *testing.T) {
	t.Parallel()
	for _, w := range []wish{{audio: webrtc.RTPTransceiverDirectionRecvonly}, {audio: webrtc.RTPTransceiverDirectionRecvonly, tcpOnly: true}} {
		name := "udp"
		if w.tcpOnly {
			name = "tcp"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newQuietServer(t, Options{})
			r := through(t, s)
			p, h, c := callThrough(t, s, r, w)
			speak(t, p, 5)
			r.Block(relay.UDP | relay.TCP)
			require.NoError(t, p.Send([]byte("in the dark")))
			time.Sleep(3 * time.Second)
			r.Block(0)
			start := time.Now()
			require.Eventually(t, func() bool { return len(c.read()) == 1 }, 30*time.Second, time.Millisecond)
			t.Logf("a message sent during the cut arrived %v after it", time.Since(start))
			heard := len(c.got())
			speak(t, p, 20)
			require.Eventually(t, func() bool { return len(c.got()) >= heard+20 }, 30*time.Second, time.Millisecond)
			require.Empty(t, h.lost)
		})
	}
}

// A path that does not come back is reported, once.
func TestLossIsReported(t *testing.T) {
	s := newServer(t, Options{})
	s.times.disconnected, s.times.failed, s.times.keepAlive = 500*time.Millisecond, 500*time.Millisecond, 100*time.Millisecond
	r := through(t, s)
	p, h, _ := callThrough(t, s, r, wish{})
	r.Block(relay.UDP)
	require.Equal(t, Unreachable, within(t, 10*time.Second, h.lost, "loss"))
	p.Close("late")
	time.Sleep(20 * time.Millisecond)
	require.Empty(t, h.lost)
	require.EqualValues(t, 1, s.Counts().Lost)
}

// An ICE restart takes the same peer to a new path: same data channel, same
// stream of sound, and no way back to the old path needed.
func TestRestart(t *testing.T) {
	s := newServer(t, Options{})
	old, fresh := through(t, s), through(t, s)
	p, h, c := callThrough(t, s, old, wish{audio: webrtc.RTPTransceiverDirectionSendrecv, video: webrtc.RTPTransceiverDirectionRecvonly})
	speak(t, p, 10)
	require.NoError(t, p.Send([]byte("before")))
	require.Eventually(t, func() bool { return len(c.read()) == 1 && len(c.got()) == 10 }, 30*time.Second, time.Millisecond)

	old.Block(relay.UDP | relay.TCP)
	require.NoError(t, p.Send([]byte("between")))
	answer, err := p.Restart(context.Background(), c.offer(t, &webrtc.OfferOptions{ICERestart: true}))
	require.NoError(t, err)
	require.True(t, hasLine(answer, labelLine))
	c.take(t, fresh.Rewrite(answer))
	require.NoError(t, p.Send([]byte("after")))
	require.Eventually(t, func() bool { return len(c.read()) == 3 }, 30*time.Second, time.Millisecond)
	require.Equal(t, []string{"before", "between", "after"}, c.read())
	require.NoError(t, c.dc.SendText("still here"))
	require.Eventually(t, func() bool { return len(h.said()) == 1 }, 30*time.Second, time.Millisecond)
	speak(t, p, 10)
	require.Eventually(t, func() bool { return len(c.got()) >= 20 }, 30*time.Second, time.Millisecond)
	got := c.got()
	require.Equal(t, got[9].sequence+1, got[10].sequence)
	require.EqualValues(t, 20*Frame, p.Sent())
	require.Empty(t, h.lost)

	// Another certificate or other lines are another client.
	_, err = p.Restart(context.Background(), text(same))
	require.Equal(t, ErrOfferChanged, err)
	_, err = p.Restart(context.Background(), []byte("v=0"))
	require.Equal(t, ErrNoChannel, err)
	require.NoError(t, c.dc.SendText("unharmed"))
	require.Eventually(t, func() bool { return len(h.said()) == 2 }, 30*time.Second, time.Millisecond)
	again := c.offer(t, &webrtc.OfferOptions{ICERestart: true})
	p.Close("done")
	require.Equal(t, Reason("done"), within(t, 5*time.Second, h.lost, "loss"))
	_, err = p.Restart(context.Background(), again)
	require.ErrorIs(t, err, ErrClosed)
}

// Ten clients open and vanish at each stage: every one is reported once, and
// no goroutine (newServer), descriptor or place is left.
func TestOpenAndVanish(t *testing.T) {
	s := newServer(t, Options{})
	s.times = times{setup: time.Second, disconnected: 400 * time.Millisecond, failed: 400 * time.Millisecond, keepAlive: 100 * time.Millisecond}
	fds := descriptors(t)
	for _, stage := range []struct {
		name   string
		vanish func(t *testing.T, p *Peer, r *relay.Relay, c *client, h *person, answer []byte)
		want   []Reason
	}{
		{"answered, nothing more", func(*testing.T, *Peer, *relay.Relay, *client, *person, []byte) {}, []Reason{SetupTimeout, Unreachable}},
		{"during ICE and DTLS", func(t *testing.T, _ *Peer, r *relay.Relay, c *client, h *person, answer []byte) {
			c.take(t, r.Rewrite(answer))
			limit, until := rand.Uint64N(3000), time.Now().Add(time.Second)
			for r.Bytes() < limit && time.Now().Before(until) {
				time.Sleep(50 * time.Microsecond)
			}
			r.Block(relay.UDP | relay.TCP)
		}, []Reason{SetupTimeout, Unreachable, HandshakeFailed}},
		{"open, then cut", func(t *testing.T, _ *Peer, r *relay.Relay, c *client, h *person, answer []byte) {
			c.take(t, r.Rewrite(answer))
			within(t, 5*time.Second, h.opened, "data channel")
			r.Block(relay.UDP | relay.TCP)
		}, []Reason{Unreachable}},
		{"in the middle of a word", func(t *testing.T, p *Peer, r *relay.Relay, c *client, h *person, answer []byte) {
			c.take(t, r.Rewrite(answer))
			within(t, 5*time.Second, h.opened, "data channel")
			speak(t, p, 3)
			r.Block(relay.UDP | relay.TCP)
		}, []Reason{Unreachable}},
		{"hung up", func(t *testing.T, _ *Peer, r *relay.Relay, c *client, h *person, answer []byte) {
			c.take(t, r.Rewrite(answer))
			within(t, 5*time.Second, h.opened, "data channel")
			require.NoError(t, c.pc.Close())
		}, []Reason{HungUp}},
	} {
		t.Run(stage.name, func(t *testing.T) {
			n := int(10 * *scale)
			var people []*person
			var ends []func()
			for i := range n {
				r, err := relay.New(netipLoopback(s.Port()))
				require.NoError(t, err)
				h, c := newPerson(), newClient(t, wish{audio: webrtc.RTPTransceiverDirectionRecvonly, tcpOnly: i%2 == 1})
				p, answer, err := s.Answer(context.Background(), c.offer(t, nil), Permit{}, h)
				require.NoError(t, err)
				stage.vanish(t, p, r, c, h, answer)
				people = append(people, h)
				ends = append(ends, func() { _ = c.pc.GracefulClose(); r.Close() })
			}
			for _, h := range people {
				require.Contains(t, stage.want, within(t, 10*time.Second, h.lost, "loss"))
			}
			for _, end := range ends {
				end()
			}
			require.Eventually(t, func() bool { return s.Counts().Peers == 0 && descriptors(t) <= fds }, 30*time.Second, 20*time.Millisecond)
			t.Logf("n=%d, %d descriptors as before", n, descriptors(t))
		})
	}
}

func TestServerCloseEndsPeers(t *testing.T) {
	s := newServer(t, Options{})
	_, h, _ := call(t, s, Permit{}, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
	idle := newPerson()
	_, _, err := s.Answer(context.Background(), text(same), Permit{}, idle)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.Equal(t, ServerClosed, within(t, time.Second, h.lost, "loss"))
	require.Equal(t, ServerClosed, within(t, time.Second, idle.lost, "loss"))
	_, _, err = s.Answer(context.Background(), text(same), Permit{}, newPerson())
	require.Equal(t, ErrClosed, err)
}

func TestMaxPeers(t *testing.T) {
	s := newServer(t, Options{MaxPeers: 2})
	var peers []*Peer
	for range 2 {
		p, _, err := s.Answer(context.Background(), text(same), Permit{}, newPerson())
		require.NoError(t, err)
		peers = append(peers, p)
	}
	h := newPerson()
	_, _, err := s.Answer(context.Background(), text(same), Permit{}, h)
	require.Equal(t, ErrFull, err)
	require.Empty(t, h.lost)
	peers[0].Close("done")
	require.Eventually(t, func() bool {
		_, _, err := s.Answer(context.Background(), text(same), Permit{}, newPerson())
		return err == nil
	}, 30*time.Second, 5*time.Millisecond)
}

// A caller that gives up leaves nothing.
func TestAnswerCancelled(t *testing.T) {
	s := newServer(t, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h := newPerson()
	_, _, err := s.Answer(ctx, text(same), Permit{}, h)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, s.Counts().Peers)
	require.Empty(t, h.lost)
}

func descriptors(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	n := 0
	for _, e := range entries {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			n++
		}
	}
	return n
}

func ExampleReason() {
	fmt.Println(Unreachable, ErrSlow)
	// Output: unreachable rtc: slow
}
