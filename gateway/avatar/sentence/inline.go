package sentence

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// Inline appends src to dst without Markdown's marks inside a line: emphasis,
// code marks, escapes, tags and the five common entities; links and pictures
// become their text, bare addresses lose their scheme, except on localhost, where
// it is meant to be copied. Runs of white space
// become one space. Unpaired marks, as a cut through emphasis leaves them, go
// as well.
func Inline(dst, src []byte) []byte {
	start := len(dst)
	gap := false
	put := func(b ...byte) {
		if gap && len(dst) > start {
			dst = append(dst, ' ')
		}
		gap = false
		dst = append(dst, b...)
	}
	for i := 0; i < len(src); {
		rest := src[i:]
		r, n := utf8.DecodeRune(rest)
		switch {
		case isSpace(r):
			gap = true
		case r < ' ' || r == 0x7F:
		case r == '\\' && len(rest) > 1 && isMark(rest[1]):
			put(rest[1])
			n = 2
		case r == '`', r == '~' && bytes.HasPrefix(rest, []byte("~~")):
		case r == '~' && i > 0 && src[i-1] == '~':
		case r == '*' || r == '_':
			run := len(rest) - len(bytes.TrimLeft(rest, string(r)))
			if isMarkRun(src, i, run, r) {
				n = run
				break
			}
			put(rest[:run]...)
			n = run
		case r == '!' && len(rest) > 1 && rest[1] == '[' && closing(rest[1:]) > 0:
			// The picture's text is read as a link's.
		case r == '[':
			text, size := link(rest)
			if size == 0 {
				put('[')
				break
			}
			if len(text) > 0 {
				if gap && len(dst) > start {
					dst = append(dst, ' ')
				}
				gap = false
				dst = Inline(dst, text)
			}
			n = size
		case r == '<':
			text, size := tag(rest)
			if size == 0 {
				put('<')
				break
			}
			put(text...)
			n = size
		case r == 'h' && (i == 0 || !isWord(src[:i])):
			put(rest[0])
			for _, scheme := range [][]byte{[]byte("https://"), []byte("http://")} {
				if bytes.HasPrefix(rest, scheme) && !bytes.HasPrefix(rest[len(scheme):], []byte("localhost")) {
					dst = dst[:len(dst)-1]
					n = len(scheme)
				}
			}
		case r == '&':
			c, size := entity(rest)
			if size == 0 {
				put('&')
				break
			}
			put(c)
			n = size
		default:
			put(rest[:n]...)
		}
		i += n
	}
	return dst
}

// isMark says that a backslash before c only protects it.
func isMark(c byte) bool { return bytes.IndexByte([]byte("\\`*_{}[]()#+-.!|~<>&"), c) >= 0 }

// isMarkRun says that the run of stars or underscores at src[i] is emphasis:
// not "2 * 3", not "2*3", not "snake_case".
func isMarkRun(src []byte, i, run int, mark rune) bool {
	before, _ := utf8.DecodeLastRune(src[:i])
	after, _ := utf8.DecodeRune(src[i+run:])
	open := i == 0 || isSpace(before)
	shut := i+run == len(src) || isSpace(after)
	if open && shut {
		return i == 0 || i+run == len(src) // left over from a cut
	}
	inside := (unicode.IsLetter(before) || unicode.IsDigit(before)) && (unicode.IsLetter(after) || unicode.IsDigit(after))
	if inside && run == 1 {
		return mark == '*' && unicode.IsLetter(before) && unicode.IsLetter(after)
	}
	return !inside || run > 1 && mark == '*'
}

func isWord(src []byte) bool {
	r, _ := utf8.DecodeLastRune(src)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// closing is the place of the bracket that closes the one at text[0], or zero.
func closing(text []byte) int {
	depth := 0
	for i, c := range text {
		switch c {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return 0
}

// link reads [text](target), [text][name] and the footnote [^1] at the start
// of src; size is zero when there is none.
func link(src []byte) (text []byte, size int) {
	end := closing(src)
	if end == 0 {
		return nil, 0
	}
	text, size = src[1:end], end+1
	if len(text) > 0 && text[0] == '^' {
		return nil, size
	}
	if size < len(src) && src[size] == '(' {
		if n := bytes.IndexByte(src[size:], ')'); n > 0 {
			return text, size + n + 1
		}
		// The sentence was cut inside the target: it is not for reading.
		return text, len(src)
	}
	if size < len(src) && src[size] == '[' {
		if n := closing(src[size:]); n > 0 {
			return text, size + n + 1
		}
	}
	return nil, 0
}

// tag reads an HTML tag or comment, of which nothing is left, or an address
// in angle brackets, of which the address is.
func tag(src []byte) (text []byte, size int) {
	if bytes.HasPrefix(src, []byte("<!--")) {
		if n := bytes.Index(src, []byte("-->")); n > 0 {
			return nil, n + 3
		}
		return nil, 0
	}
	n := bytes.IndexByte(src, '>')
	if n < 2 {
		return nil, 0
	}
	inner := src[1:n]
	if c := inner[0]; c != '/' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
		return nil, 0
	}
	for _, scheme := range [][]byte{[]byte("https://"), []byte("http://"), []byte("mailto:")} {
		if bytes.HasPrefix(inner, scheme) {
			return inner[len(scheme):], n + 1
		}
	}
	return nil, n + 1
}

// entity reads one of the entities that writers of Markdown use.
func entity(src []byte) (c byte, size int) {
	for _, e := range []struct {
		name string
		c    byte
	}{{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&nbsp;", ' '}, {"&#39;", '\''}} {
		if bytes.HasPrefix(src, []byte(e.name)) {
			return e.c, len(e.name)
		}
	}
	return 0, 0
}
