package builtin

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed lexicon.txt
var lexiconText string

// tongue knows how English words sound: the lexicon for those that do not
// sound as they are written, word building for their forms, rules for the
// rest. It is read-only once made.
type tongue struct {
	lexicon map[string][]sounded
	rules   *rules
}

func newTongue() (*tongue, error) {
	names := make(map[string]phone, phones)
	for p := range phones {
		names[sounds[p].name] = p
	}
	rs, err := parseRules(rulesText, names)
	if err != nil {
		return nil, err
	}
	t := &tongue{lexicon: make(map[string][]sounded, 2048), rules: rs}
	for i, line := range strings.Split(lexiconText, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Fields(line)
		var out []sounded
		for _, f := range fields[1:] {
			var s sounded
			if c := f[len(f)-1]; c == '1' || c == '2' {
				s.stress, f = c-'0', f[:len(f)-1]
			}
			p, ok := names[f]
			if !ok {
				return nil, fmt.Errorf("builtin: lexicon line %d names an unknown sound", i+1)
			}
			s.phone = p
			out = append(out, s)
		}
		if len(out) == 0 {
			return nil, fmt.Errorf("builtin: lexicon line %d has no sounds", i+1)
		}
		for _, w := range strings.Split(fields[0], ",") {
			t.lexicon[w] = out
		}
	}
	return t, nil
}

// longest word that is worked out in one piece; a longer run of letters is
// cut, so that work per sound stays bounded whatever the input is.
const longest = 40

// say gives the sounds of a word in small letters and apostrophes. The result
// may be shared: callers copy what they change.
func (t *tongue) say(w string) []sounded {
	if len(w) > longest {
		return append(append([]sounded(nil), t.say(w[:longest])...), t.say(w[longest:])...)
	}
	if s, ok := t.known(w, 0); ok {
		return s
	}
	if i := strings.IndexByte(w, '\''); i >= 0 {
		return t.say(strings.ReplaceAll(w, "'", ""))
	}
	return t.spell(w)
}

// spell applies the rules; plurals and pasts first lose their endings, since
// "makes" sounds as "make" does.
func (t *tongue) spell(w string) []sounded {
	n := len(w)
	switch {
	case n > 3 && strings.HasSuffix(w, "ies"):
		return plural(t.say(w[:n-3] + "y"))
	case n > 4 && strings.HasSuffix(w, "es") && hisses(w[:n-2]):
		return plural(t.say(w[:n-2]))
	case n > 3 && w[n-1] == 's' && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is") && hasVowel(w[:n-1]):
		return plural(t.say(w[:n-1]))
	}
	out, at := t.rules.apply(w)
	if vowelless(out) { // "xyz", "hmph"
		return t.letters(w)
	}
	return stressed(w, out, at)
}

// hisses says whether a plural is written with ES: "boxes", "churches".
func hisses(w string) bool {
	for _, e := range [...]string{"x", "ch", "sh", "ss", "zz"} {
		if strings.HasSuffix(w, e) {
			return true
		}
	}
	return false
}

func vowelless(out []sounded) bool {
	for _, s := range out {
		if s.phone.is(vowel) {
			return false
		}
	}
	return true
}

// letters names each letter.
func (t *tongue) letters(w string) []sounded {
	var out []sounded
	for i := range len(w) {
		out = append(out, t.lexicon[w[i:i+1]+"."]...)
	}
	return out
}

