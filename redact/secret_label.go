package redact

// valueRule says what a value must be to be taken for the secret that the label
// before it names.
type valueRule uint8

const (
	noValue   valueRule = iota
	anyValue            // a password: whatever stands there, but for words that are none
	passValue           // what follows "password is": with a digit or a sign in it
	keyValue            // a key: letters and digits
	longValue           // a long one: "key" is the name of much
	pinValue            // three to eight digits
)

// secretName is the end of a name under which a secret stands.
type secretName struct {
	end   string
	rule  valueRule
	apart bool // it is a word of its own: no compass is a pass
}

// secretNames are in small letters, without what joins their parts.
var secretNames = []secretName{
	{"password", anyValue, false}, {"passwd", anyValue, false}, {"passwort", anyValue, false}, {"passphrase", anyValue, false}, {"passcode", anyValue, false}, {"kennwort", anyValue, false}, {"motdepasse", anyValue, false}, {"contrasena", anyValue, false}, {"clave", anyValue, true}, {"senha", anyValue, true}, {"parolachiave", anyValue, false}, {"wachtwoord", anyValue, false}, {"losenord", anyValue, false}, {"haslo", anyValue, true}, {"pwd", anyValue, true}, {"pass", anyValue, true}, {"pw", anyValue, true}, {"dbpass", anyValue, false}, {"userpass", anyValue, false},
	{"secret", keyValue, false}, {"token", keyValue, false}, {"apikey", keyValue, false}, {"accesskey", keyValue, false}, {"secretkey", keyValue, false}, {"privatekey", keyValue, false}, {"authkey", keyValue, false}, {"encryptionkey", keyValue, false}, {"signingkey", keyValue, false}, {"masterkey", keyValue, false}, {"sharedkey", keyValue, false}, {"accountkey", keyValue, false}, {"accesskeyid", keyValue, false}, {"licensekey", keyValue, false}, {"recoverykey", keyValue, false}, {"credential", keyValue, false}, {"credentials", keyValue, false}, {"authorization", keyValue, false}, {"auth", keyValue, true}, {"bearer", keyValue, true}, {"jwt", keyValue, true}, {"signature", longValue, true}, {"sig", longValue, true}, {"sessionkey", keyValue, false}, {"sessionid", longValue, false}, {"sessid", longValue, false}, {"sid", longValue, true}, {"session", longValue, true}, {"clientsecret", keyValue, false}, {"appsecret", keyValue, false}, {"tokenid", keyValue, false}, {"apitoken", keyValue, false}, {"key", longValue, false}, {"securityanswer", anyValue, false},
	{"pin", pinValue, true}, {"pincode", pinValue, true}, {"cvv", pinValue, true}, {"cvc", pinValue, true}, {"otp", pinValue, true}, {"cvvcode", pinValue, true}, {"securitycode", pinValue, false}, {"verificationcode", pinValue, false}, {"onetimecode", pinValue, false},
}

// secretNamesBy are the same by their last letter.
var secretNamesBy = func() (by [26][]secretName) {
	for _, l := range secretNames {
		k := l.end[len(l.end)-1] - 'a'
		by[k] = append(by[k], l)
	}
	return by
}()

// notKeys are the names of keys that unlock nothing.
var notKeys = []string{"publickey", "primarykey", "foreignkey", "partitionkey", "sortkey", "cachekey", "objectkey", "idempotencykey", "rowkey", "sitekey", "keyboard", "monkey", "turkey", "hotkey", "pubkey", "donkey", "whiskey", "hockey", "jockey"}

const labelReach = 44 // bytes

// named is what the name that ends before byte i says of what follows. opener
// is what has to stand before it, or zero.
func (w *window) named(i int, opener byte) valueRule {
	limit := i - labelReach
	for range 2 {
		if c := w.byteBefore(i); c == ' ' || c == ':' {
			i--
		}
	}
	if c := w.byteBefore(i); c == '"' || c == '\'' || c == '`' {
		if i--; w.byteBefore(i) == '\\' {
			i--
		}
	}
	if !w.maybeNamed(i, limit) {
		return noValue
	}
	return w.namedWhole(i, opener, limit)
}

