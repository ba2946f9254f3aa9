package hear

import "math"

// filter is a second-order section (direct form II, transposed).
type filter struct{ b0, b1, b2, a1, a2, z1, z2 float64 }

func (f *filter) next(x float64) float64 {
	y := f.b0*x + f.z1
	f.z1 = f.b1*x - f.a1*y + f.z2
	f.z2 = f.b2*x - f.a2*y
	return y
}

// lowPass and highPass are Butterworth's, at a frequency in hertz.
func lowPass(hz float64) filter {
	sin, cos := math.Sincos(2 * math.Pi * hz / Rate)
	alpha := sin / math.Sqrt2
	a0 := 1 + alpha
	b := (1 - cos) / 2
	return filter{b0: b / a0, b1: 2 * b / a0, b2: b / a0, a1: -2 * cos / a0, a2: (1 - alpha) / a0}
}

func highPass(hz float64) filter {
	sin, cos := math.Sincos(2 * math.Pi * hz / Rate)
	alpha := sin / math.Sqrt2
	a0 := 1 + alpha
	b := (1 + cos) / 2
	return filter{b0: b / a0, b1: -2 * b / a0, b2: b / a0, a1: -2 * cos / a0, a2: (1 - alpha) / a0}
}
