package redact

import "mayfly/session"

// Span is where a value stands in a text: bytes from Start to before End.
type Span struct {
	Start, End int
	Kind       Kind
}

// Append appends the text to dst, redacted, and returns it.
func (r *Redactor) Append(dst, text []byte) []byte {
	dst, _ = r.appendCounting(dst, text)
	return dst
}

// appendCounting is Append, and says how many values were found, whatever
// their operator.
func (r *Redactor) appendCounting(dst, text []byte) (out []byte, values int) {
	w := window{b: text, last: true}
	for from := 0; ; values++ {
		m, found, _ := r.next(&w, from)
		if !found {
			return append(dst, text[from:]...), values
		}
		dst = append(dst, text[from:m.Start]...)
		dst = r.put(dst, m.Kind, text[m.Start:m.End])
		from, w.floor = m.End, m.End
	}
}

// AppendSpans appends what was found in the text to spans, in order and
// without overlap, whatever its operator, and returns them.
func (r *Redactor) AppendSpans(spans []Span, text []byte) []Span {
	w := window{b: text, last: true}
	from := 0
	for {
		m, found, _ := r.next(&w, from)
		if !found {
			return spans
		}
		spans = append(spans, m)
		from, w.floor = m.End, m.End
	}
}

// Speech returns the words redacted, as a Speech of their own. The one that
// was given is neither changed nor forgotten.
func (r *Redactor) Speech(s session.Speech) session.Speech {
	words := s.AppendTo(nil)
	redacted := r.Append(make([]byte, 0, len(words)+len(words)/4), words)
	clear(words)
	return session.NewSpeech(redacted)
}

// next finds the first value from byte i on. Without one it says how far the
// text is decided: to its end, or to where a value may have begun that ends
// in what is to come.
func (r *Redactor) next(w *window, i int) (m Span, found bool, decided int) {
	for {
		if r.custom == nil {
			i = trigger(w.b, i)
		} else {
			i = r.custom.trigger(w.b, i)
		}
		if i >= len(w.b) {
			return Span{}, false, r.outside(w, w.hold(len(w.b)))
		}
		w.aim(i)
		c, n := w.at(i)
		if r.custom != nil {
			m, found, n = r.custom.next(w, i, n)
		}
		switch {
		case found || w.short:
		case c == end: // a character that is cut
			return Span{}, false, r.outside(w, w.hold(i))
		case isDigit(c):
			m, found = r.number(w, i)
		case c == '@' || isLetter(c) && lower(c) != 's' || c == letter || c == ';' && w.encodedAt(i):
			m, found = w.email(i)
		case c == ':':
			m, found = w.colon(i)
		case c == '=' || c == '>':
			m, found = w.labelled(i)
		case c == 's' || c == 'S':
			m, found = w.passWord(i)
		case c == '-':
			m, found = w.dashes(i)
		}
		switch {
		case w.short && isDigit(c):
			w.short = false
			return Span{}, false, r.outside(w, w.holdDigits(i))
		case w.short:
			w.short = false
			return Span{}, false, r.outside(w, w.hold(i))
		case found && r.custom != nil:
			if own, earlier := r.custom.before(w, i+n, m.Start); earlier || w.short {
				if w.short {
					w.short = false
					return Span{}, false, r.outside(w, w.hold(i))
				}
				w.open = swallow{}
				return own, true, 0
			}
			return m, true, 0
		case found:
			return m, true, 0
		}
		i += n
		for isDigit(c) && i < len(w.b) && w.b[i]-'0' < 10 {
			i++
		}
	}
}

// outside is byte h, up to which a text is decided, not within a mark where
// those are seen as such.
func (r *Redactor) outside(w *window, h int) int {
	if r.custom == nil {
		return h
	}
	return w.beforeMark(h)
}

