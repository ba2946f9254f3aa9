package builtin

import "strings"

// endings that say where the stress of a word is: so many syllables before
// the vowel that the ending begins with.
var stressEndings = [...]struct {
	letters string
	back    int
}{
	{"ation", 0}, {"ition", 0}, {"ution", 0}, {"otion", 0}, {"etion", 0}, {"ience", 1}, {"iency", 1},
	{"tion", 1}, {"sion", 1}, {"cian", 1}, {"gion", 1}, {"tious", 1}, {"cious", 1}, {"gious", 1},
	{"ically", 1}, {"ical", 1}, {"icals", 1}, {"ics", 1}, {"ic", 1}, {"ity", 1}, {"ities", 1}, {"ify", 1},
	{"ified", 1}, {"ifies", 1}, {"ifying", 1}, {"ian", 1}, {"ians", 1}, {"ia", 1}, {"ium", 1}, {"ious", 1},
	{"eous", 1}, {"ial", 1}, {"ially", 1}, {"ient", 1}, {"ual", 1}, {"ually", 1}, {"uous", 1}, {"ior", 1},
	{"ology", 0}, {"ologist", 0}, {"ography", 0}, {"ographer", 0}, {"ometer", 0}, {"onomy", 0}, {"ocracy", 0},
	{"ee", 0}, {"eer", 0}, {"ese", 0}, {"ette", 0}, {"ique", 0}, {"oon", 0}, {"esque", 0},
	{"ental", 0}, {"entally", 0}, {"ential", 0}, {"ensive", 0}, {"ective", 0}, {"essive", 0},
	{"ate", 2}, {"ates", 2}, {"ated", 2}, {"ating", 2}, {"ator", 2}, {"ize", 2}, {"izes", 2}, {"ized", 2},
	{"izing", 2}, {"ise", 2}, {"ary", 2}, {"aries", 2}, {"ory", 2}, {"ative", 2}, {"ude", 2}, {"ute", 2},
}

// neutral endings leave the stress of their stem alone.
var neutralEndings = [...]string{"ingly", "edly", "fully", "lessly", "iness", "ness", "ments", "ment", "less", "ful", "ably", "able", "ible", "ings", "ing", "ers", "er", "ely", "ly", "ed", "ist", "ism"}

// weakPrefixes are not stressed in words of two syllables.
var weakPrefixes = [...]string{"abs", "ab", "ac", "ad", "af", "ag", "al", "ap", "ar", "as", "at", "be", "com", "con", "cor", "de", "dis", "em", "en", "es", "ex", "for", "im", "in", "mis", "ob", "oc", "of", "op", "per", "pre", "pro", "re", "sub", "suc", "suf", "sup", "sur", "sus", "trans", "un", "a", "e"}

// stressed decides the stress of a word that the rules spelled out and
// reduces the vowels that have none.
func stressed(w string, out []sounded, at []int) []sounded {
	var vs []int // indices of vowels that may carry stress
	for i, s := range out {
		if s.phone.is(vowel) && s.stress == open {
			vs = append(vs, i)
		}
	}
	if len(vs) == 0 { // only vowels that never carry stress: one must
		for i, s := range out {
			if s.phone.is(vowel) {
				vs = append(vs, i)
			}
		}
	}
	if len(vs) == 0 {
		return out
	}
	main := vs[mainVowel(w, out, at, vs)]
	for i := range out {
		s := &out[i]
		if !s.phone.is(vowel) {
			continue
		}
		was := s.stress
		s.stress = 0
		switch {
		case i == main:
			s.stress = 1
			if s.phone == pAX {
				s.phone = pAH
			}
		case was == never:
		case s.phone == pAY || s.phone == pAW || s.phone == pOY || s.phone == pEY || s.phone == pUW || s.phone == pOW && i < len(out)-1 || s.phone == pAO:
			s.stress = 2
		default:
			s.phone = reduced(s.phone, w[at[i]:])
		}
	}
	return out
}

func mainVowel(w string, out []sounded, at, vs []int) int {
	if len(vs) == 1 {
		return 0
	}
	for _, e := range stressEndings {
		if !strings.HasSuffix(w, e.letters) {
			continue
		}
		start := len(w) - len(e.letters)
		k := 0 // the first candidate in the ending
		for k < len(vs) && at[vs[k]] < start {
			k++
		}
		if want := k - e.back; want >= 0 && want < len(vs) {
			return want
		}
		if e.back > 0 && k > 0 {
			return 0
		}
	}
	stem := w
	for _, e := range neutralEndings {
		if rest, ok := strings.CutSuffix(w, e); ok && hasVowel(rest) {
			stem = rest
			break
		}
	}
	n := 0
	for n < len(vs) && at[vs[n]] < len(stem) {
		n++
	}
	switch {
	case n <= 1:
		return 0
	case n == 2:
		for _, p := range weakPrefixes {
			if rest, ok := strings.CutPrefix(stem, p); ok && len(rest) > 2 && isConsonant(rest[0]) && (len(p) > 1 || p == "a" && at[vs[0]] == 0) && at[vs[1]] >= len(p) {
				return 1
			}
		}
		return 0
	}
	// Three and more: the last but one if it is heavy, else the one before.
	p := n - 2
	if heavy(out, vs[p]) {
		return p
	}
	return p - 1
}

// heavy says whether the vowel is long or closed by two consonants.
func heavy(out []sounded, i int) bool {
	switch out[i].phone {
	case pEY, pIY, pOW, pUW, pAY, pAW, pOY, pAO, pAA:
		return out[i].phone != pAA || i+2 < len(out) && !out[i+2].phone.is(vowel)
	}
	return i+2 < len(out) && !out[i+1].phone.is(vowel) && !out[i+2].phone.is(vowel) && !out[i+2].phone.is(liquid) && !out[i+2].phone.is(glide)
}

// reduced is what becomes of a vowel without stress; letters are what is
// written from it on.
func reduced(p phone, letters string) phone {
	switch p {
	case pAE, pAA, pAH, pUH:
		return pAX
	case pEH:
		if letters[0] == 'e' && len(letters) > 1 && isConsonant(letters[1]) && len(letters) > 2 && letters[2] != 'n' && letters[1] != 'n' && letters[1] != 'm' && letters[1] != 'l' {
			return pIH
		}
		return pAX
	}
	return p
}

func hasVowel(w string) bool { return strings.ContainsAny(w, "aeiouy") }
