package audio

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/thesyncim/gopus"
)

// A sweep of speech-like sound comes back: same energy, and correlated with
// what went in at the codec's delay.
func TestCodecsRoundTrip(t *testing.T) {
	in := speech(100 * Frame)
	for _, c := range []Codec{Opus, PCMU, PCMA} {
		t.Run(string(c), func(t *testing.T) {
			e, err := NewEncoder(c)
			require.NoError(t, err)
			d, err := NewDecoder(c)
			require.NoError(t, err)
			var out []int16
			bytes, packet, pcm := 0, make([]byte, MaxPacket), make([]int16, MaxFrame)
			for i := 0; i < len(in); i += Frame {
				n, err := e.Encode(packet, in[i:i+Frame])
				require.NoError(t, err)
				bytes += n
				m, err := d.Decode(pcm, packet[:n])
				require.NoError(t, err)
				out = append(out, pcm[:m]...)
			}
			require.InDelta(t, len(in), len(out), Frame)
			best, at := correlate(in, out)
			t.Logf("%d bytes per packet, correlation %.3f at a delay of %d samples", bytes/100, best, at)
			require.Greater(t, best, 0.9)
		})
	}
}

func TestCodecsRefuseWhatIsWrong(t *testing.T) {
	_, err := NewEncoder("audio/mp3")
	require.ErrorIs(t, err, ErrCodec)
	_, err = NewDecoder("")
	require.ErrorIs(t, err, ErrCodec)
	for _, c := range []Codec{Opus, PCMU, PCMA} {
		e, err := NewEncoder(c)
		require.NoError(t, err)
		_, err = e.Encode(make([]byte, MaxPacket), make([]int16, Frame-1))
		require.ErrorIs(t, err, ErrFrame, c)
		_, err = e.Encode(nil, make([]int16, Frame))
		require.ErrorIs(t, err, ErrBuffer, c)
		d, err := NewDecoder(c)
		require.NoError(t, err)
		_, err = d.Decode(make([]int16, MaxFrame), nil)
		require.ErrorIs(t, err, ErrPacket, c)
		_, err = d.Conceal(nil)
		require.ErrorIs(t, err, ErrBuffer, c)
	}
	d, _ := NewDecoder(PCMU)
	_, err = d.Decode(make([]int16, MaxFrame), make([]byte, 2000))
	require.ErrorIs(t, err, ErrPacket)
	_, err = d.Decode(make([]int16, 10), make([]byte, 160))
	require.ErrorIs(t, err, ErrBuffer)
}

// A lost packet is filled, and the decoder goes on as before.
func TestDecodersConceal(t *testing.T) {
	in := speech(50 * Frame)
	for _, c := range []Codec{Opus, PCMU, PCMA} {
		e, _ := NewEncoder(c)
		d, _ := NewDecoder(c)
		packet, pcm := make([]byte, MaxPacket), make([]int16, MaxFrame)
		total := 0
		for i := 0; i < len(in); i += Frame {
			n, err := e.Encode(packet, in[i:i+Frame])
			require.NoError(t, err)
			var m int
			if i/Frame%7 == 3 {
				m, err = d.Conceal(pcm)
			} else {
				m, err = d.Decode(pcm, packet[:n])
			}
			require.NoError(t, err)
			total += m
		}
		require.InDelta(t, len(in), total, Frame, c)
	}
}

// An encoder that was reset makes sound that a new decoder understands, and
// nothing of what came before is heard in it.
func TestEncoderReset(t *testing.T) {
	in := speech(50 * Frame)
	for _, c := range []Codec{Opus, PCMU, PCMA} {
		e, _ := NewEncoder(c)
		packet, pcm := make([]byte, MaxPacket), make([]int16, MaxFrame)
		for i := 0; i < len(in); i += Frame {
			_, err := e.Encode(packet, in[i:i+Frame])
			require.NoError(t, err)
		}
		e.Reset()
		d, _ := NewDecoder(c)
		var out []int16
		for i := 0; i < len(in); i += Frame {
			n, err := e.Encode(packet, in[i:i+Frame])
			require.NoError(t, err)
			m, err := d.Decode(pcm, packet[:n])
			require.NoError(t, err)
			out = append(out, pcm[:m]...)
		}
		best, _ := correlate(in, out)
		require.Greater(t, best, 0.9, c)
		e.Reset()
		n, err := e.Encode(packet, make([]int16, Frame))
		require.NoError(t, err)
		d, _ = NewDecoder(c)
		m, err := d.Decode(pcm, packet[:n])
		require.NoError(t, err)
		for _, v := range pcm[:m] {
			require.InDelta(t, 0, v, 64, "%s: an echo of what came before", c)
		}
	}
}

