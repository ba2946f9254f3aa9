package redact

import "unicode/utf8"

const (
	maxBlanks  = 2 // in a row, around a sign that is spelled out
	maxDomains = 512
)

// sign is a @ or a dot as somebody wrote it so that programs do not see it:
// " at ", "[at]", " (dot) ", " @ ".
type sign struct {
	start, end int
	word       bool // it is spelled as a word
	closed     bool // it stands in brackets
	spaced     bool // there are spaces around it
	tied       bool // it stands between two dashes or the like: -at-
	foreign    bool // it is a word of another language than English
}

// blanks is how far spaces and what cannot be seen go on from byte i.
func (w *window) blanks(i int) (after, n int) {
	for n <= maxBlanks {
		c, start, size := w.visible(i)
		if c != ' ' {
			return i, n
		}
		i = start + size
		n++
	}
	return i, n
}

// blanksBefore is the same towards the beginning.
func (w *window) blanksBefore(i int) (before, n int) {
	for n <= maxBlanks {
		c, start := w.visibleBefore(i)
		if c != ' ' {
			return i, n
		}
		i = start
		n++
	}
	return i, n
}

// maxBrackets is how deep a sign stands in brackets: ((at)).
const maxBrackets = 2

func isQuote(c rune) bool { return c == '"' || c == '\'' || c == '`' }

func opens(c rune) bool  { return c == '(' || c == '[' || c == '{' || c == '<' }
func closes(c rune) bool { return c == ')' || c == ']' || c == '}' || c == '>' }

// ties says whether the character is put on both sides of a word to make a
// sign of it.
func ties(c rune) bool { return c == '-' || c == '_' || c == '*' || c == '~' || c == '|' || c == '/' }

// around widens a sign by the brackets and spaces on both sides.
func (w *window) around(s sign) (sign, bool) {
	inner, before := w.blanksBefore(s.start)
	for depth := range maxBrackets {
		c, start := w.visibleBefore(inner)
		switch {
		case opens(c):
			after, n := w.blanks(s.end)
			c, start2, size := w.visible(after)
			if !closes(c) || n > maxBlanks || before > maxBlanks {
				return s, depth > 0
			}
			s.closed = true
			s.start, s.end = start, start2+size
			inner, before = w.blanksBefore(s.start)
			continue
		case s.word && before == 0 && depth == 0 && (ties(c) || isQuote(c)):
			c2, start2, size := w.visible(s.end)
			if c2 != c {
				return s, false
			}
			s.tied, s.closed = ties(c), isQuote(c)
			s.start, s.end = start, start2+size
			inner, before = w.blanksBefore(s.start)
		}
		break
	}
	after, n := w.blanks(s.end)
	if n > maxBlanks || before > maxBlanks {
		return s, false
	}
	s.spaced = n > 0 && before > 0
	s.start, s.end = inner, after
	return s, true
}

// atSigns make a longer name of "at".
var atSigns = []string{" sign", "-sign", " symbol"}

// atSign reads the @ or the word at byte i.
func (w *window) atSign(i int) (sign, bool) {
	c, n := w.at(i)
	switch c {
	case '@':
		if w.byteBefore(i) == '\\' { // as Markdown has it
			return w.around(sign{start: i - 1, end: i + n})
		}
		return w.around(sign{start: i, end: i + n})
	case '0', '2', '4', '6', ';':
		start, end := w.encoded(i)
		return sign{start: start, end: end}, end > start
	}
	if t, _ := w.at(i + 1); lower(c) != 'a' || lower(t) != 't' {
		start, end := atWordAt(w.b, i)
		if end == 0 || start < w.floor {
			return sign{}, false
		}
		s, ok := w.around(sign{start: start, end: end, word: true, foreign: true})
		return s, ok && (s.closed || s.spaced || s.tied)
	}
	for _, more := range atSigns {
		if i+3 < len(w.b) && w.b[i+3] < utf8.RuneSelf && w.b[i+3]|0x20 != 's' {
			break // seen at once
		}
		if after, ok := w.says(i+2, more); ok {
			s, ok := w.around(sign{start: i, end: after, word: true})
			return s, ok && (s.spaced || s.closed)
		}
	}
	if i >= 2 && i-2 >= w.floor && i+3 < len(w.b) && w.b[i-1] == ' ' && w.b[i+2] == ' ' && isWord(rune(w.b[i-2])) && isWord(rune(w.b[i+3])) {
		return sign{start: i - 1, end: i + 3, word: true, spaced: true}, true // as around would say
	}
	s, ok := w.around(sign{start: i, end: i + 2, word: true})
	return s, ok && (s.closed || s.spaced || s.tied)
}

