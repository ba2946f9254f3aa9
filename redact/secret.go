package redact

import "maps"

// keyed finds a secret, or the number of a person or a passport, in the word
// of which the first digit stands at byte i.
func (w *window) keyed(i int) (Span, bool) {
	run, word, ok := w.runAt(i)
	if !ok || !w.opensAt(run) {
		return Span{}, false
	}
	end := i // of the run, as far as it matters here
	for end-run < fewestKey {
		if chars[w.byteAt(end)]&inRun == 0 {
			break
		}
		end++
	}
	if w.short {
		return Span{}, false
	}
	if end-run >= fewestKey {
		if m, ok := w.shaped(word); ok || w.short {
			return m, ok
		}
		if run < word {
			for w.b[run] == '/' && run < word {
				run++
			}
			if m, ok := w.shaped(run); ok || w.short {
				return m, ok
			}
		}
		if m, ok := w.toldKey(run, i); ok || w.short {
			return m, ok
		}
	}
	if end-run >= fewestKey {
		if m, ok := w.toldMAC(run); ok || w.short {
			return m, ok
		}
	}
	if m, ok := w.toldPassword(run, i); ok || w.short {
		return m, ok
	}
	if run == i {
		if m, ok := w.toldPin(i, end); ok || w.short {
			return m, ok
		}
	}
	if letters := i - word; letters <= 6 {
		return w.coded(word, i)
	}
	return Span{}, false
}

// fewestKey is the least length of what is taken for a key by its own.
const fewestKey = 12

// toldKey finds a key that the words before call one: "the token is 8f14e...".
func (w *window) toldKey(run, i int) (Span, bool) {
	if w.b[run] == '/' || w.words(run, secretWords) == 0 && (!w.keySaid(run) || w.words(run, keyWords) == 0) {
		return Span{}, false
	}
	end, _ := w.body(run, inRun)
	if w.short {
		return Span{}, false
	}
	for w.byteAt(end) == '=' && end-run < secretHead {
		end++
	}
	if w.byteAt(end) == '(' || w.short || !keyLike(w.b[run:end], fewestKey) || worded(w.b[run:end]) || w.isMail(end) || w.markAt(end) {
		return Span{}, false
	}
	return w.ended(run, end, inRun)
}

// toldMAC finds the address of an interface in twelve hexadecimal digits that
// the words before call one.
func (w *window) toldMAC(run int) (Span, bool) {
	end := run
	for end-run < 13 && chars[w.byteAt(end)]&isHex != 0 {
		end++
	}
	if w.short || end-run != 12 || w.words(run, macWords) == 0 || !w.alone(end) || w.short {
		return Span{}, false
	}
	return Span{Start: run, End: end, Kind: MAC}, true
}

var macWords = with(naming("mac", "hwaddr", "lladdr", "ether", "bssid", "mac-adresse"), "address", "addr", "adresse")

// toldPassword finds a word with the digit at byte i in it that the words
// before it call a password, in the languages in which passWord does not see
// it: "la contraseña es Verano2024!".
func (w *window) toldPassword(run, i int) (Span, bool) {
	if run == i || !isLetter(rune(w.b[run])) || w.words(run, spokenPasswords) == 0 {
		return Span{}, false
	}
	return w.value(run, passValue, true)
}

// spokenPasswords are said before a password.
var spokenPasswords = naming("password", "pw", "pwd", "passwort", "kennwort", "passe", "contraseña", "senha", "wachtwoord", "lösenord", "hasło", "סיסמה", "הסיסמה", "пароль")

// toldPin finds three to eight digits that the words before call a code to get
// in: "your PIN is 1234".
func (w *window) toldPin(i, end int) (Span, bool) {
	if w.markAt(end) {
		return Span{}, false // what it stands for was a part of it
	}
	for end > i && w.b[end-1] == '.' {
		end--
	}
	if n := w.halves(i); n > 0 && w.words(i, pinWords) > 0 && w.alone(i+n) && !w.short {
		return Span{Start: i, End: i + n, Kind: Secret}, true
	}
	if w.short {
		return Span{}, false
	}
	if n := end - i; n < 3 || n > 8 || !allDigits(w.b[i:end]) || w.words(i, pinWords) == 0 || !w.alone(end) || w.short {
		return Span{}, false
	}
	return Span{Start: i, End: end, Kind: Secret}, true
}

// halves is the length of a code of six digits at byte i that is set in two
// groups, "839 201"; zero if there is none.
func (w *window) halves(i int) int {
	const n = len("839 201")
	for k := range n {
		c := w.byteAt(i + k)
		if k == n/2 {
			if c != ' ' && c != '-' {
				return 0
			}
		} else if c-'0' >= 10 {
			return 0
		}
	}
	return n
}

