package builtin

// unit is a phone in its place: how long it lasts and what it belongs to.
type unit struct {
	phone  phone
	stress uint8 // of a vowel: 0 none, 1 main, 2 second
	word   int   // index into the clause's words, -1 for a pause
	first  bool  // of its word
	last   bool  // of its word
	accent bool  // the vowel carries the word's accent
	ms     float64
}

// stretch makes everything longer than the textbook says: what is lost in
// speed is won in being understood.
const stretch = 1.25

// pauses after a clause, by how it ends, in ms.
var pauses = [...]float64{flowing: 0, comma: 190, colon: 260, stopMark: 340, question: 360, exclamation: 340}

// plan turns the words of a clause into units with durations.
func plan(c clause, speed float64) []unit {
	var us []unit
	for i, w := range c.words {
		n := len(us)
		for _, s := range w.sounds {
			us = append(us, unit{phone: s.phone, stress: s.stress, word: i})
		}
		if len(us) > n {
			us[n].first, us[len(us)-1].last = true, true
			accent(us[n:], w)
		}
	}
	us = glottalise(us)
	for i := range us {
		us[i].ms = duration(us, i, c.end) * stretch / speed
		us[i].ms = max(us[i].ms, 20)
	}
	if p := pauses[c.end]; p > 0 && len(us) > 0 {
		us = append(us, unit{phone: pSIL, word: -1, ms: p / speed})
	}
	return us
}

// accent marks the vowel with the main stress of a word that carries one.
func accent(us []unit, w word) {
	if w.weak {
		return
	}
	for i := range us {
		if us[i].phone.is(vowel) && us[i].stress == 1 {
			us[i].accent = true
			return
		}
	}
}

// glottalise puts a short silence between two equal vowels that meet across
// words ("the east"), where a speaker would begin anew.
func glottalise(us []unit) []unit {
	for i := 1; i < len(us); i++ {
		if us[i].first && us[i].phone.is(vowel) && us[i-1].phone == us[i].phone {
			us = append(us[:i], append([]unit{{phone: pSIL, word: -1}}, us[i:]...)...)
			i++
		}
	}
	return us
}

// duration is the time of one unit in ms before stretching, after the rules
// of Klatt 1979 ("Synthesis by rule of segmental durations"): a phone has an
// inherent and a shortest duration, and its surroundings shorten or lengthen
// what is between them.
func duration(us []unit, i int, end ending) float64 {
	u := us[i]
	s := u.phone.sound()
	if u.phone == pSIL {
		return 30
	}
	var before, after, next phone // SIL at the edges
	if i > 0 {
		before = us[i-1].phone
	}
	if i+1 < len(us) {
		after = us[i+1].phone
	}
	if i+2 < len(us) {
		next = us[i+2].phone
	}
	x := 1.0
	final := lastSyllable(us, i)
	if u.phone.is(vowel) {
		switch {
		case final && end != flowing:
			x *= 1.3
		case final:
		default:
			x *= .75
		}
		if !lastInWord(us, i) {
			x *= .85
		}
		switch n := vowels(us, u.word); {
		case n > 2:
			x *= .8
		case n > 1:
			x *= .88
		}
		switch {
		case u.stress == 0:
			x *= .65
		case u.stress == 2:
			x *= .85
		case !u.accent:
			x *= .8
		}
		x *= beforeConsonant(us, i, after, next)
		if after.is(vowel) {
			x *= 1.1
		}
		return s.short + (s.long-s.short)*x
	}
	if !u.first && !beforeStress(us, i) {
		x *= .8
	}
	if final && end != flowing && i > 0 {
		x *= 1.25
	}
	switch {
	case cluster(before) && cluster(after):
		x *= .6
	case cluster(before) || cluster(after):
		x *= .75
	}
	return s.short + (s.long-s.short)*x
}

// beforeConsonant is how the consonant after a vowel changes its length:
// short before voiceless ones, long before voiced ones. Most of what tells
// "back" from "bag" is here.
func beforeConsonant(us []unit, i int, after, next phone) float64 {
	if i+1 < len(us) && us[i+1].first {
		return 1
	}
	k := 1.0
	if last := lastSyllable(us, i); !last {
		k = .4 // the effect is full only in the last syllable
	}
	shade := func(x float64) float64 { return 1 + (x-1)*k }
	c := after
	if (after.is(nasal) || after.is(liquid)) && next.obstruent() && i+2 < len(us) && us[i+2].word == us[i].word {
		c = next // "bent" against "bend"
		if !c.sound().voiced {
			return shade(.65)
		}
		return shade(1.05)
	}
	switch {
	case !c.obstruent() && c.is(nasal):
		return shade(.95)
	case c == pL:
		return shade(.6) // the glide into the L is part of the vowel
	case !c.obstruent():
		return 1
	case c.sound().voiced && c.is(fricative):
		return shade(1.5)
	case c.sound().voiced:
		return shade(1.35)
	case c.is(fricative):
		return shade(.65)
	default:
		return shade(.6)
	}
}

func cluster(p phone) bool { return p != pSIL && !p.is(vowel) }

// lastSyllable says whether no vowel follows before the clause's end.
func lastSyllable(us []unit, i int) bool {
	for _, u := range us[i+1:] {
		if u.phone.is(vowel) {
			return false
		}
		if u.phone == pSIL {
			return true
		}
	}
	return true
}

// lastInWord says whether no vowel follows in the word.
func lastInWord(us []unit, i int) bool {
	for _, u := range us[i+1:] {
		if u.word != us[i].word {
			return true
		}
		if u.phone.is(vowel) {
			return false
		}
	}
	return true
}

// beforeStress says whether the consonant begins a stressed syllable.
func beforeStress(us []unit, i int) bool {
	for _, u := range us[i+1:] {
		if u.word != us[i].word {
			return false
		}
		if u.phone.is(vowel) {
			return u.stress > 0
		}
	}
	return false
}

func vowels(us []unit, word int) int {
	n := 0
	for _, u := range us {
		if u.word == word && u.phone.is(vowel) {
			n++
		}
	}
	return n
}
