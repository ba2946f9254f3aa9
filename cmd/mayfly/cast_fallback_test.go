package main

import (
	"context"
	"io"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// The program asks the servers of an avatar in their order, says which of them
// do not answer and since when, and forgets that when the avatars change. What
// is said of it has no words of anybody's.
func TestServersStandIn(t *testing.T) {
	down, err := backendtest.Start(backendtest.Script{Mode: backendtest.Refuses})
	require.NoError(t, err)
	up, err := backendtest.Start(backendtest.Script{})
	require.NoError(t, err)
	mute, err := backendtest.StartSound(backendtest.NobodyListens, "")
	require.NoError(t, err)
	t.Cleanup(func() { down.Close(); up.Close(); mute.Close() })
	k, err := newCompany(t.Context(), newLogger(io.Discard, 0, false), "", nil)
	require.NoError(t, err)
	t.Cleanup(k.close)
	of := &tenant.Tenant{ID: "acme", Name: "Acme", Source: tenant.SourceFile, Avatars: []tenant.Avatar{{
		ID: "ada", Name: "Ada", Voice: "auto", Languages: []string{"en"},
		BackEnd: &tenant.BackEnd{URL: down.URL(), Model: "m", Name: "Down", Fallback: []tenant.BackEnd{{URL: up.URL(), Model: "n", Name: "Up"}}},
		Speech:  &tenant.BackEnd{URL: mute.URL(), Model: "s", Voice: "v", Name: "Mute"},
	}}}
	require.NoError(t, k.try(of))
	cast := k.Cast(of, &of.Avatars[0])
	require.NotNil(t, cast)
	require.Empty(t, k.silent("acme"), "nobody was asked yet")
	require.Equal(t, []gateway.ServerState{{Kind: "model", State: "closed"}, {Kind: "model", State: "closed"}, {Kind: "speech", State: "closed"}}, k.states())
	for range 3 {
		var by []string
		q := avatar.Question{
			Locale: "en", Items: []session.Item{{Role: session.User, Words: session.NewSpeech([]byte("Where is the library?"))}},
			By: func(_ int, l avatar.Label) { by = append(by, l.Provider) },
		}
		require.NoError(t, cast.Engine.Answer(t.Context(), q, func(avatar.Sentence) error { return nil }))
		require.Equal(t, []string{"Up"}, by)
		var voices []string
		o := voice.Options{Language: "en", By: func(v voice.Voice) { voices = append(voices, v.Name()) }}
		require.NoError(t, cast.Voice("en").Speak(context.Background(), []byte("Hello."), o, func(voice.Chunk) error { return nil }))
		require.Len(t, voices, 1)
		require.NotContains(t, voices[0], "speech server", "a voice on this machine is the last")
	}
	silent := k.silent("acme")
	require.Len(t, silent, 2)
	require.Equal(t, "model Down backend_unreachable", silent[0].Kind+" "+silent[0].Name+" "+silent[0].Code)
	require.Equal(t, "speech Mute speech_failed", silent[1].Kind+" "+silent[1].Name+" "+silent[1].Code)
	require.True(t, silent[0].Rests)
	require.False(t, silent[0].Since.IsZero())
	require.Contains(t, k.states(), gateway.ServerState{Kind: "model", State: "open"})
	require.Empty(t, k.silent("other"))

	// With voice: speech nobody else speaks.
	only := *of
	only.Avatars = append([]tenant.Avatar(nil), of.Avatars...)
	only.Avatars[0].Voice = "speech"
	cast = k.Cast(&only, &only.Avatars[0])
	require.Empty(t, k.silent("acme"), "the avatars changed")
	require.Error(t, cast.Voice("en").Speak(context.Background(), []byte("Hello."), voice.Options{Language: "en"}, func(voice.Chunk) error { return nil }))
}

// The operator's list of hosts bounds every tenant of the database, fall-backs
// included, when it is saved; what the operator's own file names is not bound.
func TestTenantHosts(t *testing.T) {
	k, err := newCompany(t.Context(), newLogger(io.Discard, 0, false), "", nil)
	require.NoError(t, err)
	t.Cleanup(k.close)
	k.hosts = []string{"models.example"}
	at := func(host string) *url.URL { return &url.URL{Scheme: "https", Host: host, Path: "/v1"} }
	with := func(source, first, second string) *tenant.Tenant {
		return &tenant.Tenant{ID: "acme", Name: "Acme", Source: source, Avatars: []tenant.Avatar{{
			ID: "ada", Name: "Ada", Languages: []string{"en"},
			BackEnd: &tenant.BackEnd{URL: at(first), Model: "m", Fallback: []tenant.BackEnd{{URL: at(second), Model: "n"}}},
		}}}
	}
	require.NoError(t, k.try(with(tenant.SourceStore, "models.example", "models.example:8443")))
	require.ErrorContains(t, k.try(with(tenant.SourceStore, "other.example", "models.example")), `"ada/backend": this host is not one that the operator lets tenants reach`)
	require.ErrorContains(t, k.try(with(tenant.SourceStore, "models.example", "other.example")), `"ada/backend/1": this host is not one that the operator lets tenants reach`)
	require.NoError(t, k.try(with(tenant.SourceFile, "other.example", "models.example")))
}
