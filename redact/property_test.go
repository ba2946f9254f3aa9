package redact_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

func newRedactor(t testing.TB, o redact.Options) *redact.Redactor {
	t.Helper()
	r, err := redact.New(o)
	require.NoError(t, err)
	return r
}

// everything hides all kinds, with the national numbers of some regions.
func everything(t testing.TB) *redact.Redactor {
	return newRedactor(t, redact.Options{Regions: []string{"DE", "US", "FR", "SE"}})
}

// inPieces is what a stream makes of a text that is cut at the given bytes,
// and the most that it held back.
func inPieces(r *redact.Redactor, text string, cuts ...int) (out string, held int) {
	s := r.Stream()
	var dst []byte
	from := 0
	for _, cut := range append(cuts, len(text)) {
		dst = s.Append(dst, []byte(text[from:cut]))
		held = max(held, s.Held())
		from = cut
	}
	return string(s.Close(dst)), held
}

// inBytes is the same for a text that comes byte by byte.
func inBytes(r *redact.Redactor, text string) (out string, held int) {
	cuts := make([]int, len(text))
	for i := range cuts {
		cuts[i] = i
	}
	return inPieces(r, text, cuts...)
}

func whole(r *redact.Redactor, text string) string { return string(r.Append(nil, []byte(text))) }

// shreds are what texts that try to break the promises are made of: parts of
// values, of what stands between and around them, and of characters.
var shreds = []string{
	"jane", "roe", "j", "@", " @ ", "＠", " at ", "at", " a", "t ", "[at]", "(at)", " (at) ", " dot ", "dot", "[.]", ".", " . ", "example", "com", ".com", ".de", "gmail.com", "мир", "рф", "例", "。", "jane.roe@example.com",
	"4111 1111 1111 1111", "4111111111111111", "4111", " 1111", "-1111", "378282246310005", "4", "1", "11", "０", "１２", "٣", "٤٤",
	"GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432", "GB", "82", "WEST", "DE89370400440532013000", "de",
	"+", "00", "+46 8 928 571 38", "+1-604-696-5272x565", "(579)888-3058", "(", ")", "46", "8", "928", "0490 39 07 81", "650 253 0000", "650-253-0000", "030 123456", "x", "x12", " ext. 7", "#",
	"Phone: ", "phone", "call me at ", "Desk: ", "card ", "mail ", "office", " fax", "電話", "tel", "тел. ", "number",
	" ", "  ", "\n", "\t", "-", "/", ",", ":", "_", "%", "%40", "&#64;", "&#", "j o e ", "e x . c o m", "o ", "-at-", "_dot_", "*at* ", " *dot* ", "\"", "'", "<", ">", "|", "=",
	" arroba ", "(arobase)", "chio", "cciola ", " chiocciola ", "[Klammer", "affe]", " apenstaartje ", " ät ", "[ät]", " małpa ", " собака ", " שטרודל ", " punto ", "[punkt]", " point ", " точка ", " underscore ", " at sign ", "(at symbol)", "`", "\\@", "%2540", "%2E", "&#x0040;", "\\x40", "&period;", "（at）", "【",
	"6123456789:AA", "Gh3jK9lM1nO3pQ5rS7tU9vW1xY3zA5bC7", "MTE5ODc2NTQzMjEwOTg3NjU0Mw", ".GhJkLm.", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "-us12", "curl -u ", " --user jane:", "Private-Lines: 1\n", "839 201", "code: ", "ATATT3xFfGF0aB3dE5gH7jK9mN1pQ3sT5vW7yZ9", "==", "65 170839 J 003", "170839 J", "30 23 217 600 053", "numéro fiscal ", "nss ", " geboren", "19850312", "12.03.1985", "C4VHZ0PJK", "IT 60 X ", "Chrome/", "correct-horse-battery-staple", "git@",
	"\u200b", "\u2060", "\u00a0", "\u00ad", "\ufeff", "…", "[email]", "[card]", "[iban]", "[phone]", "[hidden]", "[", "]", "[ema", "[email:bcdfghjklmnpqrst]", "[card:", "[phone:tttttttttttttttt", "[iban:",
	"\xff", "\xe2", "\xe2\x80", "\xef\xbc", "\xf0\x9d", "é", "世", "😀", "2026-11-23", "12:34:56.789", "192.168.1.1", "word", "the",
	"10.0.0.1", "192", ".168", "[.]", "fe80::1", "2001:db8::", "::", "::1", "dead", "be", "/24", "%eth0", "00:1a:2b:3c:4d:5e", "00-1a-2b", "aabb.ccdd.eeff", ":1a", "version ",
	"password", "pass", "Password: ", "password=", "password is ", " is ", "ss", "hunter2", "Pa$$w0rd!", "letmein", "secret", "token", "api_key", "_key", "= ", "\": \"", ": ", "=\"", "Bearer ", "Authorization: ", "--password ", "--", "<password>", "</", "pin: ", "1234",
	"sk-", "ghp_", "AKIAIOSFODNN7EXAMPLE", "AKIA", "abcdefghij0123456789", "0123456789abcdef", "eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0In0", ".sig-nature_0", "glpat-", "xoxb-", "AIza", "https://", "://", "user:pass@", "host/", "hooks.slack.com/services/",
	"-----BEGIN PRIVATE KEY-----", "-----BEGIN RSA ", "PRIVATE KEY-----", "-----END PRIVATE KEY-----", "-----", "MIIEvQIBADANBgkqhkiG9w0BAQ", "\\n",
	"123-45-6789", "123 45 6789", "ssn ", "social security number ", "AB 12 34 56 C", "AB", "AB123456C", "nhs ", "943 476 5919", "12345678Z", "12.345.678-Z", "X1234567L", "RSSMRA85T10A562S", "RSSMRA", "86095742719", "86 095 742 719", "255081416802538", "passport ", "Passport no. ", "C01X0006H", "123456789", "born on ", "date of birth: ", "12/03/1985", "March ", "12th", " March 1985", ", 1985", "1985", "born", "né le ",
	"[secret]", "[secret:bcdfghjklmnpqrst]", "[ip:", "[national_id]", "[birth_date", "acme", "Project Zeus", "EMP-", "EMP-1234", "zeus",
}

