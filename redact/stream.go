package redact

import "unicode/utf8"

// MaxHeld is the number of characters (code points) of a text that a Stream
// holds back at most; with patterns of a tenant's own it is MaxHeldOwn.
const (
	MaxHeld    = 320
	MaxHeldOwn = MaxHeld + longestMark
)

// contextBytes is how far before a value its recognisers look.
const contextBytes = 128

// Stream redacts a text that comes in pieces. Words leave as soon as nothing
// that may follow can make them part of a value. The pieces may be cut
// anywhere, in a character too. A Stream is for one text and one goroutine.
type Stream struct {
	r       *Redactor
	b       []byte  // what may still be looked at
	emitted int     // of b: has left, and stays as what was said before
	floor   int     // of b: where the last value ended
	open    swallow // of the last value: what comes may go on it
	shown   bool    // and stays
}

// Stream returns a Stream for one text.
func (r *Redactor) Stream() *Stream { return &Stream{r: r} }

// Append takes the next piece, appends to dst what can leave now, redacted,
// and returns it.
func (s *Stream) Append(dst, piece []byte) []byte {
	s.add(piece)
	return s.move(dst, false)
}

// Close appends to dst what was held back and forgets everything. The Stream
// may then be used for another text.
func (s *Stream) Close(dst []byte) []byte {
	dst = s.move(dst, true)
	clear(s.b[:cap(s.b)])
	*s = Stream{r: s.r, b: s.b[:0]}
	return dst
}

// Held is the number of characters that are held back. Bytes that are none, or
// not yet, count as one each.
func (s *Stream) Held() int { return utf8.RuneCount(s.b[s.emitted:]) }

// add appends a piece to the buffer. What a larger buffer replaces is
// cleared.
func (s *Stream) add(piece []byte) {
	old := s.b
	s.b = append(s.b, piece...)
	if len(old) > 0 && &old[0] != &s.b[0] {
		clear(old[:cap(old)])
	}
}

func (s *Stream) move(dst []byte, last bool) []byte {
	dst = s.swallow(dst)
	if s.open.open() {
		s.forget()
		return dst
	}
	w := window{b: s.b, last: last, floor: s.floor}
	for {
		m, found, decided := s.r.next(&w, s.emitted)
		if !found {
			decided = max(decided, s.emitted)
			dst = append(dst, s.b[s.emitted:decided]...)
			s.emitted = decided
			break
		}
		dst = append(dst, s.b[s.emitted:m.Start]...)
		dst = s.r.put(dst, m.Kind, s.b[m.Start:m.End])
		s.emitted, s.floor, w.floor = m.End, m.End, m.End
		if w.open.open() {
			s.open, s.shown = w.open, s.r.operators[m.Kind] == Off
			break
		}
	}
	s.forget()
	return dst
}

// swallow takes what goes on a value that was already written.
func (s *Stream) swallow(dst []byte) []byte {
	if !s.open.open() {
		return dst
	}
	rest := s.b[s.emitted:]
	n, done := s.open.take(rest)
	if s.shown {
		dst = append(dst, rest[:n]...)
	}
	s.emitted += n
	s.floor = s.emitted
	if done {
		s.open = swallow{}
	}
	return dst
}

// forget clears what has left and is too far back to matter.
func (s *Stream) forget() {
	gone := s.emitted - contextBytes
	if gone <= 0 {
		return
	}
	n := copy(s.b, s.b[gone:])
	clear(s.b[n:])
	s.b = s.b[:n]
	s.emitted -= gone
	s.floor = max(s.floor-gone, 0)
}
