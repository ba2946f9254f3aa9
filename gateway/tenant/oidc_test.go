package tenant

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fullOIDC is what testdata/full.yaml says of it.
func fullOIDC(key string) *OIDC {
	return &OIDC{
		Issuer: "https://login.example.org/realms/staff", ClientID: "mayfly", ClientSecretFile: key, Name: "Example SSO",
		Scopes: []string{"groups", "profile"}, Endpoints: []string{"https://keys.example.org"},
		Rules: []OIDCRule{
			{Claim: "groups", Value: "acme-admins", Tenant: "acme", Role: Admin, number: 0},
			{Claim: "https://example.org/roles", Value: "reviewer", Tenant: "acme", Role: Reviewer, number: 1},
		},
	}
}

// Every mistake about the provider is told with its key, line, column and
// remedy, and without the value that stands there.
func TestOIDCMistakes(t *testing.T) {
	mistaken(t, "testdata/oidc_mistakes.txtar", keyed(t), func(path string, data []byte) error {
		f, err := Parse(path, data)
		if err == nil {
			err = f.Server.OIDC.CheckTenants(path, func(id string) bool { return id == "a" })
		}
		return err
	})
}

// What is not said is the safe thing, and the button has a name.
func TestOIDCDefaults(t *testing.T) {
	folder := t.TempDir()
	secret(t, folder, "key")
	f, err := Parse(filepath.Join(folder, "mayfly.yaml"), []byte("oidc:\n  issuer: https://login.example.org:8443/\n  client_id: x\n  client_secret_file: key\n  rules:\n  - {claim: sub, value: \"7\", tenant: a, role: reviewer}\n"))
	require.NoError(t, err)
	o := f.Server.OIDC
	require.Equal(t, "https://login.example.org:8443/", o.Issuer)
	require.Equal(t, "login.example.org:8443", o.Name)
	require.Empty(t, o.Scopes)
	require.Empty(t, o.Endpoints)
	require.NoError(t, o.CheckTenants("mayfly.yaml", func(string) bool { return true }))
	require.Error(t, o.CheckTenants("mayfly.yaml", func(string) bool { return false }))

	f, err = Parse("mayfly.yaml", nil)
	require.NoError(t, err)
	require.Nil(t, f.Server.OIDC)
}
