package hear

import "math"

const (
	frameMS      = 10
	frameSamples = Rate * frameMS / 1000

	// The pitch is looked for at a quarter of the rate, in the last 30 ms.
	slow       = 4
	pitchRate  = Rate / slow
	pitchSpan  = pitchRate * 30 / 1000
	leastPitch = 75  // Hz
	mostPitch  = 400 // Hz
	leastLag   = pitchRate / mostPitch
	mostLag    = pitchRate / leastPitch
	pitchKept  = pitchSpan + mostLag

	quietest = -75. // dB of full scale: below it is digital silence
)

// frame is what is looked at in 10 ms of sound.
type frame struct {
	level  float64 // dB of full scale, without what is below speech
	mid    float64 // dB: 0.8 to 2 kHz over what is below
	high   float64 // dB: above 2 kHz over what is below 0.8 kHz
	pitch  float64 // 0 to 1: how periodic it is
	period int     // samples of pitchRate
}

// ear turns samples into frames. It keeps 50 ms of sound at a quarter of the
// rate, which forget clears.
type ear struct {
	cut1, cut2, low, mid1, mid2, high1 filter
	sumLow, sumMid, sumHigh, sum       float64
	n                                  int // samples of the frame so far

	coarse float64 // sum of the samples for the next slow one
	past   [pitchKept]float64
}

func newEar() ear {
	return ear{cut1: highPass(120), cut2: highPass(120), low: lowPass(800), mid1: highPass(800), mid2: lowPass(2000), high1: highPass(2000)}
}

// take adds a sample and says whether f is now the next frame. Its pitch is
// looked for only if it is louder than gate.
func (e *ear) take(s int16, f *frame, gate float64) bool {
	x := e.cut2.next(e.cut1.next(float64(s) / 32768))
	l, m, h := e.low.next(x), e.mid2.next(e.mid1.next(x)), e.high1.next(x)
	e.sum += x * x
	e.sumLow += l * l
	e.sumMid += m * m
	e.sumHigh += h * h
	e.coarse += l
	e.n++
	if e.n%slow == 0 {
		copy(e.past[:], e.past[1:])
		e.past[pitchKept-1] = e.coarse / slow
		e.coarse = 0
	}
	if e.n < frameSamples {
		return false
	}
	f.level = decibels(e.sum / frameSamples)
	low := decibels(e.sumLow / frameSamples)
	f.mid = decibels(e.sumMid/frameSamples) - low
	f.high = decibels(e.sumHigh/frameSamples) - low
	f.pitch, f.period = 0, 0
	if f.level > gate {
		f.pitch, f.period = e.periodic()
	}
	e.n, e.sum, e.sumLow, e.sumMid, e.sumHigh = 0, 0, 0, 0, 0
	return true
}

// periodic is the highest normalised autocorrelation of the last 30 ms, and
// the period at which it is.
func (e *ear) periodic() (best float64, period int) {
	now := e.past[pitchKept-pitchSpan:]
	var energy float64
	for _, x := range now {
		energy += x * x
	}
	if energy < 1e-9 {
		return 0, 0
	}
	for lag := leastLag; lag <= mostLag; lag++ {
		then := e.past[pitchKept-pitchSpan-lag:][:pitchSpan]
		var cross, before float64
		for i, x := range then {
			cross += x * now[i]
			before += x * x
		}
		if c := cross / (math.Sqrt(energy*before) + 1e-12); c > best {
			best, period = c, lag
		}
	}
	return best, period
}

func (e *ear) forget() { clear(e.past[:]) }

func decibels(power float64) float64 {
	if power < 1e-10 {
		return quietest
	}
	return max(quietest, 10*math.Log10(power))
}