// known looks a word up, and if it is not there its parts: stem and ending,
// prefix and stem, or two known words in one. depth bounds the search.
func (t *tongue) known(w string, depth int) ([]sounded, bool) {
	if s, ok := t.lexicon[w]; ok {
		return s, true
	}
	if depth > 2 {
		return nil, false
	}
	n := len(w)
	cut := func(k int) string { return w[:n-k] }
	switch {
	case strings.HasSuffix(w, "'s"):
		s := t.say(cut(2))
		return plural(s), true
	case strings.HasSuffix(w, "s'"):
		return t.say(cut(1)), true
	case n > 3 && strings.HasSuffix(w, "ies"):
		if s, ok := t.known(cut(3)+"y", depth+1); ok {
			return plural(s), true
		}
	case n > 2 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss"):
		if s, ok := t.known(cut(1), depth+1); ok {
			return plural(s), true
		}
		if s, ok := t.known(strings.TrimSuffix(cut(1), "e"), depth+1); ok && strings.HasSuffix(w, "es") && sibilant(s[len(s)-1].phone) {
			return plural(s), true
		}
	case n > 3 && strings.HasSuffix(w, "ied"):
		if s, ok := t.known(cut(3)+"y", depth+1); ok {
			return past(s), true
		}
	case n > 3 && strings.HasSuffix(w, "ed"):
		if s, ok := t.stem(cut(2), depth); ok {
			return past(s), true
		}
	}
	for _, e := range [...]struct {
		letters string
		sounds  []sounded
	}{
		{"ing", []sounded{{pIH, 0}, {pNG, 0}}},
		{"er", []sounded{{pER, 0}}},
		{"or", []sounded{{pER, 0}}},
		{"est", []sounded{{pAX, 0}, {pS, 0}, {pT, 0}}},
		{"ly", []sounded{{pL, 0}, {pIY, 0}}},
		{"y", []sounded{{pIY, 0}}},
		{"ness", []sounded{{pN, 0}, {pAX, 0}, {pS, 0}}},
		{"less", []sounded{{pL, 0}, {pAX, 0}, {pS, 0}}},
		{"ful", []sounded{{pF, 0}, {pAX, 0}, {pL, 0}}},
		{"ment", []sounded{{pM, 0}, {pAX, 0}, {pN, 0}, {pT, 0}}},
		{"able", []sounded{{pAX, 0}, {pB, 0}, {pAX, 0}, {pL, 0}}},
		{"al", []sounded{{pAX, 0}, {pL, 0}}},
		{"ship", []sounded{{pSH, 0}, {pIH, 2}, {pP, 0}}},
		{"hood", []sounded{{pHH, 0}, {pUH, 2}, {pD, 0}}},
		{"n't", []sounded{{pAX, 0}, {pN, 0}, {pT, 0}}},
		{"'ll", []sounded{{pAX, 0}, {pL, 0}}},
		{"'ve", []sounded{{pV, 0}}},
		{"'re", []sounded{{pER, 0}}},
		{"'d", []sounded{{pD, 0}}},
	} {
		if !strings.HasSuffix(w, e.letters) || n-len(e.letters) < 2 {
			continue
		}
		if s, ok := t.stem(cut(len(e.letters)), depth); ok {
			return append(append([]sounded(nil), s...), e.sounds...), true
		}
	}
	return t.joined(w, depth)
}

// stem finds what an ending was put on: "mak" is make, "plann" is plan,
// "happi" is happy.
func (t *tongue) stem(w string, depth int) ([]sounded, bool) {
	if s, ok := t.known(w, depth+1); ok {
		return s, true
	}
	if s, ok := t.lexicon[w+"e"]; ok {
		return s, true
	}
	n := len(w)
	if n > 2 && w[n-1] == w[n-2] {
		if s, ok := t.lexicon[w[:n-1]]; ok {
			return s, true
		}
	}
	if n > 2 && w[n-1] == 'i' {
		if s, ok := t.known(w[:n-1]+"y", depth+1); ok {
			return s, true
		}
	}
	return nil, false
}

// joined takes a word apart into a prefix or a word and a word.
func (t *tongue) joined(w string, depth int) ([]sounded, bool) {
	if strings.IndexByte(w, '\'') >= 0 {
		return nil, false
	}
	for _, p := range [...]string{"un", "re", "dis", "non", "mis", "over", "under", "out", "inter", "up", "fore", "pre", "anti", "micro", "multi", "super"} {
		rest, ok := strings.CutPrefix(w, p)
		if !ok || len(rest) < 3 {
			continue
		}
		if s, ok := t.lexicon[p+"-"]; ok {
			if r, ok := t.known(rest, depth+1); ok {
				return append(append([]sounded(nil), s...), r...), true
			}
		}
	}
	for i := len(w) - 3; i >= 3; i-- {
		a, ok := t.lexicon[w[:i]]
		if !ok {
			continue
		}
		if c, ok := t.lexicon[w[i:]]; ok {
			out := append([]sounded(nil), a...)
			for _, s := range c {
				if s.stress == 1 {
					s.stress = 2
				}
				out = append(out, s)
			}
			return out, true
		}
	}
	return nil, false
}

func sibilant(p phone) bool {
	return p == pS || p == pZ || p == pSH || p == pZH || p == pCH || p == pJH
}

func plural(s []sounded) []sounded {
	out := append([]sounded(nil), s...)
	if len(s) == 0 {
		return out
	}
	switch p := s[len(s)-1].phone; {
	case sibilant(p):
		return append(out, sounded{pIH, 0}, sounded{pZ, 0})
	case p.sound().voiced:
		return append(out, sounded{pZ, 0})
	}
	return append(out, sounded{pS, 0})
}

func past(s []sounded) []sounded {
	out := append([]sounded(nil), s...)
	if len(s) == 0 {
		return out
	}
	switch p := s[len(s)-1].phone; {
	case p == pT || p == pD:
		return append(out, sounded{pIH, 0}, sounded{pD, 0})
	case p.sound().voiced:
		return append(out, sounded{pD, 0})
	}
	return append(out, sounded{pT, 0})
}