// encodedDots are how programs write a dot.
var encodedDots = []string{"%2e", "&#46;", "&#x2e;", "&period;"}

// dot reads a dot at byte i of a domain, plain or spelled out. foreign: the @
// is a word of another language.
func (w *window) dot(i int, foreign bool) (sign, bool) {
	c, start, n := w.visible(i)
	switch c {
	case '.':
		after, blanks := w.blanks(start + n)
		return sign{start: i, end: after}, blanks == 0
	case '%', '&':
		for _, e := range encodedDots {
			if after, ok := w.says(start, e); ok {
				return sign{start: i, end: after}, true
			}
		}
		return sign{}, false
	}
	if ties(c) && w.tiedDot(start) {
		return sign{start: i, end: start + len("-dot-"), word: true, tied: true}, true
	}
	at, blanks := w.blanks(i)
	if blanks > maxBlanks {
		return sign{}, false
	}
	c, start, n = w.visible(at)
	if ties(c) && w.tiedDot(start) {
		after, _ := w.blanks(start + len("-dot-"))
		return sign{start: i, end: after, word: true, tied: true}, true
	}
	s := sign{start: i, spaced: blanks > 0}
	depth := 0
	quote := end
	for ; depth < maxBrackets && opens(c); depth++ {
		s.closed = true
		at, _ = w.blanks(start + n)
		c, start, n = w.visible(at)
	}
	if depth == 0 && isQuote(c) {
		quote = c
		c, start, n = w.visible(start + n)
	}
	if c == '.' {
		s.end = start + n
	} else if s.end, s.word = w.dotWordAt(start, foreign || s.closed); !s.word {
		return sign{}, false
	}
	after, trailing := w.blanks(s.end)
	for range depth {
		c, start, n = w.visible(after)
		if !closes(c) {
			return sign{}, false
		}
		after, trailing = w.blanks(start + n)
	}
	if quote != end {
		if c, start, n = w.visible(after); c != quote || !s.word || trailing > 0 {
			return sign{}, false
		}
		s.closed = true
		after, trailing = w.blanks(start + n)
	}
	s.end = after
	return s, trailing <= maxBlanks && (s.closed || s.spaced && (trailing > 0 || !s.word))
}

// tiedDot says whether "-dot-" or the like stands at byte i.
func (w *window) tiedDot(i int) bool { return w.tied(i, "dot") }

// tied says whether the word stands at byte i between two of the same sign.
func (w *window) tied(i int, word string) bool {
	first, _ := w.at(i)
	after, ok := w.says(i+1, word)
	if !ok {
		return false
	}
	last, n := w.at(after)
	return first == last && n == 1 && after == i+1+len(word)
}

// dotBefore is where a dot of a name begins that is spelled out and ends before
// byte m, or m. A plain one is a character of the address like any other.
func (w *window) dotBefore(m int, of nameOf) int {
	at, trailing := w.blanksBefore(m)
	if trailing > maxBlanks {
		return m
	}
	c, start := w.visibleBefore(at)
	depth := 0
	quote := end
	for ; depth < maxBrackets && closes(c); depth++ {
		at, _ = w.blanksBefore(start)
		c, start = w.visibleBefore(at)
	}
	if depth == 0 && isQuote(c) {
		quote = c
		c, start = w.visibleBefore(start)
	}
	closed := depth > 0 || quote != end
	switch {
	case c == '.' && (closed || trailing > 0):
	case !isSpoken(c):
		return m
	default:
		_, n := utf8.DecodeRune(w.b[start:])
		var ok bool
		if start, ok = w.dotWordBefore(start+n, of); !ok {
			return m
		}
	}
	at, leading := w.blanksBefore(start)
	for range depth {
		if c, start = w.visibleBefore(at); !opens(c) {
			return m
		}
		at, leading = w.blanksBefore(start)
	}
	if quote != end {
		if c, start = w.visibleBefore(at); c != quote || leading > 0 {
			return m
		}
		at, leading = w.blanksBefore(start)
	}
	if leading > maxBlanks || !closed && (leading == 0 || trailing == 0) {
		return m
	}
	return at
}
