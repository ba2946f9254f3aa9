package candour

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Inside a folded text a word is letters and digits, possibly with
// apostrophes between them; everything else is one of these marks.
const (
	space      = ' '  // between words
	apostrophe = '\'' // inside a word
	clauseEdge = ','  // comma, bracket, dash
	textEdge   = '.'  // end of a sentence, colon, semicolon, new line
	askEdge    = '?'  // end of a question
	quoteMark  = '"'  // opens or closes a quotation
	openMark   = '“'  // opens a quotation
	closeMark  = '”'  // closes one
)

// folded is a text without what people vary without meaning anything by it:
// case, accents, vowel points, width, invisible characters, look-alike
// letters of other scripts. Its memory is used again and cleared by wipe.
type folded struct{ runes []rune }

// add folds src onto the end. Invalid bytes separate words. It is linear in
// src and keeps nothing of it but the folded runes.
func (f *folded) add(src []byte) {
	for i := 0; i < len(src); {
		c := src[i]
		if c < utf8.RuneSelf {
			f.addRune(rune(c))
			i++
			continue
		}
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n <= 1 {
			f.addRune(space)
			i++
			continue
		}
		// Decomposed rune by rune, from the tables of x/text, because the
		// package's own buffers could not be cleared afterwards.
		if d := norm.NFKD.Properties(src[i : i+n]).Decomposition(); d != nil {
			for len(d) > 0 {
				e, m := utf8.DecodeRune(d)
				f.addRune(e)
				d = d[m:]
			}
		} else {
			f.addRune(r)
		}
		i += n
	}
}

// addRune folds one decomposed rune.
func (f *folded) addRune(r rune) {
	switch {
	case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		f.push(r)
	case r >= 'A' && r <= 'Z':
		f.push(r + ('a' - 'A'))
	case r < utf8.RuneSelf:
		f.push(markOf(r))
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		// Accents, vowel points, zero width characters, direction marks.
	default:
		f.addWide(r)
	}
}

// addWide folds a rune beyond ASCII that is no mark of combination.
func (f *folded) addWide(r rune) {
	switch r {
	case 'ß', 'ẞ':
		f.push('s')
		f.push('s')
		return
	case 'æ', 'Æ':
		f.push('a')
		f.push('e')
		return
	case 'œ', 'Œ':
		f.push('o')
		f.push('e')
		return
	}
	if l, ok := lookalike(r); ok {
		f.push(l)
		return
	}
	if unicode.IsLetter(r) {
		f.push(finalForm(unicode.ToLower(r)))
		return
	}
	f.push(markOf(r))
}

// push grows by itself, so that no copy of the words is left uncleared.
func (f *folded) push(r rune) {
	if len(f.runes) == cap(f.runes) {
		old := f.runes
		f.runes = make([]rune, len(old), max(512, 2*cap(old)))
		copy(f.runes, old)
		clear(old)
	}
	f.runes = append(f.runes, r)
}

// wipe clears the text and keeps the memory for the next one.
func (f *folded) wipe() {
	clear(f.runes[:cap(f.runes)])
	f.runes = f.runes[:0]
}

// markOf says what a character that is no letter or digit does to a text.
func markOf(r rune) rune {
	switch r {
	case '.', '!', ':', ';', '\n', '\r', '…', '。', '¡', '¿':
		return textEdge
	case '?', '‽', '؟':
		return askEdge
	case ',', '(', ')', '[', ']', '{', '}', '–', '—', '/', '|', '*':
		return clauseEdge
	case '\'', '’', 'ʼ', '׳', '`', '´':
		return apostrophe
	case '"', '״', '〃':
		return quoteMark
	case '«', '»', '“', '”', '‹', '›', '‟', '‘':
		// Which of them opens differs between languages: „…“ and »…« beside
		// “…” and «…».
		return quoteMark
	case '„', '‚':
		return openMark
	case '@', '$', '-':
		return r
	}
	return space
}

// lookalike maps letters of other scripts that are drawn like Latin ones.
// None of the five languages uses these scripts.
func lookalike(r rune) (rune, bool) {
	const from = "аеорсхуіѕһкмтвнјԁɡАЕОРСХУІЅНКМТВαεορτυνικΑΕΟΡΤΥΝΙΚΜΗΒıɑ"
	const to = "aeopcxyishkmtvhjdgaeopcxyishkmtvaeoptuvikaeoptyhikmhbia"
	if r < 0x250 && r != 'ı' {
		return 0, false
	}
	i := 0
	for _, l := range from {
		if l == r {
			return rune(to[i]), true
		}
		i++
	}
	return 0, false
}

// finalForm folds the final forms of Hebrew letters, so that a letter is the
// same at the end of a word and inside.
func finalForm(r rune) rune {
	switch r {
	case 'ך', 'ם', 'ן', 'ף', 'ץ':
		return r + 1
	}
	return r
}

// leet maps digits and signs that stand for letters inside a word: r0b0t.
func leet(r rune) rune {
	switch r {
	case '0':
		return 'o'
	case '1':
		return 'i'
	case '3':
		return 'e'
	case '4', '@':
		return 'a'
	case '5', '$':
		return 's'
	case '7':
		return 't'
	case '8':
		return 'b'
	}
	return r
}

func isWord(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= utf8.RuneSelf && unicode.IsLetter(r)
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isLatin(r rune) bool { return r >= 'a' && r <= 'z' }

func isHebrew(r rune) bool { return r >= 'א' && r <= 'ת' }
