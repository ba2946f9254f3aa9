package redact

// birth finds a date that the words before it call one of birth, of which the
// first digit stands at byte i: in numbers, or with the name of a month before
// or after the day.
func (w *window) birth(i int) (Span, bool) {
	if c, start := w.visibleBefore(i); isWord(c) || (c == '.' || c == '-' || c == '/') && isDigit(w.peekBefore(start)) {
		return Span{}, false
	}
	first, digits, at := w.numeral(i)
	if digits == 5 {
		return w.compactBirth(i)
	}
	if digits == 0 || digits == 3 || digits > 4 {
		return Span{}, false
	}
	start := i
	c := w.byteAt(at)
	switch {
	case c == '-' || c == '/' || c == '.' && w.byteAt(at+1)-'0' < 10:
		if next := w.byteAt(at + 1); next-'0' < 10 {
			end, ok := w.dateOf(first, digits, at, c)
			if !ok || w.short || w.words(i, birthWords) == 0 && !w.bornAfter(end) || w.short {
				return Span{}, false
			}
			return Span{Start: i, End: end, Kind: BirthDate}, true
		}
		if c != '-' || digits > 2 {
			return Span{}, false
		}
	case digits == 4:
		end := w.ideographs(first, at)
		if end == 0 || w.short || w.words(i, birthWords) == 0 {
			return Span{}, false
		}
		return Span{Start: i, End: end, Kind: BirthDate}, true
	}
	switch {
	case digits > 2 || first > 31 || first == 0:
		return Span{}, false
	}
	if month := w.monthBefore(i); month < i {
		start = month
	}
	if start == i && !w.mayDate(at) || w.words(start, birthWords) == 0 {
		return Span{}, false
	}
	end := w.ordinal(at)
	if start == i {
		if end = w.monthAfter(end); end == 0 {
			return Span{}, false
		}
	}
	for range 2 {
		if c, n := w.at(end); c == ',' || c == ' ' || c == '-' {
			end += n
		}
	}
	year, digits, at := w.numeral(end)
	if w.short || digits != 2 && (digits != 4 || !within(year, 1900, 2099)) || !w.alone(at) || w.short {
		return Span{}, false
	}
	return Span{Start: start, End: at, Kind: BirthDate}, true
}

// bornAfter says whether the word after a date makes it one of birth, as in
// German and Dutch: "am 12.03.1985 geboren".
func (w *window) bornAfter(i int) bool {
	after, ok := w.says(i, " geboren")
	return ok && w.endsAt(after)
}

// compactBirth finds a date of eight digits: 19850312 or 12031985.
func (w *window) compactBirth(i int) (Span, bool) {
	const n = 8
	var d [n]byte
	for k := range n {
		c := w.byteAt(i + k)
		if c-'0' >= 10 {
			return Span{}, false
		}
		d[k] = c - '0'
	}
	date := func(year, month, day []byte) bool {
		return within(head(year, 4), 1900, 2099) && within(head(month, 2), 1, 12) && within(head(day, 2), 1, 31)
	}
	if !date(d[:4], d[4:6], d[6:]) && !date(d[4:], d[2:4], d[:2]) && !date(d[4:], d[:2], d[2:4]) {
		return Span{}, false
	}
	if w.words(i, birthWords) == 0 || !w.alone(i+n) || w.short {
		return Span{}, false
	}
	return Span{Start: i, End: i + n, Kind: BirthDate}, true
}

// ideographs is where a date ends of which the year ends before byte i, and
// that is set as 1980年1月2日 is; zero if there is none.
func (w *window) ideographs(year, i int) int {
	i, ok := w.says(i, "年")
	month, digits, i := w.numeral(i)
	if !ok || digits == 0 || !within(month, 1, 12) || !within(year, 1900, 2099) {
		return 0
	}
	if i, ok = w.says(i, "月"); !ok {
		return 0
	}
	day, digits, i := w.numeral(i)
	if i, ok = w.says(i, "日"); !ok || digits == 0 || !within(day, 1, 31) {
		return 0
	}
	return i
}

// mayDate says whether what follows a day at byte i may be a month, seen at
// once.
func (w *window) mayDate(i int) bool {
	if i+1 >= len(w.b) {
		return true
	}
	if w.b[i] == ' ' || w.b[i] == '-' {
		return w.b[i+1] >= 0x80 || isIn("jfmasondegl", byte(lower(rune(w.b[i+1]))))
	}
	return w.b[i] >= 0x80 || isIn("snrte.", byte(lower(rune(w.b[i]))))
}

