package redact

import "unicode/utf8"

const (
	wordReach = 72 // bytes before a number in which the words are read
	mostWords = 6
	longWord  = 36 // bytes
)

// words weighs what is said right before byte i by a table: 2 says what the
// number is, 1 makes it likely, 0 only joins. It reads back to the first word
// that the table does not have, or that says it.
func (w *window) words(i int, table map[string]int8) int {
	from, low := i, max(i-wordReach, w.floor)
	bounded := false // low is the barrier: it is looked for where a word says something
	likely := 0
	var buffer [longWord]byte
	for range mostWords {
		start, last, ok := w.lastWord(i, low)
		if !ok {
			return likely
		}
		word := appendLower(buffer[:0], w.b[start:last])
		weight, known := table[string(word)]
		if !known {
			if weight = int8(inScript(word, table)); weight == 0 {
				hump := w.hump(start, last)
				if weight, known = table[string(appendLower(buffer[:0], w.b[hump:last]))]; !known || hump == start {
					return likely
				}
				start = hump
			}
		}
		if !bounded {
			low, bounded = w.barrier(from, wordReach), true
		}
		if start < low {
			return likely
		}
		if !known {
			return int(weight)
		}
		if c, _ := w.at(last); weight > 0 && c == ':' {
			return 2 // a label
		}
		if weight > 1 {
			return int(weight)
		}
		likely = max(likely, int(weight))
		i = start
	}
	return likely
}

// hump is where the last part begins of a name that is written together, as
// programs do: cardNumber. It is start if there is none, or a letter alone
// before it: an iPhone is no telephone.
func (w *window) hump(start, last int) int {
	for i := last - 1; i > start+1; i-- {
		if chars[w.b[i]]&isUpper != 0 && isLetter(rune(w.b[i-1])) && chars[w.b[i-1]]&isUpper == 0 {
			return i
		}
	}
	return start
}

// lastWord is the last word between low and byte i, if nothing but
// punctuation stands behind it.
func (w *window) lastWord(i, low int) (start, last int, ok bool) {
	lines := 0
	for skipped := 0; ; skipped++ {
		c, n := w.before(i)
		if i-n < low || skipped > 8 || n == 0 || isDigit(c) {
			return 0, 0, false
		}
		if isSpoken(c) {
			break
		}
		if c == '\n' {
			if lines++; lines > 1 {
				return 0, 0, false
			}
		}
		i -= n
	}
	last = i
	for {
		c, n := w.before(i)
		if n == 0 || i-n < low || !isSpoken(c) {
			break
		}
		i -= n
		if last-i > longWord {
			return 0, 0, false
		}
	}
	return i, last, last > i
}

// isSpoken says whether words are made of the character.
func isSpoken(c rune) bool { return isLetter(c) || c == letter || c == ideograph }

// appendLower appends the word in small letters.
func appendLower(dst, word []byte) []byte {
	for len(word) > 0 {
		r, n := utf8.DecodeRune(word)
		r = lowerRune(r)
		if len(dst)+utf8.RuneLen(max(r, 0)) > longWord {
			return dst
		}
		dst = utf8.AppendRune(dst, r)
		word = word[n:]
	}
	return dst
}

// lowerRune is the small letter for one of Latin, Greek or Cyrillic.
func lowerRune(r rune) rune {
	switch {
	case r < 0x80:
		return lower(r)
	case r >= 0xC0 && r <= 0xDE, r >= 0x391 && r <= 0x3A9, r >= 0x410 && r <= 0x42F:
		return r + 0x20
	case r >= 0x400 && r <= 0x40F:
		return r + 0x50
	}
	return r
}

// inScript weighs a word of a script that does not separate words: what the
// table has may stand anywhere in it.
func inScript(word []byte, table map[string]int8) int {
	for i := 0; i < len(word); {
		if word[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(word[i:])
		if fold(r) == ideograph {
			for j := i + n; j <= len(word); j++ {
				if weight := table[string(word[i:j])]; weight > 0 {
					return int(weight)
				}
			}
		}
		i += n
	}
	return 0
}