// all hides every kind in the same way.
func all(operator redact.Operator) (o redact.Options) {
	for _, k := range redact.Kinds() {
		*o.Of(k) = operator
	}
	return o
}

// own is what a tenant has of its own in these tests.
func own(o redact.Options) redact.Options {
	o.Patterns = []string{`EMP-[0-9]{4}`, `(?i)zeus( [0-9]{1,4})?`, `x[^ ]{2,6}`}
	o.Words = []string{"acme", "Project Zeus", "card 41", "мир"}
	return o
}

// shredded is a text of n shreds.
func shredded(random *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		s := shreds[random.IntN(len(shreds))]
		if random.IntN(8) == 0 {
			s = s[:random.IntN(len(s)+1)]
		}
		b.WriteString(s)
	}
	return b.String()
}

// R78
func TestCuts(t *testing.T) {
	replaces := everything(t)
	o := all(redact.Hash)
	o.Card, o.Regions, o.Keyer = redact.Mask, []string{"DE", "US", "FR", "SE"}, keyer(1)
	hashes := newRedactor(t, o)
	owns := newRedactor(t, own(redact.Options{SSN: redact.Off, Secret: redact.Off}))
	for _, text := range []string{"[phone:zeus]", "[iban:s[at]b.cc"} { // a mark is one, also where it is cut
		for i := range len(text) + 1 {
			got, _ := inPieces(owns, text, i)
			require.Equalf(t, whole(owns, text), got, "%q cut at %d", text, i)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	texts := int(3000 * *scale)
	cuts := 0
	for i := range texts {
		r := replaces
		switch i % 4 {
		case 0:
			r = hashes
		case 1:
			r = owns
		}
		text := shredded(random, 1+random.IntN(24))
		want := whole(r, text)
		for i := range len(text) + 1 {
			got, held := inPieces(r, text, i)
			require.Equalf(t, want, got, "%q cut at %d", text, i)
			require.LessOrEqual(t, held, redact.MaxHeldOwn)
			cuts++
		}
		got, _ := inBytes(r, text)
		require.Equalf(t, want, got, "%q byte by byte", text)
	}
	t.Logf("%d texts, %d cuts in two, each byte by byte as well", texts, cuts)
}

// R78
func TestIdempotent(t *testing.T) {
	for _, text := range []string{ // where what stood behind a number was hidden
		"0.0.0.1。1:8::", "8::/4@e.om", "::1/24%40a.roe@example.com", "pin 234.X1234567L", "e(at)g.1_dot_sk-378282246310005", "call*111123456789(579)3058", "pwd e95742719411.GB82WEST12345698765432[email]",
	} {
		for operator := redact.Replace; operator < redact.Off; operator++ {
			o := all(operator)
			o.Regions, o.Keyer = []string{"DE", "US"}, keyer(7)
			once := whole(newRedactor(t, o), text)
			require.Equal(t, once, whole(newRedactor(t, o), once), text)
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	texts := int(60000 * *scale)
	operators := []redact.Operator{redact.Replace, redact.Mask, redact.Drop, redact.Hash}
	for i, operator := range append(operators, redact.Hash, redact.Mask) {
		o := all(operator)
		o.Regions, o.Keyer = []string{"DE", "US"}, keyer(7)
		if i >= len(operators) { // and mixed
			o = own(o)
			o.Email, o.Phone = redact.Mask, redact.Hash
		}
		r := newRedactor(t, o)
		for range texts {
			text := shredded(random, 1+random.IntN(16))
			once := whole(r, text)
			require.Equalf(t, once, whole(r, once), "%q", text)
			require.Equal(t, utf8.ValidString(text), utf8.ValidString(once) && utf8.ValidString(text), "%q", text)
		}
	}
	t.Logf("%d texts under each operator, and twice mixed", texts)
}
