package redact

// fewestLetters is how many letters that stand apart make a name.
const fewestLetters = 3

// single says whether one character stands between the bytes.
func (w *window) single(start, m int) bool {
	if start >= m {
		return false
	}
	_, n := w.before(m)
	return m-n == start
}

// letters is where a name begins that ends before byte m and is written
// letter by letter: "j a n e". With fewer of them it is m.
func (w *window) letters(m, fewest int) int {
	limit := m - maxLocalBytes
	start := w.atom(m, limit)
	if !w.single(start, m) {
		return m
	}
	count := 1
	for {
		space, n := w.before(start)
		c, size := w.before(start - n)
		at := start - n - size
		if space != ' ' || size == 0 || !isLocal(c) || c == ideograph || at < limit {
			break
		}
		if next, _ := w.visibleBefore(at); isLocal(next) && !isQuote(next) {
			break // the end of a word
		}
		start = at
		count++
	}
	if count < fewest {
		return m
	}
	return start
}

// lettersDomain reads a domain at byte i that is written letter by letter.
func (w *window) lettersDomain(i int) (d domain, ok bool) {
	dots, letters := 0, 0
	for begin := i; i-begin < maxDomains; {
		c, n := w.at(i)
		if !isWord(c) && c != letter && c != '-' && c != '.' {
			break
		}
		next, space := w.at(i + n)
		if isWord(next) || next == letter {
			if l := w.label(i); dots > 0 && letters == 0 && l.top > i {
				return domain{end: l.top}, true // "e x a m p l e . com"
			}
			break
		}
		if c == '.' {
			dots++
			letters = 0
		} else {
			letters++
		}
		i += n
		if dots > 0 && letters > 1 {
			d, ok = domain{end: i}, true
		}
		if next != ' ' {
			break
		}
		i += space
	}
	return d, ok
}
