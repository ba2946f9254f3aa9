package redact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
)

// R78
func TestCustom(t *testing.T) {
	r := newRedactor(t, redact.Options{Patterns: []string{`EMP-[0-9]{4,6}`, `(?i)k[a-z]{2} [0-9]{3}`, `[äö]x{2}`}, Words: []string{"Project Zeus", "acme", "Zeus", "Łódź", "项目", "Ängelholm"}})
	checkTable(t, r, redact.Custom, []string{
		"«EMP-1234»", "for «EMP-123456», ok", "«KAB 123»", "«kab 123»-x", "«äxx»", "the «project zeus» of «ACME», «zeus»", "«Łódź»", "新«项目»很好", "in «Ängelholm»", "«ÄNGELHOLM»",
	})
	for _, text := range []string{"EMP-123", "EMP-1234567", "xEMP-1234", "acmes", "zeusx", "kab 1234", "emp-1234", "Łódźx", "[email]"} {
		require.Equal(t, text, whole(r, text))
	}
	require.Equal(t, "[custom] [card]", whole(newRedactor(t, redact.Options{Words: []string{"card", "custom"}}), "card 4111111111111111"))
}

// R78: a pattern that would cost too much, or is none, is refused, and the
// error says which and not what it is.
func TestCustomRefused(t *testing.T) {
	for pattern, why := range map[string]string{
		"CANARY(":                     "no regular expression",
		"CANARY.*":                    "bound what it repeats",
		"(CANARY){30}":                "bound what it repeats",
		"[a-z]+":                      "bound what it repeats",
		"x?":                          "fewer than two bytes",
		"":                            "fewer than two bytes",
		`\bCANARY`:                    "stand alone anyway",
		"^CANARY$":                    "stand alone anyway",
		strings.Repeat("CANARY", 300): "1024 bytes",
	} {
		_, err := redact.New(redact.Options{Patterns: []string{pattern}})
		require.ErrorContains(t, err, why, pattern)
		require.NotContains(t, err.Error(), "CANARY")
		require.Error(t, redact.CheckPattern(pattern))
	}
	require.NoError(t, redact.CheckPattern("EMP-[0-9]{4}"))
	for _, word := range []string{"", "x", strings.Repeat("x", 129), "\xff\xff"} {
		require.Error(t, redact.CheckWord(word))
		_, err := redact.New(redact.Options{Words: []string{word}})
		require.ErrorContains(t, err, "word 1")
	}
	_, err := redact.New(redact.Options{Patterns: make([]string, 33)})
	require.ErrorContains(t, err, "more than 32")
	_, err = redact.New(redact.Options{Words: make([]string, 1001)})
	require.ErrorContains(t, err, "more than 1000")
	many := make([]string, 32)
	for i := range many {
		many[i] = strings.Repeat("([a-z0-9]|[A-F]{2})", 40)
	}
	_, err = redact.New(redact.Options{Patterns: many})
	require.ErrorContains(t, err, "cost too much")
}
