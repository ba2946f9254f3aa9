package tenant

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func withBackEnd(keys string) []byte {
	return []byte("id: a\nname: A\navatars:\n  - id: x\n    name: X\n    backend: {url: \"https://m.example/v1\", model: m" + keys + "}\n")
}

// How a server is spoken with is said in one word, and what has no meaning for
// it is refused with what to do.
func TestProtocol(t *testing.T) {
	for keys, want := range map[string]BackEnd{
		"":                                   {},
		", protocol: chat":                   {},
		", protocol: realtime":               {Realtime: true},
		", protocol: realtime, voice: amber": {Realtime: true, Voice: "amber"},
		", protocol: realtime, session: 15m": {Realtime: true, Session: 15 * time.Minute},
		", fallback: [{url: \"https://n.example/v1\", model: n, protocol: realtime}]": {},
	} {
		tn, err := ParseDocument(withBackEnd(keys))
		require.NoError(t, err, keys)
		b := tn.Avatars[0].BackEnd
		require.Equal(t, want, BackEnd{Realtime: b.Realtime, Voice: b.Voice, Session: b.Session}, keys)
		text, err := Document(tn)
		require.NoError(t, err, keys)
		again, err := ParseDocument(text)
		require.NoError(t, err, keys)
		require.Equal(t, b, again.Avatars[0].BackEnd, keys)
	}
	for keys, want := range map[string]string{
		", protocol: relatime":               `did you mean "realtime"?`,
		", protocol: true":                   "protocol: ",
		", voice: amber":                     "avatars[0].backend.voice: a server of the chat protocol has no voice; add protocol: realtime, or leave voice out",
		", protocol: chat, session: 15m":     "avatars[0].backend.session: a server of the chat protocol has no session",
		", protocol: realtime, session: 5s":  "session: this time is out of range",
		", protocol: realtime, session: 25h": "session: this time is out of range",
		", fallback: [{url: \"https://n.example/v1\", model: n, voice: v}]": "avatars[0].backend.fallback[0].voice: a server of the chat protocol has no voice",
	} {
		_, err := ParseDocument(withBackEnd(keys))
		require.ErrorContains(t, err, want, keys)
	}
}

// How a transcriber is spoken with is said in one word too.
func TestHearingProtocol(t *testing.T) {
	with := func(keys string) []byte {
		return []byte("id: a\nname: A\navatars:\n  - id: x\n    name: X\n    microphone: true\n    transcriber: {url: \"https://m.example/v1\", model: m" + keys + "}\n")
	}
	for keys, want := range map[string]BackEnd{
		"":                           {},
		", protocol: transcriptions": {},
		", partials: true":           {Partials: true},
		", protocol: realtime":       {Realtime: true},
		", protocol: realtime, transcription_model: w":                                {Realtime: true, Writer: "w"},
		", fallback: [{url: \"https://n.example/v1\", model: n, protocol: realtime}]": {},
	} {
		tn, err := ParseDocument(with(keys))
		require.NoError(t, err, keys)
		b := tn.Avatars[0].Transcriber
		require.Equal(t, want, BackEnd{Realtime: b.Realtime, Writer: b.Writer, Partials: b.Partials}, keys)
		text, err := Document(tn)
		require.NoError(t, err, keys)
		again, err := ParseDocument(text)
		require.NoError(t, err, keys)
		require.Equal(t, b, again.Avatars[0].Transcriber, keys)
	}
	for keys, want := range map[string]string{
		", protocol: chat":                     "protocol: this is not one of the words that may stand here",
		", transcription_model: w":             "avatars[0].transcriber.transcription_model: this server has one model; add protocol: realtime, or leave transcription_model out",
		", protocol: realtime, partials: true": "avatars[0].transcriber.partials: by this protocol it hears while somebody speaks, and is asked nothing; leave partials out, or protocol: realtime",
		", fallback: [{url: \"https://n.example/v1\", model: n, transcription_model: w}]": "avatars[0].transcriber.fallback[0].transcription_model: this server has one model",
	} {
		_, err := ParseDocument(with(keys))
		require.ErrorContains(t, err, want, keys)
	}
}

// An answer is heard in the server's own voice unless another was chosen.
func TestSounds(t *testing.T) {
	chat, realtime := &BackEnd{}, &BackEnd{Realtime: true}
	for _, c := range []struct {
		a    Avatar
		want bool
	}{
		{Avatar{Voice: "auto"}, false},
		{Avatar{Voice: "auto", BackEnd: chat}, false},
		{Avatar{Voice: "auto", BackEnd: realtime}, true},
		{Avatar{Voice: "auto", BackEnd: &BackEnd{Fallback: []BackEnd{*realtime}}}, true},
		{Avatar{Voice: "builtin", BackEnd: realtime}, false},
		{Avatar{Voice: "none", BackEnd: realtime}, false},
		{Avatar{Voice: "auto", BackEnd: realtime, Speech: chat}, false},
	} {
		require.Equal(t, c.want, c.a.Sounds(), "%+v", c.a)
	}
}
