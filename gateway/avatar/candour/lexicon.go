package candour

import "slices"

// The number of classes that one language may use.
const maxClasses = 1024

// The classes that every language has.
const (
	fillers = iota // words that are passed over
	persona        // the avatar's own name, which no lexicon knows
)

// nameSet is what the avatar's own name belongs to.
var nameSet = set{1 << persona}

// set is a set of classes of words.
type set [maxClasses / 64]uint64

func (s *set) add(c int)      { s[c/64] |= 1 << (c % 64) }
func (s *set) has(c int) bool { return s[c/64]&(1<<(c%64)) != 0 }

// A word of a pattern has this many letters or more if misspellings of it
// are recognised, and what is taken for it has at most one fewer.
const shortestFuzzy = 5

// One letter shorter, and only two letters that changed places are forgiven:
// too many words are one letter away from "real".
const shortestSwap = 4

// lexicon knows the words of one language's patterns and their classes. It
// is built once and only read afterwards.
type lexicon struct {
	entries []entry
	exact   map[uint64][]int32 // hash of a word
	near    map[uint64][]int32 // hash of a fuzzy word, and of it without one letter
}

type entry struct {
	runes []rune
	set   set
	fuzzy bool
}

func newLexicon() *lexicon {
	return &lexicon{exact: map[uint64][]int32{}, near: map[uint64][]int32{}}
}

// put adds a word to a class. It is called while a grammar is built.
func (l *lexicon) put(w []rune, class int, fuzzy bool) {
	e := l.find(w)
	if e < 0 {
		e = len(l.entries)
		l.entries = append(l.entries, entry{runes: slices.Clone(w)})
		h := hash(w, -1)
		l.exact[h] = append(l.exact[h], int32(e))
	}
	if class >= 0 {
		l.entries[e].set.add(class)
	}
	if fuzzy && !l.entries[e].fuzzy && len(w) >= shortestSwap {
		l.entries[e].fuzzy = true
		for skip := -1; skip < len(w); skip++ {
			h := hash(w, skip)
			if at := l.near[h]; len(at) == 0 || at[len(at)-1] != int32(e) {
				l.near[h] = append(at, int32(e))
			}
		}
	}
}

// find gives the number of the entry that is exactly w, or -1.
func (l *lexicon) find(w []rune) int {
	for _, e := range l.exact[hash(w, -1)] {
		if slices.Equal(l.entries[e].runes, w) {
			return int(e)
		}
	}
	return -1
}

// look gives the classes of w: those of the word itself, or, if it is none,
// those of a fuzzy word that is one slip away, or nil. A slip is a letter too
// many, too few, wrong, or two changed over.
func (l *lexicon) look(w []rune) *set {
	if len(w) == 0 || len(w) > longestWord {
		return nil
	}
	if e := l.find(w); e >= 0 {
		return &l.entries[e].set
	}
	if len(w) < shortestFuzzy-1 {
		return nil
	}
	for skip := -1; skip < len(w); skip++ {
		for _, e := range l.near[hash(w, skip)] {
			if like(w, l.entries[e].runes) {
				return &l.entries[e].set
			}
		}
	}
	return nil
}

// hash is FNV-1a over the letters of w without the one at skip.
func hash(w []rune, skip int) uint64 {
	h := uint64(14695981039346656037)
	for i, r := range w {
		if i == skip {
			continue
		}
		h = (h ^ uint64(r)) * 1099511628211
	}
	return h
}

// like says whether w is a misspelling of key that is forgiven.
func like(w, key []rune) bool {
	if len(key) >= shortestFuzzy {
		return oneSlip(w, key)
	}
	return len(w) == len(key) && oneSlip(w, key) && sum(w) == sum(key)
}

func sum(w []rune) (n rune) {
	for _, r := range w {
		n += r
	}
	return n
}

// oneSlip says whether a and b are at a distance of at most one in the sense
// of Damerau and Levenshtein.
func oneSlip(a, b []rune) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return slices.Equal(a[i:], b[i+1:])
	}
	if i == len(a) || slices.Equal(a[i+1:], b[i+1:]) {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:])
}
