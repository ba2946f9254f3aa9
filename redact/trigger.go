package redact

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// trigger is the first byte from i on where a value may show itself: a digit,
// a sign from : to @, the a of a word "at", two s or two dashes, or a character
// outside ASCII that may be a digit or a @. Eight bytes are looked at together:
// most of them are nothing.
func trigger(b []byte, i int) int {
	if i < len(b) && b[i]|0x20 == 'a' { // what stands before it is not among the eight
		if _, hit := triggers(b, i); hit {
			return i
		}
	}
	for i+8 <= len(b) {
		x := uint64(b[i]) | uint64(b[i+1])<<8 | uint64(b[i+2])<<16 | uint64(b[i+3])<<24 |
			uint64(b[i+4])<<32 | uint64(b[i+5])<<40 | uint64(b[i+6])<<48 | uint64(b[i+7])<<56
		if x&highs != 0 {
			for end := i + 8; i < end; {
				n, hit := triggers(b, i)
				if hit {
					return i
				}
				i += n
			}
			if b[i-1] < 0x80 {
				i-- // may stand before "at"
			}
			continue
		}
		// All bytes are below 0x80: no sum carries into the next byte.
		sign := (x + 0x50*ones) &^ (x + 0x3F*ones) // 0 to 9, and : to @
		isDash := ^((x ^ '-'*ones) + 0x7F*ones)
		low := x | 0x20*ones
		isS := ^((low ^ 's'*ones) + 0x7F*ones)
		isA := ^((low ^ 'a'*ones) + 0x7F*ones)
		isT := ^((low ^ 't'*ones) + 0x7F*ones)
		apart := (^x&(0x40*ones))<<1 | (low + 0x05*ones) | ^((low ^ '`'*ones) + 0x7F*ones) // no letter: before "at"
		hit := (sign | isA&(apart<<8)&(isT>>8) | isS&(isS>>8) | isDash&(isDash>>8)) & highs
		if hit != 0 {
			below := hit&-hit>>7 - 1
			return i + int(below&ones*ones>>56)
		}
		i += 6 // " at" may begin in the last two
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

// triggers says the same of one byte, and how far to go on without.
func triggers(b []byte, i int) (n int, hit bool) {
	c := b[i]
	switch {
	case c >= 0x80:
		return highTriggers(b, i)
	case c-'0' <= '@'-'0':
		return 1, true
	case c|0x20 == 's':
		return 1, i+1 < len(b) && b[i+1]|0x20 == 's'
	case c == '-':
		return 1, i+1 < len(b) && b[i+1] == '-'
	case c|0x20 == 'a' && i > 0 && i+1 < len(b) && b[i+1]|0x20 == 't':
		p := b[i-1]
		return 1, p < 0x80 && !isLetter(rune(p))
	}
	return 1, false
}

// highTriggers: of the characters outside ASCII only some blocks have digits
// or a @.
func highTriggers(b []byte, i int) (n int, hit bool) {
	switch b[i] {
	case 0xD9, 0xDB, 0xDF, 0xE0, 0xE1, 0xEF, 0xF0:
	default:
		return 1, false
	}
	w := window{b: b, last: false}
	f, n := w.at(i)
	return n, f == end || isDigit(f) || f == '@'
}
