package redact

import "unicode/utf8"

// canonical appends the form of a value in which equal values are equal,
// however they were written: of numbers the digits, of accounts digits and
// capital letters, of addresses small letters with their signs, of secrets all
// as it is, as far as they are read before they are decided.
func canonical(dst []byte, k Kind, value []byte) []byte {
	switch k {
	case Email:
		return canonicalEmail(dst, value)
	case Phone:
		return canonicalPhone(dst, value)
	case Secret:
		return append(dst, value[:min(len(value), secretHead)]...)
	case Custom:
		return foldWord(dst, value)
	case IP, BirthDate:
		return canonicalParts(dst, value)
	}
	for len(value) > 0 {
		c, n := folded(value)
		if isDigit(c) || isLetter(c) {
			dst = append(dst, upper(c))
		}
		value = value[n:]
	}
	return dst
}

// canonicalParts is small letters and digits, with what stands between them:
// without it 10.0.0.11 would be 10.0.01.1. Brackets and spaces go.
func canonicalParts(dst, value []byte) []byte {
	for len(value) > 0 {
		c, n := folded(value)
		switch {
		case isDigit(c), isLetter(c), c == '.', c == ':', c == '/', c == '%', c == '-':
			dst = append(dst, byte(lower(c)))
		case c == letter:
			dst = foldWord(dst, value[:n])
		}
		value = value[n:]
	}
	return dst
}

// canonicalPhone is the digits, with + for a calling code and x before an
// extension. The (0) that only people inside the country dial goes.
func canonicalPhone(dst, value []byte) []byte {
	letters := false
	for len(value) > 0 {
		c, n := folded(value)
		switch {
		case isDigit(c):
			if letters && len(dst) > 0 {
				dst = append(dst, 'x')
			}
			letters = false
			dst = append(dst, byte(c))
			if dst[0] == '0' && len(dst) == 2 && c == '0' {
				dst = append(dst[:0], '+')
			}
		case c == '+' && len(dst) == 0:
			dst = append(dst, '+')
		case c == '(' && len(dst) > 1 && dst[0] == '+':
			if zero := trunk(value); zero > 0 {
				n = zero
			}
		case isLetter(c), c == letter, c == '#':
			letters = true
		}
		value = value[n:]
	}
	return dst
}

// trunk is the length of a (0) at the start of b, or zero.
func trunk(b []byte) int {
	length := 0
	for _, want := range "(0)" {
		c, n := folded(b[length:])
		if c != want {
			return 0
		}
		length += n
	}
	return length
}

// canonicalEmail writes out what was spelled.
func canonicalEmail(dst, value []byte) []byte {
	last := end // the character before
	for len(value) > 0 {
		c, n := folded(value)
		sign, size := spelledSign(last, value)
		switch {
		case size > 0 && len(dst) > 0:
			for len(dst) > 0 && ties(rune(dst[len(dst)-1])) {
				dst = dst[:len(dst)-1]
			}
			dst = append(dst, sign)
			for c, k := folded(value[size:]); ties(c); c, k = folded(value[size:]) {
				size += k
			}
			n = size
		case c == joiner, c == ' ', c == '\n', c == '\t', opens(c), closes(c):
		case c < 0: // not one of ASCII
			r, _ := utf8.DecodeRune(value)
			dst = utf8.AppendRune(dst, lowerRune(r))
		default:
			dst = append(dst, byte(lower(c)))
		}
		last, value = c, value[n:]
	}
	return dst
}

// spelledSign is the sign that the value begins with behind the character
// last, where it is spelled out: at, dot, %40, &#64;.
func spelledSign(last rune, value []byte) (sign byte, size int) {
	switch {
	case hasFold(value, "%40"):
		return '@', len("%40")
	case hasFold(value, "&#64;"):
		return '@', len("&#64;")
	case !parts(last):
		return 0, 0
	case hasFold(value, "at"):
		sign, size = '@', len("at")
	case hasFold(value, "dot"):
		sign, size = '.', len("dot")
	}
	if after, _ := folded(value[size:]); !parts(after) {
		return 0, 0
	}
	return sign, size
}

// parts says whether the character stands between a word and what it is said
// to: "jane at", "(at)", "-at-".
func parts(c rune) bool { return c == ' ' || opens(c) || closes(c) || ties(c) }

// folded is the first character of b, folded, and its size; end for none.
func folded(b []byte) (rune, int) {
	if len(b) == 0 {
		return end, 0
	}
	r, n := utf8.DecodeRune(b)
	return fold(r), n
}

func upper(c rune) byte {
	if uint32(c-'a') < 26 {
		c -= 0x20
	}
	return byte(c)
}
