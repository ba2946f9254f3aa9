package avatar

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// HeardSoFar makes one line of what a transcriber has written of an utterance,
// in place: control characters and runs of spaces are one space, none at the
// ends.
func HeardSoFar(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		c, n := utf8.DecodeRune(b[i:])
		if unicode.IsSpace(c) || unicode.IsControl(c) || c == utf8.RuneError {
			if len(out) > 0 && out[len(out)-1] != ' ' {
				out = append(out, ' ')
			}
		} else {
			out = append(out, b[i:i+n]...)
		}
		i += n
	}
	out = bytes.TrimSuffix(out, []byte{' '})
	clear(b[len(out):])
	return out
}

// Heard is HeardSoFar of a whole utterance. What is only a remark about the
// sound, as "[BLANK_AUDIO]" and "(music)", is nothing: nobody said that.
func Heard(b []byte) []byte {
	b = HeardSoFar(b)
	rest := b
	for len(rest) > 0 {
		end := byte(0)
		switch rest[0] {
		case '[':
			end = ']'
		case '(':
			end = ')'
		case '*':
			end = '*'
		default:
			return b
		}
		i := bytes.IndexByte(rest[1:], end)
		if i < 0 {
			return b
		}
		rest = bytes.TrimLeft(rest[i+2:], " .")
	}
	clear(b)
	return nil
}
