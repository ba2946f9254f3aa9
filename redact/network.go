package redact

// network finds the address of a machine or an interface that begins with the
// digit at byte i, or with letters right before it.
func (w *window) network(i int) (Span, bool) {
	if m, ok := w.ip4(i); ok || w.short {
		return m, ok
	}
	start := i
	for i-start < 4 && chars[w.byteBefore(start)]&isHex != 0 {
		start--
	}
	if m, ok := w.hexes(start); ok || w.short {
		return m, ok
	}
	// Groups of letters alone may stand before: af-8a-, deaf.f58a.
	first := start
	for separator, size := w.byteBefore(first), 2; first-size > w.floor && i-first < 16 && w.byteBefore(first) == separator; first -= size + 1 {
		if separator == '.' {
			size = 4
		} else if separator != '-' {
			break
		}
		if first-size <= w.floor || !w.hexLetters(first-1-size, size) {
			break
		}
	}
	if first == start {
		return Span{}, false
	}
	return w.hexes(first)
}

// hexLetters says whether n hexadecimal letters stand at byte i.
func (w *window) hexLetters(i, n int) bool {
	if i < w.floor {
		return false
	}
	for _, c := range w.b[i : i+n] {
		if chars[c]&isHex == 0 || c-'0' < 10 {
			return false
		}
	}
	return true
}

// hexes finds an address in hexadecimal digits at byte start.
func (w *window) hexes(start int) (Span, bool) {
	n := 0
	for n < 5 && chars[w.byteAt(start+n)]&isHex != 0 {
		n++
	}
	if c := w.byteAt(start + n); n > 4 || c != ':' && (c != '-' || n != 2) && (c != '.' || n != 4) || !w.hexesBegin(start) {
		return Span{}, false
	}
	if m, ok := w.mac(start); ok || w.short {
		return m, ok
	}
	return w.ip6(start)
}

// hexesAt is hexes for an address that may begin with two colons.
func (w *window) hexesAt(start int) (Span, bool) {
	if w.byteAt(start) != ':' {
		return w.hexes(start)
	}
	if c := w.byteBefore(start); chars[c]&isAlnum != 0 || c == '_' || c == ':' || !w.opensAt(start) {
		return Span{}, false
	}
	return w.ip6(start)
}

// hexesBegin says whether an address may begin at byte i: what touches it is
// no word, and a colon there is behind a name.
func (w *window) hexesBegin(i int) bool {
	c := w.byteBefore(i)
	if c >= 0x80 {
		return w.opensAt(i)
	}
	if chars[c]&isAlnum != 0 || c == '_' || c == '.' || c == '-' {
		return false
	}
	if c != ':' {
		return true
	}
	hexes := 0
	for i--; hexes < 5 && chars[w.byteBefore(i)]&isHex != 0; i-- {
		hexes++
	}
	return hexes > 4 || isLetter(rune(w.byteBefore(i)))
}

// mac finds the address of an interface (EUI-48 and EUI-64): pairs with colons
// or dashes, or fours with dots.
func (w *window) mac(start int) (Span, bool) {
	size, separator := 2, w.byteAt(start+2)
	if separator != ':' && separator != '-' {
		if size, separator = 4, w.byteAt(start+4); separator != '.' {
			return Span{}, false
		}
	}
	letters, digits, at, count := 0, 0, start, 0
	for {
		for k := range size {
			c := w.byteAt(at + k)
			if chars[c]&isHex == 0 {
				return Span{}, false
			}
			letters += one(isLetter(rune(c)))
			digits += one(!isLetter(rune(c)))
		}
		at += size
		count += size
		if w.byteAt(at) != separator || chars[w.byteAt(at+1)]&isHex == 0 {
			break
		}
		if count == 28 {
			return Span{}, false
		}
		at++
	}
	framed := count == 28 && separator == ':' // both ends and the type, as a firewall writes them
	if w.short || count != 12 && count != 16 && !framed || chars[w.byteAt(at)]&inWord != 0 || separator != ':' && (letters == 0 || digits == 0) {
		return Span{}, false
	}
	return Span{Start: start, End: at, Kind: MAC}, w.alone(at) && !(w.byteAt(at) == separator && w.markAt(at+1)) && !w.short
}

