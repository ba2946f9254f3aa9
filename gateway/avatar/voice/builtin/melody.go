package builtin

import "math"

// melody is the course of the voice's pitch over a clause: a slowly falling
// line with a rise on each accented syllable, and at the end the fall of a
// statement, the rise of a question, or the small rise that says "more to
// come".
type melody struct {
	points []point
	at     int
	smooth float64
}

type point struct{ ms, hz float64 }

const (
	pitchStart = 124.0 // Hz, the falling line
	pitchEnd   = 98.0
	accentRise = 24.0
	floor      = 82.0
)

// compose sets the pitch for the units of a clause.
func compose(us []unit, c clause) melody {
	var total float64
	for _, u := range us {
		if u.phone != pSIL {
			total += u.ms
		}
	}
	if total == 0 {
		return melody{points: []point{{0, pitchStart}}, smooth: pitchStart}
	}
	last := -1
	for i, u := range us {
		if u.accent {
			last = i
		}
	}
	line := func(t float64) float64 { return mix(pitchStart, pitchEnd, math.Min(1, t/math.Max(total, 1200))) }
	ps := []point{{0, line(0)}}
	var t, free float64 // free is when the last accent is over
	rise := accentRise * 1.25
	for i, u := range us {
		if u.accent && i != last {
			if t-40 > free {
				ps = append(ps, point{t - 40, line(t)})
			}
			ps = append(ps, point{t + .5*u.ms, line(t) + rise})
			free = t + u.ms + 60
			ps = append(ps, point{free, line(free) + .3*rise})
			rise = accentRise
		}
		if i == last {
			ps = append(ps, point{t - 40, line(t)})
			ps = append(ps, nucleus(c, t, u.ms, total, line(t))...)
		}
		t += u.ms
	}
	if last < 0 {
		ps = append(ps, nucleus(c, 0, total, total, line(0))...)
	}
	return melody{points: ps, smooth: ps[0].hz}
}

// nucleus is the nucleus: from the last accent, at t for ms, to the end.
func nucleus(c clause, t, ms, total, base float64) []point {
	tail := math.Max(total, t+ms)
	switch {
	case c.end == question && !c.asking:
		return []point{{t + .3*ms, base - 8}, {tail, base + 62}}
	case c.end == question:
		return []point{{t + .3*ms, base + 34}, {t + ms, base - 4}, {tail, 92}}
	case c.end == comma, c.end == colon:
		return []point{{t + .4*ms, base + 18}, {t + .9*ms, base - 4}, {tail, base + 14}}
	case c.end == flowing:
		return []point{{t + .5*ms, base + 14}, {tail, base}}
	case c.end == exclamation:
		return []point{{t + .35*ms, base + 40}, {t + ms, base - 6}, {tail, floor}}
	default:
		return []point{{t + .35*ms, base + 20}, {t + ms, base - 10}, {tail, floor}}
	}
}

// next gives the pitch for the frame at t ms in hertz.
func (m *melody) next(t float64) float64 {
	for m.at+1 < len(m.points) && m.points[m.at+1].ms <= t {
		m.at++
	}
	hz := m.points[m.at].hz
	if m.at+1 < len(m.points) {
		p, q := m.points[m.at], m.points[m.at+1]
		if q.ms > p.ms && t > p.ms {
			x := (t - p.ms) / (q.ms - p.ms)
			hz = mix(p.hz, q.hz, .5-.5*math.Cos(math.Pi*x))
		}
	}
	m.smooth += .25 * (hz - m.smooth)
	// A steady pitch sounds like a machine (flutter of Klatt and Klatt 1990).
	s := t / 1000
	return m.smooth * (1 + .004*(math.Sin(2*math.Pi*12.7*s)+math.Sin(2*math.Pi*7.1*s)+math.Sin(2*math.Pi*4.7*s)))
}
