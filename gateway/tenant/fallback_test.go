package tenant

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const avatarHead = `{"id":"a","name":"A","avatars":[{"id":"x","name":"X",`

// The servers that stand in for another are recipients as it is: named to
// people, and held to the policy, each at its own line. R57
func TestFallbacksAreRecipients(t *testing.T) {
	doc, err := ParseDocument([]byte(avatarHead + `"backend":{"url":"https://m.example/v1","model":"m","name":"M","fallback":[{"url":"https://n.example/v1","model":"n"},{"url":"https://o.example/v1","model":"o","name":"O"}],"fallback_resident":true},
		"speech":{"url":"https://s.example/v1","model":"s","voice":"v","fallback":[{"url":"https://s.example/v1","model":"s","voice":"w"}]},
		"microphone":true,"transcriber":{"url":"https://t.example/v1","model":"t","fallback":[{"url":"https://u.example/v1","model":"u","name":"U","partials":true}]}}]}`))
	require.NoError(t, err)
	var all []string
	for _, r := range doc.Avatars[0].Recipients() {
		all = append(all, r.Key+" "+r.Name)
	}
	require.Equal(t, []string{"backend M", "backend.fallback[0] n.example", "backend.fallback[1] O", "speech s.example", "speech.fallback[0] s.example", "transcriber t.example", "transcriber.fallback[0] U"}, all)
	require.True(t, doc.Avatars[0].BackEnd.FallbackResident)

	_, err = ParseDocument([]byte(avatarHead + `"backend":{"url":"https://m.example/v1","model":"m","region":"eu","fallback":[{"url":"https://n.example/v1","model":"n","region":"us"}]}}],"policy":{"regions":["eu"]}}`))
	require.ErrorContains(t, err, "avatars[0].backend.fallback[0].region: this region is not one of those that the policy allows")
	_, err = ParseDocument([]byte(avatarHead + `"backend":{"url":"https://m.example/v1","model":"m","fallback":[{"url":"https://n.example/v1","model":"n"}]}}],"policy":{"allowed_backends":["m.example"]}}`))
	require.ErrorContains(t, err, "avatars[0].backend.fallback[0].url: this host is not on the tenant's list")
}

// What makes no sense of fall-backs and deadlines is refused, with what to do.
func TestFallbackMistakes(t *testing.T) {
	const m = `"backend":{"url":"https://m.example/v1","model":"m",`
	for in, want := range map[string]string{
		m + `"fallback":[{"url":"https://m.example/v1","model":"m"}]}}]}`:                                            "avatars[0].backend.fallback[0].url: this is the server and model of backend again; name another, or leave it out",
		m + `"fallback":[{"url":"https://n.example/v1","model":"m"},{"url":"https://n.example/v1","model":"m"}]}}]}`: "backend.fallback[1].url: this is the server and model of backend.fallback[0] again",
		m + `"fallback":[{"url":"https://n.example/v1","model":"m","fallback":[]}]}}]}`:                              "backend.fallback[0].fallback: there is no such key",
		m + `"fallback":[{"url":"https://n.example/v1","model":"m","fallback_resident":true}]}}]}`:                   "backend.fallback[0].fallback_resident: there is no such key",
		m + `"fallback":[{"url":"http://127.0.0.1/v1","model":"m"}]}}]}`:                                             "",
		m + `"fallback":[{"url":"gopher://n.example/v1","model":"m"}]}}]}`:                                           "backend.fallback[0].url: ",
		m + `"fallback":[{"model":"m"}]}}]}`:                                                                         "backend.fallback[0].url: this key is missing",
		m + `"deadlines":{"connect":"50ms"}}}]}`:                                                                     "backend.deadlines.connect: this time is out of range; it may be 100ms to 30s",
		m + `"deadlines":{"first_byte":"3m"}}}]}`:                                                                    "backend.deadlines.first_byte: this time is out of range; it may be 100ms to 2m",
		m + `"deadlines":{"idle":10}}}]}`:                                                                            "backend.deadlines.idle: this time has no unit",
		m + `"deadlines":{"turn":"5m"}}}]}`:                                                                          "backend.deadlines.turn: this time is out of range; it may be 1s to 4m",
		m + `"deadlines":{"first_byte":"90s"}}}]}`:                                                                   "backend.deadlines.first_byte: this is longer than the whole turn may take; make it shorter than turn, 1m, or turn longer",
		m + `"deadlines":{"idle":"20s","turn":"10s"}}}]}`:                                                            "backend.deadlines.idle: this is longer than the whole turn may take",
		m + `"deadlines":{"total":"10s"}}}]}`:                                                                        "backend.deadlines.total: there is no such key; the keys here are connect, first_byte, idle, turn",
		`"transcriber":{"url":"https://t.example/v1","model":"t","fallback":[{"url":"https://t.example/v1","model":"t"}]},"microphone":true}]}`: "transcriber.fallback[0].url: this is the server and model of transcriber again",
		`"transcriber":{"url":"https://t.example/v1","model":"t","fallback":[{"url":"https://u.example/v1","model":"u"}]}}]}`:                   "transcriber: the transcriber would never be used",
	} {
		_, err := ParseDocument([]byte(avatarHead + in))
		if want == "" {
			require.NoError(t, err, in)
			continue
		}
		require.ErrorContains(t, err, want, in)
	}
}

// What is not said of deadlines is the default; what is said stays.
func TestDeadlinesInADocument(t *testing.T) {
	doc, err := ParseDocument([]byte(avatarHead + `"transcriber":{"url":"https://t.example/v1","model":"t","deadlines":{"first_byte":"20s","turn":"90s"}},"microphone":true}]}`))
	require.NoError(t, err)
	require.Equal(t, Deadlines{First: 20 * time.Second, Turn: 90 * time.Second}, doc.Avatars[0].Transcriber.Deadlines)
	out, err := Document(doc)
	require.NoError(t, err)
	require.Contains(t, string(out), `"deadlines":{"first_byte":"20s","turn":"1m30s"}`)
}
