package redact

// A number of a person is found by points: for how it is set, for its check
// digits, and for the words before it. enough is the threshold.
const enough = 100

// idRule is one kind of number that is made of digits alone.
type idRule struct {
	kind   Kind
	digits int
	shape  uint32 // as which it is usually set: 0x324
	valid  idCheck
	check  int // points for check digits or for a number that there can be

	dashed, spaced, dotted int // points for the usual groups, by what separates them
	words                  map[string]int8
	told                   int // points if the words before say so
}

// idCheck says which numbers there can be.
type idCheck uint8

const (
	socialSecurityCheck idCheck = iota
	nhsCheck
	steuerCheck
	nirCheck
	luhnCheck
	fiscalCheck
	afiliacionCheck
)

func (c idCheck) passes(digits []byte) bool {
	switch c {
	case socialSecurityCheck:
		return socialSecurity(digits)
	case nhsCheck:
		return nhs(digits)
	case steuerCheck:
		return steuerID(digits)
	case nirCheck:
		return nir(digits)
	case fiscalCheck:
		return within(int(digits[0]), 0, 3) && head(digits, 10)%511 == head(digits[10:], 3)
	case afiliacionCheck:
		return head(digits, 10)%97 == head(digits[10:], 2) && within(head(digits, 2), 1, 66)
	}
	return luhn(digits) && !constant(digits)
}

// idRules is the pack. The points of a check are what it is worth: a digit
// that is right by chance once in ten leaves more doubt than two of mod 97.
var idRules = []idRule{
	{kind: SSN, digits: 9, shape: 0x324, valid: socialSecurityCheck, check: 20, dashed: 80, spaced: 80, dotted: 20, words: ssnWords, told: 80},
	{kind: NationalID, digits: 10, shape: 0x334, valid: nhsCheck, check: 40, dashed: 10, spaced: 10, words: nhsWords, told: 60},
	{kind: NationalID, digits: 11, shape: 0x2333, valid: steuerCheck, check: 100, words: steuerWords},
	{kind: NationalID, digits: 15, valid: nirCheck, check: 100},
	{kind: NationalID, digits: 13, valid: fiscalCheck, check: 60, words: fiscalWords, told: 60},
	{kind: NationalID, digits: 12, shape: 0x282, valid: afiliacionCheck, check: 60, words: afiliacionWords, told: 60},
	{kind: NationalID, digits: 9, valid: luhnCheck, check: 30, words: israeliWords, told: 70},
}

// identity finds the number of a person at the beginning of n.
func (w *window) identity(n *number, p prefix) (Span, bool) {
	if p.plus || p.glued || n.count < 7 {
		return Span{}, false
	}
	if m, ok := w.dni(n); ok || w.short {
		return m, ok
	}
	if m, ok := w.pension(n); ok || w.short {
		return m, ok
	}
	for k := n.n; k > 0; k-- {
		digits := n.digits[:n.groups[k-1].upTo]
		for i := range idRules {
			rule := &idRules[i]
			if len(digits) != rule.digits || !rule.valid.passes(digits) {
				continue
			}
			last := n.groups[k-1].end
			if !w.cardEnds(last) || !w.alone(last) || w.short {
				continue
			}
			slashed := n.slashed(k, rule.shape)
			if !slashed && !n.cardGaps(k) {
				continue
			}
			points := rule.check
			if k > 1 && n.shape(k) == rule.shape && n.even(k) && n.apart(k, p, w) {
				switch n.groups[1].gap {
				case gapDash, gapDash | gapSpace:
					points += rule.dashed
				case gapSpace:
					points += rule.spaced
				case gapDot:
					points += rule.dotted
				}
			}
			if points < enough && rule.told > 0 && w.words(n.groups[0].start, rule.words) > 0 {
				points += rule.told
			}
			if points >= enough {
				return Span{Start: n.groups[0].start, End: last, Kind: rule.kind}, true
			}
		}
	}
	return Span{}, false
}

// slashed says whether the first k groups are the usual ones with a slash
// between them, as nobody sets them but who was asked for the number.
func (n *number) slashed(k int, shape uint32) bool {
	return k > 1 && n.groups[1].gap == gapSlash && n.shape(k) == shape && n.even(k)
}

