package tenant

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Whoever is sent something that they were not is found, for each avatar: a
// server, one that steps in, somebody who hears; and nobody else.
func TestNewRecipients(t *testing.T) {
	of := func(avatars string) *Tenant {
		t.Helper()
		parsed, err := ParseDocument([]byte(`{"id":"acme","name":"Acme","avatars":[` + avatars + `]}`))
		require.NoError(t, err)
		return parsed
	}
	names := func(before, after *Tenant) (all []string) {
		for _, n := range NewRecipients(before, after) {
			all = append(all, n.Avatar.ID+" "+n.Role.String()+" "+n.Name)
		}
		return all
	}
	const (
		alone = `{"id":"ada","name":"Ada"}`
		one   = `{"id":"ada","name":"Ada","backend":{"url":"https://one.example/v1","model":"m","name":"One"}}`
	)
	require.Equal(t, []string{"ada backend One"}, names(nil, of(one)))
	require.Equal(t, []string{"ada backend One"}, names(of(alone), of(one)))
	require.Empty(t, names(of(one), of(one)))
	require.Empty(t, names(of(one), of(alone)), "fewer are no new ones")
	// Another name, model, path or declaration of the same server is none.
	require.Empty(t, names(of(one), of(`{"id":"ada","name":"Ada","backend":{"url":"https://one.example/v2","model":"n","name":"Uno","region":"eu"}}`)))
	require.Equal(t, []string{"ada backend Two"}, names(of(one), of(`{"id":"ada","name":"Ada","backend":{"url":"https://one.example/v1","model":"m","name":"One","fallback":[{"url":"https://two.example/v1","model":"m","name":"Two"}]}}`)))
	require.Equal(t, []string{"ada backend One"}, names(of(one), of(`{"id":"ada","name":"Ada","backend":{"url":"https://one.example:8443/v1","model":"m","name":"One"}}`)), "another port is another server")
	// The same server is sent more.
	require.Equal(t, []string{"ada speech One"}, names(of(one), of(`{"id":"ada","name":"Ada","backend":{"url":"https://one.example/v1","model":"m","name":"One"},"speech":{"url":"https://one.example/v1","model":"t","voice":"v","name":"One"}}`)))
	// Another avatar's people are others.
	require.Equal(t, []string{"bob backend One"}, names(of(one), of(one+`,{"id":"bob","name":"Bob","backend":{"url":"https://one.example/v1","model":"m","name":"One"}}`)))
}
