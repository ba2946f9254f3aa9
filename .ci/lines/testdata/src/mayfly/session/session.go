// Package session stands for the one of the program.
package session

// Speech does not print.
type Speech struct{ open func() []byte }

// AppendTo opens it.
func (s Speech) AppendTo(dst []byte) []byte { return append(dst, s.open()...) }

// Len is a number.
func (s Speech) Len() int { return len(s.open()) }

// String must give a length.
func (s Speech) String() string { return string(s.open()) } // want `Speech.String prints bytes`

// GoString looks at a part.
func (s Speech) GoString() string {
	b := s.open()
	first := string(b[:1])
	return "speech(" + first + ")" // want `Speech.GoString prints bytes`
}

// MarshalText spells it.
func (s Speech) MarshalText() ([]byte, error) {
	text := string(s.open())
	return []byte(text), nil // want `Speech.MarshalText prints bytes`
}

// ID is drawn at random.
type ID [16]byte

// String is permitted.
func (i ID) String() string { return string(append([]byte(nil), i[:]...)) }
