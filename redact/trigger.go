package redact

import "math/bits"

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// trigger is the first byte from i on where a value may show itself: a digit,
// a sign from : to @, the a of a word "at", the s of "pass", two dashes, a word for @,
// or a character outside ASCII that may be a digit or a @. Eight bytes are
// looked at together, each with the ones before and after it: most of them are
// nothing, and what is left of them is looked at alone.
func trigger(b []byte, i int) int {
	if i == 0 && len(b) > 0 { // nothing stands before it
		n, hit := triggers(b, 0)
		if hit {
			return 0
		}
		i = n
	}
	for i+9 <= len(b) {
		around := b[i-1 : i+9]
		before, x, after := eight(around), eight(around[1:]), eight(around[2:])
		if (before|x|after)&highs != 0 {
			for end := i + 8; i < end; {
				n, hit := triggers(b, i)
				if hit {
					return i
				}
				i += n
			}
			continue
		}
		// All bytes are below 0x80: no sum carries into the next byte.
		low := x | 0x20*ones
		lowBefore, lowAfter := before|0x20*ones, after|0x20*ones
		twice := low ^ lowAfter
		sign := (x + 0x50*ones) &^ (x + 0x3F*ones)                                    // 0 to 9, and : to @
		letter := (lowBefore + 0x1F*ones) &^ (lowBefore + 0x05*ones)                  // before it
		noAt := ((low ^ 'a'*ones) | ((lowAfter | 0x06*ones) ^ 0x76*ones)) + 0x7F*ones // not an a, and p, r, t or v
		noSS := (((low | 0x10*ones) ^ 's'*ones) | twice) + 0x7F*ones                  // nor ss, cc
		noDashes := (((low | 0x40*ones) ^ 'm'*ones) | twice) + 0x7F*ones              // nor --, mm
		for hit := (sign | ^((noAt | letter) & noSS & noDashes)) & highs; hit != 0; hit &= hit - 1 {
			at := i + bits.TrailingZeros64(hit)/8
			if _, ok := triggers(b, at); ok {
				return at
			}
		}
		i += 8
	}
	for i < len(b) {
		n, hit := triggers(b, i)
		if hit {
			return i
		}
		i += n
	}
	return i
}

// eight are the first eight bytes, the first of them the lowest.
func eight(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
		uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// triggers says the same of one byte, and how far to go on without.
func triggers(b []byte, i int) (n int, hit bool) {
	c := b[i]
	switch {
	case c >= 0x80:
		return highTriggers(b, i)
	case c-'0' <= '@'-'0':
		switch c {
		case '?', '<':
			return 1, false
		case ';':
			return 1, i > 0 && b[i-1]|0x20 == 't'
		case ':':
			return 1, !captioned(b, i)
		}
		return 1, true
	case i+1 >= len(b):
		return 1, false
	}
	next := b[i+1]
	switch c | 0x20 {
	case 's': // of "pass"
		return 1, next|0x20 == 's' && i > 1 && b[i-1]|0x20 == 'a' && b[i-2]|0x20 == 'p'
	case 'a':
		switch next | 0x20 {
		case 't':
			return 1, isApart(b, i) && !placed(b, i)
		case 'r', 'p':
			if i+2 < len(b) && b[i+2]|0x20 != 'e' == (next|0x20 == 'r') {
				_, end := atWordAt(b, i)
				return 1, end > 0
			}
		}
	case 'c', 'm':
		if next|0x20 == c|0x20 && i > 1 && (b[i-1]|0x20 == 'o' || b[i-1]|0x20 == 'a') {
			_, end := atWordAt(b, i)
			return 1, end > 0
		}
	case '-':
		return 1, c == '-' && next == '-'
	}
	return 1, false
}

// captioned says whether the colon at byte i is one of a sentence, seen at once:
// a space follows, and no name of a secret ends before it.
func captioned(b []byte, i int) bool {
	if i < 2 || i+1 >= len(b) || b[i+1] != ' ' {
		return false
	}
	last, before := b[i-1]|0x20-'a', b[i-2]|0x20-'a'
	return last < 26 && before < 26 && namePairs[last]>>before&1 == 0
}

// placed says whether the "at" at byte i is one of a place or a time, seen at
// once.
func placed(b []byte, i int) bool {
	return i+3 < len(b) && b[i-1] == ' ' && b[i+2] == ' ' && b[i+3]|0x20 != 's' && plainly(b, i+3)
}

// highTriggers: of the characters outside ASCII only some blocks have digits
// or a @, and only some begin a word for one.
func highTriggers(b []byte, i int) (n int, hit bool) {
	switch b[i] {
	case 0xC3, 0xC5, 0xD1, 0xD7:
		_, end := atWordAt(b, i)
		return 1, end > 0
	case 0xD9, 0xDB, 0xDF, 0xE0, 0xE1, 0xEF, 0xF0:
	default:
		return 1, false
	}
	w := window{b: b, limit: len(b), exact: true, all: true}
	f, n := w.at(i)
	return n, f == end || isDigit(f) || f == '@'
}
