package knowledge

import (
	"unicode/utf8"
)

// visible takes characters out of a text that nobody sees: they would carry
// words past whoever looks at a document, or turn a line around. Joiners that
// scripts need stay.
func visible(text []byte) []byte {
	clean := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if !unseen(r) {
			clean = append(clean, text[i:i+n]...)
		}
		i += n
	}
	return clean
}

func unseen(r rune) bool {
	switch {
	case r == '\n', r == '\r', r == '\t':
		return false
	case r < ' ', r >= 0x7f && r <= 0x9f: // control
		return true
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x180e, r == 0x3164, r == 0xffa0:
		return true
	case r == 0x200b, r >= 0x2060 && r <= 0x206f, r == 0xfeff: // of no width
		return true
	case r >= 0x202a && r <= 0x202e: // turning
		return true
	case r >= 0xfff9 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff: // notes, tags
		return true
	case r >= 0xe000 && r <= 0xf8ff, r >= 0xf0000: // of no agreed meaning
		return true
	}
	return false
}