var pinWords = naming("pin", "otp", "cvv", "cvc", "cvv2", "passcode", "verification", "puk", "tan")

// secretWords are said before a key.
var secretWords = map[string]int8{
	"token": 2, "tokens": 2, "secret": 2, "secrets": 2, "apikey": 2, "bearer": 2, "jwt": 2, "credential": 2, "credentials": 2, "password": 2, "passwd": 2, "pwd": 2, "passphrase": 2, "passcode": 2,
	"authorization": 2, "auth": 2, "oauth": 2, "passwort": 2, "kennwort": 2, "schlüssel": 2, "geheimnis": 2, "clé": 2, "passe": 2, "jeton": 2, "clave": 2, "contraseña": 2, "senha": 2, "chave": 2, "parola": 2, "chiave": 2, "סיסמה": 2, "пароль": 2, "токен": 2, "ключ": 2, "密码": 2, "パスワード": 2,
	"key": 0, "keys": 0, "is": 0, "the": 0, "my": 0, "your": 0, "this": 0, "with": 0, "value": 0, "to": 0, "new": 0, "code": 0, "ist": 0, "est": 0, "es": 0, "d": 0, "l": 0, "de": 0, "le": 0, "la": 0, "id": 0, "use": 0, "using": 0, "client": 0, "leaked": 0, "exposed": 0, "revoked": 0, "stolen": 0, "found": 0, "as": 0, "mot": 0, "set": 0, "personal": 0, "was": 0, "x": 0,
}

// keySaid says whether a key is spoken of right before byte i: "the key is".
func (w *window) keySaid(i int) bool {
	from, low := i, max(i-wordReach, w.floor)
	for range 4 {
		start, last, ok := w.lastWord(i, low)
		if !ok {
			return false
		}
		if word := w.b[start:last]; hasFold(word, "key") && last-start <= len("keys") {
			return start >= w.barrier(from, wordReach)
		}
		i = start
	}
	return false
}

// keyWords say of a key that it opens something.
var keyWords = func() map[string]int8 {
	table := maps.Clone(secretWords)
	for _, word := range []string{"api", "access", "encryption", "signing", "license", "recovery", "private", "master", "shared", "account", "service", "openai", "anthropic", "azure", "aws", "gcp", "google", "stripe", "twilio", "datadog", "ssh", "authenticating", "authenticate", "authenticated"} {
		table[word] = 2
	}
	return table
}()

// keyLike says whether a value looks made by a machine: letters and digits, of
// many kinds.
func keyLike(value []byte, least int) bool {
	var seen [128]bool
	digits, letters, distinct := 0, 0, 0
	for _, c := range value {
		if c < 128 && !seen[c] {
			seen[c] = true
			distinct++
		}
		digits += one(c-'0' < 10)
		letters += one(isLetter(rune(c)))
	}
	return len(value) >= least && digits > 0 && letters > 0 && distinct >= min(7, least-1)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// passWord finds what follows "password is", where two s stand at byte i.
func (w *window) passWord(i int) (Span, bool) {
	if i-2 < w.floor || w.b[i-1]|0x20 != 'a' || w.b[i-2]|0x20 != 'p' || isLetter(rune(w.byteBefore(i-2))) || w.byteBefore(i-2) == '/' { // a file
		return Span{}, false
	}
	end := i
	for end-i < 12 && isLetter(rune(w.byteAt(end))) {
		end++
	}
	if w.short || !inList(passWords, w.b[i-2:end]) {
		return Span{}, false
	}
	for range 4 {
		begin, spaces := end, 0
		for c := w.byteAt(begin); (c == ' ' || c == ':' || c == '=' && spaces > 0) && spaces < 4; c = w.byteAt(begin) {
			begin++
			spaces++
		}
		if w.short || spaces == 0 || w.markAt(begin) {
			return Span{}, false
		}
		for end = begin; end-begin < 8 && isLetter(rune(w.byteAt(end))); {
			end++
		}
		if w.short {
			return Span{}, false
		}
		if c := w.byteAt(end); (c == ' ' || c == ':') && inList(passJoints, w.b[begin:end]) {
			continue
		}
		if c := w.byteAt(begin); c == '"' || c == '\'' || c == '`' {
			return w.value(begin+1, passValue, true)
		}
		m, ok := w.value(begin, passValue, true)
		return m, ok && !w.kept(m) && !called(w.b[m.Start:m.End])
	}
	return Span{}, false
}

var (
	passWords  = []string{"password", "passwords", "passwort", "passcode", "passphrase", "passwd"}
	passJoints = []string{"is", "ist", "was", "to", "as", "now", "lautet", "it", "the", "of", "still"}
)
