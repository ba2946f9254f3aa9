package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
)

// requireClean says what makes a sentence fit for the catalogue.
func requireClean(t *testing.T, s string) {
	t.Helper()
	require.NotEmpty(t, s)
	require.True(t, norm.NFC.IsNormalString(s), "not composed: %q", s)
	require.NotContains(t, s, "{")
	require.NotContains(t, s, "}")
	require.NotContains(t, s, "%")
	require.NotContains(t, s, "  ")
	require.NotContains(t, s, "TODO")
	require.Equal(t, strings.TrimSpace(s), s)
	for _, r := range s {
		require.False(t, unicode.Is(unicode.Cf, r), "invisible character %U in %q", r, s)
		require.False(t, unicode.IsControl(r), "control character %U in %q", r, s)
	}
}

// R20, R24, R26: the notice says in every language what it has to say.
func TestNotices(t *testing.T) {
	require.Equal(t, []string{"en", "de", "fr", "es", "he"}, Locales())
	must := map[string][]string{
		"en": {"AI", "not with a human", "memory", "session ends", "recorded", "ask for a human"},
		"de": {"KI", "nicht mit einem Menschen", "Arbeitsspeicher", "Sitzung endet", "aufgezeichnet", "nach einem Menschen fragen"},
		"fr": {"IA", "pas avec un être humain", "mémoire", "fin de la session", "enregistré", "demander à tout moment à parler à un être humain"},
		"es": {"IA", "no con un ser humano", "memoria", "termina la sesión", "graba", "pedir hablar con un ser humano"},
		"he": {"בינה מלאכותית", "לא עם בן אדם", "בזיכרון", "מסתיימת", "מוקלט", "לבקש לדבר עם בן אדם"},
	}
	for _, l := range Locales() {
		t.Run(l, func(t *testing.T) {
			n, ok := For(l)
			require.True(t, ok)
			requireClean(t, n.Text)
			requireClean(t, n.Spoken)
			require.Less(t, len([]rune(n.Spoken)), 260, "about fifteen seconds")
			require.Less(t, len([]rune(n.Text)), 400)
			for _, w := range must[l] {
				require.Contains(t, n.Text, w)
			}
			require.Equal(t, l == "he", n.Direction == "rtl")
			require.Contains(t, []string{"ltr", "rtl"}, n.Direction)
			sum := sha256.Sum256([]byte(n.Text))
			require.Equal(t, hex.EncodeToString(sum[:]), n.SHA256)
			require.NotEmpty(t, n.Name)
			hebrew := 0
			for _, r := range n.Text + n.Spoken {
				if unicode.Is(unicode.Hebrew, r) {
					hebrew++
				}
			}
			require.Equal(t, l == "he", hebrew > 0)
		})
	}
}

// R27: a text that changes gets a new version. Whoever changes one enters
// both here.
func TestVersions(t *testing.T) {
	for locale, want := range map[string][2]string{
		"en": {"2026-11-26", "b9fdb77a70a56557a65dce0861cabb98fca3bae712e1ff351ba6566c44ac4538"},
		"de": {"2026-11-26", "3cb1f340709579d2fd800669112d0f43478cc43cf677f1b952bf48b1390b2b1b"},
		"fr": {"2026-11-26", "9a5824916f55cee2ff25be258c77d3f68a521e3fd298e46a67dc2c14e08cb38e"},
		"es": {"2026-11-26", "0775857f4af487ceb02017399ef9acd511cd801d7ec9fafdc7ab9f55e5d66460"},
		"he": {"2026-11-26", "b0566a6270726a361c28ac2a162764b7f458d8b33ad407574391e7d69a1bd7dc"},
	} {
		n, _ := For(locale)
		require.Equal(t, want, [2]string{n.Version, n.SHA256}, locale)
	}
}

func TestFor(t *testing.T) {
	for _, c := range []struct {
		ask, want string
		exact     bool
	}{
		{"en", "en", true}, {"EN-gb", "en", true}, {"de-AT", "de", true}, {"de_CH", "de", true},
		{"fr-CA", "fr", true}, {"es-419", "es", true}, {"he-IL", "he", true}, {"iw", "he", true},
		{"it", "en", false}, {"", "en", false}, {"english", "en", false}, {"x-klingon", "en", false},
	} {
		n, ok := For(c.ask)
		require.Equal(t, c.want, n.Locale, c.ask)
		require.Equal(t, c.exact, ok, c.ask)
	}
}

// Every key in every language.
func TestFixedSentences(t *testing.T) {
	for _, l := range Locales() {
		seen := map[string]Key{}
		lang, _ := find(l)
		require.Len(t, lang.fixed, int(keys), l)
		for _, k := range Keys() {
			s := Say(k, l)
			requireClean(t, s)
			require.True(t, strings.HasSuffix(s, "."), "%s %d: %q", l, k, s)
			other, twice := seen[s]
			require.False(t, twice, "%s: %d and %d are the same", l, k, other)
			seen[s] = k
			if l != "en" {
				require.NotEqual(t, Say(k, "en"), s, "%s %d is not translated", l, k)
			}
		}
	}
	require.Equal(t, Say(WhatIAm, "en"), Say(WhatIAm, "it"))
}
