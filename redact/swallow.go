package redact

// secretHead is how many bytes of a secret are read before it is decided. What
// goes on after them is swallowed as it comes, however long it is.
const secretHead = 180

// swallow takes the rest of a value whose beginning was decided, byte by byte.
// The zero swallow takes nothing.
type swallow struct {
	class uint8 // of the characters that go on; zero: a private key as text
	pem   bool

	word  uint8 // of a private key: the length of the word that is read
	short uint8 // how many short words came in a row
	end   uint8 // how much of the line that ends it was read
}

func (s *swallow) open() bool { return s.class != 0 || s.pem }

// take is how many bytes of b go on the value, and whether it ended there.
func (s *swallow) take(b []byte) (n int, done bool) {
	if !s.pem {
		for n < len(b) && chars[b[n]]&s.class != 0 {
			n++
		}
		return n, n < len(b)
	}
	for ; n < len(b); n++ {
		if !s.key(b[n]) {
			return n, true
		}
		if s.end == pemEnded {
			return n + 1, true
		}
	}
	return n, false
}

const (
	pemEnd     = "-----END"
	pemLine    = 100 // of end: the line is read, and has so many dashes less
	pemEnded   = pemLine + 5
	longWord64 = 16 // characters that no word has but one in base 64
	mostShort  = 6
)

// key says whether the byte goes on a private key: base 64 and headers in
// lines, also with \n written out, to the line that ends it. One that was cut
// off ends where another text begins.
func (s *swallow) key(c byte) bool {
	switch {
	case s.end >= pemLine:
		if c == '-' {
			s.end++
		} else if s.end > pemLine || c < ' ' && c != '\n' && c != '\r' {
			return false
		}
		return chars[c]&inWord != 0 || c == ' '
	case int(s.end) < len(pemEnd) && c == pemEnd[s.end]:
		if s.end++; int(s.end) == len(pemEnd) {
			s.end = pemLine
		}
	case c == '-' && s.end == 5: // six dashes
	case c == '-':
		s.end = 1
	default:
		s.end = 0
	}
	if c == ' ' || c == '\n' || c == '\r' || c == '\t' {
		if s.word > 0 && s.word < longWord64 {
			s.short++
		} else if s.word > 0 {
			s.short = 0
		}
		s.word = 0
		return s.short < mostShort
	}
	if s.word < 255 {
		s.word++
	}
	return chars[c]&inRun != 0 || c == '=' || c == ':' || c == ',' || c == '\\'
}

// swallowed is the value with what goes on it. The window is short until
// enough of it was read to tell one from another.
func (w *window) swallowed(m Span, s swallow) (Span, bool) {
	n, done := s.take(w.b[m.End:])
	m.End += n
	if !done && !w.last {
		if m.End-m.Start < secretHead {
			w.short = true
			return Span{}, false
		}
		w.open = s
	}
	return m, true
}

// ended is the value that ends before byte end, or goes on beyond what is read
// of one.
func (w *window) ended(start, end int, class uint8) (Span, bool) {
	m := Span{Start: start, End: end, Kind: Secret}
	if end-start < secretHead {
		return m, true
	}
	return w.swallowed(m, swallow{class: class})
}