// namedWhole is named for a name that ends before byte i, without what may
// stand behind it.
func (w *window) namedWhole(i int, opener byte, limit int) valueRule {
	var name [labelReach]byte
	var first uint64 // bit k: name[k] begins a word
	k := len(name)
	for ; i > limit && k > 0; i-- {
		c := w.byteBefore(i)
		if c >= 0x80 {
			if c = plainLetter(w.byteBefore(i-1), c); c == 0 {
				break
			}
			i--
			k--
			name[k] = c
			continue
		}
		switch {
		case isLetter(rune(c)):
			k--
			name[k] = byte(lower(rune(c)))
			if p := w.byteBefore(i - 1); !isLetter(rune(p)) || chars[c]&isUpper != 0 && chars[p]&isUpper == 0 {
				first |= 1 << k
			}
			continue
		case c-'0' < 10, c == '_', c == '-', c == '.':
			continue
		case c == ' ' && opener == 0 && isLetter(rune(w.byteBefore(i-1))):
			continue
		}
		break
	}
	if k == len(name) || opener != 0 && w.byteBefore(i) != opener {
		return noValue
	}
	said := name[k:]
	for _, l := range secretNamesBy[said[len(said)-1]-'a'] {
		at := len(said) - len(l.end)
		if at < 0 || string(said[at:]) != l.end || l.apart && first>>(k+at)&1 == 0 {
			continue
		}
		if l.rule == longValue {
			for _, no := range notKeys {
				if len(said) >= len(no) && string(said[len(said)-len(no):]) == no {
					return noValue
				}
			}
		}
		return l.rule
	}
	return noValue
}

// namePairs has, by its last letter, the letters that stand before it in a name
// under which a secret stands, as bits.
var namePairs = func() (pairs [26]uint32) {
	for _, l := range secretNames {
		n := len(l.end)
		pairs[l.end[n-1]-'a'] |= 1 << (l.end[n-2] - 'a')
	}
	pairs['s'-'a'] |= 1 << ('e' - 'a') // Private-Lines, of a key of PuTTY
	return pairs
}()

// maybeNamed says whether the last two letters before byte i are those of such
// a name, seen at once.
func (w *window) maybeNamed(i, limit int) bool {
	last := -1
	for ; i > limit && i > w.floor; i-- {
		c := w.b[i-1]
		if c >= 0x80 {
			return true
		}
		if k := int(c|0x20) - 'a'; uint(k) < 26 {
			if last >= 0 {
				return namePairs[last]>>k&1 == 1
			}
			last = k
			continue
		}
		if c-'0' >= 10 && c != '_' && c != '-' && c != '.' && c != ' ' {
			return false
		}
	}
	return false
}

// plainLetter is the letter without its mark that two bytes of UTF-8 stand for
// in the names above: contraseña, lösenord, hasło; zero for any other.
func plainLetter(first, second byte) byte {
	switch string([]byte{first, second}) {
	case "ñ", "Ñ":
		return 'n'
	case "ö", "Ö":
		return 'o'
	case "ł", "Ł":
		return 'l'
	}
	return 0
}

// labelled finds a secret behind the sign at byte i that follows its name:
// "password=", `"apiKey": "`, "<token>".
func (w *window) labelled(i int) (Span, bool) {
	opener := byte(0)
	if w.b[i] == '>' {
		opener = '<'
	}
	rule := w.named(i, opener)
	if rule == noValue {
		return Span{}, false
	}
	return w.valueAfter(i+1, rule)
}

// authSchemes stand between a header and its value.
var authSchemes = []string{"Bearer ", "bearer ", "Basic ", "basic ", "Token ", "token ", "ApiKey ", "apikey ", "Bearer: ", "Key "}

// valueAfter finds the value that begins behind signs, spaces and a quote.
func (w *window) valueAfter(i int, rule valueRule) (Span, bool) {
	for range 2 {
		if c := w.byteAt(i); c == '=' || c == '>' || c == ':' {
			i++
		}
	}
	for range 4 {
		if c := w.byteAt(i); c == ' ' || c == '\t' {
			i++
		}
	}
	if w.byteAt(i) == '\\' {
		i++
	}
	quoted := false
	if c := w.byteAt(i); c == '"' || c == '\'' || c == '`' {
		i++
		quoted = true
	}
	if rule == keyValue {
		for _, scheme := range authSchemes {
			if w.literal(i, scheme) {
				i += len(scheme)
				break
			}
			if w.short {
				return Span{}, false
			}
		}
	}
	if w.short {
		return Span{}, false
	}
	if rule == anyValue && !quoted {
		if c := w.byteBefore(i); c == ' ' {
			rule = passValue
		}
		m, ok := w.value(i, anyValue, rule == passValue)
		if ok && rule == passValue && !w.lineEnds(m.End) && !strong(w.b[m.Start:min(m.End, m.Start+secretHead)]) {
			return Span{}, false // "Password: click here"
		}
		if ok && (w.kept(m) || called(w.b[m.Start:m.End])) {
			return Span{}, false
		}
		return m, ok
	}
	return w.value(i, rule, quoted)
}

