package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

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
		n := ForTenant(owner, locale)
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
