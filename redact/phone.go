package redact

// mostPhoneGroups is in how many groups a telephone number is set.
const mostPhoneGroups = 15

// phone finds the telephone number that n begins with.
func (w *window) phone(n *number, p prefix, regions []*phoneRegion) (Span, bool) {
	if p.plus && p.glued {
		return Span{}, false
	}
	before := -1 // the weight of the words before; read when needed
	for k := min(n.n, mostPhoneGroups); k > 0; k-- {
		digits := n.digits[:n.groups[k-1].upTo]
		if len(digits) < fewestDigits {
			break
		}
		last := n.groups[k-1].end
		last, extended := w.extension(last)
		if !extended && !w.endsAt(last) {
			continue
		}
		found := p.calls(digits) || n.typical(k, p, w)
		if !found && len(digits) <= 15 && !n.dated() && !n.dotted(k) {
			if before < 0 {
				before = w.calledBefore(p.start)
			}
			weight := max(before, w.wordAfter(last))
			found = weight > 1 || weight > 0 && (n.grouped(k) || k == n.n && n.dialled(k))
			for _, region := range regions {
				if found {
					break
				}
				ok, usual := region.has(n, k)
				found = ok && (usual || weight > 0) && n.apart(k, p, w)
			}
		}
		if found {
			return Span{Start: p.from(n, k), End: last, Kind: Phone}, true
		}
	}
	return Span{}, false
}

// prefix is what stands right before the digits.
type prefix struct {
	start  int  // of the prefix
	inner  int  // of the plus or the digits, inside the bracket
	plus   bool // +
	opened bool // (
	glued  bool // a digit or a letter touches it
}

func (w *window) prefix(n *number) prefix {
	first := n.groups[0].start
	p := prefix{start: first, inner: first}
	at := first
	c, start := w.visibleBefore(at)
	if c == ' ' || c == '(' {
		if plus, s := w.visibleBefore(start); plus == '+' {
			c, start = plus, s
		}
	}
	if c == '+' {
		p.plus, p.start, p.inner = true, start, start
		c, start = w.visibleBefore(start)
	}
	if c == '(' {
		p.opened, p.start = true, start
		c, _ = w.visibleBefore(start)
	}
	p.glued = isWord(c)
	return p
}

// from is where the value begins: at the bracket if that closes in it.
func (p prefix) from(n *number, k int) int {
	for i := 1; i < k; i++ {
		if n.groups[i].gap&gapClose != 0 && p.opened {
			return p.start
		}
		if n.groups[i].gap&gapOpen != 0 {
			break
		}
	}
	return p.inner
}

// calls says whether the digits call from anywhere: + or 00 and a number that
// there can be.
func (p prefix) calls(digits []byte) bool {
	if p.plus {
		return international(digits)
	}
	if digits[0] == 0 && digits[1] == 1 && digits[2] == 1 && len(digits) > 11 { // from North America
		return international(digits[3:])
	}
	return digits[0] == 0 && digits[1] == 0 && len(digits) > 9 && international(digits[2:])
}

// grouped says whether the first k groups look dialled: two or more, none of
// a single digit but at the beginning, none of them a long number by itself.
func (n *number) grouped(k int) bool {
	if k < 2 || k > 6 {
		return false
	}
	for i := range k {
		if n.size(i) > 8 || i > 0 && n.size(i) < 2 {
			return false
		}
	}
	return true
}

// dialled says whether the first k groups are ten digits or eleven as they are
// dialled, in one or one by one: North American, or with the zero before that
// others dial.
func (n *number) dialled(k int) bool {
	d := n.digits[:n.groups[k-1].upTo]
	if k > 1 && (k != len(d) || !n.even(k)) {
		return false
	}
	switch len(d) {
	case 10:
		return d[0] > 1 && d[3] > 1 || d[0] == 0 && d[1] > 0
	case 11:
		return d[0] == 1 && d[1] > 1 && d[4] > 1 || d[0] == 0 && d[1] > 0
	}
	return false
}

