package tenant

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A change that protects people in one thing more and in another less is none
// that narrows; nor is one that does neither, or of what nobody knows. // R12
func TestNarrows(t *testing.T) {
	of := func(policy, avatars string) *Tenant {
		t.Helper()
		parsed, err := ParseDocument([]byte(`{"id":"acme","name":"Acme","policy":{"purposes":["audit"],` + policy + `},"avatars":[` + avatars + `]}`))
		require.NoError(t, err)
		return parsed
	}
	const (
		ada  = `{"id":"ada","name":"Ada"}`
		off  = `{"id":"ada","name":"Ada","off":{"reason":"it is being mended"}}`
		sent = `{"id":"ada","name":"Ada","backend":{"url":"https://one.example/v1","model":"m","name":"One"}}`
		on   = `"transcript":true,"retention":{"transcript":"30d"}`
		week = `"transcript":true,"retention":{"transcript":"7d"}`
		not  = `"transcript":false`
	)
	base := of(on, ada)
	for name, step := range map[string]*Tenant{
		"off":            of(not, ada),
		"shorter":        of(week, ada),
		"hides more":     of(on+`,"redaction":{"email":"drop"}`, ada),
		"nobody talks":   of(on, off),
		"a second admin": of(on+`,"second_admin":true`, ada),
	} {
		require.True(t, Narrows(base, step), name)
		require.False(t, Narrows(step, base), name)
	}
	for name, step := range map[string]*Tenant{
		"nothing":             base,
		"somebody is sent it": of(not, sent),
		"another avatar":      of(not, ada+`,{"id":"bob","name":"Bob"}`),
		"less and more":       of(week+`,"redaction":{"email":"hash"}`, ada),
	} {
		require.False(t, Narrows(base, step), name)
	}
	require.True(t, Narrows(of(on, ada+`,{"id":"bob","name":"Bob"}`), base), "an avatar is gone")
	require.True(t, Narrows(of(on, sent), base), "nobody is sent it any more")
	lent := func(until string) *Tenant {
		of := *base
		of.Avatars = []Avatar{base.Avatars[0]}
		expires, err := time.Parse(time.DateOnly, until)
		require.NoError(t, err)
		of.Avatars[0].RealLikeness, of.Avatars[0].Permission = true, &Permission{ID: "p", Scope: []Aspect{0}, Expires: expires}
		return &of
	}
	require.True(t, Narrows(lent("2027-01-01"), lent("2026-12-01")), "a likeness is taken back earlier")
	require.False(t, Narrows(lent("2026-12-01"), lent("2027-01-01")))
	require.False(t, Narrows(nil, base))
}
