package stem

import (
	"unicode"
	"unicode/utf8"
)

// Fold appends src to dst in small letters and without what does not change
// which word it is: the accents of Latin letters (one letter may become two:
// ß is ss), Hebrew points, and marks that combine.
func Fold(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		i += n
		if r < utf8.RuneSelf {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			dst = append(dst, byte(r))
			continue
		}
		if unicode.Is(unicode.Mn, r) || r == '\u200e' || r == '\u200f' || r == '\u00ad' {
			continue
		}
		r = unicode.ToLower(r)
		if to := latin(r); to != "" {
			dst = append(dst, to...)
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// latin gives the plain spelling of a small accented letter, or nothing.
func latin(r rune) string {
	switch r {
	case 'à', 'á', 'â', 'ã', 'ä', 'å', 'ā', 'ą':
		return "a"
	case 'æ':
		return "ae"
	case 'ç', 'ć', 'č':
		return "c"
	case 'è', 'é', 'ê', 'ë', 'ē', 'ę':
		return "e"
	case 'ì', 'í', 'î', 'ï':
		return "i"
	case 'ñ', 'ń':
		return "n"
	case 'ò', 'ó', 'ô', 'õ', 'ö', 'ø', 'ő':
		return "o"
	case 'œ':
		return "oe"
	case 'ß':
		return "ss"
	case 'ś', 'š':
		return "s"
	case 'ù', 'ú', 'û', 'ü', 'ű':
		return "u"
	case 'ý', 'ÿ':
		return "y"
	case 'ź', 'ż', 'ž':
		return "z"
	}
	return ""
}
