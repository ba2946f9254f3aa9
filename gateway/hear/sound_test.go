package hear

import (
	"math"
	"math/rand/v2"
)

// sounds makes sound for tests, the same for the same seed in every run.
type sounds struct {
	rand *rand.Rand
	pcm  []int16
}

func newSounds(seed uint64) *sounds { return &sounds{rand: rand.New(rand.NewPCG(seed, 1))} }

func (s *sounds) ms() int64 { return int64(len(s.pcm)) * 1000 / Rate }

func (s *sounds) between(least, most float64) float64 { return least + s.rand.Float64()*(most-least) }

// add appends samples of full scale 1.
func (s *sounds) add(n int, at func(i int) float64) {
	for i := range n {
		s.pcm = append(s.pcm, int16(max(-1, min(1, at(i)))*32767))
	}
}

func (s *sounds) silence(ms int) { s.add(ms*Rate/1000, func(int) float64 { return 0 }) }

// noise is white, at a level in dB of full scale.
func (s *sounds) noise(ms int, dB float64) {
	a := math.Pow(10, dB/20) * math.Sqrt(3)
	s.add(ms*Rate/1000, func(int) float64 { return a * s.between(-1, 1) })
}

// click is a short, loud decay.
func (s *sounds) click() {
	s.add(Rate*6/1000, func(i int) float64 { return .7 * s.between(-1, 1) * math.Exp(-float64(i)/20) })
}

// cough is one to three bursts of noise with a body's resonance.
func (s *sounds) cough() {
	for range 1 + s.rand.IntN(3) {
		f := band(s.between(500, 1600), 300)
		n := int(s.between(90, 220)) * Rate / 1000
		s.add(n, func(i int) float64 {
			return 1.5 * f.next(s.between(-.5, .5)) * math.Exp(-3*float64(i)/float64(n))
		})
		s.noise(int(s.between(40, 120)), -70)
	}
}

// hum is mains and its harmonics.
func (s *sounds) hum(ms int, dB float64) {
	a := math.Pow(10, dB/20)
	s.add(ms*Rate/1000, func(i int) float64 {
		x := 0.
		for k, g := range []float64{1, .7, .4, .3, .2, .1} {
			x += g * math.Sin(2*math.Pi*50*float64(k+1)*float64(i)/Rate)
		}
		return a * x / 1.3
	})
}

// chord is what an organ holds.
func (s *sounds) chord(ms int, dB float64) {
	a := math.Pow(10, dB/20)
	root := s.between(110, 330)
	s.add(ms*Rate/1000, func(i int) float64 {
		x := 0.
		for _, k := range []float64{1, 1.26, 1.5} {
			for h := 1.; h <= 4; h++ {
				x += math.Sin(2*math.Pi*root*k*h*float64(i)/Rate) / h
			}
		}
		fade := min(1, float64(i)/400) // it does not begin with a click
		return a * fade * x / 2.5
	})
}

// mm is a listener's "mm-hm": two hums with the lips closed.
func (s *sounds) mm() {
	pitch := s.between(95, 220)
	for k := range 2 {
		n := int(s.between(120, 220)) * Rate / 1000
		pitch *= 1 + .08*float64(k)
		f, g := band(260, 80), lowPass(600)
		phase := 0.
		s.add(n, func(i int) float64 {
			phase += pitch / Rate
			x := 0.
			if phase >= 1 {
				phase--
				x = 1
			}
			return 2.4 * g.next(f.next(x)) * swell(i, n)
		})
		s.noise(int(s.between(30, 60)), -70)
	}
}

func swell(i, n int) float64 {
	edge := float64(min(n/4, 400))
	return min(1, float64(i)/edge, float64(n-i)/edge)
}

// band is a resonance.
func band(hz, width float64) filter {
	r := math.Exp(-math.Pi * width / Rate)
	a1 := -2 * r * math.Cos(2*math.Pi*hz/Rate)
	return filter{b0: (1 - r), a1: a1, a2: r * r}
}

// vowels are the first three formants.
var vowels = [][3]float64{{730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010}, {570, 840, 2410}, {300, 870, 2240}, {660, 1720, 2410}, {500, 1500, 2500}}

// say is syllables: consonants of noise or nothing, then a vowel that moves,
// all with a voice of its own.
func (s *sounds) say(syllables int, dB float64) {
	gain := math.Pow(10, dB/20)
	pitch := s.between(90, 230)
	for k := range syllables {
		switch s.rand.IntN(3) {
		case 0: // a fricative
			f := highPass(s.between(2000, 4000))
			n := int(s.between(40, 90)) * Rate / 1000
			s.add(n, func(i int) float64 { return .5 * gain * f.next(s.between(-1, 1)) * swell(i, n) })
		case 1: // a stop
			s.add(int(s.between(30, 70))*Rate/1000, func(int) float64 { return 0 })
			n := Rate * 12 / 1000
			s.add(n, func(i int) float64 { return .6 * gain * s.between(-1, 1) * swell(i, n) })
		}
		from, to := vowels[s.rand.IntN(len(vowels))], vowels[s.rand.IntN(len(vowels))]
		n := int(s.between(90, 190)) * Rate / 1000
		p := pitch * (1.1 - .25*float64(k)/float64(syllables)) * s.between(.93, 1.07)
		var f [3]filter
		phase, loud := 0., s.between(.6, 1)
		s.add(n, func(i int) float64 {
			if i%80 == 0 {
				w := min(1, float64(i)/float64(n)*1.5)
				for j := range f {
					g := band(from[j]*(1-w)+to[j]*w, 90+40*float64(j))
					g.z1, g.z2 = f[j].z1, f[j].z2
					f[j] = g
				}
			}
			phase += p / Rate
			x := .02 * s.between(-1, 1)
			if phase >= 1 {
				phase--
				x += 1
			}
			y := 8*f[0].next(x) + 5*f[1].next(x) + 3*f[2].next(x)
			return 2 * gain * loud * y * swell(i, n)
		})
	}
}

// add noise under everything from a sample on.
func (s *sounds) under(from int, dB float64) {
	a := math.Pow(10, dB/20) * math.Sqrt(3)
	for i := from; i < len(s.pcm); i++ {
		s.pcm[i] = int16(max(-32768, min(32767, float64(s.pcm[i])+32767*a*s.between(-1, 1))))
	}
}
