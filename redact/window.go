package redact

import "unicode/utf8"

// window is the part of a text that is looked at.
type window struct {
	b     []byte
	last  bool    // the text ends where b ends
	floor int     // what is before belongs to a value that was found, or has left
	short bool    // a recogniser wanted to see what is still to come
	open  swallow // of the value that was found last: it goes on beyond b
}

// at is the character at byte i, folded, and its size in bytes. At the end it
// is end, and if more is to come the window is short.
func (w *window) at(i int) (rune, int) {
	if i >= len(w.b) {
		w.short = w.short || !w.last
		return end, 0
	}
	if c := w.b[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	if !w.last && !utf8.FullRune(w.b[i:]) {
		w.short = true
		return end, 0
	}
	r, n := utf8.DecodeRune(w.b[i:])
	return fold(r), n
}

// before is the character before byte i, folded, and its size.
func (w *window) before(i int) (rune, int) {
	if i <= w.floor {
		return end, 0
	}
	if c := w.b[i-1]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	r, n := utf8.DecodeLastRune(w.b[w.floor:i])
	return fold(r), n
}

// maxJoiners is how many invisible characters in a row are seen through.
const maxJoiners = 8

// visible is at, past invisible characters: the character, where it stands
// and its size.
func (w *window) visible(i int) (c rune, start, n int) {
	for range maxJoiners {
		if c, n = w.at(i); c != joiner {
			break
		}
		i += n
	}
	return c, i, n
}

// visibleBefore is before, past invisible characters: the character and where
// it starts.
func (w *window) visibleBefore(i int) (c rune, start int) {
	for range maxJoiners {
		var n int
		c, n = w.before(i)
		i -= n
		if c != joiner {
			break
		}
	}
	return c, i
}
