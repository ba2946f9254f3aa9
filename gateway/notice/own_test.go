package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// Minors get the notice in words of its own, in every language of the
// catalogue, and the tenant's words for them, not those for others. Whoever is
// of no known audience is told like them. // R24 R71
func TestForMinors(t *testing.T) {
	must := map[string][]string{
		"en": {"AI", "not a human", "forgets", "session ends", "ask for a human"},
		"de": {"KI", "kein Mensch", "vergisst", "Sitzung endet", "nach einem Menschen fragen"},
		"fr": {"IA", "pas un être humain", "oublie", "fin de la session", "demander à tout moment à parler à un être humain"},
		"es": {"IA", "no un ser humano", "olvida", "termina la sesión", "pedir hablar con un ser humano"},
		"he": {"בינה מלאכותית", "לא בן אדם", "שוכח", "מסתיימת", "לבקש לדבר עם בן אדם"},
	}
	owner := &tenant.Tenant{Audience: tenant.Minors, Disclosure: tenant.Disclosure{Version: "2026-12-01", Texts: []tenant.DisclosureText{
		{Locale: "en", Text: "For adults."}, {Locale: "en", Audience: tenant.Minors, Text: "For children.", Spoken: "Children."},
	}}}
	for _, l := range Locales() {
		general, _ := For(l)
		n, ok := ForAudience(l, tenant.Minors)
		require.True(t, ok)
		requireClean(t, n.Text)
		requireClean(t, n.Spoken)
		require.Less(t, len([]rune(n.Spoken)), 260, "about fifteen seconds")
		require.Less(t, len([]rune(n.Text)), 400)
		for _, w := range must[l] {
			require.Contains(t, n.Text, w)
		}
		require.NotEqual(t, general.Text, n.Text)
		require.NotEqual(t, general.SHA256, n.SHA256)
		unknown, _ := ForAudience(l, 9)
		require.Equal(t, n, unknown)
	}
	n := ForAvatar(owner, &tenant.Avatar{}, "en")
	require.True(t, strings.HasPrefix(n.Text, "For children.\n\nThis is an AI avatar: a computer program"), n.Text)
	require.True(t, strings.HasPrefix(n.Spoken, "Children. Hello."), n.Spoken)
	owner.Audience = tenant.General
	require.True(t, strings.HasPrefix(ForAvatar(owner, &tenant.Avatar{}, "en").Text, "For adults.\n\n"))
	require.Equal(t, n, ForMinor(owner, &tenant.Avatar{}, "en"))
}

// Whatever a tenant says, the gateway's own notice is given word for word, and
// the hash is of all of it. R20 R22 R26
func TestOwnWordsTakeNothingAway(t *testing.T) {
	require.Equal(t, Locales(), tenant.NoticeLocales(), "the reader of configurations knows the catalogue")
	owner := &tenant.Tenant{Disclosure: tenant.Disclosure{Version: "2026-12-01", Texts: []tenant.DisclosureText{
		{Locale: "en", Text: "No lectures here.\nAsk about courses."}, {Locale: "de", Text: "Keine Vorlesungen.", Spoken: "Keine."},
		{Locale: "ja", Text: "講義はありません。"}, {Locale: "ar", Text: "لا محاضرات هنا."},
	}}}
	for locale, want := range map[string]struct{ own, said, direction string }{
		"en-GB": {"No lectures here.\nAsk about courses.", "No lectures here.\nAsk about courses. ", "ltr"},
		"de":    {"Keine Vorlesungen.", "Keine. ", "ltr"},
		"ja":    {"講義はありません。", "", "ltr"},
		"ar-EG": {"لا محاضرات هنا.", "", "rtl"},
		"he":    {"", "", "rtl"},
		"fr":    {"", "", "ltr"},
		"it":    {"", "", "ltr"},
	} {
		plain, _ := For(locale)
		n := ForAvatar(owner, &tenant.Avatar{}, locale)
		require.True(t, strings.HasSuffix(n.Text, plain.Text), locale)
		require.Equal(t, want.said+plain.Spoken, n.Spoken, locale)
		require.Equal(t, want.direction, n.Direction, locale)
		require.Equal(t, plain.Locale, n.Locale)
		sum := sha256.Sum256([]byte(n.Text))
		require.Equal(t, hex.EncodeToString(sum[:]), n.SHA256)
		if want.own == "" {
			require.Equal(t, plain, n, locale)
			continue
		}
		require.Equal(t, want.own+"\n\n"+plain.Text, n.Text)
		require.Equal(t, plain.Version+"+2026-12-01", n.Version)
	}
}
