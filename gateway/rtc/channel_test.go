package rtc

import (
	"bytes"
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/rtc/relay"
)

// gullible makes a client believe that messages of any size are welcome.
func gullible(answer []byte) []byte {
	return bytes.ReplaceAll(answer, []byte("a=max-message-size:65536"), []byte("a=max-message-size:1073741823"))
}

func callGullible(t *testing.T, s *Server) (*person, *client) {
	t.Helper()
	h, c := newPerson(), newClient(t, wish{})
	_, answer, err := s.Answer(context.Background(), c.offer(t, nil), Permit{}, h)
	require.NoError(t, err)
	require.True(t, hasLine(answer, "a=max-message-size:65536"))
	c.take(t, gullible(answer))
	within(t, 10*time.Second, h.opened, "the server's data channel")
	within(t, 10*time.Second, c.open, "the client's data channel")
	return h, c
}

func TestMessageSizes(t *testing.T) {
	s := newServer(t, Options{})
	h, c := callGullible(t, s)
	for _, n := range []int{0, 1, small - 1, small, small + 1, MaxMessage - 1, MaxMessage} {
		require.NoError(t, c.dc.SendText(strings.Repeat("x", n)))
	}
	require.Eventually(t, func() bool { return len(h.said()) == 7 }, 30*time.Second, time.Millisecond)
	for i, n := range []int{0, 1, small - 1, small, small + 1, MaxMessage - 1, MaxMessage} {
		require.Len(t, h.said()[i], n)
	}
	require.NoError(t, c.dc.SendText(strings.Repeat("x", MaxMessage+1)))
	require.Equal(t, MessageTooLarge, within(t, 5*time.Second, h.lost, "loss"))
	require.Len(t, h.said(), 7)
}

// What is far too large never becomes a message, and takes no more memory
// than the receive window; other peers do not feel it.
func TestFourMegabytes(t *testing.T) {
	s := newServer(t, Options{})
	h, c := callGullible(t, s)
	_, good, gc := call(t, s, Permit{}, wish{})
	runtime.GC()
	var before, after runtime.MemStats
	huge := strings.Repeat("x", 4<<20)
	runtime.ReadMemStats(&before)
	require.NoError(t, c.dc.SendText(huge))
	time.Sleep(500 * time.Millisecond)
	runtime.GC()
	runtime.ReadMemStats(&after)
	queued := c.dc.BufferedAmount() // the client's own copy, in this process
	grown := int64(after.HeapAlloc) - int64(before.HeapAlloc) - int64(queued)
	t.Logf("%d kB still with the client, %d kB beyond that", queued>>10, grown>>10)
	require.Greater(t, queued, uint64(3<<20))
	require.Less(t, grown, int64(3<<20))
	require.Empty(t, h.said())
	require.NoError(t, gc.dc.SendText("unharmed"))
	require.Eventually(t, func() bool { return len(good.said()) == 1 }, 30*time.Second, time.Millisecond)
}

func TestBinaryMessage(t *testing.T) {
	s := newServer(t, Options{})
	_, h, c := call(t, s, Permit{}, wish{})
	require.NoError(t, c.dc.Send([]byte("not text")))
	require.Equal(t, BinaryMessage, within(t, 5*time.Second, h.lost, "loss"))
	require.Empty(t, h.said())
}

func TestThirdChannel(t *testing.T) {
	s := newServer(t, Options{})
	_, h, c := call(t, s, Permit{}, wish{})
	second, err := c.pc.CreateDataChannel("chat", nil)
	require.NoError(t, err)
	closed := make(chan struct{})
	second.OnClose(sync.OnceFunc(func() { close(closed) }))
	within(t, 5*time.Second, closed, "end of a channel that is not ours")
	require.NoError(t, c.dc.SendText("unharmed"))
	require.Eventually(t, func() bool { return len(h.said()) == 1 }, 30*time.Second, time.Millisecond)
	_, err = c.pc.CreateDataChannel("third", nil)
	require.NoError(t, err)
	require.Equal(t, TooManyChannels, within(t, 5*time.Second, h.lost, "loss"))
}

