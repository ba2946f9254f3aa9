package audio

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// tone is a sine of n samples, at the amplitude given (1 is full scale).
func tone(rate int, hz, amplitude float64, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = int16(math.Round(amplitude * 32767 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return out
}

// snr fits a sine of the frequency by least squares and gives what is left
// over, in decibels below it, and the gain against the amplitude.
func snr(pcm []int16, rate int, hz, amplitude float64) (db, gain float64) {
	var ss, cc, sc, ys, yc float64
	for i, v := range pcm {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		ss, cc, sc = ss+s*s, cc+c*c, sc+s*c
		ys, yc = ys+float64(v)*s, yc+float64(v)*c
	}
	det := ss*cc - sc*sc
	a, b := (ys*cc-yc*sc)/det, (yc*ss-ys*sc)/det
	var signal, noise float64
	for i, v := range pcm {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / float64(rate))
		fit := a*s + b*c
		signal += fit * fit
		noise += (float64(v) - fit) * (float64(v) - fit)
	}
	return 10 * math.Log10(signal/noise), math.Hypot(a, b) / (amplitude * 32767)
}

func TestResamplerKeepsATone(t *testing.T) {
	for _, c := range []struct{ from, to int }{
		{48000, 24000}, {24000, 48000}, {16000, 24000}, {24000, 16000}, {22050, 24000},
		{44100, 24000}, {24000, 44100}, {8000, 24000}, {24000, 8000}, {48000, 16000},
	} {
		t.Run(fmt.Sprintf("%d to %d", c.from, c.to), func(t *testing.T) {
			in := tone(c.from, 1000, 0.9, c.from)
			out := NewResampler(c.from, c.to).Append(nil, in)
			require.InDelta(t, c.to, len(out), 64)
			db, gain := snr(out[c.to/10:len(out)-c.to/10], c.to, 1000, 0.9)
			t.Logf("SNR %.1f dB, gain %.5f", db, gain)
			require.Greater(t, db, 90.0)
			require.InDelta(t, 1, gain, 0.001)
		})
	}
}

func TestResamplerKeepsOutWhatFolds(t *testing.T) {
	for _, c := range []struct {
		from, to int
		hz       float64
	}{{48000, 24000, 15000}, {48000, 16000, 11000}, {24000, 8000, 6000}} {
		out := NewResampler(c.from, c.to).Append(nil, tone(c.from, c.hz, 0.9, c.from))
		var top int16
		for _, v := range out[c.to/10 : len(out)-c.to/10] {
			top = max(top, v, -v)
		}
		db := 20 * math.Log10(math.Max(float64(top), 0.5)/(0.9*32767))
		t.Logf("%d to %d: %.0f Hz comes back at %.1f dB", c.from, c.to, c.hz, db)
		require.Less(t, db, -70.0)
	}
}

// However a stream is cut, the same samples come out.
func TestResamplerDoesNotFeelTheCuts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	in := make([]int16, 20000)
	for i := range in {
		in[i] = int16(rng.IntN(65536) - 32768)
	}
	for _, c := range []struct{ from, to int }{{24000, 48000}, {22050, 24000}, {48000, 16000}, {24000, 24000}} {
		want := NewResampler(c.from, c.to).Append(nil, in)
		r := NewResampler(c.from, c.to)
		var got []int16
		for rest := in; len(rest) > 0; {
			n := min(rng.IntN(700), len(rest))
			got = r.Append(got, rest[:n])
			rest = rest[n:]
		}
		require.Equal(t, want, got, "%d to %d", c.from, c.to)
		r.Reset()
		require.Equal(t, want, r.Append(nil, in), "after Reset")
	}
}

// The length of a stream is kept, to the sample, so that clocks agree.
func TestResamplerKeepsTheLength(t *testing.T) {
	for _, c := range []struct{ from, to int }{{22050, 24000}, {16000, 24000}, {44100, 24000}, {24000, 8000}} {
		r := NewResampler(c.from, c.to)
		out := r.AppendRest(r.Append(nil, make([]int16, 10*c.from)))
		require.InDelta(t, 10*c.to, len(out), 40, "%d to %d", c.from, c.to)
	}
}

func TestResamplerRefusesOddRates(t *testing.T) {
	require.Panics(t, func() { NewResampler(0, Rate) })
	require.Panics(t, func() { NewResampler(Rate, 1<<30) })
}

func BenchmarkResample(b *testing.B) {
	for _, c := range []struct{ from, to int }{{22050, 24000}, {16000, 24000}, {24000, 8000}} {
		b.Run(fmt.Sprintf("%d to %d, 20 ms", c.from, c.to), func(b *testing.B) {
			r, in, out := NewResampler(c.from, c.to), tone(c.from, 440, 0.5, c.from/50), make([]int16, 0, 2048)
			b.ReportAllocs()
			for b.Loop() {
				out = r.Append(out[:0], in)
			}
		})
	}
}

// What it appends to is made long enough first: nothing of the sound is left in
// memory that was too short. // R1
func TestResamplerLeavesNothingBehind(t *testing.T) {
	short := make([]int16, 0, 10)
	piece := make([]int16, 4800)
	for i := range piece {
		piece[i] = 5000
	}
	r := NewResampler(16000, 24000)
	out := r.Append(short, piece)
	require.Greater(t, len(out), 7000)
	require.Equal(t, make([]int16, 10), short[:10])
	r.AppendRest(short)
	require.Equal(t, make([]int16, 10), short[:10])
	require.Equal(t, make([]float32, cap(r.work)), r.work[:cap(r.work)])
	n := 0
	for _, rates := range [][2]int{{8000, 24000}, {16000, 24000}, {24000, 16000}, {24000, 8000}, {44100, 16000}, {48000, 24000}} {
		r := NewResampler(rates[0], rates[1])
		for i := range 200 {
			want := r.yields(i * 7 % 331)
			require.Len(t, r.Append(nil, make([]int16, i*7%331)), want, rates)
			n++
		}
	}
	t.Logf("n = %d pieces", n)
}
