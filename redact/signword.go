package redact

import "unicode/utf8"

// atWord is a @ as it is called in a language. lead is how many of its bytes
// stand before the one with which it shows itself (see trigger).
type atWord struct {
	text string
	lead int
}

// atWords are in small letters.
var atWords = []atWord{
	{"arroba", 0}, {"arobase", 0}, {"apenstaartje", 0}, {"chiocciola", 4}, {"klammeraffe", 3}, {"ät", 0}, {"małpa", 2}, {"собака", 0}, {"שטרודל", 0},
}

// atWordsBy are the same by the byte with which they show themselves.
var atWordsBy = func() (by [256][]atWord) {
	for _, a := range atWords {
		c := a.text[a.lead]
		by[c] = append(by[c], a)
		if isLetter(rune(c)) {
			by[c-0x20] = append(by[c-0x20], a)
		}
	}
	return by
}()

// atWordAt is where a word for @ stands that shows itself with the byte at i;
// without one end is zero.
func atWordAt(b []byte, i int) (start, end int) {
	for _, a := range atWordsBy[b[i]] {
		if start = i - a.lead; start > 0 && hasFold(b[start:], a.text) && isApart(b, start) {
			return start, start + len(a.text)
		}
	}
	return i, 0
}

// isApart says whether what stands before byte i sets a sign apart that is
// spelled out.
func isApart(b []byte, i int) bool {
	if i == 0 {
		return false
	}
	if c := b[i-1]; c < utf8.RuneSelf {
		return !isLetter(rune(c))
	}
	r, _ := utf8.DecodeLastRune(b[:i])
	c := fold(r)
	return c == ' ' || opens(c) || ties(c) || isQuote(c)
}

// spelling says where a word stands for a dot, or for another sign of a name.
type spelling uint8

const (
	always   spelling = iota
	inDomain          // and in a name, if the @ is a word of another language than English
	inName            // if the @ is spelled out, too
	rarely            // it is a word of other meaning: only where the @ is a word of another language
)

type dotWord struct {
	text  string
	where spelling
}

// dotWords are in small letters.
var dotWords = []dotWord{
	{"dot", always}, {"punto", inDomain}, {"punkt", inDomain}, {"ponto", inDomain}, {"kropka", inDomain}, {"точка", inDomain}, {"נקודה", inDomain},
	{"point", rarely}, {"punt", rarely}, {"underscore", inName}, {"dash", inName}, {"hyphen", inName},
}

// nameOf says how the @ behind a name is written.
type nameOf uint8

const (
	plainName   nameOf = iota // with a @
	spelledName               // with "at"
	foreignName               // with another word
)

// dotWordAt reads a word for a dot of a domain at byte i. foreign: it stands
// behind a word for @ that is not "at", or in brackets.
func (w *window) dotWordAt(i int, foreign bool) (after int, ok bool) {
	c, _, _ := w.visible(i)
	switch lower(c) {
	case 'd', 'p', 'k', letter:
	default:
		return i, false
	}
	for _, d := range dotWords {
		if d.where == inName || d.where == rarely && !foreign {
			continue
		}
		if after, ok = w.spells(i, d.text); !ok {
			continue
		}
		if c, _, _ = w.visible(after); d.where == always || !isSpoken(c) {
			return after, true
		}
	}
	return i, false
}

// dotWordBefore is where a word begins that stands for a dot or the like in a
// name and ends before byte i.
func (w *window) dotWordBefore(i int, of nameOf) (start int, ok bool) {
	for _, d := range dotWords {
		if d.where == inName && of == plainName || (d.where == inDomain || d.where == rarely) && of != foreignName {
			continue
		}
		if start, ok = w.spellsBefore(i, d.text); ok {
			return start, true
		}
	}
	return i, false
}

// spells reads a word at byte i, past what cannot be seen.
func (w *window) spells(i int, word string) (after int, ok bool) {
	for _, want := range word {
		c, start, n := w.visible(i)
		if c != want && !w.isRune(c, start, want) {
			return i, false
		}
		i = start + n
	}
	return i, true
}

// spellsBefore is spells for a word that ends before byte i.
func (w *window) spellsBefore(i int, word string) (start int, ok bool) {
	for len(word) > 0 {
		want, n := utf8.DecodeLastRuneInString(word)
		c, start := w.visibleBefore(i)
		if c != want && !w.isRune(c, start, want) {
			return i, false
		}
		i, word = start, word[:len(word)-n]
	}
	return i, true
}

// isRune says whether the character at byte i, which folds to c, is the one,
// or its capital.
func (w *window) isRune(c rune, i int, want rune) bool {
	if want < utf8.RuneSelf {
		return lower(c) == want
	}
	if c != letter {
		return false
	}
	r, _ := utf8.DecodeRune(w.b[i:])
	return lowerRune(r) == want
}

// signFirst are the letters of ASCII with which such a word begins.
var signFirst = func() (first [utf8.RuneSelf]bool) {
	first['a'] = true // at
	for _, a := range atWords {
		if c := a.text[0]; c < utf8.RuneSelf {
			first[c] = true
		}
	}
	for _, d := range dotWords {
		if c := d.text[0]; c < utf8.RuneSelf {
			first[c] = true
		}
	}
	return first
}()

// longestSign is the number of characters of the longest sign word.
const longestSign = 12

// signBegun is where a word begins that ends before byte i and may become one
// for a @ or a dot, or i.
func (w *window) signBegun(i int) int {
	var said [longestSign]rune
	k, at := longestSign, i
	for {
		c, start := w.visibleBefore(at)
		if !isSpoken(c) {
			break
		}
		if k == 0 {
			return i
		}
		k--
		if said[k] = lower(c); c == letter {
			r, _ := utf8.DecodeRune(w.b[start:])
			said[k] = lowerRune(r)
		}
		at = start
	}
	if k == longestSign || uint32(said[k]) < utf8.RuneSelf && !signFirst[said[k]] {
		return i
	}
	begins := func(word string) bool {
		n := k
		for _, c := range word {
			if n == longestSign {
				return true
			}
			if c != said[n] {
				return false
			}
			n++
		}
		return n == longestSign
	}
	if begins("at") {
		return at
	}
	for i := range atWords {
		if begins(atWords[i].text) {
			return at
		}
	}
	for i := range dotWords {
		if begins(dotWords[i].text) {
			return at
		}
	}
	return i
}
