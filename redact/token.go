package redact

// Keyer makes the tokens that Hash leaves, with a key that nobody else has.
// Without it a token could be found by trying: there are few telephone numbers.
type Keyer interface {
	// Token is the same for the same kind and value, and says nothing about
	// it to whoever does not have the key. The value is in the form in which
	// equal values are equal; it is only lent.
	Token(k Kind, value []byte) uint64
}

// tokenLetters write a token. There is no digit and no vowel: no number, no
// address and no word can come of it, in any surroundings.
const tokenLetters = "bcdfghjklmnpqrst"

// tokenLength is how many letters a token has, four bits in each.
const tokenLength = 16

// appendToken appends the mark of a kind with the token of the value.
func (r *Redactor) appendToken(dst []byte, k Kind, value []byte) []byte {
	var room [128]byte
	plain := canonical(room[:0], k, value)
	token := r.keyer.Token(k, plain)
	clear(plain)
	clear(room[:])
	mark := marks[k]
	dst = append(dst, mark[:len(mark)-1]...)
	dst = append(dst, ':')
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, tokenLetters[token>>shift&15])
	}
	return append(dst, ']')
}

// tokenBefore says whether a mark with a token ends with the ] before byte i.
func (w *window) tokenBefore(i int) bool {
	colon := i - 2 - tokenLength
	if colon < 0 || w.b[colon] != ':' {
		return false
	}
	for _, c := range w.b[colon+1 : i-1] {
		if !isTokenLetter(c) {
			return false
		}
	}
	for _, m := range marks {
		if open := m[:len(m)-1]; colon >= len(open) && string(w.b[colon-len(open):colon]) == open {
			return true
		}
	}
	return false
}

func isTokenLetter(c byte) bool {
	for i := range len(tokenLetters) {
		if tokenLetters[i] == c {
			return true
		}
	}
	return false
}