// corsican finds a French number of a person from Corsica, whose department has
// a letter, that begins with the digit at byte i: 1 85 05 2A 006 084 21.
func (w *window) corsican(i int) (Span, bool) {
	const places, department = 15, 6
	var digits [places]byte
	var letter byte
	at := i
	for k := range places {
		c, start, n := w.visible(at)
		switch k {
		case 1, 3, 5, 7, 10, 13:
			if c == ' ' || c == '-' || c == '.' {
				c, start, n = w.visible(start + n)
			}
		}
		if k == department && (lower(c) == 'a' || lower(c) == 'b') {
			letter = upper(c)
		} else if !isDigit(c) || k == department {
			return Span{}, false
		} else {
			digits[k] = byte(c - '0')
		}
		at = start + n
	}
	if !corsicanNIR(digits[:], letter) || w.inNumber(i) || !w.alone(at) || w.short {
		return Span{}, false
	}
	return Span{Start: i, End: at, Kind: NationalID}, true
}

// dni finds a Spanish identity number: eight digits, or seven of an old one with
// a dash, and the letter that they ask for.
func (w *window) dni(n *number) (Span, bool) {
	if n.groups[0].upTo == 7 {
		if m, ok := w.oldDNI(n); ok || w.short {
			return m, ok
		}
	}
	k := 0
	for k < n.n && n.groups[k].upTo < 8 {
		k++
	}
	if k >= n.n || n.groups[k].upTo != 8 || k > 0 && (n.shape(k+1) != 0x233 || n.groups[1].gap != gapDot && n.groups[1].gap != gapSpace) {
		return Span{}, false
	}
	at := n.groups[k].end
	c, start, size := w.visible(at)
	spaced := c == ' ' || k > 0 && n.groups[1].gap == gapSpace
	if c == '-' || c == ' ' {
		c, start, size = w.visible(start + size)
	}
	if !isLetter(c) || !w.alone(start+size) || dniLetter(n.digits[:8]) != upper(c) {
		return Span{}, false
	}
	if spaced && w.words(n.groups[0].start, dniWords) == 0 {
		return Span{}, false
	}
	return Span{Start: n.groups[0].start, End: start + size, Kind: NationalID}, true
}

// pension finds a German number of the pension insurance: 65 170839 J 003.
func (w *window) pension(n *number) (Span, bool) {
	k := 0
	for k < n.n && n.groups[k].upTo < 8 {
		k++
	}
	if k >= n.n || n.groups[k].upTo != 8 || k > 0 && (n.shape(k+1) != 0x26 && n.shape(k+1) != 0x2222 || !n.even(k+1)) {
		return Span{}, false
	}
	var last [3]byte
	c, at, size := w.visible(n.groups[k].end)
	if c == ' ' {
		c, at, size = w.visible(at + size)
	}
	if !isLetter(c) {
		return Span{}, false
	}
	name := upper(c)
	at += size
	for i := range last {
		if c, at, size = w.visible(at); i == 0 && c == ' ' {
			c, at, size = w.visible(at + size)
		}
		if !isDigit(c) {
			return Span{}, false
		}
		last[i] = byte(c - '0')
		at += size
	}
	if !pensionNumber(n.digits[:8], name, last) || !w.alone(at) || w.short {
		return Span{}, false
	}
	return Span{Start: n.groups[0].start, End: at, Kind: NationalID}, true
}

// oldDNI finds a Spanish number of seven digits.
func (w *window) oldDNI(n *number) (Span, bool) {
	g := n.groups[0]
	dash, start, size := w.visible(g.end)
	if dash != '-' {
		return Span{}, false
	}
	c, start, size := w.visible(start + size)
	digits := [8]byte{}
	copy(digits[1:], n.digits[:7])
	if !isLetter(c) || !w.alone(start+size) || dniLetter(digits[:]) != upper(c) {
		return Span{}, false
	}
	return Span{Start: g.start, End: start + size, Kind: NationalID}, true
}

// coded finds the number of a person or a passport in the word at byte word,
// of which the first digit is at byte i.
func (w *window) coded(word, i int) (Span, bool) {
	letters := i - word
	if letters == 0 {
		if m, ok := w.nino(i); ok || w.short {
			return m, ok
		}
		if start := w.lettersBefore(i); start < i && chars[w.b[start]]&chars[w.b[start+1]]&isUpper != 0 {
			if m, ok := w.passport(start, i); ok || w.short {
				return m, ok
			}
		}
	}
	if letters == 3 && w.b[i-1] == '-' && isLetter(rune(w.b[word])) && isLetter(rune(w.b[word+1])) {
		return w.ninoAt(word, i)
	}
	if letters == 2 && w.b[i-1] == '-' {
		return w.nie(word)
	}
	for k := word; k < i; k++ {
		if !isLetter(rune(w.b[k])) {
			return Span{}, false
		}
	}
	if c, _ := w.visibleBefore(word); isWord(c) || c == letter {
		return Span{}, false
	}
	switch letters {
	case 1:
		if m, ok := w.nie(word); ok || w.short {
			return m, ok
		}
	case 2:
		if m, ok := w.ninoAt(word, i); ok || w.short {
			return m, ok
		}
	case 6:
		return w.fiscalCode(word)
	}
	if letters <= 3 || letters <= 5 && chars[w.b[word]]&isUpper != 0 {
		return w.passport(word, word)
	}
	return Span{}, false
}

