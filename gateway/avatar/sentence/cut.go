package sentence

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// cut returns the length of the first sentence in text with the white space
// after it, zero when text may go on, and whether the cut is the end of a
// sentence and not only of what is bearable. A line's end is a sentence's end.
func cut(text []byte, language string, ended bool) (n int, whole bool) {
	chars, start := 0, true // start: nothing but white space so far
	comma, space := 0, 0    // where a long sentence could be cut
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		next := i + size
		if r == '\n' {
			return next, true
		}
		if isSpace(r) {
			if start {
				i = next
				continue
			}
			space = next
			if mark := lastRune(text[:i]); mark == ',' || mark == ';' || mark == ':' || mark == '–' || mark == '—' {
				if chars > Longest/3 {
					comma = next
				}
			}
		}
		start = false
		if chars++; chars > Longest {
			switch {
			case comma > 0:
				return comma, false
			case space > 0:
				return space, false
			}
			return i, false
		}
		if isStop(r) {
			end, sure := stop(text, i, size, language)
			if end > 0 && (sure || ended) {
				return end, true
			}
			if end == 0 && !sure && !ended {
				return 0, false // the deciding character has not come yet
			}
		}
		i = next
	}
	if ended && len(text) > 0 {
		return len(text), true
	}
	return 0, false
}

// stop looks at the stop of size bytes at text[i]. It returns the length of
// the sentence that it ends, with its closing quotes and the white space
// after them, or zero when it ends none; sure is false when what decides lies
// beyond the text.
func stop(text []byte, i, size int, language string) (end int, sure bool) {
	r, _ := utf8.DecodeRune(text[i:])
	j := i + size
	for j < len(text) { // "?!", "..."
		q, n := utf8.DecodeRune(text[j:])
		if !isStop(q) {
			break
		}
		r = q
		j += n
	}
	dots := j - i // more than one: an ellipsis or "?!"
	j = skipClosing(text, j)
	if isWide(r) {
		return j, j < len(text)
	}
	if j == len(text) {
		return 0, false
	}
	after, n := utf8.DecodeRune(text[j:])
	if !isSpace(after) {
		return 0, true // "3.14", "example.com", "?)."
	}
	if after == '\n' {
		return j + n, true
	}
	for j < len(text) {
		after, n = utf8.DecodeRune(text[j:])
		if !isSpace(after) {
			break
		}
		j += n
		if after == '\n' {
			return j, true
		}
	}
	if j == len(text) {
		return 0, false
	}
	if follows(text[j:]) {
		return 0, true
	}
	if r != '.' || dots > 1 {
		return j, true
	}
	return dot(text, i, j, language)
}

// dot decides about a single full stop at text[i], with the next word at
// text[j].
func dot(text []byte, i, j int, language string) (end int, sure bool) {
	word := lastWord(text[:i])
	if len(word) == 0 {
		return j, true
	}
	first, n := utf8.DecodeRune(word)
	if n == len(word) && unicode.IsLetter(first) {
		if first == 'I' && primary(language) == "en" {
			return j, true
		}
		return 0, true // an initial, or half of "z. B."
	}
	if digits(word) {
		atStart := len(bytes.TrimLeft(text[:i], " \t")) == len(word)
		ordinal := len(word) <= 2 && primary(language) == "de"
		if atStart || ordinal {
			return 0, true // "1. Open the page", "am 3. Mai"
		}
		return j, true
	}
	next, _ := utf8.DecodeRune(text[j:])
	switch abbreviation(language, word) {
	case beforeName:
		return 0, true
	case beforeNumber:
		if unicode.IsDigit(next) {
			return 0, true
		}
	case anywhere:
		if !unicode.IsUpper(next) {
			return 0, true
		}
	}
	if dotted(word) {
		return 0, true
	}
	return j, true
}

// dotted says that word is letters with full stops between: "U.S", "z.B".
func dotted(word []byte) bool {
	if bytes.IndexByte(word, '.') < 0 {
		return false
	}
	for part := range bytes.SplitSeq(word, []byte{'.'}) {
		if utf8.RuneCount(part) != 1 {
			return false
		}
	}
	return true
}

// follows says that what comes next goes on with the same sentence: a small
// letter, as in "Wait... what".
func follows(next []byte) bool {
	r, _ := utf8.DecodeRune(next)
	return unicode.IsLower(r)
}

// clause returns the length of the first clause of text that is at least min
// characters long, with the space after it, or zero.
func clause(text []byte, min int) int {
	depth, chars := 0, 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		chars++
		switch r {
		case '(', '[', '“', '„', '«', '`', '{':
			depth++
		case ')', ']', '”', '»', '}':
			depth--
		case '\n':
			return 0
		case ',', ';', ':':
			after := i + n
			if chars >= min && depth <= 0 && after+1 < len(text) && isSpace(rune(text[after])) && text[after] != '\n' && !isStop(rune(text[after+1])) && bytes.Count(text[:i], []byte{'"'})%2 == 0 {
				return after + 1
			}
		}
		i += n
	}
	return 0
}

// lastWord is the run without white space or opening marks at the end of
// text.
func lastWord(text []byte) []byte {
	i := len(text)
	for i > 0 {
		r, n := utf8.DecodeLastRune(text[:i])
		if isSpace(r) || r == '(' || r == '[' || r == '"' || r == '“' || r == '„' || r == '«' || r == '*' || r == '_' || r == '\'' || r == '’' || r == '/' {
			break
		}
		i -= n
	}
	return text[i:]
}

func lastRune(text []byte) rune {
	r, _ := utf8.DecodeLastRune(text)
	return r
}

func skipClosing(text []byte, j int) int {
	for j < len(text) {
		r, n := utf8.DecodeRune(text[j:])
		switch r {
		case '"', '\'', '”', '’', '»', ')', ']', '*', '_', '`', '“':
			j += n
		case '\u00a0', '\u202f': // French sets one before its closing mark
			q, m := utf8.DecodeRune(text[j+n:])
			if q != '»' {
				return j
			}
			j += n + m
		default:
			return j
		}
	}
	return j
}

func digits(word []byte) bool {
	for _, b := range word {
		if b < '0' || b > '9' {
			return false
		}
	}
	return true
}

// isStop says that r can end a sentence.
func isStop(r rune) bool {
	switch r {
	case '.', '!', '?', '…', '؟', '।':
		return true
	}
	return isWide(r)
}

// isWide says that r ends a sentence without a space after it.
func isWide(r rune) bool { return r == '。' || r == '！' || r == '？' }

func isSpace(r rune) bool { return r == ' ' || r == '\n' || r == '\t' || unicode.IsSpace(r) }

// speakable says that there is a letter or a digit in text, and more than a
// list's number.
func speakable(text []byte) bool {
	trimmed := bytes.TrimRight(text, ".) ")
	if digits(trimmed) && len(trimmed) < len(text) && len(trimmed) <= 2 {
		return false
	}
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return true
		}
		i += n
	}
	return false
}

// closed appends a full stop to a sentence that ends in a letter, a digit or
// a bracket: a heading or an item of a list. Without it a voice runs on.
func closed(text []byte) []byte {
	r, _ := utf8.DecodeLastRune(text)
	if inner, _ := utf8.DecodeLastRune(bytes.TrimRight(text, ")]")); isStop(inner) {
		return text
	}
	if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == ')' || r == ']' || r == '%' || r == '€' {
		return append(text, '.')
	}
	return text
}
