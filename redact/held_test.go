package redact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

// mostHeld is the largest number of characters that is held back of a text
// that comes in pieces of so many bytes.
func mostHeld(r *redact.Redactor, text string, size int) (most int) {
	s := r.Stream()
	var dst []byte
	for i := 0; i < len(text); i += size {
		dst = s.Append(dst[:0], []byte(text[i:min(i+size, len(text))]))
		most = max(most, s.Held())
	}
	return most
}

// R78: what is held back has a bound in characters, whatever they are, and it
// is one that is reached.
func TestHeldMost(t *testing.T) {
	r := everything(t)
	o := own(all(redact.Replace))
	o.Regions = []string{"DE", "US"}
	owns := newRedactor(t, o)
	joiners := strings.Repeat("\u200b", 8)
	spread := func(text string) string { return strings.Join(strings.Split(text, ""), joiners) }
	reached := 0
	for name, text := range map[string]string{
		"name and domain":            strings.Repeat("a", 100) + "@" + strings.Repeat("b", 400),
		"in three bytes each":        strings.Repeat("世", 100) + "@" + strings.Repeat("世", 400),
		"in four bytes each":         strings.Repeat("𝐚", 100) + "@" + strings.Repeat("𝐚", 400),
		"of many labels":             strings.Repeat("a.", 50) + "a@" + strings.Repeat("b.c.", 100),
		"spelled out":                strings.Repeat("a dot ", 30) + "a at " + strings.Repeat("b dot ", 60),
		"letter by letter":           strings.Repeat("a ", 60) + "@ " + strings.Repeat("b ", 200),
		"signs far apart":            spread("jane ") + spread(" ((at)) ") + spread("example ((dot)) com"),
		"account":                    spread("GB82 WEST 1234 5698 7654 32"),
		"telephone with extension":   spread("(+46 8 928 571 38 , extension .: 1234567)"),
		"digits":                     spread("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
		"key":                        "token: " + strings.Repeat("a1", 400),
		"key, first digit late":      "sk-" + strings.Repeat("a", 300) + strings.Repeat("1", 300),
		"web token":                  "eyJ" + strings.Repeat("a1", 400) + "." + strings.Repeat("a1", 400),
		"private key":                "-----BEGIN RSA PRIVATE KEY-----\n" + strings.Repeat("MIIEvQIBADANBgkq\n", 40),
		"password":                   "passphrase is now the " + strings.Repeat("x1", 400),
		"password in four bytes":     "password=" + strings.Repeat("𝐚", 400),
		"name and password":          "https://" + strings.Repeat("a:", 300),
		"a name of invisible ones":   strings.Repeat("\u200b", 400) + "@" + strings.Repeat("\u200b", 400),
		"what is no character":       strings.Repeat("\xf0\x9d", 200) + "@" + strings.Repeat("\xe4\xb8", 300),
		"date of birth, spread":      "born on " + spread("12/03/1985"),
		"address of a machine":       spread("192[dot]168[dot]1[dot]1") + spread("192 dot 168 dot 1 dot 1"),
		"number of a person, spread": spread("1 85 05 2A 006 084 35"),
	} {
		most := mostHeld(r, text, 1)
		require.LessOrEqual(t, most, redact.MaxHeld, name)
		require.LessOrEqual(t, mostHeld(owns, text, 17), redact.MaxHeldOwn, name)
		reached = max(reached, most)
		got, _ := inBytes(r, text)
		require.Equal(t, whole(r, text), got, name)
	}
	require.Greater(t, reached, redact.MaxHeld-10, "the bound is not what is held")
	t.Logf("%d characters at most, of %d", reached, redact.MaxHeld)
}

// R78: at the border: the longest address that mail knows is found whole, and
// so is the last character of a key that is longer than what is held.
func TestHeldBorder(t *testing.T) {
	r := newRedactor(t, redact.Options{})
	local := strings.Repeat("a", 64)
	for length := 150; length <= 249; length++ {
		domain := strings.Repeat(strings.Repeat("b", 30)+".", 8)[:length-4] + ".com"
		domain = strings.ReplaceAll(domain, "..", "x.")
		text := "to " + local + "@" + domain + " x"
		require.Equal(t, "to [email] x", whole(r, text), length)
		got, _ := inBytes(r, text)
		require.Equal(t, "to [email] x", got, length)
	}
	// In letters of two bytes the bound is as many letters.
	foreign := "пиши " + strings.Repeat("ж", 60) + "@" + strings.Repeat(strings.Repeat("ж", 29)+".", 8) + "рф, да"
	require.Equal(t, "пиши [email], да", whole(r, foreign))
	got, _ := inBytes(r, foreign)
	require.Equal(t, "пиши [email], да", got)
	require.Equal(t, "a[email]", whole(r, local+"a@example.com"), "of 65 characters the last 64")
	for length := 20; length < 700; length++ {
		for _, before := range []string{"token=", "passphrase is now the "} {
			text := before + strings.Repeat("a1b2c3d4e5", 80)[:length] + " x"
			got, _ := inBytes(r, text)
			require.Equal(t, before+"[secret] x", got, length)
		}
	}
}