// ip6 finds an address (RFC 4291) with its zone and the length of its prefix.
func (w *window) ip6(start int) (Span, bool) {
	at, groups, elided, digits := start, 0, false, false
	end := start
	if w.byteAt(at) == ':' {
		if w.byteAt(at+1) != ':' {
			return Span{}, false
		}
		elided = true
		at += 2
		end = at
	}
	for groups < 8 {
		n := 0
		for n < 5 && chars[w.byteAt(at+n)]&isHex != 0 {
			digits = digits || w.b[at+n]-'0' < 10
			n++
		}
		if n > 4 {
			return Span{}, false
		}
		if n == 0 {
			break
		}
		if w.byteAt(at+n) == '.' && (groups == 6 || elided && groups <= 6) {
			if last, ok := w.octets(at); ok {
				groups += 2
				end = last
				break
			}
		}
		groups++
		at += n
		end = at
		if w.byteAt(at) != ':' {
			break
		}
		if w.byteAt(at+1) == ':' {
			if elided {
				return Span{}, false
			}
			elided = true
			at += 2
			end = at
			continue
		}
		if groups == 8 || chars[w.byteAt(at+1)]&isHex == 0 {
			break
		}
		at++
	}
	valid := groups == 8 && !elided || elided && groups > 0 && groups < 8 && (digits || groups > 2)
	if w.short || !valid {
		return Span{}, false
	}
	c := w.byteAt(end)
	if w.b[end-1] == ':' && groups == 1 && c != '/' {
		return Span{}, false // "step 1::"
	}
	if chars[c]&inWord != 0 || c == ':' && (chars[w.byteAt(end+1)]&isHex != 0 && !(groups == 8 && w.isPort(end+1)) || w.markAt(end+1)) || w.short {
		return Span{}, false
	}
	if c == '%' {
		zone := end + 1
		for zone-end < 17 && (chars[w.byteAt(zone)]&isAlnum != 0 || zone > end+1 && w.byteAt(zone) == '.' && chars[w.byteAt(zone+1)]&isAlnum != 0) {
			zone++
		}
		if zone > end+1 {
			end = zone
		}
	}
	end = w.prefixLength(end, 128)
	return Span{Start: start, End: end, Kind: IP}, w.alone(end) && !w.short
}

// isPort says whether one to five digits stand at byte i, and nothing that
// makes them a part of an address.
func (w *window) isPort(i int) bool {
	end := i
	for end-i < 6 && w.byteAt(end)-'0' < 10 {
		end++
	}
	c := w.byteAt(end)
	return end > i && end-i < 6 && chars[c]&inWord == 0 && c != ':' && w.alone(end)
}

// prefixLength reads the length of a network's prefix at byte i: /24. What
// touches its end makes it something else, and the address ends before it.
func (w *window) prefixLength(i, most int) int {
	if w.byteAt(i) != '/' {
		return i
	}
	v, end := 0, i+1
	for ; end-i < 4 && w.byteAt(end)-'0' < 10; end++ {
		v = v*10 + int(w.b[end]-'0')
	}
	if end == i+1 || v > most || !w.alone(end) || w.byteAt(end) == '/' {
		return i
	}
	return end
}

// octets reads four numbers with dots between them.
func (w *window) octets(i int) (end int, ok bool) {
	for k := range 4 {
		if k > 0 {
			if i, ok = w.ipDot(i); !ok {
				return i, false
			}
		}
		v, digits := 0, 0
		for {
			c, start, n := w.visible(i)
			if !isDigit(c) {
				break
			}
			if v, digits = v*10+int(c-'0'), digits+1; digits > 3 {
				return i, false
			}
			i = start + n
		}
		if digits == 0 || v > 255 {
			return i, false
		}
	}
	return i, true
}

