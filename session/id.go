package session

// ID is an opaque name of something that facts are about: a session, a key, a
// hold, a request. It is made outside, as a UUID; the zero ID is nothing.
type ID [16]byte

// IsZero says that nothing is named.
func (i ID) IsZero() bool { return i == ID{} }

// String is the usual form of a UUID: 36 characters, small letters.
func (i ID) String() string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 36)
	for n, b := range i {
		if n == 4 || n == 6 || n == 8 || n == 10 {
			out = append(out, '-')
		}
		out = append(out, digits[b>>4], digits[b&15])
	}
	return string(out)
}

// ParseID reads what String wrote, and nothing else.
func ParseID(s string) (ID, bool) {
	var id ID
	if len(s) != 36 {
		return ID{}, false
	}
	n := 0
	for i := 0; i < len(s); {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if s[i] != '-' {
				return ID{}, false
			}
			i++
			continue
		}
		hi, ok1 := digit(s[i])
		lo, ok2 := digit(s[i+1])
		if !ok1 || !ok2 {
			return ID{}, false
		}
		id[n] = hi<<4 | lo
		n, i = n+1, i+2
	}
	return id, true
}

func digit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	}
	return 0, false
}
