package redact

// email finds the address around the @, or the word for it, at byte i.
func (w *window) email(i int) (Span, bool) {
	s, ok := w.atSign(i)
	if !ok || s.word && plainly(w.b, s.end) {
		return Span{}, false
	}
	d, ok := w.domain(s.end, s.foreign)
	if !ok || s.word && !s.closed && d.closed && w.isName(d.end) {
		return Span{}, false
	}
	of := plainName
	if s.foreign {
		of = foreignName
	} else if s.word {
		of = spelledName
	}
	start := max(w.local(s.start, of), w.behind(i))
	if start = w.trimmed(start, s.start); start == s.start || of == plainName && string(w.b[start:s.start]) == "git" {
		return Span{}, false // git@host names a machine
	}
	if w.byteBefore(start) == '"' && w.byteBefore(s.start) == '"' {
		start-- // "jane roe"@example.com
	}
	if s.word && !s.closed && !d.closed && !w.meant(start, s, d) {
		return Span{}, false
	}
	return Span{Start: start, End: d.end, Kind: Email}, true
}

// plainly says whether a word stands at byte i behind which there is, seen at
// once, no dot of any kind: "at noon, ". It is what domain would find.
func plainly(b []byte, i int) bool {
	after := i
	for after < len(b) && (isDigit(rune(b[after])) || isLetter(rune(b[after]))) {
		after++
	}
	if after-i < 2 || after+1 >= len(b) {
		return false
	}
	next := rune(b[after+1])
	switch b[after] {
	case ' ':
		return isWord(next) && next != '_' && lower(next) != 'd' && lower(next) != 'p' && lower(next) != 'k'
	case ',', ';', ':', '!', '?', '\n':
		return true
	case '.':
		return next == ' ' || next == '\n'
	}
	return false
}

// meant says whether "x at y dot z" is an address: people are at places, too.
func (w *window) meant(start int, s sign, d domain) bool {
	last := d.end
	for last > s.end && isLetter(rune(w.b[last-1])) {
		last--
	}
	switch {
	case !inList(topDomains, w.b[last:d.end]) || w.isName(d.end):
		return false
	case s.foreign:
		return !inList(articles, w.b[start:s.start])
	case !s.tied && inList(notNames, w.b[start:s.start]) && !w.mailBefore(start):
		return false
	case d.spelled || !s.tied && hasJoint(w.b[start:s.start]):
		return true
	}
	for i := s.end; i < d.end; i++ {
		if i == s.end || w.b[i-1] == '.' {
			for _, p := range providers {
				if hasFold(w.b[i:d.end], p) {
					return true
				}
			}
		}
	}
	return !s.tied && w.mailBefore(start)
}

// isName says whether what ends before byte i is the name of an address and
// not its domain: "reach me at jane.io@example.com".
func (w *window) isName(i int) bool {
	c, at, size := w.visible(i)
	if isWord(c) || c == '@' || c == '+' || c == '%' || opens(c) && w.signIn(at+size) || w.markAt(at) {
		return true
	}
	if c == '.' { // what is hidden there may have gone on the domain
		if _, next, _ := w.visible(at + size); w.markAt(next) {
			return true
		}
	}
	after, blanks := w.blanks(i)
	if blanks == 0 {
		return false
	}
	c, at, n := w.visible(after)
	if lower(c) == 'a' {
		if t, _ := w.at(at + n); lower(t) == 't' {
			next, _ := w.at(at + n + 1)
			return next == ' '
		}
	}
	return c == '@' || opens(c) && w.signIn(at+n) || w.markAt(at)
}

// signIn says whether a @ or its word stands at byte i, behind a bracket.
func (w *window) signIn(i int) bool {
	i, _ = w.blanks(i)
	c, at, n := w.visible(i)
	if opens(c) {
		c, at, n = w.visible(at + n)
	}
	if lower(c) == 'a' {
		c, _, _ = w.visible(at + n)
		return lower(c) == 't'
	}
	return c == '@'
}

// notNames are said before "at" and a place, and are nobody's name: "look at
// amazon dot com".
var notNames = []string{"look", "looks", "looked", "looking", "work", "works", "worked", "working", "buy", "bought", "book", "booked", "sold", "ordered", "me", "you", "is", "are", "was", "were", "am", "be", "been", "find", "found", "us", "them", "available", "hosted", "based", "meet", "met", "live", "arrived"}

// articles stand before the word for @ where it is spoken of.
var articles = []string{"la", "una", "el", "un", "il", "l", "le", "de", "der", "das", "ein", "einen", "een", "het", "a", "o", "uma"}

// hasJoint says whether a name has parts: jane.roe, jane_roe, jane dot roe.
func hasJoint(name []byte) bool {
	for i := 1; i+1 < len(name); i++ {
		switch name[i] {
		case '.', '_', '+', ' ':
			if isLetter(rune(name[i-1])) && isLetter(rune(name[i+1])) {
				return true
			}
		}
	}
	return false
}

// mailReach is how many bytes before an address such a word may begin.
const mailReach = 40

// mailWords are what is said before an address.
var mailWords = []string{"mail", "address", "adress", "direcci", "contact", "write", "reach", "correo", "courriel", "posta"}

// mailBefore says whether what was said just before is about mail.
func (w *window) mailBefore(start int) bool {
	from := w.barrier(start, mailReach)
	for _, word := range mailWords {
		for i := from; i+len(word) <= start; i++ {
			if hasFold(w.b[i:start], word) {
				return true
			}
		}
	}
	return false
}

// providers are domains that exist for mail.
var providers = []string{"gmail.", "googlemail.", "yahoo.", "hotmail.", "outlook.", "icloud.", "proton", "aol.", "gmx.", "web.de", "mail.", "yandex.", "qq.com", "163.com", "126.com", "live.", "msn.com", "fastmail.", "zoho.", "orange.fr", "libero.it", "naver.com"}

// topDomains are the last labels after which "dot" is taken for a dot.
var topDomains = []string{
	"com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "io", "co", "ai", "app", "dev", "me", "tv", "eu", "xyz", "online", "site", "name", "pro", "tech", "cloud", "company", "health", "shop", "store", "email", "digital", "agency", "group", "live", "news", "world", "team", "network", "systems", "solutions", "services", "software", "support", "studio", "design", "media", "space", "website", "club", "global", "work", "local", "mobi", "jobs", "museum", "asia", "example", "test", "invalid",
	"ac", "ae", "ar", "at", "au", "be", "bg", "br", "by", "ca", "ch", "cl", "cn", "cy", "cz", "de", "dk", "ee", "eg", "es", "fi", "fr", "ge", "gr", "hk", "hr", "hu", "id", "ie", "il", "in", "ir", "is", "it", "jp", "ke", "kr", "kz", "lt", "lu", "lv", "ma", "mt", "mx", "my", "ng", "nl", "no", "nz", "pe", "ph", "pk", "pl", "pt", "ro", "rs", "ru", "sa", "se", "sg", "si", "sk", "th", "tr", "tw", "ua", "uk", "us", "uy", "ve", "vn", "za",
}

// hasFold says whether b begins with the word, in letters of any case.
func hasFold(b []byte, word string) bool {
	if len(b) < len(word) {
		return false
	}
	for i := range len(word) {
		if lower(rune(b[i])) != rune(word[i]) {
			return false
		}
	}
	return true
}

// inList says whether b is one of the words.
func inList(words []string, b []byte) bool {
	for _, word := range words {
		if len(word) == len(b) && hasFold(b, word) {
			return true
		}
	}
	return false
}
