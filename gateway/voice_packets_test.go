package gateway

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/audio"
	"mayfly/gateway/rtc"
)

// tonePackets are packets of a tone, 20 ms each.
func tonePackets(t *testing.T, codec audio.Codec, n int) []rtc.Packet {
	t.Helper()
	e, err := audio.NewEncoder(codec)
	require.NoError(t, err)
	ticks := uint32(960)
	if codec != audio.Opus {
		ticks = 160
	}
	var all []rtc.Packet
	frame := make([]int16, audio.Frame)
	for i := range n {
		for j := range frame {
			frame[j] = int16(8000 * math.Sin(2*math.Pi*300*float64(i*audio.Frame+j)/audio.Rate))
		}
		b := make([]byte, audio.MaxPacket)
		size, err := e.Encode(b, frame)
		require.NoError(t, err)
		all = append(all, rtc.Packet{MIME: string(codec), Sequence: uint16(65530 + i), Timestamp: math.MaxUint32 - 5*ticks + uint32(i)*ticks, Payload: b[:size]})
	}
	return all
}

// Whatever a network does with packets, the sound is as long as it was said:
// lost, doubled, swapped and late ones, a pause in which nothing was sent, and
// counters that begin anew.
func TestStreamOfPackets(t *testing.T) {
	const n = 50
	for _, codec := range []audio.Codec{audio.Opus, audio.PCMU, audio.PCMA} {
		all := tonePackets(t, codec, n)
		ticks := all[1].Timestamp - all[0].Timestamp
		for name, c := range map[string]struct {
			make func() []rtc.Packet
			want int // frames
		}{
			"as sent": {func() []rtc.Packet { return all }, n},
			"lost": {func() []rtc.Packet {
				return append(append([]rtc.Packet{}, all[:10]...), all[14:]...)
			}, n},
			"doubled": {func() []rtc.Packet {
				var out []rtc.Packet
				for _, p := range all {
					out = append(out, p, p)
				}
				return out
			}, n},
			"swapped": {func() []rtc.Packet {
				out := append([]rtc.Packet{}, all...)
				for i := 1; i+1 < n; i += 4 {
					out[i], out[i+1] = out[i+1], out[i]
				}
				return out
			}, n},
			"much too late": {func() []rtc.Packet {
				out := append(append([]rtc.Packet{}, all[:10]...), all[11:]...)
				return append(out, all[10])
			}, n},
			"a pause": {func() []rtc.Packet {
				out := append([]rtc.Packet{}, all...)
				for i := 20; i < n; i++ {
					out[i].Timestamp += 100 * ticks
				}
				return out
			}, n + 100},
			"a pause of an hour": {func() []rtc.Packet {
				out := append([]rtc.Packet{}, all...)
				for i := 20; i < n; i++ {
					out[i].Timestamp += 50 * 3600 * ticks
				}
				return out
			}, n + longestGap/audio.Frame},
			"another stream": {func() []rtc.Packet {
				out := append([]rtc.Packet{}, all...)
				for i := 20; i < n; i++ {
					out[i].Sequence += 20_000
					out[i].Timestamp -= 1 << 28
				}
				return out
			}, n},
		} {
			s, frames := newStream(codec), 0
			for _, p := range c.make() {
				s.take(p, func(pcm []int16) { frames += len(pcm) })
			}
			require.Equal(t, c.want*audio.Frame, frames, "%s, %s", codec, name)
			require.LessOrEqual(t, len(s.early), earlyPackets)
		}
	}
}

// Nothing that comes in the place of packets panics, or is more sound than the
// gaps that it claims, which have a longest.
func TestHostilePackets(t *testing.T) {
	n := int(20_000 * *scale)
	seed := rand.New(rand.NewPCG(1, 2))
	good := tonePackets(t, audio.Opus, 50)
	s := newStream(audio.Opus)
	for range n {
		p := good[seed.IntN(len(good))]
		p.Payload = append([]byte{}, p.Payload...)
		switch seed.IntN(4) {
		case 0:
			p.Payload[seed.IntN(len(p.Payload))] ^= byte(1 << seed.IntN(8))
		case 1:
			p.Payload = p.Payload[:seed.IntN(len(p.Payload))]
		case 2:
			p.Sequence, p.Timestamp = uint16(seed.Uint32()), seed.Uint32()
		}
		heard := 0
		s.take(p, func(pcm []int16) { heard += len(pcm) })
		require.LessOrEqual(t, heard, (earlyPackets+1)*(longestGap+2*audio.MaxFrame))
		require.LessOrEqual(t, len(s.early), earlyPackets)
	}
	t.Logf("n = %d packets", n)
}
