package redact

import (
	"iter"
	"unicode/utf8"
)

// hold is from where a text that is decided up to byte i must stay, because
// what follows may make it part of a value: the name before a @ that has not
// come, the bracket or + before a number.
func (w *window) hold(i int) int {
	if w.last {
		return len(w.b)
	}
	i = w.whole(i)
	h := min(w.reach(i), w.runBefore(i))
	// Behind the name may stand the beginning of a sign: "jane (a".
	for at := range w.signsBefore(i) {
		h = w.heldName(h, at)
		if start := w.signBegun(at); start != at {
			for before := range w.signsBefore(start) {
				h = w.heldName(h, before)
			}
		}
		for _, sign := range begunSigns {
			if start := w.wordBefore(at, sign); start != at {
				for before := range w.signsBefore(start) {
					h = w.heldName(h, before)
				}
			}
		}
	}
	return max(min(h, w.holdNumber(i)), w.behind(i))
}

// holdDigits is hold where the digit at byte i may begin a value or go on a
// name.
func (w *window) holdDigits(i int) int {
	h := min(w.reach(i), w.runBefore(i), w.holdNumber(i), w.lettersBefore(i), w.monthBefore(i))
	if c, n := w.before(i); c == ' ' && w.single(w.atom(i-n, i-n-maxLocalBytes), i-n) {
		h = w.heldName(h, i-n) // it may be a letter of a name that is spelled
	}
	for _, encoded := range [...]string{"%", "&#", "\\u", "\\x"} {
		h = w.heldName(h, w.wordBefore(i, encoded))
	}
	return max(w.heldName(h, w.dotBefore(i, foreignName)), w.behind(i))
}

// heldName is h, or where the name begins that ends before byte i.
func (w *window) heldName(h, i int) int {
	if start := w.reach(i); start < i {
		return min(h, start)
	}
	return h
}

// reach is where a name may begin that ends before byte m or goes on there.
func (w *window) reach(m int) int {
	return min(w.parts(m, foreignName), w.letters(m, 1))
}

// begunSigns are the beginnings of the signs that are not words of letters.
var begunSigns = []string{"@", ".", "%", "%4", "&", "&#", "&#6", "&#64", "\\", "\\@", "\\u", "\\u0", "\\u00", "\\u004", "\\x", "\\x4"}

// signsBefore goes back from byte i over spaces, brackets and what else stands
// around a sign that is spelled out.
func (w *window) signsBefore(i int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for range 4 * (maxBlanks + 2) {
			if !yield(i) {
				return
			}
			c, start := w.visibleBefore(i)
			if c != ' ' && !opens(c) && !closes(c) && !ties(c) && !isQuote(c) {
				return
			}
			i = start
		}
	}
}

// wordBefore is where the word begins that ends before byte i, or i.
func (w *window) wordBefore(i int, word string) int {
	at := i
	for k := len(word) - 1; k >= 0; k-- {
		c, start := w.visibleBefore(at)
		if lower(c) != rune(word[k]) {
			return i
		}
		at = start
	}
	return at
}

// holdNumber moves i before what can begin a number: "(+".
func (w *window) holdNumber(i int) int {
	h := i
	for range 4 {
		c, start := w.visibleBefore(i)
		if c != '(' && c != '+' && c != ' ' {
			break
		}
		i = start
		if c != ' ' {
			h = i
		}
	}
	return h
}

// whole moves i before a character of which the end is still to come.
func (w *window) whole(i int) int {
	for k := 1; k <= 3 && i-k >= 0; k++ {
		c := w.b[i-k]
		if c < 0x80 {
			break
		}
		if c >= 0xC0 {
			if !utf8.FullRune(w.b[i-k : i]) {
				return i - k
			}
			break
		}
	}
	return i
}
