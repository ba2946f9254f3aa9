package builtin

import "math"

// segment is a stretch of the course of the mouth: a phone, or the part of a
// stop after it opens.
type segment struct {
	phone       phone
	word        int
	start, ms   float64
	from, to    hertz // the course without neighbours
	glide       [2]float64
	left, right hertz // values at the boundaries
	tl, tr      float64
	av, ah, af  float64
	noise       *sound
	burst       *sound  // a release heard at the beginning
	aspirate    float64 // ms of breath instead of voice at the beginning
	breathy     float64 // level of that breath
	nl, nr, nm  float64 // nasality at left, right, middle
	closed      bool
}

// layout turns units into segments on a clock that begins at 0 ms.
func layout(us []unit) []segment {
	var ss []segment
	for i := range us {
		ss = appendUnit(ss, us, i)
	}
	t := 0.0
	for i := range ss {
		ss[i].start = t
		t += ss[i].ms
	}
	join(ss)
	return ss
}

func appendUnit(ss []segment, us []unit, i int) []segment {
	u := us[i]
	s := u.phone.sound()
	seg := segment{phone: u.phone, word: u.word, ms: u.ms, from: s.from, to: s.from, glide: [2]float64{.2, .8}, av: s.av, af: s.af, tl: s.reach, tr: s.reach}
	before, after := phone(pSIL), phone(pSIL)
	if i > 0 {
		before = us[i-1].phone
	}
	if i+1 < len(us) {
		after = us[i+1].phone
	}
	switch s.manner {
	case vowel:
		seg.to, seg.glide = s.to, s.glide
		if u.stress == 0 {
			seg.av *= .8
		}
		if u.phone == pAX || u.stress == 0 {
			seg.av *= .95
		}
	case stop, affricate:
		seg.closed, seg.af = true, 0
	case fricative, breath:
		seg.noise = s
		if s.manner == breath {
			seg.noise, seg.af, seg.ah = nil, 0, 1.8
			if before.sound().voiced {
				seg.av = .2
			}
		}
	}
	if seg.phone.sonorant() && i > 0 {
		releaseInto(&seg, us, i, before)
	}
	ss = append(ss, seg)
	switch {
	case s.manner == affricate:
		f := segment{phone: u.phone, word: u.word, ms: s.vot * math.Min(1, math.Max(.5, u.ms/s.long)), from: s.from, to: s.from, af: s.af, noise: s, burst: s, tl: 30, tr: s.reach}
		if s.voiced {
			f.av = .25
		}
		ss = append(ss, f)
	case s.manner == stop && !after.sonorant() && !heldOver(u.phone, after):
		ss = append(ss, release(u, after))
	}
	return ss
}

// heldOver says whether a stop opens unheard into the consonant that follows.
// A voiced one always does: the noise of a D before an F makes it an S, before
// an H it makes a T.
func heldOver(p, q phone) bool {
	here, there := p.sound(), q.sound()
	if q == pSIL {
		return false
	}
	return here.voiced || here.place == there.place && q != pS || p == pT && (q == pCH || q == pJH)
}

// releaseInto lets a stop open into the vowel or glide that follows it.
func releaseInto(seg *segment, us []unit, i int, before phone) {
	s := before.sound()
	if s.manner != stop {
		return
	}
	seg.burst = s
	vot := s.vot
	if !s.voiced {
		switch {
		case i > 1 && us[i-2].phone == pS && us[i-2].word == us[i-1].word:
			vot = 18 // after S there is hardly any breath
		case !us[i-1].first && us[i].stress == 0:
			vot *= .4
		}
		seg.breathy = .8
		if vot < s.vot {
			seg.breathy = .25
		}
	} else {
		seg.breathy = .2
	}
	seg.aspirate = vot
	seg.ms += .55 * vot
}

// release is a stop that opens into silence or another obstruent.
func release(u unit, after phone) segment {
	s := u.phone.sound()
	r := segment{phone: u.phone, word: u.word, ms: 25, from: s.from, to: s.from, burst: s, tl: 20, tr: 20, ah: .25}
	if after == pSIL {
		r.ms, r.ah = 55, .45
	}
	r.aspirate, r.breathy = r.ms, r.ah
	if s.voiced {
		r.ah, r.aspirate, r.breathy = 0, 8, .1
		r.av = .22
	}
	return r
}

