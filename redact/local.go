package redact

const (
	maxLocalBytes = 256 // of what stands before the @, from its end
	maxParts      = 4   // of it that are joined by a dot that is spelled out
)

// local is where the part of an address begins that ends before byte m. It
// is m if there is none.
func (w *window) local(m int, of nameOf) int {
	if start := w.letters(m, fewestLetters); start < m {
		return start
	}
	return w.parts(m, of)
}

// parts is where a name begins that ends before byte m and has its dots
// spelled out: "jane dot roe".
func (w *window) parts(m int, of nameOf) int {
	limit := m - maxLocalBytes
	start := w.atom(m, limit)
	for range maxParts - 1 {
		if start == m {
			break
		}
		dot := w.dotBefore(start, of)
		if dot == start {
			break
		}
		first := w.atom(dot, limit)
		if first == dot {
			break
		}
		start = first
	}
	return start
}

// atom is where the run of characters of an address begins that ends before
// byte m.
func (w *window) atom(m, limit int) int {
	start := m
	near := end // the character to the right
	for {
		c, n := w.before(start)
		switch {
		case n == 0 || start-n < limit:
			return start
		case c == ideograph && near != ideograph && near != end:
			return start // no space would stand between a word and an address
		case c == joiner:
		case isLocal(c):
			near = c
		default:
			return start
		}
		start -= n
	}
}

// isLocal says whether people use the character before a @. The standard
// allows more, but what it allows beyond is in texts something else: a pipe,
// a slash, an equals sign separate.
func isLocal(c rune) bool {
	if isDigit(c) || isLetter(c) || c == letter || c == ideograph {
		return true
	}
	switch c {
	case '.', '_', '%', '+', '-', '\'', '"', '!', '#', '~', '&':
		return true
	}
	return false
}

// trimmed is the first byte of an address from start on that can begin one.
func (w *window) trimmed(start, m int) int {
	for start < m {
		c, n := w.at(start)
		if isDigit(c) || isLetter(c) || c == '_' || c == letter || c == ideograph {
			return start
		}
		start += n
	}
	return m
}
