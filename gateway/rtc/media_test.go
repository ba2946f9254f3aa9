package rtc

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
)

// mouth is a client's track that sends whatever a test wants.
type mouth struct {
	out chan webrtc.TrackLocalWriter
	pt  uint8
	own uint32
}

func (m *mouth) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	c := ctx.CodecParameters()[0]
	m.pt, m.own = uint8(c.PayloadType), uint32(ctx.SSRC())
	m.out <- ctx.WriteStream()
	return c, nil
}
func (m *mouth) Unbind(webrtc.TrackLocalContext) error { return nil }
func (m *mouth) ID() string                            { return "mic" }
func (m *mouth) RID() string                           { return "" }
func (m *mouth) StreamID() string                      { return "person" }
func (m *mouth) Kind() webrtc.RTPCodecType             { return webrtc.RTPCodecTypeAudio }

// callWithMouth is a call whose client has a microphone, whatever is permitted.
func callWithMouth(t *testing.T, s *Server, permit Permit, forge func([]byte) []byte) (*Peer, *person, *client, *mouth, webrtc.TrackLocalWriter, []byte) {
	t.Helper()
	h, c, m := newPerson(), newClient(t, wish{}), &mouth{out: make(chan webrtc.TrackLocalWriter, 4)}
	_, err := c.pc.AddTrack(m)
	require.NoError(t, err)
	p, answer, err := s.Answer(context.Background(), c.offer(t, nil), permit, h)
	require.NoError(t, err)
	if forge != nil {
		c.take(t, forge(answer))
	} else {
		c.take(t, answer)
	}
	within(t, 10*time.Second, h.opened, "the server's data channel")
	var out webrtc.TrackLocalWriter
	select {
	case out = <-m.out:
	case <-time.After(time.Second):
	}
	return p, h, c, m, out, answer
}

func (m *mouth) say(out webrtc.TrackLocalWriter, i int, payload []byte) {
	_, _ = out.WriteRTP(&rtp.Header{
		Version: 2, PayloadType: m.pt, SSRC: m.own, SequenceNumber: uint16(i), Timestamp: uint32(i * 960),
	}, payload)
}

func TestMicrophonePermitted(t *testing.T) {
	s := newServer(t, Options{})
	p, h, c, m, out, answer := callWithMouth(t, s, Permit{Microphone: true}, nil)
	require.True(t, hasLine(answer, "a=sendrecv"))
	require.Empty(t, p.Refused())
	e, err := audio.NewEncoder(audio.Opus)
	require.NoError(t, err)
	frame, packet := make([]int16, Frame), make([]byte, audio.MaxPacket)
	for i := range 20 {
		for j := range frame {
			frame[j] = int16(8000 * (1 - 2*((i*Frame+j)/60%2)))
		}
		n, err := e.Encode(packet, frame)
		require.NoError(t, err)
		m.say(out, i, packet[:n])
	}
	require.Eventually(t, func() bool { return len(h.heard()) == 20 }, 30*time.Second, time.Millisecond)
	var got []arrival
	for i, a := range h.heard() {
		require.Equal(t, webrtc.MimeTypeOpus, a.MIME)
		require.EqualValues(t, i, a.Sequence)
		require.EqualValues(t, i*960, a.Timestamp)
		got = append(got, arrival{payload: a.Payload})
	}
	require.Greater(t, energy(t, got, audio.Opus), 1e6)
	speak(t, p, 5)
	require.Eventually(t, func() bool { return len(c.got()) == 5 }, 30*time.Second, time.Millisecond, "both ways")
}

// A microphone that is not permitted is answered sendonly, and what a client
// sends all the same reaches nobody.
func TestMicrophoneRefused(t *testing.T) {
	s := newServer(t, Options{})
	p, h, c, m, out, answer := callWithMouth(t, s, Permit{}, func(b []byte) []byte {
		return []byte(replace("a=sendonly", "a=sendrecv")(string(b)))
	})
	require.True(t, hasLine(answer, "a=sendonly"))
	require.Equal(t, []string{MicrophoneNotEnabled}, p.Refused())
	require.NotNil(t, out)
	for i := range 50 {
		m.say(out, i, []byte{0x68, 1, 2, 3})
	}
	time.Sleep(100 * time.Millisecond)
	require.Empty(t, h.heard())
	speak(t, p, 5)
	require.Eventually(t, func() bool { return len(c.got()) == 5 }, 30*time.Second, time.Millisecond, "the rest of the call goes on")
	require.Empty(t, h.lost)
}