// With protection, what is lost can be made good from the next packet.
func TestOpusExpectsLoss(t *testing.T) {
	in, packet := speech(50*Frame), make([]byte, MaxPacket)
	protected := func(loss int) (n int) {
		e, _ := NewEncoder(Opus)
		e.Expect(loss)
		for i := 0; i < len(in); i += Frame {
			size, err := e.Encode(packet, in[i:i+Frame])
			require.NoError(t, err)
			if gopus.PacketHasLBRR(packet[:size]) {
				n++
			}
		}
		return n
	}
	require.Zero(t, protected(0))
	require.Greater(t, protected(5), 20)
	require.Greater(t, protected(500), 20, "more than all is all")
	require.Zero(t, protected(-1))
}

// Hostile packets give an error or sound, never a panic, and do not spoil
// what comes after them.
func TestOpusHostilePackets(t *testing.T) {
	n := int(20000 * *scale)
	rng := rand.New(rand.NewPCG(3, 4))
	e, _ := NewEncoder(Opus)
	d, _ := NewDecoder(Opus)
	good, pcm := make([]byte, MaxPacket), make([]int16, MaxFrame)
	size, err := e.Encode(good, speech(Frame))
	require.NoError(t, err)
	refused := 0
	for range n {
		p := make([]byte, rng.IntN(200))
		for i := range p {
			p[i] = byte(rng.Uint32())
		}
		if rng.IntN(2) == 0 {
			p = append(p[:0], good[:rng.IntN(size+1)]...)
			if len(p) > 0 {
				p[rng.IntN(len(p))] ^= 1 << rng.IntN(8)
			}
		}
		if _, err := d.Decode(pcm, p); err != nil {
			require.ErrorIs(t, err, ErrPacket)
			refused++
		}
	}
	m, err := d.Decode(pcm, good[:size])
	require.NoError(t, err)
	require.Equal(t, Frame, m)
	t.Logf("n=%d, %d refused", n, refused)
}

func FuzzOpusDecode(f *testing.F) {
	e, _ := NewEncoder(Opus)
	p := make([]byte, MaxPacket)
	n, _ := e.Encode(p, speech(Frame))
	f.Add(p[:n])
	f.Add([]byte{0xFF})
	f.Fuzz(func(t *testing.T, packet []byte) {
		d, err := NewDecoder(Opus)
		require.NoError(t, err)
		n, err := d.Decode(make([]int16, MaxFrame), packet)
		if err != nil {
			require.ErrorIs(t, err, ErrPacket)
		} else {
			require.LessOrEqual(t, n, MaxFrame)
		}
	})
}

func TestNoAllocationPerFrame(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	frame := speech(Frame)
	for _, c := range []Codec{Opus, PCMU, PCMA} {
		e, _ := NewEncoder(c)
		e.Expect(0) // gopus copies its state for the protecting packet
		d, _ := NewDecoder(c)
		packet, pcm := make([]byte, MaxPacket), make([]int16, MaxFrame)
		n, _ := e.Encode(packet, frame)
		_, _ = d.Decode(pcm, packet[:n])
		require.Zero(t, testing.AllocsPerRun(100, func() { n, _ = e.Encode(packet, frame) }), "%s encode", c)
		require.Zero(t, testing.AllocsPerRun(100, func() { _, _ = d.Decode(pcm, packet[:n]) }), "%s decode", c)
	}
}