// numeral reads up to five digits at byte i.
func (w *window) numeral(i int) (v, digits, after int) {
	for digits < 5 {
		c, start, n := w.visible(i)
		if !isDigit(c) {
			break
		}
		v = v*10 + int(c-'0')
		digits++
		i = start + n
	}
	return v, digits, i
}

// dateOf reads the rest of a date in numbers.
func (w *window) dateOf(first, digits, at int, sign byte) (end int, ok bool) {
	second, n, at := w.numeral(at + 1)
	if n == 0 || n > 2 || w.byteAt(at) != sign {
		return 0, false
	}
	third, m, end := w.numeral(at + 1)
	if !w.alone(end) || m == 0 || m == 3 || m > 4 {
		return 0, false
	}
	if digits == 4 {
		return end, within(first, 1900, 2099) && within(second, 1, 12) && within(third, 1, 31) && m < 3
	}
	return end, digits < 3 && m != 1 && within(first, 1, 31) && within(second, 1, 31) && (first < 13 || second < 13) && (m == 2 || within(third, 1900, 2099))
}

// ordinal goes over what makes a day of a number: 12th, 12., 1er, "12 of".
func (w *window) ordinal(i int) int {
	for _, mark := range []string{"st", "nd", "rd", "th", "er", ".", "º", "ª"} {
		if after, ok := w.says(i, mark); ok {
			i = after
			break
		}
	}
	for _, joint := range []string{" of ", " de ", " ", "-"} {
		if after, ok := w.says(i, joint); ok {
			return after
		}
	}
	return i
}

// longestMonth is the number of bytes of the longest name of a month, and of
// the space behind it.
const longestMonth = 20

// monthAfter is where the name of a month ends at byte i and what joins it to
// the year; zero if there is none.
func (w *window) monthAfter(i int) int {
	end := i
	for end-i < longestMonth {
		c, n := w.at(end)
		if !isLetter(c) && c != letter {
			break
		}
		end += n
	}
	if w.short || !isMonth(w.b[i:end]) {
		return 0
	}
	if w.byteAt(end) == '.' {
		end++
	}
	for _, joint := range []string{" de ", " del "} {
		if after, ok := w.says(end, joint); ok {
			return after
		}
	}
	return end
}

// monthBefore is where the name of a month begins that stands before byte i
// with a space, or i.
func (w *window) monthBefore(i int) int {
	c, n := w.before(i)
	if c != ' ' {
		return i
	}
	last := i - n
	if w.byteBefore(last) == '.' {
		last--
	}
	start := last
	for last-start < longestMonth {
		c, n := w.before(start)
		if !isLetter(c) && c != letter {
			break
		}
		start -= n
	}
	if start == last || !isMonth(w.b[start:last]) || !w.opensAt(start) {
		return i
	}
	return start
}

func isMonth(word []byte) bool {
	var buffer [longWord]byte
	_, ok := months[string(appendLower(buffer[:0], word))]
	return ok
}

// months are the names of months, in the languages of the rule pack and beside.
var months = func() map[string]int8 {
	table := map[string]int8{}
	for _, name := range []string{
		"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
		"januar", "februar", "märz", "mai", "juni", "juli", "oktober", "dezember", "dez", "okt", "jänner",
		"janvier", "février", "mars", "avril", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
		"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
		"gennaio", "febbraio", "aprile", "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre",
		"janeiro", "fevereiro", "março", "maio", "junho", "julho", "setembro", "outubro", "novembro", "dezembro",
		"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря",
		"січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня", "листопада", "грудня",
		"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września", "października", "listopada", "grudnia",
		"ocak", "şubat", "mart", "nisan", "mayıs", "haziran", "temmuz", "ağustos", "eylül", "ekim", "kasım", "aralık",
		"januari", "februari", "maart", "mei", "augustus",
		"ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר",
		"בינואר", "בפברואר", "במרץ", "באפריל", "במאי", "ביוני", "ביולי", "באוגוסט", "בספטמבר", "באוקטובר", "בנובמבר", "בדצמבר",
	} {
		table[name] = 1
	}
	return table
}()
