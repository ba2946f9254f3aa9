package stem

import "bytes"

// english is Porter2. A y that stands for a consonant is written Y meanwhile.
func english(w []byte) []byte {
	if len(w) <= 2 || !ascii(w) {
		return w
	}
	if to, ok := englishSpecial[string(w)]; ok {
		return append(w[:0], to...)
	}
	if to, ok := irregular[string(w)]; ok {
		w = append(w[:0], to...)
	}
	for i, b := range w {
		if b == 'y' && (i == 0 || vowel(w[i-1])) {
			w[i] = 'Y'
		}
	}
	r1 := 0
	for _, p := range []string{"gener", "commun", "arsen"} {
		if bytes.HasPrefix(w, []byte(p)) {
			r1 = len(p)
		}
	}
	if r1 == 0 {
		r1 = region(w, 0)
	}
	r2 := region(w, r1)

	w = step1a(w)
	w = step1b(w, r1)
	if n := len(w); n > 2 && (w[n-1] == 'y' || w[n-1] == 'Y') && !vowel(w[n-2]) {
		w[n-1] = 'i'
	}
	w = step2(w, r1)
	w = step3(w, r1, r2)
	w = step4(w, r2)
	w = step5(w, r1, r2)
	for i, b := range w {
		if b == 'Y' {
			w[i] = 'y'
		}
	}
	return w
}

// englishSpecial holds the words that the rules would spoil.
var englishSpecial = map[string]string{
	"skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie",
	"idly": "idl", "gently": "gentl", "ugly": "ugli", "early": "earli", "only": "onli", "singly": "singl",
	"sky": "sky", "news": "news", "howe": "howe", "atlas": "atlas", "cosmos": "cosmos", "bias": "bias", "andes": "andes",
	"inning": "inning", "innings": "inning", "outing": "outing", "outings": "outing",
	"canning": "canning", "cannings": "canning", "herring": "herring", "herrings": "herring", "earring": "earring", "earrings": "earring",
	"proceed": "proceed", "proceeds": "proceed", "proceeded": "proceed", "proceeding": "proceed",
	"exceed": "exceed", "exceeds": "exceed", "exceeded": "exceed", "exceeding": "exceed",
	"succeed": "succeed", "succeeds": "succeed", "succeeded": "succeed", "succeeding": "succeed",
}

// irregular gives the plain form of verbs that people use to ask about what
// happens to things.
var irregular = map[string]string{
	"began": "begin", "begun": "begin", "bought": "buy", "chose": "choose", "chosen": "choose", "forgot": "forget", "forgotten": "forget",
	"gave": "give", "given": "give", "heard": "hear", "held": "hold", "hid": "hide", "hidden": "hide", "kept": "keep", "knew": "know", "known": "know",
	"lost": "lose", "made": "make", "paid": "pay", "ran": "run", "said": "say", "saw": "see", "seen": "see", "sent": "send", "sold": "sell",
	"spoke": "speak", "spoken": "speak", "stole": "steal", "stolen": "steal", "taken": "take", "taught": "teach", "thought": "think", "told": "tell", "took": "take",
	"understood": "understand", "went": "go", "written": "write", "wrote": "write",
}

func ascii(w []byte) bool {
	for _, b := range w {
		if b < 'a' || b > 'z' {
			return false
		}
	}
	return true
}

func vowel(b byte) bool {
	return b == 'a' || b == 'e' || b == 'i' || b == 'o' || b == 'u' || b == 'y'
}

// region is where the part after the first consonant that follows a vowel
// begins, looking from start.
func region(w []byte, start int) int {
	for i := start + 1; i < len(w); i++ {
		if vowel(w[i-1]) && !vowel(w[i]) {
			return i + 1
		}
	}
	return len(w)
}

func hasVowel(w []byte) bool {
	return bytes.IndexFunc(w, func(r rune) bool { return vowel(byte(r)) }) >= 0
}

// shortSyllable says that w ends in one.
func shortSyllable(w []byte) bool {
	switch n := len(w); {
	case n == 2:
		return vowel(w[0]) && !vowel(w[1])
	case n > 2:
		last := w[n-1]
		return !vowel(last) && last != 'w' && last != 'x' && last != 'Y' && vowel(w[n-2]) && !vowel(w[n-3])
	}
	return false
}