// join sets the values at the boundaries between segments.
func join(ss []segment) {
	for i := range ss {
		s := &ss[i]
		s.left, s.right = edge(ss, i, -1), edge(ss, i, 1)
		if s.phone.is(breath) {
			s.from, s.to = s.left, s.right
			continue
		}
		if s.phone.obstruent() || s.phone == pSIL {
			for k := range s.from {
				s.from[k] = (s.left[k] + s.right[k]) / 2
			}
			s.to = s.from
		}
	}
	for i := 0; i+1 < len(ss); i++ {
		l, r := &ss[i], &ss[i+1]
		var at hertz
		switch lv, rv := l.phone.is(vowel), r.phone.is(vowel); {
		case l.phone == r.phone && !lv:
			at = r.left
			if !r.closed {
				at = r.right
			}
		case lv && rv:
			for k := range at {
				at[k] = (l.to[k] + r.from[k]) / 2
			}
			l.tr, r.tl = 60, 60
		case lv:
			at, l.tr = r.left, r.phone.sound().reach
		case rv:
			at, r.tl = l.right, l.phone.sound().reach
		default:
			for k := range at {
				at[k] = (l.right[k] + r.left[k]) / 2
			}
		}
		if l.phone != pSIL && r.phone != pSIL {
			l.right, r.left = at, at
		} else if r.phone == pSIL {
			r.left, r.from = l.right, l.right
		} else {
			l.right, l.to = r.left, r.left
		}
	}
	noseJoin(ss)
}

// noseJoin opens the nose for nasals and lets vowels beside them share it.
func noseJoin(ss []segment) {
	for i := range ss {
		if !ss[i].phone.is(nasal) {
			continue
		}
		ss[i].nm, ss[i].nl, ss[i].nr = 1, 1, 1
		if i > 0 && ss[i-1].phone.sonorant() {
			ss[i-1].nr = .85
		}
		if i+1 < len(ss) && ss[i+1].phone.sonorant() {
			ss[i+1].nl = .4
		}
	}
}

// edge is what the formants of segment i are at its side (-1 left, 1 right):
// for a consonant between its locus and the next vowel on that side (the
// locus equation), for a vowel its own.
func edge(ss []segment, i, side int) hertz {
	s := ss[i].phone.sound()
	if ss[i].phone == pL && (i+1 == len(ss) || !ss[i+1].phone.sonorant() || i > 0 && ss[i+1].word != ss[i].word) {
		dark := *s // after a vowel the back of the tongue is raised
		dark.from = hertz{470, 820, 2700}
		s = &dark
	}
	if s.manner == vowel || s.manner == pause {
		if side < 0 {
			return ss[i].from
		}
		return ss[i].to
	}
	v, ok := nearVowel(ss, i, side)
	if !ok {
		if v, ok = nearVowel(ss, i, -side); !ok {
			return s.from
		}
	}
	var at hertz
	for k := range at {
		at[k] = mix(s.from[k], v[k], s.weight[k])
	}
	if s.place == velar {
		// The tongue closes further back for back vowels.
		if v[1] < 1600 {
			at[1] = v[1]*1.03 + 200
		}
		at[2] = math.Max(at[1]+350, mix(at[2], at[1]+500, .6))
	}
	return at
}

// nearVowel is the target of the closest vowel on a side, no further than
// three segments and not past a pause.
func nearVowel(ss []segment, i, side int) (hertz, bool) {
	for j, n := i+side, 0; j >= 0 && j < len(ss) && n < 4; j, n = j+side, n+1 {
		switch {
		case ss[j].phone == pSIL:
			return hertz{}, false
		case ss[j].phone.is(vowel) && side > 0:
			return sounds[ss[j].phone].from, true
		case ss[j].phone.is(vowel):
			return sounds[ss[j].phone].to, true
		}
	}
	return hertz{}, false
}

// formants is where the mouth is t ms into the segment.
func (s *segment) formants(t float64) hertz {
	x := (t/s.ms - s.glide[0]) / (s.glide[1] - s.glide[0])
	x = math.Min(1, math.Max(0, x))
	x = x * x * (3 - 2*x)
	var at hertz
	for k := range at {
		tl, tr := s.tl, s.tr
		if k == 0 {
			tl, tr = .65*tl, .65*tr
		}
		at[k] = mix(s.from[k], s.to[k], x) +
			(s.left[k]-s.from[k])*pull(t, tl) +
			(s.right[k]-s.to[k])*pull(s.ms-t, tr)
	}
	return at
}

// pull is how much of a boundary is felt at a distance of t out of reach ms.
func pull(t, reach float64) float64 {
	switch {
	case t <= 0:
		return 1
	case t >= reach:
		return 0
	}
	return .5 + .5*math.Cos(math.Pi*t/reach)
}

// nasality is how far the nose is open t ms into the segment, 0 to 1.
func (s *segment) nasality(t float64) float64 {
	if s.nm > 0 {
		return 1
	}
	return math.Max(s.nl*pull(t, 70), s.nr*pull(s.ms-t, 90))
}
