package builtin

import "bytes"

// figures reads a token with digits: dates, times, amounts, ranges, versions,
// telephone numbers, units.
func (s *speller) figures(w, after []byte) (tookAfter bool) {
	if s.date(w) || s.clock(w) || s.phone(w) {
		return false
	}
	if took, ok := s.money(w, after); ok {
		return took
	}
	for len(w) > 0 {
		w = w[s.piece(w):]
	}
	return false
}

// piece reads the next number, word or mark and says how long it was.
func (s *speller) piece(w []byte) int {
	switch c := w[0]; {
	case isDigit(c):
		return s.quantity(w)
	case isLetter(c):
		i := 1
		for i < len(w) && (isLetter(w[i]) || w[i] == '\'') {
			i++
		}
		s.cased(w[:i])
		return i
	case (c == '-') && len(w) > 1 && isDigit(w[1]):
		s.add("minus")
	case c == '#' && len(w) > 1 && isDigit(w[1]):
		s.add("number")
	case c == '~':
		s.add("about")
	case c == 'x' || c == '*':
		s.add("times")
	case c == '/' && len(w) > 1:
		s.add("slash")
	default:
		s.symbol(w)
	}
	return 1
}

// quantity reads digits and what belongs to them: decimals, versions, an
// ordinal's ending, a fraction, a range, a unit.
func (s *speller) quantity(w []byte) int {
	i := digitsLen(w)
	whole := w[:i]
	rest := w[i:]
	n, ok := parse(whole)
	if e := ordinalEnding(rest); e > 0 && ok {
		s.ordinal(n)
		return i + e
	}
	if len(rest) > 1 && rest[0] == '.' && isDigit(rest[1]) {
		s.number(whole)
		for len(rest) > 1 && rest[0] == '.' && isDigit(rest[1]) {
			j := 1
			for j < len(rest) && isDigit(rest[j]) {
				j++
			}
			s.add("point")
			if j < len(rest)-1 && rest[j] == '.' && isDigit(rest[j+1]) || bytes.Count(w[:i+1], []byte(".")) > 1 {
				s.number(rest[1:j])
			} else {
				s.digits(rest[1:j])
			}
			i, rest = i+j, rest[j:]
		}
		return i + s.unit(rest, false)
	}
	if len(rest) > 1 && rest[0] == '/' && isDigit(rest[1]) && len(whole) < 3 {
		if j := digitsLen(rest[1:]); s.fraction(whole, rest[1:1+j]) {
			return i + 1 + j
		}
	}
	switch {
	case len(whole) == 4 && whole[0] != '0' && len(rest) == 0 && n >= 1100 && n < 2100:
		s.year(n)
	case len(rest) == 1 && rest[0] == 's' && ok && n >= 1100 && n < 2100 && n%10 == 0: // 1990s
		s.year(n)
		s.plural()
		return i + 1
	default:
		s.number(whole)
	}
	if len(rest) > 1 && rest[0] == '-' && isDigit(rest[1]) {
		s.add("to")
		return i + 1
	}
	return i + s.unit(rest, n == 1)
}

// digitsLen counts digits with commas between groups of three.
func digitsLen(w []byte) int {
	i := 0
	for i < len(w) {
		switch {
		case isDigit(w[i]):
			i++
		case w[i] == ',' && i > 0 && i+3 < len(w) && isDigit(w[i+1]) && isDigit(w[i+2]) && isDigit(w[i+3]):
			i++
		default:
			return i
		}
	}
	return i
}

func ordinalEnding(w []byte) int {
	if len(w) < 2 || len(w) > 2 && isLetter(w[2]) {
		return 0
	}
	switch string([]byte{lower(w[0]), lower(w[1])}) {
	case "st", "nd", "rd", "th":
		return 2
	}
	return 0
}

func (s *speller) fraction(a, b []byte) bool {
	n, ok1 := parse(a)
	m, ok2 := parse(b)
	if !ok1 || !ok2 || n == 0 || n >= m || m > 10 {
		return false
	}
	s.cardinal(n)
	switch {
	case m == 2:
		s.add("half")
	case m == 4 && n == 1:
		s.add("quarter")
	case m == 4:
		s.add("quarters")
	default:
		s.ordinal(m)
		if n > 1 {
			s.plural()
		}
	}
	return true
}

// unit reads a unit straight after a number and says how long it was.
func (s *speller) unit(w []byte, one bool) int {
	i := 0
	for i < len(w) && (isLetter(w[i]) || w[i] == '%') {
		i++
	}
	var name string
	switch string(w[:i]) {
	case "%":
		name = "percent"
		one = true
	case "km":
		name = "kilometer"
	case "m":
		name = "meter"
	case "cm":
		name = "centimeter"
	case "mm":
		name = "millimeter"
	case "kg":
		name = "kilogram"
	case "g":
		name = "gram"
	case "l", "L":
		name = "liter"
	case "s":
		name = "second"
	case "ms":
		name = "millisecond"
	case "min":
		name = "minute"
	case "h":
		name = "hour"
	case "Hz":
		name, one = "hertz", true
	case "kHz":
		s.add("kilo")
		name, one = "hertz", true
	case "MHz":
		s.add("mega")
		name, one = "hertz", true
	case "GHz":
		s.add("giga")
		name, one = "hertz", true
	case "B":
		name = "byte"
	case "kB", "KB":
		name = "kilobyte"
	case "MB":
		name = "megabyte"
	case "GB":
		name = "gigabyte"
	case "TB":
		name = "terabyte"
	case "C":
		name = "degree"
		s.add("degrees", "celsius")
		return i
	default:
		return 0
	}
	s.add(name)
	if !one {
		s.plural()
	}
	return i
}
