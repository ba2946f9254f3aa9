package realtime

import "bytes"

// The functions here walk JSON that check has found to be well-formed. They
// hand out slices of it and copy nothing.

// stringEnd is the number of bytes of the string literal that b begins with,
// both quotes included. Of an unterminated one it is the length of b.
func stringEnd(b []byte) int {
	i := 1
	for {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			return len(b)
		}
		i += j
		k := i
		for k > 1 && b[k-1] == '\\' {
			k--
		}
		i++
		if (i-1-k)%2 == 0 {
			return i
		}
	}
}

// trim drops white space before b.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t' || b[0] == '\n' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

// cut gives the value that b begins with, and what comes after it.
func cut(b []byte) (value, rest []byte) {
	b = trim(b)
	switch b[0] {
	case '"':
		n := stringEnd(b)
		return b[:n], b[n:]
	case '{', '[':
		depth := 0
		for i := 0; ; i++ {
			switch b[i] {
			case '"':
				i += stringEnd(b[i:]) - 1
			case '{', '[':
				depth++
			case '}', ']':
				depth--
				if depth == 0 {
					return b[:i+1], b[i+1:]
				}
			}
		}
	default:
		n := bytes.IndexAny(b, ",]} \t\r\n")
		if n < 0 {
			n = len(b)
		}
		return b[:n], b[n:]
	}
}

// members walks the members of an object. It is a value and not an iterator
// function so that reading a message does not allocate for each object in it.
type members struct {
	name, value []byte // name without quotes and escapes
	rest        []byte // nil: nothing to walk
}

func membersOf(object []byte) members { return members{rest: trim(object)[1:]} }

// next moves to the next member and says whether there is one.
func (m *members) next() bool {
	if m.rest = follow(m.rest, '}'); m.rest == nil {
		return false
	}
	name, b := cut(m.rest)
	m.name = plain(name, nil)
	m.value, m.rest = cut(trim(b)[1:]) // after the colon
	return true
}

// elements walks the values of an array, up to a limit.
type elements struct {
	value []byte
	rest  []byte // nil: nothing to walk
	d     *decoder
	left  int
	at    string
}

// next moves to the next element and says whether there is one. One too many
// is an error of the decoder.
func (e *elements) next() bool {
	if e.rest = follow(e.rest, ']'); e.rest == nil {
		return false
	}
	if e.left--; e.left < 0 {
		e.d.fail(CodeTooMany, e.at)
		return false
	}
	e.value, e.rest = cut(e.rest)
	return true
}

// follow gives what comes after a separator, nil at the end.
func follow(rest []byte, end byte) []byte {
	if rest == nil {
		return nil
	}
	rest = trim(rest)
	if rest[0] == ',' {
		rest = trim(rest[1:])
	}
	if rest[0] == end {
		return nil
	}
	return rest
}

// plain is a string literal's text: a slice of it, or with escapes, scratch.
func plain(literal, scratch []byte) []byte {
	if bytes.IndexByte(literal, '\\') < 0 {
		return literal[1 : len(literal)-1]
	}
	return unquote(scratch, literal)
}

// appendCompact appends a value without the white space between its tokens.
func appendCompact(dst, value []byte) []byte {
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case ' ', '\t', '\r', '\n':
		case '"':
			n := stringEnd(value[i:])
			dst = append(dst, value[i:i+n]...)
			i += n - 1
		default:
			dst = append(dst, value[i])
		}
	}
	return dst
}
