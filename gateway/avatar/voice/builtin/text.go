package builtin

import (
	"bytes"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/unicode/norm"
)

// ending is how a clause ends: it decides the melody and the pause.
type ending uint8

const (
	flowing ending = iota // cut for length only
	comma
	colon
	stopMark
	question
	exclamation
)

// word is a spoken word and the bytes of the text that it stands for. Several
// words may stand for the same bytes.
type word struct {
	sounds     []sounded
	weak       bool // carries no accent
	start, end int
}

// clause is what is said in one breath.
type clause struct {
	words  []word
	end    ending
	asking bool // begins with a question word, so its question falls
}

const (
	clauseWords  = 28  // words after which a clause is cut
	clauseSounds = 240 // phones after which it is, whatever the words are
	tokenBytes   = 128 // bytes after which a token is cut
)

// scanner yields the clauses of a text one by one. Its work per clause is
// bounded whatever the text is.
type scanner struct {
	text    []byte
	at      int
	speller speller
	folded  []byte // one token without accents
	dialled bool   // the last token was a part of a telephone number
}

func newScanner(text []byte) *scanner {
	return &scanner{text: text, speller: speller{arena: make([]byte, 0, arenaSize)}, folded: make([]byte, 0, 4*tokenBytes)}
}

// close forgets what the scanner knows of the text.
func (s *scanner) close() {
	s.speller.clear()
	clear(s.folded[:cap(s.folded)])
	s.text = nil
}

// next gives the next clause with something to say, false at the end.
func (s *scanner) next(t *tongue) (clause, bool) {
	var c clause
	s.speller.clear()
	for {
		start, end, ok := s.token()
		if !ok {
			c.end = stopMark
			return c, len(c.words) > 0
		}
		brk, hard := s.say(t, &c, start, end)
		if len(c.words) == 0 {
			continue
		}
		switch {
		case hard:
			c.end = brk
			return c, true
		case len(c.words) >= clauseWords || c.long() || cap(s.speller.arena)-len(s.speller.arena) < arenaSize/4:
			c.end = flowing
			return c, true
		}
	}
}

// long says whether the words are long ones and enough for a clause.
func (c *clause) long() bool {
	n := 0
	for _, w := range c.words {
		n += len(w.sounds)
	}
	return n >= clauseSounds
}

// token finds the next run of bytes without white space, cut at tokenBytes,
// and at dashes that stand between words.
func (s *scanner) token() (start, end int, ok bool) {
	i := s.at
	for i < len(s.text) {
		r, n := utf8.DecodeRune(s.text[i:])
		if !unicode.IsSpace(r) {
			break
		}
		i += n
	}
	start = i
	for i < len(s.text) && i-start < tokenBytes {
		r, n := utf8.DecodeRune(s.text[i:])
		if unicode.IsSpace(r) {
			break
		}
		if dash(r) || r == '…' {
			if i == start {
				i += n
			}
			break
		}
		i += n
	}
	s.at = i
	return start, i, i > start
}

func dash(r rune) bool { return r == '—' || r == '–' || r == '―' }

// say adds a token's words to the clause and tells whether it ends it.
func (s *scanner) say(t *tongue, c *clause, start, end int) (ending, bool) {
	raw := s.text[start:end]
	r, n := utf8.DecodeRune(raw)
	if (dash(r) || r == '…') && n == len(raw) {
		return comma, true
	}
	w := s.fold(raw)
	w = bytes.TrimLeft(w, "\"'([{<*_`>|\\~^"+"!?.,;:")
	if len(w) > 1 && w[0] == '#' && !isDigit(w[1]) {
		w = bytes.TrimLeft(w, "#")
	}
	core := bytes.TrimRight(w, "\"')]}>*_`|\\~^.,;:!?-")
	brk, hard := breakAfter(w[len(core):])
	first := len(s.speller.words)
	switch {
	case len(w) > len(core) && w[len(core)] == '.' && s.abbreviation(core):
		// The point of an abbreviation ends nothing, unless nothing follows.
		hard = hard && brk != stopMark
	case bytes.HasPrefix(core, []byte("-")) && len(core) > 1 && !isDigit(core[1]):
		s.speller.speak(core[1:], nil)
	default:
		if s.dials(core) {
			s.speller.dial(core)
		} else if s.speller.speak(core, s.peek()) {
			from, to, _ := s.token()
			end = to
			brk, hard = breakAfter(s.text[from:to])
		}
	}
	for _, at := range s.speller.words[first:] {
		name := view(s.speller.arena[at[0]:at[1]])
		if len(c.words) == 0 {
			c.asking = asks(name)
		}
		c.words = append(c.words, word{sounds: t.say(name), weak: weak(name), start: start, end: end})
	}
	return brk, hard
}

// dials says whether a token is a group of a telephone number that is written
// with spaces: it begins with + or 0, and digits follow.
func (s *scanner) dials(w []byte) bool {
	n := len(bytes.Trim(w, "0123456789()-/+"))
	group := n == 0 && bytes.ContainsAny(w, "0123456789") && !bytes.Contains(w, []byte("/"))
	begins := group && len(w) > 1 && (w[0] == '+' || w[0] == '0') && len(w) < 8
	next := s.peek()
	s.dialled = group && (s.dialled || begins && len(next) > 1 && len(bytes.Trim(next, "0123456789()-")) == 0)
	return s.dialled
}

