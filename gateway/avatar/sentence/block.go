package sentence

import "bytes"

// block takes the marks of Markdown's lines out of a stream: headings, lists,
// quotes, tables, rules and fenced code. Marks inside a line are Inline's.
type block struct {
	line  []byte // the line so far, while its kind is not known
	known bool   // the rest of the line is passed on
	drop  bool   // the rest of the line is left out
	code  []byte // the fence that ends the code block under way; nil outside
}

// hold is how many bytes of a line are awaited at most before its kind is
// decided; a table's row and a line in a code block are awaited whole.
const hold = 12

// appendPlain appends to dst what piece adds to the plain text.
func (b *block) appendPlain(dst, piece []byte) []byte {
	for len(piece) > 0 {
		n := bytes.IndexByte(piece, '\n')
		part, ended := piece, false
		if n >= 0 {
			part, ended = piece[:n], true
			piece = piece[n+1:]
		} else {
			piece = nil
		}
		switch {
		case b.known && !b.drop:
			dst = append(dst, part...)
		case b.known:
		default:
			b.line = append(b.line, part...)
			dst = b.decide(dst, ended)
		}
		if ended {
			if !b.drop {
				dst = append(dst, '\n')
			}
			b.known, b.drop = false, false
			b.clearLine()
		}
	}
	return dst
}

// appendRest appends the line under way.
func (b *block) appendRest(dst []byte) []byte {
	if !b.known {
		dst = b.decide(dst, true)
	}
	b.forget()
	return dst
}

// decide looks at the line so far and passes it on without its marks, as soon
// as its kind is clear. ended says that the line is whole.
func (b *block) decide(dst []byte, ended bool) []byte {
	text := bytes.TrimLeft(b.line, " \t")
	if b.code != nil {
		if ended {
			if bytes.HasPrefix(text, b.code) {
				b.code = nil
			}
			b.known, b.drop = true, true
		} else if len(text) > 64*hold {
			b.clearLine() // no fence is that long, and code is not kept
			b.known, b.drop = true, true
		}
		return dst
	}
	if !ended && (len(text) < hold && !plainStart(text) || isRow(text)) {
		return dst
	}
	b.known = true
	for _, fence := range [][]byte{[]byte("```"), []byte("~~~")} {
		if bytes.HasPrefix(text, fence) {
			b.code, b.drop = fence, true
			return dst
		}
	}
	if isRow(text) {
		if !ended {
			b.known = false
			return dst
		}
		return appendRow(dst, text)
	}
	if isRule(text) && ended {
		return dst
	}
	return append(dst, unmarked(text)...)
}

func (b *block) clearLine() {
	clear(b.line)
	b.line = b.line[:0]
}

func (b *block) forget() {
	clear(b.line[:cap(b.line)])
	*b = block{}
}

// plainStart says that text begins like words: no mark can follow.
func plainStart(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	c := text[0]
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 && !bytes.HasPrefix(text, []byte("\xe2")) || c >= '0' && c <= '9'
}

func isRow(text []byte) bool { return len(text) > 0 && text[0] == '|' }

// isRule says that text is a line of Markdown's rule or of a heading's
// underline.
func isRule(text []byte) bool {
	text = bytes.TrimRight(text, " \t\r")
	if len(text) < 3 {
		return false
	}
	for _, c := range text {
		if c != text[0] && c != ' ' {
			return false
		}
	}
	return text[0] == '-' || text[0] == '*' || text[0] == '_' || text[0] == '='
}

// unmarked is text without the marks of a heading, quote, list or box.
func unmarked(text []byte) []byte {
	for {
		switch {
		case len(text) > 0 && text[0] == '#':
			rest := bytes.TrimLeft(text, "#")
			if len(rest) > 0 && rest[0] != ' ' || len(text)-len(rest) > 6 {
				return text
			}
			text = bytes.TrimLeft(rest, " ")
		case bytes.HasPrefix(text, []byte(">")):
			text = bytes.TrimLeft(text[1:], " ")
		case len(text) > 1 && (text[0] == '-' || text[0] == '*' || text[0] == '+') && text[1] == ' ':
			text = bytes.TrimLeft(text[2:], " ")
		case bytes.HasPrefix(text, []byte("• ")):
			text = bytes.TrimLeft(text[len("• "):], " ")
		case bytes.HasPrefix(text, []byte("[ ] ")), bytes.HasPrefix(text, []byte("[x] ")):
			text = text[4:]
		default:
			return text
		}
	}
}

// appendRow appends a table's row as its cells with commas between; a row of
// dashes is left out.
func appendRow(dst, row []byte) []byte {
	if len(bytes.Trim(row, "|-: \t\r")) == 0 {
		return dst
	}
	row = bytes.Trim(row, "| \t\r")
	first := true
	for cell := range bytes.SplitSeq(row, []byte{'|'}) {
		cell = bytes.TrimSpace(cell)
		if len(cell) == 0 {
			continue
		}
		if !first {
			dst = append(dst, ", "...)
		}
		first = false
		dst = append(dst, cell...)
	}
	return dst
}
