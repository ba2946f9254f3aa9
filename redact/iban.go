package redact

// iban finds the account of which the first check digit stands at byte i.
// The country is before it.
func (w *window) iban(i int) (Span, bool) {
	if start := w.lettersBefore(i); start < i && w.apartPair(start, i) { // "DE 89 3704"
		return w.ibanAt(start, i, rune(w.b[start]), rune(w.b[start+1]))
	}
	if !w.afterLetters(i) {
		return Span{}, false
	}
	second, at := w.visibleBefore(i)
	first, start := w.visibleBefore(at)
	return w.ibanAt(start, i, first, second)
}

// apartPair says whether the two letters at byte start and the two digits at
// byte i stand as a group of their own each, and are no words.
func (w *window) apartPair(start, i int) bool {
	return chars[w.b[start]]&chars[w.b[start+1]]&isUpper != 0 && w.byteAt(i+1)-'0' < 10 && w.byteAt(i+2) == ' '
}

// ibanAt reads an account of which the letters of the country begin at byte
// start and the first check digit stands at byte i.
func (w *window) ibanAt(start, i int, first, second rune) (Span, bool) {
	first, second = lower(first), lower(second)
	length := int(ibanLengths[first][second])
	if length == 0 {
		return Span{}, false
	}
	var rest mod97
	for count := 2; count < length; count++ {
		if i-start > maxNumber {
			return Span{}, false
		}
		if count >= 4 {
			i = w.ibanGap(i)
		}
		c, from, n := w.visible(i)
		if !isDigit(c) && (!isLetter(c) || count < 4) {
			return Span{}, false
		}
		if count >= 4 {
			rest.add(c)
		} else {
			rest.check = rest.check*10 + int(c-'0')
		}
		i = from + n
	}
	if !rest.matches(first, second) || !w.endsAt(i) {
		return Span{}, false
	}
	return Span{Start: start, End: i, Kind: IBAN}, true
}

// ibanGap is what follows a space or two, a dash, a dot or a slash at byte i, or
// i.
func (w *window) ibanGap(i int) int {
	c, start, n := w.visible(i)
	switch c {
	case ' ':
		if next, second, size := w.visible(start + n); next == ' ' {
			return second + size
		}
		return start + n
	case '-', '.', '/':
		return start + n
	}
	return i
}

// mod97 checks an account (ISO/IEC 7064, MOD 97-10).
type mod97 struct{ rest, check int }

// add takes the next letter or digit.
func (m *mod97) add(c rune) {
	if isDigit(c) {
		m.rest = (m.rest*10 + int(c-'0')) % 97
		return
	}
	m.rest = (m.rest*100 + int(lower(c)-'a') + 10) % 97
}

// matches says whether the check digits are those that the rest asks for.
func (m mod97) matches(first, second rune) bool {
	m.add(first)
	m.add(second)
	return (m.rest*100+m.check)%97 == 1
}
