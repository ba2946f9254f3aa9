package gateway

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/notice"
	"mayfly/gateway/tenant"
)

// Whoever changes the language in the middle is told all of it again in theirs:
// the notice with what becomes of their words and who answers, and the sentence
// that stays visible. Nothing is answered before they have gone on. R20 R57
func TestLanguageChangesEverySentence(t *testing.T) {
	server := &tenant.BackEnd{Name: "Example models", URL: &url.URL{Scheme: "https", Host: "models.example"}, Region: "eu", Terms: tenant.Terms{Retention: new(30 * 24 * time.Hour), Training: new(false), By: "Ada", On: "2026-11-26"}}
	engine := &scripted{sentences: []string{"ok"}}
	r := newRig(t, engine, nil, func(_ *Options, tn *tenant.Tenant) {
		tn.Avatars[0].BackEnd, tn.Avatars[0].Languages = server, []string{"en", "de", "fr", "es", "he"}
	})
	c := r.connect()
	c.acknowledge(c.aware("text"))
	c.turn("hello", 1)
	own := r.server.options.Directory.Tenant("acme")
	for i, locale := range []string{"de", "fr", "es", "he", "en"} {
		c.send(event{"type": "session.update", "session": event{"type": "realtime", "avatar": event{"locale": locale}}})
		shown := c.await("avatar.disclosure.presented", i+2)
		is := notice.ForAvatar(own, &own.Avatars[0], locale)
		require.Equal(t, locale, shown["locale"])
		require.Equal(t, is.Text, shown["text"])
		require.Contains(t, is.Text, "Example models")
		facts := notice.Of(own, &own.Avatars[0], own.Policy)
		require.Equal(t, notice.Off(facts, locale), shown.at("storage", "word"))
		require.Contains(t, shown.at("storage", "word"), "Example models")
		require.Equal(t, notice.Elsewhere(facts, locale), strs(shown.at("storage", "elsewhere")))
		c.text("And now?")
		c.send(event{"type": "response.create"})
		time.Sleep(20 * time.Millisecond)
		require.Equal(t, i+1, engine.count(), "nobody is asked before they have gone on")
		c.acknowledge(shown)
		c.await("response.done", i+2)
	}
}
