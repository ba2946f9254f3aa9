package redact

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// trigger is the first byte from i on where a value may show itself: a digit,
// a sign from : to @, the a of a word "at", two s or two dashes, or a character
// outside ASCII that may be a digit or a @. Eight bytes are looked at together,
// each with the ones before and after it: most of them are nothing.
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
		sign := (x + 0x50*ones) &^ (x + 0x3F*ones) // 0 to 9, and : to @
		isAt := ^(((low ^ 'a'*ones) | (lowAfter ^ 't'*ones)) + 0x7F*ones)
		apart := (lowBefore + 0x05*ones) | ^(lowBefore + 0x1F*ones) // no letter
		isSS := ^(((low ^ 's'*ones) | (lowAfter ^ 's'*ones)) + 0x7F*ones)
		isDashes := ^(((x ^ '-'*ones) | (after ^ '-'*ones)) + 0x7F*ones)
		hit := (sign | isAt&apart | isSS | isDashes) & highs
		if hit != 0 {
			below := hit&-hit>>7 - 1
			return i + int(below&ones*ones>>56)
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
	w := window{b: b, limit: len(b), exact: true, all: true}
	f, n := w.at(i)
	return n, f == end || isDigit(f) || f == '@'
}
