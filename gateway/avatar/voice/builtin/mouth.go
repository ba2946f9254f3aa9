package builtin

import (
	"mayfly/gateway/avatar/voice"
)

// A mouth moves before it sounds: lips close for a P and round for an OO
// while the sound before them still lasts.
const (
	leadLips   = 40.0 // ms that labial and rounded shapes come early
	leadTongue = 15.0
)

// mark adds the mouth shapes and word times of a clause that begins with the
// frame o.frames.
func (o *output) mark(m *motion, c clause) {
	base := o.frames * frameMS
	o.shapes(m.segments, base)
	for i := 0; i < len(m.segments); i++ {
		w := m.segments[i].word
		if w < 0 {
			continue
		}
		j := i
		for j+1 < len(m.segments) && (m.segments[j+1].word >= 0 && c.words[m.segments[j+1].word].start == c.words[w].start) {
			j++
		}
		at := m.segments[i].start
		o.marks.Words = append(o.marks.Words, voice.Word{
			At:     base + int(at),
			Length: max(1, int(m.segments[j].start+m.segments[j].ms-at)),
			Start:  c.words[w].start,
			End:    c.words[w].end,
		})
		i = j
	}
}

func (o *output) shapes(ss []segment, base int) {
	last := base
	put := func(at float64, shape voice.Shape, weight float32) {
		t := max(last, base+int(at))
		if n := len(o.marks.Visemes); n > 0 && o.marks.Visemes[n-1].At == t && t > base {
			o.marks.Visemes[n-1] = voice.Viseme{At: t, Shape: shape, Weight: weight}
			o.shape = shape
			return
		}
		if shape == o.shape && len(o.marks.Visemes) > 0 {
			return
		}
		o.marks.Visemes = append(o.marks.Visemes, voice.Viseme{At: t, Shape: shape, Weight: weight})
		o.shape, last = shape, t
	}
	for i := range ss {
		s := &ss[i]
		d := s.phone.sound()
		lead := leadTongue
		switch d.shape {
		case voice.PP, voice.FF, voice.OU, voice.OH:
			lead = leadLips
		}
		if i == 0 {
			lead = 0
		} else {
			lead = min(lead, ss[i-1].ms/2)
		}
		switch {
		case s.phone == pSIL:
			put(s.start, voice.Sil, 1)
		case s.phone.is(breath): // an H has the mouth of its vowel
			if i+1 < len(ss) && ss[i+1].phone.is(vowel) {
				put(s.start, ss[i+1].phone.sound().shape, .6)
			}
		case s.phone.is(vowel):
			weight := d.heft
			if s.ms < 80 { // too short to get there
				weight *= float32(.6 + .4*s.ms/80)
			}
			put(s.start-lead, d.shape, weight)
			if d.after != d.shape {
				put(s.start+.5*s.ms, d.after, weight*.9)
			}
		default:
			weight := d.heft
			if rounds(ss, i) && d.shape != voice.PP && d.shape != voice.FF {
				weight *= .6 // the lips are already round for what follows
			}
			put(s.start-lead, d.shape, weight)
		}
	}
}

// rounds says whether the next vowel is a rounded one.
func rounds(ss []segment, i int) bool {
	if i+1 >= len(ss) {
		return false
	}
	s := ss[i+1].phone.sound()
	return s.shape == voice.OU || s.shape == voice.OH
}