// number finds what begins with the digit at byte i.
func (r *Redactor) number(w *window, i int) (Span, bool) {
	if w.encodedAt(i) {
		return w.email(i)
	}
	if w.short {
		return Span{}, false
	}
	if m, ok := w.keyed(i); ok || w.short {
		return m, ok
	}
	if m, ok := w.network(i); ok || w.short {
		return m, ok
	}
	if m, ok := w.birth(i); ok || w.short {
		return m, ok
	}
	if c, _ := w.at(i); c == '1' || c == '2' {
		if m, ok := w.corsican(i); ok || w.short {
			return m, ok
		}
	}
	if w.brief(i) || w.inNumber(i) {
		return Span{}, false
	}
	if m, ok := w.iban(i); ok {
		return m, true
	}
	var n number
	if w.collect(i, &n); n.count < fewestDigits {
		return Span{}, false
	}
	p := w.prefix(&n)
	if p.plus { // "+49..." is no card, even where the digits would do
		if m, ok := w.phone(&n, p, r.regions); ok || w.short {
			return m, ok
		}
	}
	if m, ok := w.card(&n); ok || w.short {
		return m, ok
	}
	if m, ok := w.identity(&n, p); ok || w.short {
		return m, ok
	}
	return w.phone(&n, p, r.regions)
}

// colon finds what shows itself with the colon at byte i: an address of
// letters alone before it, a name and a password, or the value of a label.
func (w *window) colon(i int) (Span, bool) {
	if w.byteAt(i+1) == ' ' { // nothing else has a space there
		if m, ok := w.puttyKey(i); ok || w.short {
			return m, ok
		}
		return w.labelled(i)
	}
	if w.short {
		return Span{}, false
	}
	start := i
	for i-start < 4 && chars[w.byteBefore(start)]&isHex != 0 {
		start--
	}
	if start < i || w.byteAt(i+1) == ':' {
		if m, ok := w.hexesAt(start); ok || w.short {
			return m, ok
		}
	}
	if m, ok := w.userInfo(i); ok || w.short {
		return m, ok
	}
	if w.byteBefore(i)-'0' < 10 && w.literal(i+1, "AA") { // a bot's: 123456789:AAH...
		end, dense := w.body(i+1, inWord)
		if end-i > 30 && dense >= 10 && !w.markAt(end) && !w.short {
			return w.ended(w.botBefore(i), end, inWord)
		}
	}
	if w.short {
		return Span{}, false
	}
	if m, ok := w.userOption(i); ok || w.short {
		return m, ok
	}
	return w.labelled(i)
}

// botBefore is where the number of a bot begins that ends before byte i, alone
// or in the address of a page, or the byte behind its colon.
func (w *window) botBefore(i int) int {
	start := i
	for i-start < 10 && w.byteBefore(start)-'0' < 10 {
		start--
	}
	if w.opensAt(start) || w.ends(start, "/bot") {
		return start
	}
	return i + 1
}

// encodings are how programs write a @: in the address of a page, in a page, in
// JSON.
var encodings = []string{"%40", "&#64;", "&#064;", "&#x40;", "&#x0040;", "&commat;", `\u0040`, `\x40`, "%2540"}

// encodedAt says whether the byte at i is the first digit, or the last sign, of
// a @ as programs write it.
func (w *window) encodedAt(i int) bool {
	start, end := w.encoded(i)
	return end > start
}

// encoded is where the @ stands of which the byte at i is the first digit, or
// without one the last sign.
func (w *window) encoded(i int) (start, end int) {
	switch w.byteBefore(i) {
	case '%', '#', 'x', 'X', 'u', 't':
	default:
		return i, i
	}
	for _, e := range encodings {
		head := 0
		for e[head]-'0' >= 10 && e[head] != ';' {
			head++
		}
		if at := i - head; at >= w.floor && hasFold(w.b[at:i], e[:head]) && w.literal(i, e[head:]) {
			return at, i + len(e) - head
		}
		if w.short {
			break
		}
	}
	return i, i
}