// peek gives the token that follows, without moving on.
func (s *scanner) peek() []byte {
	at := s.at
	start, end, _ := s.token()
	s.at = at
	return bytes.TrimRight(s.text[start:end], ".,;:!?")
}

// fold writes a token without accents and typographic quotes into the
// scanner's own buffer; what is left is ASCII and currency signs.
func (s *scanner) fold(raw []byte) []byte {
	clear(s.folded)
	s.folded = s.folded[:0]
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRune(raw[i:])
		piece := raw[i : i+n]
		i += n
		switch {
		case len(s.folded)+8 > cap(s.folded):
		case r < utf8.RuneSelf:
			s.folded = append(s.folded, byte(r))
		case r == '’' || r == '‘' || r == 'ʼ':
			s.folded = append(s.folded, '\'')
		case r == '“' || r == '”' || r == '«' || r == '»':
			s.folded = append(s.folded, '"')
		case r == '‐' || r == '‑' || r == '−':
			s.folded = append(s.folded, '-')
		case r == '€' || r == '£':
			s.folded = append(s.folded, piece...)
		case r == '°':
		case r == 'ß':
			s.folded = append(s.folded, "ss"...)
		case r == 'æ' || r == 'Æ':
			s.folded = append(s.folded, "ae"...)
		case r == 'œ':
			s.folded = append(s.folded, "oe"...)
		case r == 'ø' || r == 'Ø':
			s.folded = append(s.folded, 'o')
		case r == 'ł':
			s.folded = append(s.folded, 'l')
		default:
			if d := norm.NFD.Properties(piece).Decomposition(); len(d) > 0 && d[0] < utf8.RuneSelf {
				s.folded = append(s.folded, d[0])
			}
		}
	}
	return s.folded
}

// breakAfter reads the marks after a word.
func breakAfter(marks []byte) (ending, bool) {
	var brk ending
	for _, c := range marks {
		switch c {
		case '?':
			brk = max(brk, question)
			if brk == exclamation {
				brk = question
			}
		case '!':
			if brk != question {
				brk = exclamation
			}
		case '.':
			brk = max(brk, stopMark)
		case ':', ';':
			brk = max(brk, colon)
		case ',', ')', ']':
			brk = max(brk, comma)
		}
	}
	return brk, brk != flowing
}

// abbreviation says what stands for a word written short before a point.
func (s *scanner) abbreviation(w []byte) bool {
	for _, a := range [...]struct{ short, long string }{
		{"Mr", "mister"}, {"Mrs", "mrs"}, {"Ms", "ms"}, {"Dr", "doctor"}, {"Prof", "professor"}, {"St", "saint"}, {"Jr", "junior"}, {"Sr", "senior"},
		{"vs", "versus"}, {"approx", "approximately"}, {"No", "number"}, {"Nr", "number"}, {"Fig", "figure"}, {"Inc", "incorporated"}, {"Ltd", "limited"},
		{"Co", "company"}, {"Dept", "department"}, {"Jan", "january"}, {"Feb", "february"}, {"Mar", "march"}, {"Apr", "april"}, {"Jun", "june"},
		{"Jul", "july"}, {"Aug", "august"}, {"Sep", "september"}, {"Sept", "september"}, {"Oct", "october"}, {"Nov", "november"}, {"Dec", "december"},
	} {
		if string(w) == a.short {
			// "No." and "Mar." are words at the end of a sentence; a digit after them decides.
			if n := s.peek(); (a.short == "No" || a.short == "Nr" || a.short == "Mar" || a.short == "Co") && (len(n) == 0 || a.short != "Co" && !isDigit(n[0])) {
				return false
			}
			s.speller.add(a.long)
			return true
		}
	}
	switch string(w) {
	case "e.g":
		s.speller.add("for", "example")
	case "i.e":
		s.speller.add("that", "is")
	case "etc":
		s.speller.add("et", "cetera")
		return len(s.peek()) > 0
	case "a.m", "p.m", "U.S", "U.K", "U.N", "E.U":
		s.speller.letters(w)
	default:
		return false
	}
	return true
}

// weak says whether a word carries no accent: it joins others.
func weak(w string) bool {
	switch w {
	case "a", "an", "the", "and", "or", "but", "of", "to", "in", "on", "at", "for", "from", "with", "by", "as", "is", "are", "was", "were",
		"be", "been", "am", "it", "its", "it's", "he", "she", "we", "you", "they", "i", "me", "him", "her", "us", "them", "my", "your", "his",
		"our", "their", "this", "that", "than", "then", "there", "if", "so", "can", "will", "would", "could", "should", "do", "does", "did",
		"has", "have", "had", "not", "into", "i'm", "you're", "we're", "some", "who", "which", "when", "because", "until", "i'll", "i've":
		return true
	}
	return false
}

// asks says whether a question that begins with the word falls at its end.
func asks(w string) bool {
	switch w {
	case "what", "who", "whom", "whose", "which", "when", "where", "why", "how", "what's", "who's", "how's", "where's":
		return true
	}
	return false
}

// view lets bytes be looked up as a string without a copy that could not be
// cleared. The string must not outlive the bytes.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
