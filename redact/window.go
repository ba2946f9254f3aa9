package redact

import "unicode/utf8"

// window is the part of a text that is looked at.
type window struct {
	b     []byte
	last  bool // the text ends where b ends
	floor int  // what is before belongs to a value that was found, or has left
	short bool // a recogniser wanted to see what is still to come

	from  int     // where a value may have shown itself
	limit int     // of b: nothing from there on is looked at for it
	exact bool    // limit was measured in characters; else it may be more
	all   bool    // and is where b ends
	open  swallow // of the value that was found last: it goes on beyond b
}

const (
	maxBehind = 64  // characters before the one with which a value shows itself
	maxAhead  = 250 // and from it on: no recogniser looks further
)

// aim is called before a value is looked for that shows itself at byte i.
func (w *window) aim(i int) {
	w.from, w.limit, w.exact = i, min(i+maxAhead, len(w.b)), false
}

// beyond says whether byte i, which is at the limit or behind it, is not to be
// seen. If it is still to come, the window is short. The limit is the same
// however a text is cut.
func (w *window) beyond(i int) bool {
	if !w.exact {
		w.measure()
		if i < w.limit {
			return false
		}
	}
	w.short = w.short || w.all && !w.last
	return true
}

// measure sets the limit to maxAhead characters, or to where what is there of
// the text ends.
func (w *window) measure() {
	w.exact, w.all = true, true
	w.limit = w.from
	for n := 0; w.limit < len(w.b); n++ {
		if n == maxAhead {
			w.all = false
			return
		}
		if w.b[w.limit] < utf8.RuneSelf {
			w.limit++
			continue
		}
		if !w.last && !utf8.FullRune(w.b[w.limit:]) {
			w.limit = len(w.b) // at says so
			return
		}
		_, size := utf8.DecodeRune(w.b[w.limit:])
		w.limit += size
	}
}

// behind is the byte before which no value begins that shows itself at byte i
// or later.
func (w *window) behind(i int) int {
	for range maxBehind {
		if i <= w.floor {
			return w.floor
		}
		if i--; w.b[i] >= utf8.RuneSelf {
			_, n := utf8.DecodeLastRune(w.b[w.floor : i+1])
			i -= n - 1
		}
	}
	return i
}

// at is the character at byte i, folded, and its size in bytes. At the end it
// is end, and if more is to come the window is short.
func (w *window) at(i int) (rune, int) {
	if i >= w.limit && w.beyond(i) {
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
