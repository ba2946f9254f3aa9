package builtin

import "bytes"

// clock reads 10:30, 9:05am, 14:00:15.
func (s *speller) clock(w []byte) bool {
	h, rest, ok := bytes.Cut(w, []byte(":"))
	if !ok || len(h) == 0 || len(h) > 2 || len(rest) < 2 || !isDigit(rest[0]) || !isDigit(rest[1]) {
		return false
	}
	hour, ok1 := parse(h)
	minute, ok2 := parse(rest[:2])
	rest = rest[2:]
	if !ok1 || !ok2 || hour > 24 || minute > 59 {
		return false
	}
	var second uint64
	if len(rest) >= 3 && rest[0] == ':' {
		n, ok := parse(rest[1:3])
		if !ok || n > 59 {
			return false
		}
		second, rest = n, rest[3:]
	}
	half := string(bytes.ToLower(bytes.ReplaceAll(rest, []byte("."), nil)))
	if half != "" && half != "am" && half != "pm" && half != "h" {
		return false
	}
	s.cardinal(hour)
	switch {
	case minute == 0 && half == "" && hour <= 12:
		s.add("o'clock")
	case minute == 0 && half != "am" && half != "pm":
		s.add("hundred", "hours")
	case minute == 0:
	case minute < 10:
		s.add("oh")
		s.cardinal(minute)
	default:
		s.cardinal(minute)
	}
	if second > 0 {
		s.add("and")
		s.cardinal(second)
		s.add("seconds")
	}
	if half == "am" || half == "pm" {
		s.letters([]byte(half))
	}
	return true
}

// date reads 2026-11-23, 23.11.2026, 11/23/2026 and 23/11/2026. With slashes
// and both numbers below thirteen the first is the month.
func (s *speller) date(w []byte) bool {
	var parts [3]uint64
	var sizes [3]int
	var mark byte
	k := 0
	for i := 0; i < len(w); {
		j := i
		for j < len(w) && isDigit(w[j]) {
			j++
		}
		n, ok := parse(w[i:j])
		if !ok || k > 2 || j-i > 4 {
			return false
		}
		parts[k], sizes[k] = n, j-i
		k++
		if j == len(w) {
			break
		}
		if mark == 0 {
			mark = w[j]
		}
		if w[j] != mark || j+1 == len(w) {
			return false
		}
		i = j + 1
	}
	if k != 3 {
		return false
	}
	var y, m, d uint64
	switch {
	case mark == '-' && sizes[0] == 4:
		y, m, d = parts[0], parts[1], parts[2]
	case mark == '.' && sizes[2] == 4:
		d, m, y = parts[0], parts[1], parts[2]
	case mark == '/' && sizes[2] == 4 && parts[0] <= 12:
		m, d, y = parts[0], parts[1], parts[2]
	case mark == '/' && sizes[2] == 4:
		d, m, y = parts[0], parts[1], parts[2]
	default:
		return false
	}
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return false
	}
	s.add(months()[m-1])
	s.ordinal(d)
	s.year(y)
	return true
}

func months() [12]string {
	return [12]string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
}

// phone reads a telephone number digit by digit: it begins with + or 0, or
// has groups joined by hyphens.
func (s *speller) phone(w []byte) bool {
	n, groups := 0, 1
	for i, c := range w {
		switch {
		case isDigit(c):
			n++
		case c == '-' && i > 0:
			groups++
		case c == '+' && i == 0, c == '(' || c == ')':
		default:
			return false
		}
	}
	if n < 5 || !(w[0] == '+' || w[0] == '0' || w[0] == '(' || groups > 2) {
		return false
	}
	s.dial(w)
	return true
}

// dial reads a telephone number or a part of it.
func (s *speller) dial(w []byte) {
	if w[0] == '+' {
		s.add("plus")
	}
	s.digits(w)
}

// money reads $5, €3.50, £1,000, $2m and "$5 million".
func (s *speller) money(w, after []byte) (tookAfter, ok bool) {
	var one, many, cents string
	switch {
	case w[0] == '$':
		one, many, cents, w = "dollar", "dollars", "cents", w[1:]
	case bytes.HasPrefix(w, []byte("€")):
		one, many, cents, w = "euro", "euros", "cents", w[3:]
	case bytes.HasPrefix(w, []byte("£")):
		one, many, cents, w = "pound", "pounds", "pence", w[2:]
	case bytes.HasSuffix(w, []byte("€")):
		one, many, cents, w = "euro", "euros", "cents", w[:len(w)-3]
	default:
		return false, false
	}
	i := digitsLen(w)
	n, good := parse(w[:i])
	if !good {
		return false, false
	}
	rest := w[i:]
	var frac []byte
	if len(rest) > 1 && rest[0] == '.' {
		j := 1
		for j < len(rest) && isDigit(rest[j]) {
			j++
		}
		frac, rest = rest[1:j], rest[j:]
	}
	var scale string
	switch string(rest) {
	case "k", "K":
		scale = "thousand"
	case "m", "M":
		scale = "million"
	case "bn", "B":
		scale = "billion"
	case "":
		if len(frac) != 2 {
			scale = magnitude(after)
			tookAfter = scale != ""
		}
	default:
		return false, false
	}
	s.cardinal(n)
	c, _ := parse(frac)
	switch {
	case len(frac) > 0 && (scale != "" || len(frac) != 2):
		s.add("point")
		s.digits(frac)
		s.add(scale, many)
		return tookAfter, true
	case scale != "":
		s.add(scale, many)
		return tookAfter, true
	case n == 1:
		s.add(one)
	default:
		s.add(many)
	}
	if c > 0 {
		s.add("and")
		s.cardinal(c)
		if c == 1 && cents == "cents" {
			cents = "cent"
		}
		s.add(cents)
	}
	return tookAfter, true
}

func magnitude(w []byte) string {
	for _, m := range [...]string{"thousand", "million", "billion", "trillion"} {
		if string(w) == m {
			return m
		}
	}
	return ""
}
