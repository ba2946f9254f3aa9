package builtin

import "math"

// motion yields the frames of a clause one by one.
type motion struct {
	segments []segment
	melody   melody
	at       int
	t        float64 // ms, of the next frame
	total    float64
	av, ah   float64
	af       float64
	tilt     float64
}

func newMotion(us []unit, c clause) *motion {
	m := &motion{segments: layout(us), melody: compose(us, c)}
	for _, s := range m.segments {
		m.total += s.ms
	}
	return m
}

// slews: how much an amplitude may change in one frame. A voice that starts
// or stops too suddenly sounds like a stop.
const (
	voiceOn   = .34
	voiceOff  = .30
	breathOn  = .40
	breathOff = .30
	noiseOn   = .16 // relative to the phone's level
	noiseOff  = .30
)

// next gives the frame that ends frameMS later; false at the end.
func (m *motion) next() (frame, bool) {
	m.t += frameMS
	for m.at < len(m.segments) && m.t > m.segments[m.at].start+m.segments[m.at].ms {
		m.at++
	}
	if m.at >= len(m.segments) {
		return frame{}, false
	}
	s := &m.segments[m.at]
	t := m.t - s.start
	fr := frame{f0: m.melody.next(m.t), formant: s.formants(t), width: hertz{70, 100, 160}, noise: s.noise}
	av, ah, af, tilt := s.av, s.ah, s.af, .30
	switch {
	case t <= s.aspirate:
		av, ah = 0, s.breathy
		if s.burst != nil && s.burst.voiced {
			av = .35 * s.av
		}
		fr.width = hertz{220, 160, 200}
	case s.phone.is(breath):
		fr.width = hertz{200, 150, 200}
	case s.phone.is(nasal):
		tilt = .38
		fr.width = hertz{90, 180, 220}
	case s.closed:
		tilt = .85
		fr.width = hertz{100, 250, 300}
		if t > 60 { // the voice of a closure dies down
			av *= math.Max(.3, 1-(t-60)/60)
		}
	case s.av > 0 && s.noise != nil:
		tilt = .6
		fr.width = hertz{90, 140, 200}
	case s.phone.sonorant():
		ah = .10
	}
	m.move(&fr, s, t, av, ah, af)
	m.tilt += .5 * (tilt - m.tilt)
	fr.tilt = m.tilt
	fr.nose = s.nasality(t)
	return fr, true
}

// move lets the amplitudes follow their targets.
func (m *motion) move(fr *frame, s *segment, t, av, ah, af float64) {
	m.av = toward(m.av, av, voiceOn, voiceOff)
	on := breathOn
	if s.phone.is(breath) { // an H that begins at once is a T
		on = .15
	}
	m.ah = toward(m.ah, ah, on, breathOff)
	if s.burst != nil && s.noise == nil {
		// A release: noise at once, gone within burstMS.
		burstMS := 15.0
		if !s.burst.voiced {
			burstMS = 22
		}
		if t <= burstMS {
			fr.noise, fr.suddenness = s.burst, t <= frameMS
			af = s.burst.af * (1 - .5*t/burstMS)
			if s.aspirate > 30 {
				af *= 1.15
			}
			m.af = af
		} else {
			m.af = toward(m.af, 0, 1, .12)
		}
	} else if s.burst != nil && t <= frameMS {
		fr.suddenness = true
		m.af = af
	} else {
		m.af = toward(m.af, af, noiseOn*math.Max(af, .1), noiseOff*math.Max(m.af, .05))
	}
	fr.av, fr.ah, fr.af = m.av, m.ah, m.af
}

func toward(x, to, up, down float64) float64 {
	if to > x {
		return math.Min(to, x+up)
	}
	return math.Max(to, x-down)
}
