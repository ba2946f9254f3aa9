package rtc

import (
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
)

// Over UDP and over TCP alone: words both ways, and a voice that is heard.
func TestCall(t *testing.T) {
	for _, c := range []struct {
		name string
		wish wish
	}{
		{"udp", wish{audio: webrtc.RTPTransceiverDirectionRecvonly}},
		{"tcp", wish{audio: webrtc.RTPTransceiverDirectionRecvonly, tcpOnly: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, Options{})
			start := time.Now()
			p, h, c2 := call(t, s, Permit{}, c.wish)
			t.Logf("open after %v", time.Since(start))
			require.NoError(t, c2.dc.SendText("hello"))
			require.Eventually(t, func() bool { return len(h.said()) == 1 }, 30*time.Second, time.Millisecond)
			require.Equal(t, []string{"hello"}, h.said())
			require.NoError(t, p.Send([]byte("good day")))
			require.Eventually(t, func() bool { return len(c2.read()) == 1 }, 30*time.Second, time.Millisecond)
			require.Equal(t, []string{"good day"}, c2.read())
			require.Equal(t, c.name, p.Stats().Network)

			speak(t, p, 50)
			require.Eventually(t, func() bool { return len(c2.got()) == 50 }, 30*time.Second, 5*time.Millisecond)
			require.Greater(t, energy(t, c2.got(), audio.Opus), 1e6)
			require.EqualValues(t, 50*Frame, p.Sent())

			require.NoError(t, c2.pc.GracefulClose())
			require.Equal(t, HungUp, within(t, 5*time.Second, h.lost, "loss"))
			require.ErrorIs(t, p.Send([]byte("x")), ErrClosed)
			require.ErrorIs(t, p.Play(make([]int16, Frame)), ErrClosed)
			require.Zero(t, s.Counts().Peers)
		})
	}
}

// speak plays n frames of a tone as an engine would: a little ahead of the
// clock.
func speak(t testing.TB, p *Peer, n int) {
	t.Helper()
	frame := make([]int16, Frame)
	for i := range n {
		for p.Buffered() >= RingTime-2*FrameTime {
			time.Sleep(5 * time.Millisecond)
		}
		for j := range frame {
			frame[j] = int16(8000 * (1 - 2*((i*Frame+j)/60%2)))
		}
		require.NoError(t, p.Play(frame))
	}
}

// energy decodes what arrived.
func energy(t testing.TB, got []arrival, codec audio.Codec) (sum float64) {
	t.Helper()
	d, err := audio.NewDecoder(codec)
	require.NoError(t, err)
	pcm := make([]int16, audio.MaxFrame)
	samples := 0
	for _, a := range got {
		n, err := d.Decode(pcm, a.payload)
		require.NoError(t, err)
		for _, v := range pcm[:n] {
			sum += float64(v) * float64(v)
		}
		samples += n
	}
	return sum / float64(samples)
}

func hasLine(sdp []byte, line string) bool {
	return strings.Contains(string(sdp), "\r\n"+line+"\r\n")
}
