package redact

// What a character of ASCII can be in a key, an address or a word.
const (
	inWord  uint8 = 1 << iota // a letter, a digit, _ or -
	inRun                     // one of a word, or . + / ~ %
	inValue                   // of a password in code or an address: no space, no quote, nothing that ends one
	inSaid                    // of one in a text: no space, no quote
	isHex
	isAlnum
	isUpper
)

var chars = func() (t [256]uint8) {
	for c := '!'; c <= '~'; c++ {
		var f uint8
		if isDigit(c) || isLetter(c) {
			f |= inWord | inRun | isAlnum
		}
		switch c {
		case '_', '-':
			f |= inWord | inRun
		case '.', '+', '/', '~', '%':
			f |= inRun
		}
		switch c {
		case '"', '\'', '`', '<', '>':
		case ';', ',', '&', '|':
			f |= inSaid
		default:
			f |= inValue | inSaid
		}
		if isDigit(c) || 'a' <= lower(c) && lower(c) <= 'f' {
			f |= isHex
		}
		if 'A' <= c && c <= 'Z' {
			f |= isUpper
		}
		t[c] = f
	}
	return t
}()

// byteAt is the byte at i; zero at the end, and the window is short there if
// more is to come.
func (w *window) byteAt(i int) byte {
	if i >= w.limit && w.beyond(i) {
		return 0
	}
	return w.b[i]
}

// byteBefore is the byte before i; zero where nothing is that belongs to it.
func (w *window) byteBefore(i int) byte {
	if i <= w.floor {
		return 0
	}
	return w.b[i-1]
}

// literal says whether the text goes on so at byte i.
func (w *window) literal(i int, text string) bool {
	for k := range len(text) {
		if w.byteAt(i+k) != text[k] {
			return false
		}
	}
	return true
}

// runReach is how many bytes of a key may stand before its first digit.
const runReach = 60

// runBefore is where the run begins that ends before byte i: what may be the
// beginning of a key whose digits are still to come.
func (w *window) runBefore(i int) int {
	start := i
	for start > w.floor && i-start <= runReach && chars[w.b[start-1]]&inRun != 0 {
		start--
	}
	return start
}

// runAt is where the run and the word begin in which the digit at byte i is
// the first. It is not ok if there is another digit before, or too much.
func (w *window) runAt(i int) (run, word int, ok bool) {
	word = -1
	p := i
	for ; p > w.floor; p-- {
		c := w.b[p-1]
		f := chars[c]
		if f&inRun == 0 {
			break
		}
		if c-'0' < 10 {
			return word, word, word >= 0
		}
		if word < 0 && f&inWord == 0 {
			word = p
		}
		if i-p >= runReach {
			return word, word, word >= 0
		}
	}
	if word < 0 {
		word = p
	}
	return p, word, true
}
