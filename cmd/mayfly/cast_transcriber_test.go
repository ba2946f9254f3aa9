package main

import (
	"fmt"
	"io"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/command"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/upstream/upstreamtest"
	"mayfly/gateway/tenant"
)

// Who writes down what people say: the avatar's own server, else the operator's
// program for the languages that it understands, else nobody. What is only
// found on PATH serves the demonstration. Without anybody a microphone is a
// mistake when it is saved, and no session offers it. R3
func TestWhoHears(t *testing.T) {
	own := &tenant.BackEnd{URL: &url.URL{Scheme: "https", Host: "ears.example", Path: "/v1"}, Model: "whisper-1", Name: "Ears"}
	program := &tenant.TranscriberCommand{Argv: []string{"/bin/true"}, Languages: []string{"en"}}
	for _, c := range []struct {
		name       string
		of         tenant.Avatar
		command    *tenant.TranscriberCommand
		demo       bool
		en, de     string // who hears the language, by its label's provider and system
		cannotSave bool
	}{
		{"nobody", tenant.Avatar{Microphone: true}, nil, false, "", "", true},
		{"no microphone", tenant.Avatar{Transcriber: own}, program, true, "", "", false},
		{"its own server", tenant.Avatar{Microphone: true, Transcriber: own}, program, true, "Ears whisper-1", "Ears whisper-1", false},
		{"the operator's program", tenant.Avatar{Microphone: true}, program, false, "mayfly true", "", false},
		{"the demonstration", tenant.Avatar{Microphone: true}, nil, true, "mayfly false", "", false},
		{"the program first", tenant.Avatar{Microphone: true}, program, true, "mayfly true", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			k, err := newCompany(t.Context(), newLogger(io.Discard, 0, false), "", c.command)
			require.NoError(t, err)
			t.Cleanup(k.close)
			k.heard = command.New(command.Options{Argv: []string{"/bin/false"}, Languages: []string{"en"}}) // whatever this machine has
			a := c.of
			a.ID, a.Name, a.Voice, a.Languages = "ada", "Ada", "none", []string{"de", "en"}
			of := &tenant.Tenant{ID: "acme", Name: "Acme", Avatars: []tenant.Avatar{a}, Demo: c.demo, Source: tenant.SourceStore}
			if err := k.try(of); c.cannotSave {
				require.ErrorContains(t, err, "avatar ada of tenant acme: people may speak to it, and nothing writes down what they say in its languages; add transcriber")
			} else {
				require.NoError(t, err)
			}
			cast := k.Cast(of, &of.Avatars[0])
			require.NotNil(t, cast, "it answers all the same")
			who := func(locale string) string {
				if cast.Transcriber == nil {
					return ""
				}
				tr := cast.Transcriber(locale)
				if tr == nil {
					return ""
				}
				l := tr.Label()
				return fmt.Sprint(l.Provider, " ", l.System)
			}
			require.Equal(t, c.en, who("en-GB"))
			require.Equal(t, c.de, who("de"))
		})
	}
}

// The program has an avatar's transcribers hear one after the other, each in
// its protocol, and says which of them do not answer.
func TestTranscribersStandIn(t *testing.T) {
	down, err := backendtest.StartSound(backendtest.NobodyListens, "")
	require.NoError(t, err)
	shut, err := upstreamtest.Start(upstreamtest.Script{Mode: upstreamtest.Forbidden})
	require.NoError(t, err)
	up, err := upstreamtest.Start(upstreamtest.Script{})
	require.NoError(t, err)
	t.Cleanup(func() { down.Close(); shut.Close(); up.Close() })
	k, err := newCompany(t.Context(), newLogger(io.Discard, 0, false), "", nil)
	require.NoError(t, err)
	t.Cleanup(k.close)
	of := &tenant.Tenant{ID: "acme", Name: "Acme", Source: tenant.SourceFile, Avatars: []tenant.Avatar{{
		ID: "ada", Name: "Ada", Voice: "none", Languages: []string{"en"}, Microphone: true,
		Transcriber: &tenant.BackEnd{URL: down.URL(), Model: "m", Name: "Down", Fallback: []tenant.BackEnd{
			{URL: shut.URL(), Model: "n", Name: "Shut", Realtime: true}, {URL: up.URL(), Model: "o", Writer: "w", Name: "Up", Realtime: true},
		}},
	}}}
	require.NoError(t, k.try(of))
	tr := k.Cast(of, &of.Avatars[0]).Transcriber("en")
	for range 3 {
		var asked []int
		u := tr.Hear(t.Context(), avatar.Hearing{Locale: "en", Dial: func(i int) bool { asked = append(asked, i); return true }})
		require.NoError(t, u.Write(make([]int16, avatar.HearingRate)))
		words, err := u.End(t.Context())
		require.NoError(t, err)
		require.Equal(t, upstreamtest.Transcribed, string(words.AppendTo(nil)))
		require.Equal(t, []int{0, 1, 2}, asked)
	}
	silent := k.silent("acme")
	require.Len(t, silent, 2)
	require.Equal(t, "transcriber Down backend_unreachable", silent[0].Kind+" "+silent[0].Name+" "+silent[0].Code)
	require.Equal(t, "transcriber Shut backend_refused", silent[1].Kind+" "+silent[1].Name+" "+silent[1].Code)
	require.Equal(t, "w", up.Sessions()[0].Events("session.update")[0]["session"].(map[string]any)["audio"].(map[string]any)["input"].(map[string]any)["transcription"].(map[string]any)["model"])
}

// The microphone of the demonstration is a choice of whoever runs it.
func TestMicrophoneOfTheDemonstration(t *testing.T) {
	home := []string{"HOME=/h", "PATH=/nowhere"}
	t.Setenv("PATH", "/nowhere") // no pocketsphinx
	s, err := parse(nil, home, io.Discard)
	require.NoError(t, err)
	require.False(t, s.Microphone)
	s, err = parse([]string{"--microphone", "--transcriber", "http://127.0.0.1:8881/v1"}, home, io.Discard)
	require.NoError(t, err)
	require.True(t, s.Microphone)
	require.Equal(t, "whisper-1", s.Transcriber.Model)
	require.Equal(t, s.Transcriber, newDemo(s).Tenant.Avatars[0].Transcriber)
	for want, args := range map[string][]string{
		"--microphone: nothing here writes down what people say; name a server with --transcriber, or install pocketsphinx and pocketsphinx-en-us":                                                                                                 {"--microphone"},
		"--transcriber: nothing uses this without --microphone; give that too, or leave this out":                                                                                                                                                  {"--transcriber", "http://127.0.0.1:1/v1"},
		"--transcriber-model: nothing uses this without --transcriber; give that too, or leave this out\n--microphone: nothing here writes down what people say; name a server with --transcriber, or install pocketsphinx and pocketsphinx-en-us": {"--microphone", "--transcriber-model", "m"},
	} {
		_, err := parse(args, home, io.Discard)
		require.EqualError(t, err, want)
	}
}