// Video lines are answered inactive, wherever they stand, and the call goes on.
func TestVideoRefused(t *testing.T) {
	s := newServer(t, Options{})
	for _, d := range []webrtc.RTPTransceiverDirection{webrtc.RTPTransceiverDirectionRecvonly, webrtc.RTPTransceiverDirectionSendrecv} {
		p, _, c := call(t, s, Permit{}, wish{audio: webrtc.RTPTransceiverDirectionRecvonly, video: d})
		require.Equal(t, []string{VideoNotEnabled}, p.Refused())
		require.True(t, hasLine([]byte(c.pc.RemoteDescription().SDP), "a=inactive"))
		speak(t, p, 5)
		require.Eventually(t, func() bool { return len(c.got()) == 5 }, 30*time.Second, time.Millisecond)
	}
}

// More packets than a microphone sends are dropped; strange ones too.
func TestMicrophoneFlood(t *testing.T) {
	s := newServer(t, Options{})
	_, h, _, m, out, _ := callWithMouth(t, s, Permit{Microphone: true}, nil)
	start := time.Now()
	n := 0
	for time.Since(start) < 1500*time.Millisecond {
		m.say(out, n, []byte{0x68, 1, 2, 3})
		n++
		time.Sleep(500 * time.Microsecond)
	}
	time.Sleep(50 * time.Millisecond)
	t.Logf("n=%d packets sent in 1.5 s, %d came through", n, len(h.heard()))
	seconds := int(time.Since(start)/time.Second) + 1
	require.LessOrEqual(t, len(h.heard()), seconds*MaxPacketRate)
	require.NotZero(t, s.Counts().Flooded)
	require.Empty(t, h.lost)

	_, h, _, m, out, _ = callWithMouth(t, s, Permit{Microphone: true}, nil)
	m.say(out, 1, nil)
	for _, size := range []byte{0, 1, 4, 255} { // padding of every strange size
		_, _ = out.WriteRTP(&rtp.Header{Version: 2, Padding: true, PaddingSize: size, PayloadType: m.pt, SSRC: m.own, SequenceNumber: 2}, []byte{1, 2})
		_, _ = out.Write(append([]byte{0xA0, m.pt, 0, 3, 0, 0, 0, 0, byte(m.own >> 24), byte(m.own >> 16), byte(m.own >> 8), byte(m.own)}, size))
	}
	m.say(out, 4, make([]byte, 1300))
	m.say(out, 5, []byte("good"))
	require.Eventually(t, func() bool { l := h.heard(); return len(l) > 0 && string(l[len(l)-1].Payload) == "good" }, 30*time.Second, time.Millisecond)
}

// A client that invents sources is sent away before it costs memory.
func TestSourceFlood(t *testing.T) {
	s := newServer(t, Options{})
	_, h, _, m, out, _ := callWithMouth(t, s, Permit{Microphone: true}, nil)
	for i := range 200 {
		_, _ = out.WriteRTP(&rtp.Header{Version: 2, PayloadType: m.pt, SSRC: rand.Uint32(), SequenceNumber: uint16(i)}, []byte{1, 2, 3})
	}
	require.Equal(t, MediaFlood, within(t, 5*time.Second, h.lost, "loss"))
}

// Loss that the receiver reports turns protection on, and its absence off.
func TestVoiceFollowsLoss(t *testing.T) {
	s := newServer(t, Options{})
	r := through(t, s)
	p, _, c := callThrough(t, s, r, wish{audio: webrtc.RTPTransceiverDirectionRecvonly})
	require.EqualValues(t, expectedLoss, p.voice.loss.Load())
	go speakOn(p)
	require.Eventually(t, func() bool { return p.voice.loss.Load() == 0 }, 15*time.Second, 10*time.Millisecond, "clean")
	r.Drop(0.2)
	require.Eventually(t, func() bool { return p.voice.loss.Load() >= 5 }, 15*time.Second, 10*time.Millisecond, "lossy")
	st := p.Stats()
	t.Logf("reported: loss %.2f, jitter %v; round trip %v", st.Loss, st.Jitter, st.RoundTrip)
	require.Positive(t, st.Loss)
	require.NotEmpty(t, c.got())
}

// speakOn plays until the peer ends.
func speakOn(p *Peer) {
	for p.Play(make([]int16, Frame)) == nil {
		for p.Buffered() > RingTime/2 {
			time.Sleep(5 * time.Millisecond)
		}
	}
}
