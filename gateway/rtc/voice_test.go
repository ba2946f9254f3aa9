package rtc

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
)

// Time stamps are those of an absolute clock: 960 a frame within a talkspurt,
// the true pause between two; the first packet of each is marked.
func TestVoiceTimestamps(t *testing.T) {
	s := newServer(t, Options{})
	p, _, c := call(t, s, Permit{}, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
	speak(t, p, 60)
	require.Eventually(t, func() bool { return len(c.got()) == 60 }, 30*time.Second, time.Millisecond)
	time.Sleep(333 * time.Millisecond)
	speak(t, p, 30)
	require.Eventually(t, func() bool { return len(c.got()) == 90 }, 30*time.Second, time.Millisecond)

	got := c.got()
	var late []time.Duration
	for i := 1; i < len(got); i++ {
		a, b := got[i-1], got[i]
		require.Equal(t, a.sequence+1, b.sequence)
		step, wall := b.timestamp-a.timestamp, b.at.Sub(a.at)
		require.False(t, i == 60 && !b.marker)
		if b.marker { // the pause; on a machine that stalls, an underrun too
			require.Zero(t, step%240, "not on a tick")
			require.InDelta(t, wall.Milliseconds(), step/48, 50)
			continue
		}
		require.EqualValues(t, 960, step, "packet %d", i)
		late = append(late, max(wall-FrameTime, FrameTime-wall))
	}
	require.True(t, got[0].marker)
	slices.Sort(late)
	t.Logf("n=%d, distance from 20 ms between packets at the receiver: p50 %v, p99 %v, max %v",
		len(late), late[len(late)/2], late[len(late)*99/100], late[len(late)-1])
	require.Less(t, late[len(late)/2], 5*time.Millisecond)
}

// After Flush nothing leaves; what did leave is what Sent counts. // barge-in
func TestVoiceFlush(t *testing.T) {
	s := newServer(t, Options{})
	p, _, c := call(t, s, Permit{}, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
	n := int(10 * *scale)
	var worst time.Duration
	for i := range n {
		speak(t, p, 12+i%5)
		require.NotZero(t, p.Buffered())
		start := time.Now()
		p.Flush()
		cost := time.Since(start)
		require.Zero(t, p.Buffered())
		sent := p.Sent()
		time.Sleep(50 * time.Millisecond)
		require.Equal(t, sent, p.Sent(), "sent after Flush")
		got := c.got()
		require.EqualValues(t, sent/Frame, len(got))
		worst = max(worst, got[len(got)-1].at.Sub(start))
		require.Less(t, cost, 100*time.Millisecond)
	}
	t.Logf("n=%d, from Flush to the last packet at the receiver: at most %v", n, worst)
	require.LessOrEqual(t, worst, FrameTime) // usually before Flush has returned
}

// A caller that runs ahead loses the oldest frames, not the newest, and
// nothing grows. // R2
func TestVoiceDropsTheOldest(t *testing.T) {
	s := newServer(t, Options{})
	p, _, c := call(t, s, Permit{}, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
	loud, quiet := make([]int16, Frame), make([]int16, Frame)
	for i := range loud {
		loud[i] = int16(20000 * (1 - 2*(i/60%2)))
	}
	for i := range 60 {
		frame := loud
		if i >= 60-ringSize {
			frame = quiet
		}
		require.NoError(t, p.Play(frame))
	}
	require.Equal(t, RingTime, p.Buffered())
	require.Eventually(t, func() bool { return p.Buffered() == 0 }, time.Second, time.Millisecond)
	st := p.Stats()
	require.EqualValues(t, 60, st.Packets+st.Dropped)
	require.NotZero(t, st.Dropped)
	require.EqualValues(t, st.Dropped, s.Counts().Dropped)
	require.Eventually(t, func() bool { return len(c.got()) == int(st.Packets) }, time.Second, time.Millisecond)
	got := c.got()
	require.Less(t, energy(t, got[len(got)-3:], audio.Opus), 1e5, "the newest are what is left")
}

func TestVoiceRefuses(t *testing.T) {
	s := newServer(t, Options{})
	p, _, _ := call(t, s, Permit{}, wish{})
	require.ErrorIs(t, p.Play(make([]int16, Frame)), ErrNoAudio)
	require.False(t, p.Hears())
	p.Flush()
	require.Zero(t, p.Buffered())
	require.Zero(t, p.Sent())
	p, _, _ = call(t, s, Permit{}, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
	require.ErrorIs(t, p.Play(make([]int16, Frame-1)), ErrFrameSize)
	require.True(t, p.Hears())
}

// A client without Opus gets G.711.
func TestVoiceInG711(t *testing.T) {
	for _, mime := range []string{webrtc.MimeTypePCMU, webrtc.MimeTypePCMA} {
		pt := map[string]webrtc.PayloadType{webrtc.MimeTypePCMU: 0, webrtc.MimeTypePCMA: 8}[mime]
		s := newServer(t, Options{})
		p, _, c := call(t, s, Permit{}, wish{
			audio: webrtc.RTPTransceiverDirectionRecvonly,
			media: func(m *webrtc.MediaEngine) error {
				return m.RegisterCodec(codec(pt, mime, 8000, 0, ""), webrtc.RTPCodecTypeAudio)
			},
		})
		speak(t, p, 20)
		require.Eventually(t, func() bool { return len(c.got()) == 20 }, 30*time.Second, time.Millisecond)
		got := c.got()
		require.EqualValues(t, 160, got[1].timestamp-got[0].timestamp)
		require.Greater(t, energy(t, got, audio.Codec(mime)), 1e6)
		require.Equal(t, mime, p.Stats().Codec)
	}
}

// Many voices need no more goroutines than one, and all keep their rate.
func TestVoicesShareOnePacer(t *testing.T) {
	s := newServer(t, Options{})
	const n = 12
	var peers []*Peer
	var clients []*client
	for range n {
		p, _, c := call(t, s, Permit{}, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
		peers, clients = append(peers, p), append(clients, c)
	}
	frame := make([]int16, Frame)
	before := runtime.NumGoroutine()
	var slowest time.Duration
	for range ringSize {
		for _, p := range peers {
			require.NoError(t, p.Play(frame))
		}
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before+n, "the clients' readers") // one per client's track
	for i, c := range clients {
		require.Eventually(t, func() bool { return len(c.got()) == ringSize }, 30*time.Second, time.Millisecond)
		got := c.got()
		took := got[ringSize-1].at.Sub(got[0].at)
		require.Greater(t, took, RingTime-2*FrameTime, "voice %d is paced", i)
		slowest = max(slowest, took)
	}
	t.Logf("n=%d voices, %d frames each in at most %v", n, ringSize, slowest)
}

func TestPlayDoesNotAllocate(t *testing.T) {
	s := newServer(t, Options{})
	p, _, _ := call(t, s, Permit{}, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
	frame := make([]int16, Frame)
	p.voice.loss.Store(0) // without protection against loss, for which gopus allocates
	for range 3 * ringSize {
		require.NoError(t, p.Play(frame))
	}
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	s.pacer.mu.Lock() // the pacer's writing is pion's
	defer s.pacer.mu.Unlock()
	require.Zero(t, testing.AllocsPerRun(200, func() { _ = p.Play(frame) }))
}