func step1a(w []byte) []byte {
	switch {
	case hasSuffix(w, "sses"):
		return w[:len(w)-2]
	case hasSuffix(w, "ied"), hasSuffix(w, "ies"):
		if len(w) > 4 {
			return w[:len(w)-2]
		}
		return w[:len(w)-1]
	case hasSuffix(w, "us"), hasSuffix(w, "ss"):
	case hasSuffix(w, "s"):
		if hasVowel(w[:len(w)-2]) {
			return w[:len(w)-1]
		}
	}
	return w
}

func step1b(w []byte, r1 int) []byte {
	for _, e := range []string{"eedly", "eed"} {
		if hasSuffix(w, e) {
			if len(w)-len(e) >= r1 {
				return w[:len(w)-len(e)+2]
			}
			return w
		}
	}
	for _, e := range []string{"ingly", "edly", "ing", "ed"} {
		stem, ok := cutSuffix(w, e)
		if !ok {
			continue
		}
		if !hasVowel(stem) {
			return w
		}
		n := len(stem)
		switch {
		case hasSuffix(stem, "at"), hasSuffix(stem, "bl"), hasSuffix(stem, "iz"):
			return append(stem, 'e')
		case n > 1 && stem[n-1] == stem[n-2] && bytes.IndexByte([]byte("bdfgmnprt"), stem[n-1]) >= 0:
			return stem[:n-1]
		case r1 >= n && shortSyllable(stem):
			return append(stem, 'e')
		}
		return stem
	}
	return w
}

var endings2 = []rule{
	{"ational", "ate", 0}, {"fulness", "ful", 0}, {"iveness", "ive", 0}, {"ization", "ize", 0}, {"ousness", "ous", 0},
	{"biliti", "ble", 0}, {"lessli", "less", 0}, {"tional", "tion", 0},
	{"alism", "al", 0}, {"aliti", "al", 0}, {"ation", "ate", 0}, {"entli", "ent", 0}, {"fulli", "ful", 0}, {"iviti", "ive", 0}, {"ousli", "ous", 0},
	{"anci", "ance", 0}, {"abli", "able", 0}, {"alli", "al", 0}, {"ator", "ate", 0}, {"enci", "ence", 0}, {"izer", "ize", 0}, {"bli", "ble", 0},
}

func step2(w []byte, r1 int) []byte {
	for _, r := range endings2 {
		if hasSuffix(w, r.ending) {
			if len(w)-len(r.ending) >= r1 {
				return append(w[:len(w)-len(r.ending)], r.to...)
			}
			return w
		}
	}
	n := len(w)
	switch {
	case hasSuffix(w, "ogi"):
		if n-3 >= r1 && n > 3 && w[n-4] == 'l' {
			return w[:n-1]
		}
	case hasSuffix(w, "li"):
		if n-2 >= r1 && n > 2 && bytes.IndexByte([]byte("cdeghkmnrt"), w[n-3]) >= 0 {
			return w[:n-2]
		}
	}
	return w
}

var endings3 = []rule{
	{"ational", "ate", 0}, {"tional", "tion", 0}, {"alize", "al", 0}, {"icate", "ic", 0}, {"ative", "", 0},
	{"iciti", "ic", 0}, {"ical", "ic", 0}, {"ful", "", 0}, {"ness", "", 0},
}

func step3(w []byte, r1, r2 int) []byte {
	for _, r := range endings3 {
		if !hasSuffix(w, r.ending) {
			continue
		}
		at := len(w) - len(r.ending)
		if at < r1 || r.ending == "ative" && at < r2 {
			return w
		}
		return append(w[:at], r.to...)
	}
	return w
}

func step4(w []byte, r2 int) []byte {
	for _, e := range []string{"ement", "ance", "ence", "able", "ible", "ment", "ent", "ant", "ism", "ate", "iti", "ous", "ive", "ize", "ion", "al", "er", "ic"} {
		stem, ok := cutSuffix(w, e)
		if !ok {
			continue
		}
		if len(stem) < r2 {
			return w
		}
		if e == "ion" && !hasSuffix(stem, "s") && !hasSuffix(stem, "t") {
			return w
		}
		return stem
	}
	return w
}

func step5(w []byte, r1, r2 int) []byte {
	n := len(w) - 1
	switch {
	case n < 0:
	case w[n] == 'e' && (n >= r2 || n >= r1 && !shortSyllable(w[:n])):
		return w[:n]
	case w[n] == 'l' && n >= r2 && n > 0 && w[n-1] == 'l':
		return w[:n]
	}
	return w
}