// The laws against the values that ITU-T G.191's reference gives.
func TestG711Values(t *testing.T) {
	for _, c := range []struct {
		linear int16
		u, a   byte
	}{
		{0, 0xFF, 0xD5}, {-1, 0x7F, 0x55}, {32767, 0x80, 0xAA}, {-32768, 0x00, 0x2A},
		{1000, 0xCE, 0xFA}, {-1000, 0x4E, 0x7A}, {8, 0xFE, 0xD5}, {100, 0xF2, 0xD3},
	} {
		require.Equal(t, c.u, linearToU(c.linear), "u law of %d", c.linear)
		require.Equal(t, c.a, linearToA(c.linear), "A law of %d", c.linear)
	}
	for i := range 256 {
		b := byte(i)
		if b != 0x7F { // the u law has two zeros
			require.Equal(t, b, linearToU(uToLinear[b]), "u law %#x", b)
		}
		require.Equal(t, b, linearToA(aToLinear[b]), "A law %#x", b)
	}
	for v := -32768; v <= 32767; v++ { // no step is wider than a sixteenth
		for _, back := range []int16{uToLinear[linearToU(int16(v))], aToLinear[linearToA(int16(v))]} {
			require.LessOrEqual(t, math.Abs(float64(back)-float64(v)), math.Max(16, math.Abs(float64(v))/16), v)
		}
	}
}

func TestPCMBytes(t *testing.T) {
	in := []int16{0, 1, -1, 32767, -32768, 0x1234}
	b := AppendPCM(nil, in)
	require.Equal(t, []byte{0, 0, 1, 0, 255, 255, 255, 127, 0, 128, 0x34, 0x12}, b)
	require.Equal(t, in, AppendSamples(nil, b))
	require.Equal(t, in[:2], AppendSamples(nil, b[:5]), "half a sample is left out")
}

func BenchmarkEncode(b *testing.B) {
	in, packet := speech(50*Frame), make([]byte, MaxPacket)
	for _, c := range []struct {
		Codec
		loss int
	}{{Opus, 0}, {Opus, 5}, {PCMU, 0}} {
		b.Run(fmt.Sprintf("%s expecting %d %%", c.Codec, c.loss), func(b *testing.B) {
			e, _ := NewEncoder(c.Codec)
			e.Expect(c.loss)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				at := i % 50 * Frame
				_, _ = e.Encode(packet, in[at:at+Frame])
			}
		})
	}
}

func BenchmarkDecodeOpus(b *testing.B) {
	e, _ := NewEncoder(Opus)
	d, _ := NewDecoder(Opus)
	packet, pcm := make([]byte, MaxPacket), make([]int16, MaxFrame)
	n, _ := e.Encode(packet, speech(Frame))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = d.Decode(pcm, packet[:n])
	}
}

func BenchmarkNewEncoder(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = NewEncoder(Opus)
	}
}

// speech is a voiced sound with moving pitch and three formants, at Rate.
func speech(n int) []int16 {
	out := make([]int16, n)
	phase := 0.0
	for i := range out {
		at := float64(i) / Rate
		pitch := 120 + 30*math.Sin(2*math.Pi*1.5*at)
		phase += 2 * math.Pi * pitch / Rate
		var v float64
		for k := 1.0; k*pitch < 3500; k++ {
			hz := k * pitch
			v += math.Sin(k*phase) * (math.Exp(-math.Abs(hz-600)/200) + 0.5*math.Exp(-math.Abs(hz-1200)/200) + 0.2*math.Exp(-math.Abs(hz-2500)/300))
		}
		out[i] = int16(4000 * v * (0.6 + 0.4*math.Sin(2*math.Pi*4*at)))
	}
	return out
}

// correlate finds the delay of out at which it looks most like in.
func correlate(in, out []int16) (best float64, at int) {
	for delay := range 2 * Frame {
		var xy, xx, yy float64
		for i := 0; i+delay < len(out) && i < len(in); i++ {
			x, y := float64(in[i]), float64(out[i+delay])
			xy, xx, yy = xy+x*y, xx+x*x, yy+y*y
		}
		if c := xy / math.Sqrt(xx*yy+1); c > best {
			best, at = c, delay
		}
	}
	return best, at
}
