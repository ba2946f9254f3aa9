package notice

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Who gets a person's voice is named in every language, on the page and where
// consent is asked for; a program on this machine is nobody else. R57
func TestWhoGetsTheVoice(t *testing.T) {
	of := &tenant.Tenant{Name: "Acme", Avatars: []tenant.Avatar{{ID: "ada", Microphone: true}}}
	a := &of.Avatars[0]
	for _, locale := range []string{"en", "de", "fr", "es", "he"} {
		told := func() (told, asked string) {
			f := Of(of, a, of.Effective(a))
			for _, l := range Compute(f, locale) {
				told += l.Text
			}
			return told, Consent(f, session.VoiceInput, locale)[0].Text
		}
		a.Transcriber = nil
		here, _ := told()
		a.Transcriber = &tenant.BackEnd{Name: "Ears of Example"}
		there, asked := told()
		require.Contains(t, there, "Ears of Example")
		require.Contains(t, asked, "Ears of Example")
		require.NotContains(t, here, "Ears")
		require.Greater(t, strings.Count(there, "."), strings.Count(here, "."), "and what it keeps, which it has not said")
		a.Microphone = false
		there, _ = told()
		require.NotContains(t, there, "Ears")
		a.Microphone = true
	}
}
