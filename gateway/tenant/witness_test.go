package tenant

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every mistake about witnesses is told with its key, and without the value
// that stands there.
func TestWitnessMistakes(t *testing.T) {
	const tenants = "\ntenants: [{id: acme, name: Acme, public: true, avatars: [{id: ada, name: Ada}]}]\n"
	for text, want := range map[string]string{
		`{name: w, to: witness, url: "https://w.example"}`:                                                     "witnesses[0].key: this key is missing; add it: to: witness needs it",
		`{name: w, to: webhook, url: "https://w.example", key: CANARY}`:                                        "witnesses[0].key: this means nothing for to: webhook; leave it out",
		`{name: w, to: webhook, url: "https://w.example/?CANARY=1"}`:                                           "witnesses[0].url: this has ? or # in it",
		`{name: w, to: webhook, url: "http://w.example/"}`:                                                     "witnesses[0].url",
		`{name: w, to: mail, url: "https://w.example/"}`:                                                       "witnesses[0].to",
		`{to: webhook, url: "https://w.example/"}`:                                                             "witnesses[0].name: this key is missing",
		`{name: w, to: webhook, url: "https://w.example/"}, {name: w, to: webhook, url: "https://v.example/"}`: "witnesses[1].name: another witness has this name",
		`{name: a, to: webhook, url: "https://a.example"}, {name: b, to: webhook}`:                             "witnesses[1].url: this key is missing",
	} {
		_, err := Parse(filepath.Join(t.TempDir(), "mayfly.yaml"), []byte("witnesses: ["+text+"]"+tenants))
		require.Error(t, err, text)
		require.Contains(t, err.Error(), want, text)
		require.NotContains(t, err.Error(), "CANARY")
	}
	file, err := Parse(filepath.Join(t.TempDir(), "mayfly.yaml"), []byte(`witnesses: [{name: w, to: witness, url: "https://w.example/x", key: k}]`+tenants))
	require.NoError(t, err)
	require.Equal(t, "/x", file.Server.Witnesses[0].URL.Path)
}
