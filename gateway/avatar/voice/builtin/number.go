package builtin

// speller collects the spoken words of one clause in a buffer of its own that
// is cleared when the clause has been worked out.
type speller struct {
	arena []byte // never grows, so that no copy stays behind
	words [][2]int
}

const arenaSize = 8 << 10

// add appends a word; it is dropped when the buffer is full, which the limits
// of a clause do not let happen.
func (s *speller) add(words ...string) {
	for _, w := range words {
		if w == "" || len(s.arena)+len(w) > cap(s.arena) {
			continue
		}
		n := len(s.arena)
		s.arena = append(s.arena, w...)
		s.words = append(s.words, [2]int{n, n + len(w)})
	}
}

// bytes appends a word in small letters; other bytes than letters and
// apostrophes are left out.
func (s *speller) bytes(w []byte) {
	if len(s.arena)+len(w) > cap(s.arena) {
		return
	}
	n := len(s.arena)
	for _, c := range w {
		if c = lower(c); c >= 'a' && c <= 'z' || c == '\'' {
			s.arena = append(s.arena, c)
		}
	}
	if len(s.arena) > n {
		s.words = append(s.words, [2]int{n, len(s.arena)})
	}
}

// letters names each letter of an abbreviation.
func (s *speller) letters(w []byte) {
	for _, c := range w {
		if c = lower(c); c >= 'a' && c <= 'z' {
			s.letter(c)
		}
	}
}

// letter names one letter, which the lexicon has as "a.", "b." and so on.
func (s *speller) letter(c byte) {
	if n := len(s.arena); n+2 <= cap(s.arena) {
		s.arena = append(s.arena, c, '.')
		s.words = append(s.words, [2]int{n, n + 2})
	}
}

func (s *speller) clear() {
	clear(s.arena[:cap(s.arena)])
	s.arena, s.words = s.arena[:0], s.words[:0]
}

func digitWord(c byte) string {
	return [...]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}[c-'0']
}

func smallWord(n uint64) string {
	if n < 10 {
		return digitWord('0' + byte(n))
	}
	return [...]string{"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}[n-10]
}

func tensWord(n uint64) string {
	return [...]string{"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}[n-2]
}

// cardinal says a number up to 10^15; larger ones are read digit by digit by
// the caller.
func (s *speller) cardinal(n uint64) {
	for _, scale := range [...]struct {
		size uint64
		name string
	}{{1e12, "trillion"}, {1e9, "billion"}, {1e6, "million"}, {1000, "thousand"}} {
		if n >= scale.size {
			s.cardinal(n / scale.size)
			s.add(scale.name)
			if n %= scale.size; n == 0 {
				return
			}
			if n < 100 {
				s.add("and")
			}
		}
	}
	if n >= 100 {
		s.add(digitWord('0'+byte(n/100)), "hundred")
		if n %= 100; n == 0 {
			return
		}
		s.add("and")
	}
	if n >= 20 {
		s.add(tensWord(n / 10))
		if n %= 10; n == 0 {
			return
		}
	}
	s.add(smallWord(n))
}

// ordinal says "twenty third".
func (s *speller) ordinal(n uint64) {
	s.cardinal(n)
	if len(s.words) == 0 {
		return
	}
	last := s.words[len(s.words)-1]
	w := ordinalOf(view(s.arena[last[0]:last[1]]))
	s.arena, s.words = s.arena[:last[0]], s.words[:len(s.words)-1]
	s.add(w)
}

func ordinalOf(w string) string {
	for _, p := range [...][2]string{
		{"zero", "zeroth"}, {"one", "first"}, {"two", "second"}, {"three", "third"}, {"four", "fourth"}, {"five", "fifth"},
		{"six", "sixth"}, {"seven", "seventh"}, {"eight", "eighth"}, {"nine", "ninth"}, {"ten", "tenth"}, {"eleven", "eleventh"},
		{"twelve", "twelfth"}, {"thirteen", "thirteenth"}, {"fourteen", "fourteenth"}, {"fifteen", "fifteenth"},
		{"sixteen", "sixteenth"}, {"seventeen", "seventeenth"}, {"eighteen", "eighteenth"}, {"nineteen", "nineteenth"},
		{"twenty", "twentieth"}, {"thirty", "thirtieth"}, {"forty", "fortieth"}, {"fifty", "fiftieth"}, {"sixty", "sixtieth"},
		{"seventy", "seventieth"}, {"eighty", "eightieth"}, {"ninety", "ninetieth"}, {"hundred", "hundredth"},
		{"thousand", "thousandth"}, {"million", "millionth"}, {"billion", "billionth"}, {"trillion", "trillionth"},
	} {
		if p[0] == w {
			return p[1]
		}
	}
	return ""
}

// year says 1987 as "nineteen eighty seven" and 2005 as "two thousand and five".
func (s *speller) year(n uint64) {
	switch {
	case n < 1000 || n > 9999 || n%1000 < 10:
		s.cardinal(n)
	case n%100 == 0:
		s.cardinal(n / 100)
		s.add("hundred")
	case n%100 < 10:
		s.cardinal(n / 100)
		s.add("oh")
		s.cardinal(n % 100)
	default:
		s.cardinal(n / 100)
		s.cardinal(n % 100)
	}
}

// digits reads digits one by one; other bytes are skipped.
func (s *speller) digits(w []byte) {
	for _, c := range w {
		if isDigit(c) {
			s.add(digitWord(c))
		}
	}
}

// number reads an integer that may be too large or begin with a zero.
func (s *speller) number(w []byte) {
	n, ok := parse(w)
	if !ok || len(w) > 1 && w[0] == '0' {
		s.digits(w)
		return
	}
	s.cardinal(n)
}

// parse reads digits, with commas between groups of three, below 10^15.
func parse(w []byte) (uint64, bool) {
	var n uint64
	for i, c := range w {
		switch {
		case c == ',' && i > 0:
			continue
		case !isDigit(c):
			return 0, false
		}
		if n = n*10 + uint64(c-'0'); n >= 1e15 {
			return 0, false
		}
	}
	return n, len(w) > 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { c = lower(c); return c >= 'a' && c <= 'z' }

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func lower(c byte) byte {
	if isUpper(c) {
		return c + 'a' - 'A'
	}
	return c
}