// ipDot reads a dot, also one in brackets, as those write it who do not want
// an address to be followed.
func (w *window) ipDot(i int) (after int, ok bool) {
	c, start, n := w.visible(i)
	if c == '.' {
		return start + n, true
	}
	if c == ' ' { // as it is said
		if after, ok = w.says(start+n, "dot "); !ok {
			return i, false
		}
		return after, true
	}
	if c != '[' && c != '(' {
		return i, false
	}
	dot, start, n := w.visible(start + n)
	if lower(dot) == 'd' {
		if after, ok = w.says(start, "dot"); !ok {
			return i, false
		}
		start, n = after, 0
	} else if dot != '.' {
		return i, false
	}
	closing, start, n := w.visible(start + n)
	return start + n, closing == c+2 || closing == c+1
}

// ip4 finds an address of four numbers.
func (w *window) ip4(i int) (Span, bool) {
	end, ok := w.octets(i)
	if !ok || w.short {
		return Span{}, false
	}
	if c, start := w.visibleBefore(i); isWord(c) || c == '.' || c == '-' && isWord(w.peekBefore(start)) {
		return Span{}, false
	}
	c, start, n := w.visible(end)
	if isWord(c) {
		return Span{}, false
	}
	if c == '.' || c == '-' {
		if next, at, _ := w.visible(start + n); c == '.' && (isDigit(next) || w.markAt(at)) || w.short {
			return Span{}, false // a longer row, or what was one
		}
	}
	if w.short || w.versioned(i) {
		return Span{}, false
	}
	end = w.prefixLength(end, 32)
	_, at, _ := w.visible(end)
	return Span{Start: i, End: end, Kind: IP}, !w.markAt(at) && !w.short
}

// peekBefore is the character before byte i, past what cannot be seen.
func (w *window) peekBefore(i int) rune {
	c, _ := w.visibleBefore(i)
	return c
}

// versioned says whether the number with dots at byte i is a version, by the
// words before it, or by those before another one that a word joins to it:
// "from version 1.2.3.4 to 1.2.3.5".
func (w *window) versioned(i int) bool {
	if w.words(i, versionWords) > 0 || w.small(i) && w.words(i, changeWords) > 0 {
		return true
	}
	low := max(i-versionReach, w.floor)
	start, last, ok := w.lastWord(i, low)
	if !ok || !inList(versionJoints, w.b[start:last]) || start < w.barrier(i, versionReach) {
		return false
	}
	for i = start; i > low && (w.b[i-1] == ' ' || w.b[i-1] == '.' || w.b[i-1]-'0' < 10); {
		i--
	}
	return i > low && i < start-1 && (w.words(i, versionWords) > 0 || w.words(i, changeWords) > 0 && w.small(i))
}

const versionReach = 28 // bytes: the word and another number before it

var versionJoints = []string{"to", "and", "or", "auf", "und", "à", "et", "a", "y", "e"}

// versionWords are said before a number with dots that is no address.
var versionWords = map[string]int8{
	"version": 2, "versions": 2, "ver": 2, "v": 2, "release": 2, "build": 2, "section": 2, "chapter": 2, "clause": 2, "paragraph": 2, "rfc": 2, "oid": 2, "firmware": 2, "kapitel": 2, "abschnitt": 2, "chapitre": 2, "versión": 2, "versione": 2,
	"chrome": 2, "headlesschrome": 2, "chromium": 2, "crios": 2, "edg": 2, "opr": 2, "safari": 2, "firefox": 2, "electron": 2, "vivaldi": 2, "yabrowser": 2, "samsungbrowser": 2,
	"number": 0, "is": 0, "to": 0, "from": 0, "now": 0,
}

// changeWords are said before versions and addresses alike.
var changeWords = map[string]int8{
	"since": 1, "git": 1, "upgrade": 1, "upgraded": 1, "update": 1, "updated": 1, "driver": 1, "kernel": 1,
	"number": 0, "is": 0, "to": 0, "from": 0, "now": 0,
}

// small says whether the numbers of the address at byte i look like those of a
// version: one at most has three digits.
func (w *window) small(i int) bool {
	long, digits := 0, 0
	for ; i < len(w.b) && (w.b[i] == '.' || w.b[i]-'0' < 10); i++ {
		if digits++; w.b[i] == '.' {
			digits = 0
		}
		long += one(digits == 3)
	}
	return long < 2
}