// kept says whether a value is names with dots between them, the last that of a
// secret: where one is kept, as in password = request.body.password.
func (w *window) kept(m Span) bool {
	dots := 0
	for _, c := range w.b[m.Start:m.End] {
		if !isLetter(rune(c)) && c != '.' && c != '_' {
			return false
		}
		dots += one(c == '.')
	}
	return dots > 0 && w.named(m.End, 0) != noValue
}

// lineEnds says whether nothing follows byte i on its line.
func (w *window) lineEnds(i int) bool {
	for range 3 {
		switch w.byteAt(i) {
		case 0:
			return i >= w.limit
		case '\n', '\r':
			return true
		case ' ', '.', '"', '\'', ',', ';':
			i++
		default:
			return false
		}
	}
	return false
}

// value reads a secret at byte i by its rule. said: it stands in a sentence or
// between quotes, where fewer signs end it.
func (w *window) value(i int, rule valueRule, said bool) (Span, bool) {
	if rule == pinValue {
		if n := w.halves(i); n > 0 && w.alone(i+n) && !w.short {
			return Span{Start: i, End: i + n, Kind: Secret}, true
		}
		if w.short {
			return Span{}, false
		}
	}
	class := inRun
	switch {
	case rule != anyValue && rule != passValue && (!said || rule == pinValue):
	case said:
		class = inSaid
	default:
		class = inValue
	}
	end := i
	for ; end-i < secretHead; end++ {
		c := w.byteAt(end)
		if (c == '[' || c == dropped[0]) && w.markAt(end) {
			return Span{}, false // what it stands for was a part of it
		}
		if c == '&' && class == inValue && end > i && !w.parameter(end+1) && !w.short {
			continue // a password may have one, too
		}
		if chars[c]&class == 0 && c < 0x80 && !(c == '=' && class == inRun) || c >= 0x80 && class == inRun {
			break
		}
		if w.short {
			return Span{}, false
		}
	}
	if w.short {
		return Span{}, false
	}
	if end-i < secretHead {
		end = w.trimmedValue(i, end, class)
	}
	for end-i == secretHead && end > i && w.byteAt(end)&0xC0 == 0x80 {
		end-- // not within a character
	}
	if w.short {
		return Span{}, false
	}
	v := w.b[i:end]
	if len(v) == 0 || w.markAt(end) || placeholder(v) {
		return Span{}, false
	}
	ok := false
	switch rule {
	case anyValue:
		ok = len(v) >= 4 && !inList(noPasswords, v)
	case passValue:
		ok = strong(v)
	case keyValue:
		ok = (keyLike(v, 8) || len(v) >= 16 && mixed(v)) && !worded(v) && (class != inRun || w.byteAt(end) != '(') && !w.short
	case longValue:
		ok = keyLike(v, 20) && !isUUID(v)
	case pinValue:
		ok = len(v) >= 3 && len(v) <= 8 && allDigits(v)
	}
	if !ok || w.short || class == inRun && (v[0] == '/' && !(len(v) >= 20 && mixed(v)) || w.isMail(end)) {
		return Span{}, false
	}
	return w.ended(i, end, class)
}

// parameter says whether the name of the next parameter of an address of a page
// stands at byte i, with its sign: "state=".
func (w *window) parameter(i int) bool {
	end := i
	for end-i < labelReach && chars[w.byteAt(end)]&inWord != 0 {
		end++
	}
	return end == i || w.byteAt(end) == '='
}

