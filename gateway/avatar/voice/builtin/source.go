package builtin

import "math"

// glottis makes the voice: the derivative of the flow through the vocal folds
// (Klatt and Klatt 1990, KLGLOTT88), with the jump at closure smoothed over
// two samples so that it does not alias.
type glottis struct {
	phase float64 // 0 to 1 in a period; open until quotient
	low   float64 // state of the tilt filter
}

// quotient is the part of a period in which the folds are open.
const quotient = .58

// next gives one sample for a frequency in hertz. tilt is the coefficient of
// a one-pole low pass, 0 (none) to below 1. open says how open the folds are,
// 0 to 1, for the noise that passes them.
func (g *glottis) next(f0, tilt float64) (sample, open float64) {
	dt := f0 / rate
	g.phase += dt
	if g.phase >= 1 {
		g.phase--
	}
	x := g.phase / quotient
	if x < 1 {
		sample = 2*x - 3*x*x
		open = 1
	} else {
		open = .4
	}
	// The flow's slope jumps from -1 to 0 where the folds close.
	if e := (g.phase - quotient) / dt; e >= 0 && e < 1 {
		sample += e - e*e/2 - .5
	} else if e > -1 && e < 0 {
		sample += e*e/2 + e + .5
	}
	g.low += (1 - tilt) * (sample - g.low)
	return g.low, open
}

// hiss is a small deterministic noise source (xorshift).
type hiss uint32

// next is uniform in -1 to 1.
func (h *hiss) next() float64 {
	x := uint32(*h)
	x ^= x << 13
	x ^= x >> 17
	x ^= x << 5
	*h = hiss(x)
	return float64(int32(x)) / (1 << 31)
}

// resonator is a second-order pole pair. As a member of the cascade it has
// unit gain at 0 Hz (Klatt 1980, eq. 1); as a band of noise unit gain at its
// centre.
type resonator struct{ a, b, c, y1, y2 float64 }

func (r *resonator) pole(centre, width float64) {
	q := math.Exp(-math.Pi * width / rate)
	r.c = -q * q
	r.b = 2 * q * math.Cos(2*math.Pi*centre/rate)
	r.a = 1 - r.b - r.c
}

func (r *resonator) band(centre, width, gain float64) {
	r.pole(centre, width)
	r.a = gain * (1 + r.c) / 2
}

func (r *resonator) run(x float64) float64 {
	y := r.a*x + r.b*r.y1 + r.c*r.y2
	r.y2, r.y1 = r.y1, y
	return y
}

// zero is the inverse of a resonator: the dip that the side branch of the
// nose makes.
type zero struct{ a, b, c, x1, x2 float64 }

func (z *zero) set(centre, width float64) {
	var r resonator
	r.pole(centre, width)
	z.a, z.b, z.c = 1/r.a, -r.b/r.a, -r.c/r.a
}

func (z *zero) run(x float64) float64 {
	y := z.a*x + z.b*z.x1 + z.c*z.x2
	z.x2, z.x1 = z.x1, x
	return y
}