// dated says whether the number begins with a date.
func (n *number) dated() bool {
	year := func(i int) bool {
		v := head(n.digits[n.groups[i].upTo-4:], 4)
		return within(v, 1900, 2099)
	}
	if n.n < 3 {
		return false
	}
	switch n.shape(3) {
	case 0x422:
		return year(0)
	case 0x224, 0x124, 0x214, 0x114:
		return year(2)
	}
	return false
}

// dotted says whether the number is the address of a machine, or the first k
// groups that of a version.
func (n *number) dotted(k int) bool {
	if k == 3 && n.size(0) == 1 && n.groups[1].gap == gapDot && n.groups[2].gap == gapDot {
		return true
	}
	for i := range 4 {
		if i >= n.n || n.size(i) > 3 || i > 0 && n.groups[i].gap != gapDot {
			return false
		}
	}
	return true
}

// apart says whether the first k groups stand alone: they are neither the
// beginning nor the end of a longer row. A mark may stand for the rest of one.
func (n *number) apart(k int, p prefix, w *window) bool {
	if n.n > 1 && !p.opened && !p.plus {
		c, start := w.visibleBefore(p.start)
		if gapOf(c) != 0 && gapOf(c) == n.groups[1].gap {
			if c, _ = w.visibleBefore(start); isDigit(c) {
				return false
			}
		}
	}
	if k < n.n {
		return k > 1 && n.groups[k].gap != n.groups[k-1].gap&^(gapOpen|gapClose)
	}
	return !w.goesOn(n.groups[k-1].end)
}

// goesOn says whether what follows byte i is the next number of a row.
func (w *window) goesOn(i int) bool {
	for gaps := 0; gaps < 4; gaps++ {
		c, start, n := w.visible(i)
		if gaps == 1 && isDigit(c) {
			return true // with a space it would have been read
		}
		if gapOf(c) == 0 && c != ',' && c != ':' {
			return w.markAt(start)
		}
		i = start + n
	}
	return false
}

// typical says whether the first k groups are set as only telephone numbers
// are, in some country.
func (n *number) typical(k int, p prefix, w *window) bool {
	if p.glued || !n.apart(k, p, w) {
		return false
	}
	d := n.digits[:]
	shape := n.shape(k)
	switch {
	case p.opened && k > 1 && n.groups[1].gap&gapClose != 0:
		return n.bracketed(k)
	case shape == 0x334:
		g := n.groups[1].gap
		switch g {
		case gapDash, gapDot:
			return g == n.groups[2].gap && d[0] > 0
		case gapDash | gapSpace:
			return g == n.groups[2].gap && d[0] > 1
		case gapSlash:
			return n.groups[2].gap == gapDash && d[0] > 1
		}
		return g == gapSpace && d[0] > 1 && n.groups[2].gap != gapDot
	case shape == 0x1334:
		return d[0] == 1 && d[1] > 1
	case shape == 0x22222:
		return d[0] == 0 && d[1] > 0 && n.even(k)
	case k > 2 && n.size(0) == 1 && n.groups[1].gap&gapOpen != 0 && n.groups[2].gap&gapClose != 0: // 8 (495) 123-45-67
		return (d[0] <= 1 || d[0] == 8) && within(n.size(1), 2, 4) && within(n.groups[k-1].upTo, 9, 11)
	case shape == 0x34: // kept free for examples
		return n.groups[1].gap == gapDash && head(d, 5) == 55501
	}
	return false
}

// bracketed is for a first group in brackets: (030) 123 4567.
func (n *number) bracketed(k int) bool {
	if s := n.size(0); s < 2 || s > 5 || n.groups[k-1].upTo > 13 || k > 5 {
		return false
	}
	for i := 1; i < k; i++ {
		if n.size(i) < 2 || n.size(i) > 8 {
			return false
		}
	}
	return true
}

// even says whether the same stands between all of the first k groups.
func (n *number) even(k int) bool {
	for i := 2; i < k; i++ {
		if n.groups[i].gap != n.groups[1].gap {
			return false
		}
	}
	return true
}
