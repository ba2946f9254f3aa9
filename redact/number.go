package redact

const (
	fewestDigits = 7 // of a number that can be a value
	mostDigits   = 19
	mostGroups   = mostDigits
	maxNumber    = 256 // bytes that a number is looked for in
)

// gap is what stands between two groups of digits.
type gap uint8

const (
	gapSpace gap = 1 << iota
	gapDash
	gapDot
	gapSlash
	gapOpen
	gapClose
)

// gapOf is what a character is in a gap, or 0.
func gapOf(c rune) gap {
	switch c {
	case ' ':
		return gapSpace
	case '-', '_':
		return gapDash
	case '.':
		return gapDot
	case '/':
		return gapSlash
	case '(':
		return gapOpen
	case ')':
		return gapClose
	}
	return 0
}

// group is a run of digits.
type group struct {
	gap        gap // before it
	start, end int
	upTo       int // digits of the number, to the end of the group
}

// number is digits in groups, as far as they can belong together. It holds
// no more than the longest value; what goes on beyond is seen by the caller.
type number struct {
	count  int // digits
	digits [mostDigits + 1]byte
	groups [mostGroups]group
	n      int // groups
}

// size is the number of digits in group i.
func (n *number) size(i int) int {
	if i == 0 {
		return n.groups[0].upTo
	}
	return n.groups[i].upTo - n.groups[i-1].upTo
}

// collect reads the number that begins with the digit at byte i. A group
// that would make it too long is left out.
func (w *window) collect(i int, n *number) {
	begin := i
	n.count, n.n = 0, 0
	var before gap
	for n.n < mostGroups {
		g := group{gap: before, start: i, end: i}
		count := n.count
		for {
			c, start, size := w.visible(i)
			if !isDigit(c) {
				break
			}
			if count >= mostDigits || i-begin > maxNumber {
				return
			}
			n.digits[count] = byte(c - '0')
			count++
			i = start + size
			g.end = i
		}
		n.count, g.upTo = count, count
		n.groups[n.n] = g
		n.n++
		var ok bool
		if before, i, ok = w.gap(i); !ok {
			return
		}
	}
}

// brief says whether the number at byte i is seen at once to be nothing: it
// has too few digits and no letters before it, and all around is ASCII.
func (w *window) brief(i int) bool {
	if i > 0 && (w.b[i-1] >= 0x80 || isLetter(rune(w.b[i-1]))) {
		return false
	}
	if start := w.lettersBefore(i); start < i && w.apartPair(start, i) {
		return false // "IT 60 X 05428"
	}
	count := 0
	for ; i < len(w.b); i++ {
		c := w.b[i]
		switch {
		case c-'0' < 10:
			if count++; count >= fewestDigits {
				return false
			}
		case c >= 0x80:
			return false
		case gapOf(rune(c)) == 0:
			return true
		}
	}
	return false
}

// gap reads what stands between two groups: a space, a dash, a dot, a slash,
// brackets, and a few of them together.
func (w *window) gap(i int) (g gap, next int, ok bool) {
	marks := 0
	for range 4 {
		c, start, n := w.visible(i)
		switch {
		case isDigit(c):
			return g, i, g != 0 && (g&gapDot == 0 || g == gapDot)
		case gapOf(c) != 0:
			g |= gapOf(c)
			if gapOf(c)&(gapDash|gapDot|gapSlash) != 0 {
				marks++
			}
		default:
			return 0, i, false
		}
		if marks > 1 {
			return 0, i, false
		}
		i = start + n
	}
	return 0, i, false
}

// inNumber says whether the digit at byte i is not the first of a number: a
// digit, a letter or a decimal point stands before it.
func (w *window) inNumber(i int) bool {
	c, start := w.visibleBefore(i)
	switch c {
	case '.', ',', ':', '/', '-':
		d, _ := w.visibleBefore(start)
		return isDigit(d)
	}
	return isWord(c) && !w.afterLetters(i)
}

// afterLetters says whether the country of an account stands before byte i.
func (w *window) afterLetters(i int) bool {
	c, at := w.visibleBefore(i)
	if !isLetter(c) {
		return false
	}
	if c, at = w.visibleBefore(at); !isLetter(c) {
		return false
	}
	c, _ = w.visibleBefore(at)
	return !isWord(c)
}

// endsAt says whether a number may end before byte i: nothing that touches it
// makes it part of a longer word or an address.
func (w *window) endsAt(i int) bool {
	c, _, _ := w.visible(i)
	return !isWord(c) && c != '@' && c != '%'
}

// alone is endsAt, where no mark follows either: what it stands for was a part
// of the word.
func (w *window) alone(i int) bool {
	if !w.endsAt(i) {
		return false
	}
	_, at, _ := w.visible(i)
	return !w.markAt(at)
}

// opensAt says whether a word may begin at byte i, past what cannot be seen.
func (w *window) opensAt(i int) bool {
	c, _ := w.visibleBefore(i)
	return !isWord(c)
}
