package builtin

import (
	"bytes"
	"strings"
)

// speak turns one token, without the punctuation around it, into words.
// after is the token that follows, for amounts such as "$5 million".
func (s *speller) speak(w, after []byte) (tookAfter bool) {
	switch {
	case len(w) == 0:
		return false
	case s.address(w):
		return false
	case bytes.IndexFunc(w, func(r rune) bool { return r >= '0' && r <= '9' }) >= 0:
		return s.figures(w, after)
	}
	s.wordy(w)
	return false
}

// address reads links and e-mail addresses so that they can be written down.
func (s *speller) address(w []byte) bool {
	low := view(w)
	at := bytes.IndexByte(w, '@')
	mail := at > 0 && bytes.IndexByte(w[at:], '.') > 0
	link := strings.Contains(low, "://") || hasPrefixFold(low, "www.")
	if !mail && !link && !domain(w) {
		return false
	}
	if i := bytes.Index(w, []byte("://")); i >= 0 {
		w = w[i+3:]
	}
	if hasPrefixFold(view(w), "www.") {
		w = w[4:]
	}
	w = bytes.TrimSuffix(w, []byte("/"))
	for i := 0; i < len(w); {
		j := i
		switch {
		case isLetter(w[i]):
			for j < len(w) && isLetter(w[j]) {
				j++
			}
			s.part(w[i:j], i > 0 && w[i-1] == '.' && j == len(w))
		case isDigit(w[i]):
			for j < len(w) && isDigit(w[j]) {
				j++
			}
			s.number(w[i:j])
		default:
			s.add(symbolInAddress(w[i]))
			j++
		}
		i = j
	}
	return true
}

// domain says whether a token is a bare host name: "example.org/docs".
func domain(w []byte) bool {
	host, _, _ := bytes.Cut(w, []byte("/"))
	i := bytes.LastIndexByte(host, '.')
	if i < 2 {
		return false
	}
	switch low := view(host[i+1:]); {
	case strings.EqualFold(low, "com"), strings.EqualFold(low, "org"), strings.EqualFold(low, "net"), strings.EqualFold(low, "edu"),
		strings.EqualFold(low, "eu"), strings.EqualFold(low, "io"), strings.EqualFold(low, "dev"), strings.EqualFold(low, "gov"), strings.EqualFold(low, "example"):
		return true
	}
	return false
}

// part is one run of letters of an address; short ones without a vowel, and
// country codes, are spelled.
func (s *speller) part(w []byte, last bool) {
	if len(w) == 1 || last && len(w) == 2 || !hasVowel(strings.ToLower(view(w))) {
		s.letters(w)
		return
	}
	s.bytes(w)
}

func symbolInAddress(c byte) string {
	switch c {
	case '.':
		return "dot"
	case '@':
		return "at"
	case '/':
		return "slash"
	case '-':
		return "dash"
	case '_':
		return "underscore"
	case ':':
		return "colon"
	case '?':
		return "question"
	case '=':
		return "equals"
	case '&':
		return "and"
	case '#':
		return "hash"
	case '+':
		return "plus"
	case '%':
		return "percent"
	}
	return ""
}

// wordy reads a token without digits: words joined by hyphens, slashes or
// other marks, each a word, an abbreviation or camel case.
func (s *speller) wordy(w []byte) {
	for len(w) > 0 {
		i := 0
		for i < len(w) && (isLetter(w[i]) || w[i] == '\'' && i > 0) {
			i++
		}
		if i > 0 {
			s.cased(bytes.TrimRight(w[:i], "'"))
			w = w[i:]
			continue
		}
		s.symbol(w)
		w = w[1:]
	}
}

// symbol reads the first byte of w if it is one that is said.
func (s *speller) symbol(w []byte) {
	alone := len(w) == 1
	switch w[0] {
	case '&':
		s.add("and")
	case '+':
		s.add("plus")
	case '=':
		s.add("equals")
	case '@':
		s.add("at")
	case '%':
		s.add("percent")
	case '/':
		if alone {
			s.add("slash")
		}
	case '<':
		s.add("less", "than")
	case '>':
		s.add("more", "than")
	}
}

// cased splits a run of letters where its case changes ("WebRTC", "OpenAI",
// "PDFs") and decides for capitals whether they are said or spelled.
func (s *speller) cased(w []byte) {
	for len(w) > 0 {
		i := 0
		for i < len(w) && isUpper(w[i]) {
			i++
		}
		switch {
		case i == len(w): // all capitals
			s.capitals(w)
			return
		case i > 1 && len(w) == i+1 && w[i] == 's': // PDFs
			s.capitals(w[:i])
			s.plural()
			return
		case i > 1 && w[i] == '\'': // NASA's
			s.capitals(w[:i])
			s.plural()
			return
		case i > 1: // RTCPeer: the last capital begins a word
			s.capitals(w[:i-1])
			w = w[i-1:]
			continue
		}
		j := max(i, 1)
		for j < len(w) && !isUpper(w[j]) {
			j++
		}
		// "McDonald" is one name; "i" of "iPhone" is a letter.
		if j < len(w) && j == 2 && lower(w[0]) == 'm' && w[1] == 'c' {
			j = len(w)
		}
		if j == 1 && len(w) > 1 {
			s.letters(w[:1])
		} else {
			s.bytes(w[:j])
		}
		w = w[j:]
	}
}

// plural turns the last word into its plural.
func (s *speller) plural() {
	if n := len(s.arena); n+2 <= cap(s.arena) && len(s.words) > 0 {
		s.arena = append(s.arena, '\'', 's')
		s.words[len(s.words)-1][1] = n + 2
	}
}

// capitals are a word if they are known as one, or long and with vowels as a
// shouted word is; else they are letters.
func (s *speller) capitals(w []byte) {
	low := strings.ToLower(view(w))
	switch {
	case len(w) == 1 && (low == "a" || low == "i"):
		s.bytes(w)
	case spokenAcronym(low):
		s.bytes(w)
	case len(w) >= 5 && pronounceable(low), len(w) >= 3 && shouted(low):
		s.bytes(w)
	default:
		s.letters(w)
	}
}

// pronounceable says whether letters alternate enough to be a word.
func pronounceable(w string) bool {
	run, vowels := 0, 0
	for i := range len(w) {
		if isVowel(w[i]) {
			run = 0
			vowels++
		} else if run++; run > 3 {
			return false
		}
	}
	return vowels*4 >= len(w)
}

func spokenAcronym(w string) bool {
	switch w {
	case "nasa", "nato", "unesco", "unicef", "ram", "rom", "pin", "sim", "gif", "jpeg", "laser", "radar", "opec", "aids", "covid", "lan", "wan", "vat", "json", "yaml", "captcha", "ascii", "gui", "ok", "faq":
		return true
	}
	return false
}

// shouted lists short words that are more often shouted than spelled.
func shouted(w string) bool {
	switch w {
	case "not", "and", "the", "you", "all", "yes", "now", "stop", "must", "only", "never", "no", "please", "read", "note", "new", "free", "open", "help", "wait", "very", "this", "that", "what", "are", "can", "but", "for", "with", "your", "will", "ever", "one", "two", "any", "off", "out", "why", "how", "who":
		return true
	}
	return false
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
