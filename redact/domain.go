package redact

// domain is what was read of a domain.
type domain struct {
	end     int  // after its last label that can end one
	spelled bool // a dot in it is spelled out as a word
	closed  bool // or stands in brackets
}

// maxLabel is the number of bytes of a label: 63 characters of three bytes.
const maxLabel = 192

// domain reads a domain at byte i. It has two labels or more, and the last
// begins with two letters. foreign: the @ is a word of another language.
func (w *window) domain(i int, foreign bool) (d domain, ok bool) {
	begin := i
	if w.single(i, w.label(i).end) {
		if d, ok = w.lettersDomain(i); ok || w.short {
			return d, ok
		}
	}
	spelled, closed, loose := false, false, true
	digits := 0 // labels in a row that are numbers: a version, not a domain
	for count := 1; i-begin < maxDomains; count++ {
		l := w.label(i)
		if l.end == i {
			break
		}
		if l.digits && digits == count-1 {
			digits++
		}
		if ok && loose && l.top > i && l.top < l.end {
			break // the domain was complete: an account follows, "example.org . DE89 3704"
		}
		if count > 1 && digits < 2 && l.top > i {
			d, ok = domain{end: l.top, spelled: spelled, closed: closed}, true
		}
		s, found := w.dot(l.end, foreign)
		if !found {
			break
		}
		plain := !s.word && !s.closed && !s.spaced
		if !plain && !loose && !w.endsDomain(s) {
			break // the domain was complete: this is the next sentence
		}
		loose = !plain
		spelled, closed = spelled || s.word, closed || s.closed
		i = s.end
	}
	return d, ok
}

// endsDomain says whether a dot that is spelled out stands before the last
// label of a domain: "mail.example dot com".
func (w *window) endsDomain(s sign) bool {
	l := w.label(s.end)
	return s.word && inList(topDomains, w.b[s.end:l.top])
}

// label is one label of a domain.
type label struct {
	end    int
	top    int // where it ends as the last of a domain; its start if it cannot be that
	digits bool
}

func (w *window) label(i int) label {
	l := label{end: i, top: i, digits: true}
	first, near := end, end
	letters := 0     // at the beginning, in a row
	lettersEnd := i  // after them
	unbroken := true // nothing but letters until now
	foreign := false
	for p := i; p-i < maxLabel; {
		c, n := w.at(p)
		switch {
		case c == joiner:
			p += n
			continue
		case isDigit(c):
		case isLetter(c), c == letter:
			l.digits = false
		case c == ideograph && (near == end || near == ideograph):
			l.digits = false
		case ties(c) && (w.tiedDot(p) || w.tied(p, "at")):
			return w.topped(l, i, letters, lettersEnd, foreign)
		case (c == '-' || c == '_') && first != end:
			l.digits = false
		default:
			return w.topped(l, i, letters, lettersEnd, foreign)
		}
		if first == end {
			first = c
		}
		near = c
		p += n
		if unbroken && (isLetter(c) || c == letter || c == ideograph) {
			letters++
			lettersEnd = p
			foreign = foreign || c == ideograph || c == letter
		} else {
			unbroken = false
		}
		if c != '-' && c != '_' {
			l.end = p
		}
	}
	return w.topped(l, i, letters, lettersEnd, foreign)
}

// topped says where the label ends as the last of a domain.
func (w *window) topped(l label, i, letters, lettersEnd int, foreign bool) label {
	switch {
	case w.isPunycode(i, l.end):
		l.top = l.end
	case letters >= 2 || letters == 1 && foreign:
		l.top = lettersEnd
	}
	return l
}

// isPunycode says whether a label is a foreign one in letters of ASCII.
func (w *window) isPunycode(i, end int) bool {
	const prefix = "xn--"
	for k := range len(prefix) {
		if i+k >= end || lower(rune(w.b[i+k])) != rune(prefix[k]) {
			return false
		}
	}
	return end-i > len(prefix)
}
