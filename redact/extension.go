package redact

// extensionWords introduce the number of a person behind a switchboard.
var extensionWords = []string{"extension", "extn", "ext", "x", "#", "доб"}

const mostExtension = 7 // digits

// extension is where the extension ends that follows byte i, or i.
func (w *window) extension(i int) (after int, ok bool) {
	at, _ := w.blanks(i)
	if c, start, n := w.visible(at); c == ',' || c == ';' {
		at, _ = w.blanks(start + n)
	}
	switch c, _, _ := w.visible(at); lower(c) {
	case 'e', 'x', '#', letter:
	default:
		return i, false
	}
	for _, word := range extensionWords {
		if next, ok := w.says(at, word); ok {
			return w.extensionDigits(next, i)
		}
	}
	return i, false
}

// extensionDigits reads the digits of an extension, or gives back none.
func (w *window) extensionDigits(at, none int) (after int, ok bool) {
	for range 3 {
		c, start, n := w.visible(at)
		if c != '.' && c != ':' && c != ' ' && c != '=' {
			break
		}
		at = start + n
	}
	count := 0
	for ; count <= mostExtension; count++ {
		c, start, n := w.visible(at)
		if !isDigit(c) {
			break
		}
		at = start + n
	}
	if count == 0 || count > mostExtension || !w.endsAt(at) {
		return none, false
	}
	return at, true
}

// says reads a word at byte i, in letters of any width and case.
func (w *window) says(i int, word string) (after int, ok bool) {
	for _, want := range []byte(word) {
		if want >= 0x80 { // part of a letter: as it is
			if w.byteAt(i) != want {
				return i, false
			}
			i++
			continue
		}
		c, n := w.at(i)
		if lower(c) != rune(want) {
			return i, false
		}
		i += n
	}
	return i, true
}