// Four thousand channels at once cost no more than three.
func TestChannelFlood(t *testing.T) {
	s := newServer(t, Options{})
	_, h, c := call(t, s, Permit{}, wish{})
	n := int(400 * *scale)
	for range n {
		if _, err := c.pc.CreateDataChannel("flood", nil); err != nil {
			break
		}
	}
	require.Equal(t, TooManyChannels, within(t, 5*time.Second, h.lost, "loss"))
	t.Logf("n=%d", n)
}

// The channel must have our name.
func TestChannelOfAnotherName(t *testing.T) {
	s := newServer(t, Options{})
	s.times.setup = 700 * time.Millisecond
	h, c := newPerson(), newClient(t, wish{noChannel: true})
	_, err := c.pc.CreateDataChannel("events", nil)
	require.NoError(t, err)
	_, answer, err := s.Answer(context.Background(), c.offer(t, nil), Permit{}, h)
	require.NoError(t, err)
	c.take(t, answer)
	require.Equal(t, SetupTimeout, within(t, 5*time.Second, h.lost, "loss"))
	select {
	case <-h.opened:
		t.Fatal("opened")
	default:
	}
}

// A client that does not read fills its queue and no more. // four answers to back-pressure
func TestUnreadReceiver(t *testing.T) {
	s := newServer(t, Options{})
	r := through(t, s)
	p, _, c := callThrough(t, s, r, wish{})
	_, good, gc := call(t, s, Permit{}, wish{})
	r.Block(relay.UDP)
	event, sent := []byte(strings.Repeat("x", 10_000)), 0
	var err error
	for range 1000 {
		if err = p.Send(event); err != nil {
			break
		}
		sent++
	}
	require.Equal(t, ErrSlow, err)
	require.InDelta(t, MaxQueue/len(event), sent, 1)
	require.LessOrEqual(t, p.Stats().Queued, uint64(MaxQueue))
	require.NoError(t, gc.dc.SendText("unharmed"))
	require.Eventually(t, func() bool { return len(good.said()) == 1 }, 30*time.Second, time.Millisecond)
	r.Block(0)
	require.Eventually(t, func() bool { return len(c.read()) == sent }, 30*time.Second, time.Millisecond)
	require.NoError(t, p.Send(event), "room again")
}

func TestSendRefuses(t *testing.T) {
	s := newServer(t, Options{})
	p, answered, err := s.Answer(context.Background(), text(same), Permit{}, newPerson())
	require.NoError(t, err)
	require.NotEmpty(t, answered)
	require.ErrorIs(t, p.Send([]byte("early")), ErrNotOpen)
	require.ErrorIs(t, p.Play(make([]int16, Frame)), ErrNotOpen)
	p, _, c := call(t, s, Permit{}, wish{settings: func(e *webrtc.SettingEngine) { e.SetSCTPMaxMessageSize(256 << 10) }}) // as browsers have it
	require.ErrorIs(t, p.Send(make([]byte, MaxEvent+1)), ErrTooLarge)
	largest := bytes.Repeat([]byte("x"), MaxEvent)
	c.dc.OnMessage(func(m webrtc.DataChannelMessage) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.texts = append(c.texts, string(m.Data))
	})
	require.NoError(t, p.Send(largest))
	require.Eventually(t, func() bool { return len(c.read()) == 1 }, 30*time.Second, time.Millisecond)
	require.Len(t, c.read()[0], MaxEvent)
}

// A slow handler holds its own client up and nobody else.
func TestMessageBackPressure(t *testing.T) {
	s := newServer(t, Options{})
	_, h, c := call(t, s, Permit{}, wish{})
	_, good, gc := call(t, s, Permit{}, wish{})
	gate := make(chan struct{})
	h.mu.Lock()
	h.onText = func([]byte) { <-gate }
	h.mu.Unlock()
	n := 100
	for range n {
		require.NoError(t, c.dc.SendText(strings.Repeat("x", 10_000)))
	}
	time.Sleep(200 * time.Millisecond)
	require.Len(t, h.said(), 1)
	require.Greater(t, c.dc.BufferedAmount(), uint64(500_000), "what is not read stays with the sender")
	require.NoError(t, gc.dc.SendText("unharmed"))
	require.Eventually(t, func() bool { return len(good.said()) == 1 }, 30*time.Second, time.Millisecond)
	close(gate)
	require.Eventually(t, func() bool { return len(h.said()) == n }, 30*time.Second, time.Millisecond)
}
