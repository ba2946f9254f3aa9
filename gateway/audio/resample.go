package audio

import (
	"math"
	"slices"
)

// taps is how many input samples one output sample is made of, when the rate
// rises. When it falls, the filter is stretched by the ratio.
const taps = 32

// kaiser is the shape of the window: 9.5 puts the stop band 95 dB below the
// signal.
const kaiser = 9.5

// Resampler converts a stream of samples from one rate to another, with a
// windowed-sinc filter in polyphase form (Crochiere and Rabiner, 1983): one
// short filter per position between two input samples. It is stateful: pieces
// of any length go in, and what comes out does not depend on how the stream
// was cut. It belongs to one stream and to one goroutine at a time.
type Resampler struct {
	up, down int         // to:from in lowest terms
	phases   [][]float32 // Static after construction. up filters, taps reversed.
	past     []float32   // the last input samples, as many as a filter is long, less one
	work     []float32   // past and the piece at hand; kept for its memory
	at       int         // input position of the next output sample, relative to past[0]
	phase    int         // its phase
}

// NewResampler makes a converter between two rates in hertz, from 8000 to
// 48000 each; it panics on others, since rates are constants of the program
// or checked where they come in. Equal rates are a copy.
func NewResampler(from, to int) *Resampler {
	if from < 8000 || from > 48000 || to < 8000 || to > 48000 {
		panic("audio: sampling rate out of range")
	}
	d := gcd(from, to)
	r := &Resampler{up: to / d, down: from / d}
	if r.up == r.down {
		return r
	}
	stretch := math.Max(1, float64(from)/float64(to))
	n := int(math.Ceil(taps * stretch))
	// -6 dB at 92 % of the lower Nyquist frequency: the window's transition
	// is a third of the band wide, and placing all of it below would cost the
	// sibilants of a 24 kHz voice, while what folds back lies above them.
	cut := 1 / stretch * (1 - 2.6/taps)
	middle := float64(n) / 2
	r.phases = make([][]float32, r.up)
	for p := range r.phases {
		h := make([]float32, n)
		sum, offset := 0.0, float64(p)/float64(r.up)
		for i := range h {
			x := float64(i) + 1 - middle - offset
			v := sinc(cut*x) * window(x/middle)
			h[i] = float32(v)
			sum += v
		}
		for i := range h { // every phase passes a constant as it is
			h[i] /= float32(sum)
		}
		r.phases[p] = h
	}
	r.past = make([]float32, n-1)
	return r
}

// Append converts the next piece of the stream and appends the result to dst.
// It lags by half a filter: 16 samples of the lower rate.
func (r *Resampler) Append(dst, piece []int16) []int16 {
	if r.phases == nil {
		return append(dst, piece...)
	}
	// Room for all first: what a slice grew out of would keep the sound.
	dst = slices.Grow(dst, r.yields(len(piece)))
	r.work = append(slices.Grow(r.work[:0], len(r.past)+len(piece)), r.past...)
	for _, v := range piece {
		r.work = append(r.work, float32(v))
	}
	n := len(r.past) + 1
	for r.at+n <= len(r.work) {
		h, x := r.phases[r.phase], r.work[r.at:r.at+n]
		var sum float32
		for i, v := range h {
			sum += v * x[i]
		}
		dst = append(dst, clamp(sum))
		r.phase += r.down
		r.at += r.phase / r.up
		r.phase %= r.up
	}
	copy(r.past, r.work[len(r.work)-len(r.past):])
	r.at -= len(piece)
	clear(r.work)
	return dst
}

// yields is how many samples come of the next n.
func (r *Resampler) yields(n int) int {
	past := n - 1 - r.at // input positions at which one may begin
	if past < 0 {
		return 0
	}
	return max((past+1)*r.up-r.phase+r.down-1, 0) / r.down
}

// AppendRest appends what is still inside the filter at the end of the
// stream, and leaves the Resampler as new.
func (r *Resampler) AppendRest(dst []int16) []int16 {
	if r.phases != nil {
		dst = r.Append(dst, make([]int16, (len(r.past)+1)/2))
	}
	r.Reset()
	return dst
}

// Reset forgets what came before.
func (r *Resampler) Reset() {
	clear(r.past)
	r.at, r.phase = 0, 0
}

func clamp(v float32) int16 {
	switch {
	case v >= math.MaxInt16:
		return math.MaxInt16
	case v <= math.MinInt16:
		return math.MinInt16
	case v < 0:
		return int16(v - 0.5)
	}
	return int16(v + 0.5)
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// window is Kaiser's, from -1 to 1.
func window(x float64) float64 {
	if x < -1 || x > 1 {
		return 0
	}
	return bessel(kaiser*math.Sqrt(1-x*x)) / bessel(kaiser)
}

// bessel is the modified Bessel function of the first kind and order zero, by
// its power series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= (x / (2 * k)) * (x / (2 * k))
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
