package builtin

import (
	"math"

	"mayfly/gateway/avatar/voice"
)

const (
	rate     = float64(voice.Rate)
	frameMS  = 5
	frameLen = voice.Rate * frameMS / 1000 // samples in a frame
	blockLen = 40                          // samples between updates of the filters
)

// frame is the setting of the synthesiser at one moment; between two frames
// everything is interpolated.
type frame struct {
	f0         float64 // Hz
	av         float64 // voicing
	ah         float64 // breath, through the whole mouth
	af         float64 // frication, past the narrow place
	tilt       float64 // 0 to below 1: how dull the voice is
	formant    hertz
	width      hertz   // bandwidths
	nose       float64 // 0 to 1: how much the nose is coupled in
	noise      *sound  // whose noise filters are in use; nil for none
	suddenness bool    // amplitudes jump here instead of gliding: a burst
}

// tract is the filter: voice and breath through a cascade of resonators,
// frication through a parallel set (Klatt 1980). It holds no words.
type tract struct {
	glottis glottis
	hiss    hiss
	nasal   resonator
	dip     zero
	cascade [8]resonator
	bands   [3]resonator
	last    frame
	dc      float64 // of the sum
	noise   *sound
}

func newTract() *tract {
	t := &tract{hiss: 0x2545f491}
	for i, c := range [...]struct{ centre, width float64 }{{3400, 220}, {4300, 300}, {5300, 450}, {6400, 600}, {7500, 800}} {
		t.cascade[3+i].pole(c.centre, c.width)
	}
	t.last = frame{f0: 110, formant: hertz{500, 1500, 2500}, width: hertz{70, 100, 150}}
	return t
}

const (
	voiceGain  = 0.2
	breathGain = .30
	fricGain   = .11
	nosePole   = 270.0 // Hz
	noseZero   = 450.0 // Hz, where the nose, coupled in, takes sound away
	dither     = 3.0   // steps of the 16 bits; digital silence upsets recognisers and listeners
)

// render appends a frame's samples that lead from the last setting to to.
func (t *tract) render(pcm []int16, to frame) []int16 {
	from := t.last
	if to.suddenness {
		from.ah, from.af = to.ah, to.af
	}
	if to.noise != nil {
		t.noise = to.noise
	}
	const blocks = frameLen / blockLen
	for i := range blocks {
		x := (float64(i) + .5) / blocks
		t.shape(from, to, x)
		f0 := mix(from.f0, to.f0, x)
		tilt := mix(from.tilt, to.tilt, x)
		for j := range blockLen {
			x := float64(i*blockLen+j+1) / frameLen
			pcm = append(pcm, t.sample(f0, tilt, mix(from.av, to.av, x), mix(from.ah, to.ah, x), mix(from.af, to.af, x)))
		}
	}
	t.last = to
	return pcm
}

// shape sets the filters for the moment x between two frames.
func (t *tract) shape(from, to frame, x float64) {
	var at hertz
	for i := range at {
		at[i] = mix(from.formant[i], to.formant[i], x)
		t.cascade[i].pole(at[i], mix(from.width[i], to.width[i], x))
	}
	nose := mix(from.nose, to.nose, x)
	t.nasal.pole(nosePole, 90)
	t.dip.set(mix(nosePole, noseZero, nose), 90+40*nose)
	if t.noise == nil {
		return
	}
	for i, n := range t.noise.noise {
		switch n.centre {
		case 0:
			t.bands[i] = resonator{}
			continue
		case 2, 3:
			n.centre = at[int(n.centre)-1]
		}
		// Unit loudness whatever the width: a narrow band passes less noise.
		t.bands[i].band(n.centre, n.width, n.gain*math.Sqrt(2500/n.width))
	}
}

func (t *tract) sample(f0, tilt, av, ah, af float64) int16 {
	src, open := t.glottis.next(f0, tilt)
	white := t.hiss.next()
	y := av*src + ah*open*breathGain*white
	y = t.dip.run(t.nasal.run(y))
	for i := range t.cascade {
		y = t.cascade[i].run(y)
	}
	y *= voiceGain
	if af > 0 && t.noise != nil {
		if av > .05 { // the voice's pulses chop the noise of voiced fricatives
			white *= open
		}
		white *= af
		z := t.noise.open * .35 * white
		for i := range t.bands {
			z += t.bands[i].run(white)
		}
		y += fricGain * z
	}
	t.dc += .003 * (y - t.dc)
	y = limit(y - t.dc)
	return int16(math.Round(y*32000 + dither*t.hiss.next()))
}

// limit bends everything beyond half of full scale gently, so that no sum of
// sources ever clips.
func limit(y float64) float64 {
	const knee = .5
	switch {
	case y > knee:
		return knee + (1-knee)*math.Tanh((y-knee)/(1-knee))
	case y < -knee:
		return -knee - (1-knee)*math.Tanh((-y-knee)/(1-knee))
	}
	return y
}

func mix(a, b, x float64) float64 { return a + (b-a)*x }
