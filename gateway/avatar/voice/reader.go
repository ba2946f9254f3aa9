package voice

import (
	"unicode"
	"unicode/utf8"
)

// Reader knows how a text of its languages sounds when it is read aloud. It
// says of a voice that gives sound alone where its words are.
type Reader interface {
	// Speaks says whether it has the language, a BCP 47 tag.
	Speaks(language string) bool
	// Read gives the sounds and pauses of a text in their order, and the
	// bytes of the text that they stand for. The caller clears them.
	Read(text []byte) []Sound
}

// Sound is a phone, or a pause, as it is expected to be heard.
type Sound struct {
	Phone      string  // in ARPAbet: "AE"; empty for a pause and where only the shape is known
	Shape      Shape   // of the mouth; Sil for a pause
	MS         float64 // how long it takes at natural speed
	Start, End int     // bytes of its word; equal for a pause
}

func (s *Sound) pause() bool { return s.Start == s.End }

// read gives the sounds of a text: the reader's, if it has the language, else
// by the letters.
func read(r Reader, text []byte, language string) []Sound {
	if r != nil && r.Speaks(language) {
		return r.Read(text)
	}
	return letters(text)
}

// letters takes the letters of a text for its sounds. That is right about how
// long a word is beside others, and about where the pauses are.
func letters(text []byte) []Sound {
	sounds := make([]Sound, 0, len(text)+8)
	start, from := 0, 0 // of the word; its first sound
	in := false
	pause := 0.0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || in && (r == '\'' || r == '’'):
			if !in {
				if pause > 0 && len(sounds) > 0 {
					sounds = append(sounds, Sound{MS: pause, Start: i, End: i})
				}
				start, from, in, pause = i, len(sounds), true, 0
			}
			shape, weight := letter(unicode.ToLower(r))
			switch {
			case unicode.IsNumber(r): // "ten", "dix", "neun"
				sounds = append(sounds, Sound{Shape: TH, MS: 50, Start: start}, Sound{Shape: E, MS: 110, Start: start}, Sound{Shape: NN, MS: 70, Start: start})
			case weight > 0:
				s := Sound{Shape: shape, MS: 72 * weight, Start: start}
				if r == 'm' || r == 'M' || r == 'מ' || r == 'ם' {
					s.Phone = "M" // it has the mouth of a P and does not sound like one
				}
				sounds = append(sounds, s)
			}
			for k := from; k < len(sounds); k++ {
				sounds[k].End = i + n
			}
		default:
			in = false
			pause = max(pause, pauseAfter(r))
		}
		i += n
	}
	return sounds
}

// pauseAfter is the pause, in ms, that a mark between words is read with.
func pauseAfter(r rune) float64 {
	switch r {
	case '.', '!', '?', '…', '։', '。', '！', '？':
		return 340
	case ':', ';':
		return 260
	case ',', '(', ')', '—', '–', '،', '、', '，':
		return 190
	}
	return 0
}

// letter gives the mouth shape of a small letter and its length beside others.
// One that is not heard has no length.
func letter(r rune) (Shape, float64) {
	switch r {
	case 'a', 'á', 'à', 'ä', 'â', 'ã', 'å', 'æ':
		return AA, 1.4
	case 'e', 'é', 'è', 'ê', 'ë':
		return E, 1
	case 'i', 'í', 'ì', 'î', 'ï', 'y', 'י':
		return IH, 1.1
	case 'o', 'ó', 'ò', 'ö', 'ô', 'õ', 'ø':
		return OH, 1.4
	case 'u', 'ú', 'ù', 'ü', 'û', 'w':
		return OU, 1.2
	case 'b', 'p', 'm', 'מ', 'ם', 'פ':
		return PP, 1
	case 'f', 'v', 'ו', 'ב', 'ף':
		return FF, 1
	case 's', 'z', 'c', 'ß', 'ç', 'ס', 'ז', 'צ', 'ץ':
		return SS, 1
	case 'n', 'ñ', 'l', 'נ', 'ן', 'ל':
		return NN, .8
	case 'r', 'ר':
		return RR, .8
	case 'k', 'g', 'q', 'x', 'ק', 'ג', 'כ', 'ך', 'ח':
		return KK, 1
	case 'd', 't', 'ד', 'ט', 'ת':
		return DD, 1
	case 'j', 'ש':
		return CH, 1
	case 'א', 'ע', 'ה':
		return E, .8
	case 'h', '\'', '’':
		return Sil, 0
	}
	switch {
	case unicode.IsMark(r):
		return Sil, 0
	case r > unicode.MaxLatin1:
		return E, 2
	}
	return DD, 1
}
