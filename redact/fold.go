package redact

// What a character is folded to, if not to one of ASCII.
const (
	end       rune = -1 - iota // there is none
	joiner                     // cannot be seen and takes no room
	letter                     // of an alphabet that separates words
	ideograph                  // of a script that does not
	other                      // anything else
)

// fold reduces a character to what it stands for here: digits of any script
// and width to 0-9, letters and signs of full width and of mathematics to
// ASCII, all spaces to one, all dashes to one, all full stops to one.
func fold(r rune) rune {
	switch {
	case r < 0x80:
		return r
	case r < 0x2000:
		return foldNear(r)
	case r < 0x3000:
		return foldPunctuation(r)
	case r < 0xFE00:
		return foldAsia(r)
	case r < 0x10000:
		return foldWidth(r)
	case 0x1D400 <= r && r <= 0x1D7FF:
		return foldMathematics(r)
	case r >= 0x20000 && r < 0x32000:
		return ideograph
	case r >= 0x1F000 && r < 0x20000 || r >= 0xE0000:
		if r <= 0xE007F && r >= 0xE0000 {
			return joiner
		}
		return other
	}
	return letter
}

// zeros are the digits 0 of scripts below U+2000 that people type.
var zeros = [...]rune{0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0xF20, 0x1040, 0x17E0, 0x1810}

func foldNear(r rune) rune {
	switch {
	case r == 0xA0:
		return ' '
	case r == 0xAD || r == 0x34F || r == 0x61C || r == 0x180E || r >= 0x180B && r <= 0x180D:
		return joiner
	case r < 0xC0 && r != 0xAA && r != 0xB5 && r != 0xBA, r == 0xD7, r == 0xF7, r == 0x60C, r == 0x61B, r == 0x61F:
		return other
	case r >= 0x660:
		for _, zero := range zeros {
			if r-zero < 10 && r >= zero {
				return '0' + r - zero
			}
		}
	}
	if r >= 0xE00 && r < 0xF00 || r >= 0x1000 && r < 0x10A0 || r >= 0x1780 && r < 0x1800 {
		return ideograph // Thai, Lao, Burmese, Khmer
	}
	return letter
}

func foldPunctuation(r rune) rune {
	switch {
	case r <= 0x200A, r == 0x202F, r == 0x205F:
		return ' '
	case r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F:
		return joiner
	case r <= 0x2015, r == 0x2212, r == 0x2043:
		return '-'
	case r == 0x2018, r == 0x2019:
		return '\''
	case r == 0x2024:
		return '.'
	case r >= 0x2C00 && r < 0x2E00:
		return letter
	}
	return other
}

func foldAsia(r rune) rune {
	switch {
	case r == 0x3000:
		return ' '
	case r == 0x3002:
		return '.'
	case r == 0x3164:
		return joiner
	case r < 0x3005, r >= 0x3007 && r < 0x3021, r == 0x30FB:
		return other
	case r >= 0xD800 && r < 0xF900, r >= 0xFD3E && r < 0xFD50:
		return other
	case r >= 0xA000 && r < 0xAC00, r >= 0xFB00:
		return letter
	}
	return ideograph
}

func foldWidth(r rune) rune {
	switch {
	case r <= 0xFE0F, r == 0xFEFF, r == 0xFFA0:
		return joiner
	case r == 0xFE58, r == 0xFE63:
		return '-'
	case r == 0xFE6B:
		return '@'
	case r == 0xFE52, r == 0xFF61:
		return '.'
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFEE0
	case r >= 0xFF66 && r <= 0xFFDC:
		return ideograph
	case r >= 0xFE70 && r < 0xFEFF:
		return letter
	}
	return other
}

func foldMathematics(r rune) rune {
	switch {
	case r >= 0x1D7CE:
		return '0' + (r-0x1D7CE)%10
	case r >= 0x1D6A4:
		return letter
	}
	if n := (r - 0x1D400) % 52; n >= 26 {
		return 'a' + n - 26
	} else {
		return 'A' + n
	}
}

func isDigit(c rune) bool { return uint32(c-'0') < 10 }

func isLetter(c rune) bool { return uint32(c|0x20-'a') < 26 }

// lower is the small letter for one of ASCII.
func lower(c rune) rune {
	if uint32(c-'A') < 26 {
		return c + 0x20
	}
	return c
}

// isWord says whether a number or an account that touches the character is
// part of something longer.
func isWord(c rune) bool { return isDigit(c) || isLetter(c) || c == '_' }