// trimmedValue leaves the signs at the end of a value to its sentence.
func (w *window) trimmedValue(i, end int, class uint8) int {
	for end > i {
		switch w.b[end-1] {
		case '.', ':', '?', ',', ';':
		case ')', '}', ']', '\\':
			if class == inRun {
				return end
			}
		default:
			return end
		}
		end--
	}
	return end
}

// called says whether a value is what a program calls or looks up: args[3],
// proxy_pass.decode(.
func called(v []byte) bool {
	for i, c := range v {
		if c == '(' || c == '[' {
			return i > 3
		}
		if c != '_' && c != '.' && (!isLetter(rune(c)) || chars[c]&isUpper != 0) {
			return false
		}
	}
	return false
}

// noPasswords are said where a password would stand.
var noPasswords = []string{"required", "incorrect", "invalid", "wrong", "missing", "none", "null", "true", "false", "empty", "expired", "redacted", "hidden", "optional", "string", "changed", "reset", "protected", "undefined", "failed", "success", "correct", "accepted", "rejected", "prompt", "disabled", "enabled", "unknown", "forgotten", "please", "your", "this", "that", "must", "bytes", "self", "field"}

// placeholder says whether a value stands for one that is not there.
func placeholder(v []byte) bool {
	switch v[0] {
	case '{', '<':
		return true
	case '$', '%':
		return len(v) < 2 || v[1] == '{' || v[1] == '(' || isLetter(rune(v[1])) && !strong(v[1:])
	}
	for _, c := range v {
		if c != v[0] {
			return false
		}
	}
	return !isAlnumByte(v[0]) || v[0]|0x20 == 'x'
}

func isAlnumByte(c byte) bool { return chars[c]&isAlnum != 0 }

// strong says whether a word is more than a word: it has a digit, a sign that
// words do not have, or a capital inside.
func strong(v []byte) bool {
	if len(v) < 4 {
		return false
	}
	digits, dashes := 0, 0
	for i, c := range v {
		switch {
		case c == '-':
			if dashes++; dashes > 2 && len(v) >= 16 { // correct-horse-battery-staple
				return true
			}
		case c-'0' < 10:
			digits++
		case c == '!', c == '#', c == '$', c == '%', c == '^', c == '*', c == '+', c == '=', c == '_', c == '~', c == '?' && i+1 < len(v), c == '@' && !hasDot(v[i:]):
			if i+1 < len(v) || len(v) >= 6 && c != '!' {
				return len(v) >= 5
			}
		case i > 0 && chars[c]&isUpper != 0 && chars[v[i-1]]&isUpper == 0 && isLetter(rune(v[i-1])):
			return len(v) >= 5
		}
	}
	return digits > 0 && !(hasAt(v) && hasDot(v))
}

func hasDot(v []byte) bool {
	for _, c := range v {
		if c == '.' {
			return true
		}
	}
	return false
}

func hasAt(v []byte) bool {
	for _, c := range v {
		if c == '@' {
			return true
		}
	}
	return false
}

// mixed says whether small and capital letters alternate as in no word.
func mixed(v []byte) bool {
	turns := 0
	for i := 1; i < len(v); i++ {
		if isAlnumByte(v[i]) && isAlnumByte(v[i-1]) && chars[v[i]]&isUpper != chars[v[i-1]]&isUpper {
			turns++
		}
	}
	return turns*4 >= len(v)
}

// worded says whether a value is the name that a program gives to something:
// words of four small letters and more, and hardly a digit.
func worded(v []byte) bool {
	digits, letters, row := 0, 0, 0
	for i, c := range v {
		digits += one(c-'0' < 10)
		if isLetter(rune(c)) && (chars[c]&isUpper == 0 || row == 0) {
			row++
		} else {
			row = one(isLetter(rune(c)))
		}
		if i+1 == len(v) || !isLetter(rune(v[i+1])) || chars[v[i+1]]&isUpper != 0 {
			if row >= 4 {
				letters += row
			}
			row = 0
		}
	}
	return digits*8 < len(v) && letters*5 >= len(v)*3
}

func allDigits(v []byte) bool {
	for _, c := range v {
		if c-'0' >= 10 {
			return false
		}
	}
	return true
}

// isUUID says whether the value is written 8-4-4-4-12.
func isUUID(v []byte) bool {
	return len(v) == 36 && v[8] == '-' && v[13] == '-' && v[18] == '-' && v[23] == '-'
}
