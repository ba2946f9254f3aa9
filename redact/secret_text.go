package redact

// userInfoReach is how many bytes a name and a password in an address may have.
const userInfoReach = 180

// userInfo finds name and password in the address of which the scheme ends
// with the colon at byte i: https://jane:secret@host.
func (w *window) userInfo(i int) (Span, bool) {
	if !isLetter(rune(w.byteBefore(i))) || !w.literal(i, "://") {
		return Span{}, false
	}
	begin := i + len("://")
	if w.markAt(begin) {
		return Span{}, false
	}
	colon, at, end := false, 0, begin
	for ; end-begin < userInfoReach; end++ {
		c := w.byteAt(end)
		if c == '@' {
			at = end // a password may have one, too
		}
		colon = colon || c == ':' && at == 0
		if c <= ' ' || c == '/' || c == '?' || c == '"' || c == '<' || c == '>' || c == '\\' || c >= 0x80 || c == '[' && w.markAt(end) {
			break
		}
	}
	if w.short || at <= begin || !colon && !keyLike(w.b[begin:at], fewestKey) {
		return Span{}, false
	}
	return Span{Start: begin, End: at, Kind: Secret}, true
}

const mostUser = 40 // bytes

// userOption finds the password behind the colon at byte i that an option of a
// command gives with a name: curl -u jane:hunter2.
func (w *window) userOption(i int) (Span, bool) {
	start := i
	for i-start < mostUser && chars[w.byteBefore(start)]&inRun != 0 {
		start--
	}
	if c := w.byteBefore(start); c == '"' || c == '\'' {
		start--
	}
	if start == i || w.byteBefore(start) != ' ' || !w.ends(start, " -u ") && !w.ends(start, " --user ") {
		return Span{}, false
	}
	m, ok := w.value(i+1, passValue, false)
	return m, ok && !allDigits(w.b[m.Start:min(m.End, m.Start+secretHead)]) // of a user and a group
}

// puttyKey finds the private half of a key of PuTTY: the lines of which the
// number stands behind the colon at byte i. They are swallowed.
func (w *window) puttyKey(i int) (Span, bool) {
	if !w.ends(i, "private-lines") {
		return Span{}, false
	}
	at := i + 1
	for at-i < 6 && (w.byteAt(at) == ' ' || w.byteAt(at)-'0' < 10) {
		at++
	}
	for at-i < 8 && (w.byteAt(at) == '\n' || w.byteAt(at) == '\r') {
		at++
	}
	if w.short || chars[w.byteAt(at)]&inWord == 0 || w.b[at-1] != '\n' {
		return Span{}, false
	}
	return w.swallowed(Span{Start: at, End: at, Kind: Secret}, swallow{pem: true})
}

// dashes finds what begins with two dashes at byte i: a private key as text
// (RFC 7468, OpenSSH, OpenPGP), or the option of a command that is a secret.
func (w *window) dashes(i int) (Span, bool) {
	if m, ok := w.privateKey(i); ok || w.short {
		return m, ok
	}
	if w.byteAt(i+1) != '-' {
		return Span{}, false
	}
	end := i + 2
	for end-i < 36 && (isLetter(rune(w.byteAt(end))) || w.byteAt(end) == '-' && w.b[end-1] != '-' || w.byteAt(end) == '_') {
		end++
	}
	if w.short || end == i+2 || w.byteAt(end) != ' ' {
		return Span{}, false
	}
	if rule := w.named(end, 0); rule != noValue {
		return w.valueAfter(end, rule)
	}
	return Span{}, false
}

// privateKey finds a key at its first line. The rest is swallowed.
func (w *window) privateKey(i int) (Span, bool) {
	const begin, key, line = "-----BEGIN ", "PRIVATE KEY", "-----"
	if !w.literal(i, begin) {
		return Span{}, false
	}
	end, found := i+len(begin), false
	for end-i < 64 {
		c := w.byteAt(end)
		if chars[c]&isAlnum == 0 && c != ' ' {
			break
		}
		found = found || c == 'P' && w.literal(end, key)
		end++
	}
	if w.short || !found || !w.literal(end, line) {
		return Span{}, false
	}
	return w.swallowed(Span{Start: i, End: end + len(line), Kind: Secret}, swallow{pem: true})
}
