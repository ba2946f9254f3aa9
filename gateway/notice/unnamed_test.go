package notice

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Whoever has a name of which nothing can be shown is named by their host: a
// name never keeps anybody out of what people are told.
func TestUnnamedIsTold(t *testing.T) {
	of, err := tenant.ParseDocument([]byte(`{"id":"a","name":"A","avatars":[{"id":"x","name":"X","microphone":true,
		"backend":{"url":"https://answers.example/v1","model":"m","name":"{}"},
		"speech":{"url":"https://speech.example/v1","model":"m","voice":"v","name":"{ }"},
		"transcriber":{"url":"https://ears.example/v1","model":"m","name":"{{}}"},
		"tools":[{"name":"f","description":"x","url":"https://tools.example/x","provider":"}{"}]}]}`))
	require.NoError(t, err)
	a := &of.Avatars[0]
	for _, locale := range []string{"en", "de", "fr", "es", "he"} {
		f := Of(of, a, of.Effective(a))
		f.Microphone, f.Attachments = true, true
		all := told(f, ForAvatar(of, a, locale), locale)
		lines := texts(Compute(f, locale))
		for _, host := range []string{"answers.example", "speech.example", "ears.example", "tools.example"} {
			require.Contains(t, lines, host, locale)
			for _, at := range []string{"before", "off", "notice", "spoken", "end"} {
				require.Contains(t, all[at], host, at)
			}
		}
		var asked []string
		for _, s := range Consent(f, session.AllPurposes, locale) {
			asked = append(asked, s.Text)
		}
		require.Contains(t, strings.Join(asked, "\n"), "ears.example")
		require.Equal(t, 2, strings.Count(asked[len(asked)-1], "answers.example"), "who is given what is shown")
		require.Contains(t, Statement(f.Recipients[0], locale), "answers.example")
	}
}