// nino finds a British insurance number with a space behind its letters.
func (w *window) nino(i int) (Span, bool) {
	start := w.lettersBefore(i)
	if start == i {
		return Span{}, false
	}
	return w.ninoAt(start, i)
}

// lettersBefore is where two letters begin that stand alone before a space and
// the digit at byte i, or i.
func (w *window) lettersBefore(i int) int {
	if i-3 < w.floor || w.b[i-1] != ' ' || !isLetter(rune(w.b[i-2])) || !isLetter(rune(w.b[i-3])) || !w.opensAt(i-3) {
		return i
	}
	return i - 3
}

// ninoAt reads two letters, six digits in pairs or together, and a letter.
func (w *window) ninoAt(start, i int) (Span, bool) {
	first, second := upper(rune(w.b[start])), upper(rune(w.b[start+1]))
	if !ninoLetters(first, second) && w.words(start, ninoWords) == 0 {
		return Span{}, false
	}
	at := i
	for k := range 6 {
		c, from, n := w.visible(at)
		if (c == ' ' || c == '-') && k%2 == 0 && k > 0 {
			c, from, n = w.visible(from + n)
		}
		if !isDigit(c) {
			return Span{}, false
		}
		at = from + n
	}
	c, from, n := w.visible(at)
	if c == ' ' || c == '-' {
		c, from, n = w.visible(from + n)
	}
	if last := lower(c); last < 'a' || last > 'd' || !w.alone(from+n) {
		return Span{}, false
	}
	return Span{Start: start, End: from + n, Kind: NationalID}, true
}

// nie finds the Spanish number of a foreigner: X, Y or Z, seven digits, a
// letter.
func (w *window) nie(start int) (Span, bool) {
	var digits [8]byte
	switch upper(rune(w.b[start])) {
	case 'X':
	case 'Y':
		digits[0] = 1
	case 'Z':
		digits[0] = 2
	default:
		return Span{}, false
	}
	at := start + 1
	if w.byteAt(at) == '-' {
		at++
	}
	for k := range 7 {
		c := w.byteAt(at)
		if c-'0' >= 10 {
			return Span{}, false
		}
		digits[k+1] = c - '0'
		at++
	}
	if c := w.byteAt(at); c == '-' || c == ' ' {
		at++
	}
	if c := rune(w.byteAt(at)); !isLetter(c) || dniLetter(digits[:]) != upper(c) || !w.alone(at+1) {
		return Span{}, false
	}
	return Span{Start: start, End: at + 1, Kind: NationalID}, true
}

// fiscalCode finds an Italian tax code.
func (w *window) fiscalCode(start int) (Span, bool) {
	var code [16]byte
	for k := range code {
		c := w.byteAt(start + k)
		if chars[c]&isAlnum == 0 {
			return Span{}, false
		}
		code[k] = upper(rune(c))
	}
	if !fiscal(code[:]) || !w.alone(start+len(code)) {
		return Span{}, false
	}
	return Span{Start: start, End: start + len(code), Kind: NationalID}, true
}

const (
	mostPassport = 9  // letters and digits of the number of a passport
	mostIdentity = 13 // and of a card of identity or a driving licence
)

// passport finds the number that the words before call that of a passport, or
// of a card of identity. Letters and a space may stand before byte from.
func (w *window) passport(start, from int) (Span, bool) {
	end, digits := from, 0
	for end-from <= mostIdentity && chars[w.byteAt(end)]&isAlnum != 0 {
		digits += one(w.b[end]-'0' < 10)
		end++
	}
	n := end - from
	if w.short || n < 6 || n > mostIdentity || digits < 4 && !(digits > 1 && n > 8 && allCapitals(w.b[from:end])) || !w.alone(end) || w.short {
		return Span{}, false
	}
	if w.words(start, cardOfIdentityWords) > 0 {
		return Span{Start: start, End: end, Kind: NationalID}, true
	}
	if n <= mostPassport && w.words(start, passportWords) > 0 {
		return Span{Start: start, End: end, Kind: Passport}, true
	}
	return Span{}, false
}
