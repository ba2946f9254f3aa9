package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// What a person gave for their likeness is kept beside the gateway that runs,
// sealed, as long as the document says that they permit it. The paper has to be
// the one that the document names. // R36 R37
func TestLikenessAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	require.NoError(t, os.MkdirAll(p.scratch, 0o700))
	paper := filepath.Join(p.scratch, "signed paper.pdf")
	require.NoError(t, os.WriteFile(paper, []byte("I, the undersigned kumquat, agree."), 0o600))
	config := filepath.Join(p.scratch, "mayfly.yaml")
	write := func(permission string) {
		require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "tenants:\n  - id: acme\n    name: Acme\n    public: true\n    avatars:\n      - id: ada\n        name: Ada\n        voice: none\n%s", permission), 0o600))
	}
	permit := func(until time.Time) {
		sum := sha256.Sum256([]byte("I, the undersigned kumquat, agree."))
		write(fmt.Sprintf("        likeness: real\n        permission: {id: p-17, subject: s-1, scope: [voice, picture], territory: [world], expires: %s, evidence_sha256: %x}\n", until.UTC().Format(time.RFC3339), sum))
	}
	permit(time.Now().Add(240 * time.Hour))
	r := launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", "127.0.0.1:0", "--media-listen", "off")
	out, err := r.mayfly("likeness", "put", "p-18", paper)
	require.Error(t, err)
	require.Contains(t, out, "no avatar of the tenant has the permission p-18")
	other := filepath.Join(p.scratch, "other")
	require.NoError(t, os.WriteFile(other, []byte("something else"), 0o600))
	out, err = r.mayfly("likeness", "put", "p-17", other)
	require.Error(t, err)
	require.Contains(t, out, "evidence_sha256")
	require.Contains(t, r.did("likeness", "put", "p-17", paper), "Stored until")
	require.Contains(t, r.did("likeness", "put", "--kind", "picture", "p-17", other), "Stored until")
	require.Zero(t, found(t, p.data(), "kumquat"), "it is sealed")
	require.Regexp(t, `p-17 +evidence +signed paper.pdf +34 `, r.did("likeness", "list"))
	out, err = r.mayfly("likeness", "read", "p-17")
	require.Error(t, err)
	require.Contains(t, out, "mayfly access open")
	require.NotContains(t, out, "kumquat")
	r.opened()
	require.Equal(t, "I, the undersigned kumquat, agree.", r.did("likeness", "read", "p-17"))
	require.Contains(t, r.did("likeness", "destroy", "p-17"), "Destroyed: 2 files")
	_, err = r.mayfly("likeness", "read", "p-17")
	require.Error(t, err)

	// Taken out of the document, it is not served any more.
	r.did("likeness", "put", "p-17", paper)
	write("")
	require.Eventually(t, func() bool { _, err := r.mayfly("likeness", "read", "p-17"); return err != nil }, 20*time.Second, 100*time.Millisecond)
	r.stop()
}

// A permission that stands at two avatars with two ends lasts for neither
// longer than the first. // R37
func TestPermissionEndsWithTheFirst(t *testing.T) {
	soon := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	late := soon.AddDate(1, 0, 0)
	one, other := tenant.Avatar{Permission: &tenant.Permission{ID: "p", Expires: soon}}, tenant.Avatar{Permission: &tenant.Permission{ID: "p", Expires: late}}
	for _, avatars := range [][]tenant.Avatar{{one, other, {}}, {{}, other, one}} {
		require.Equal(t, map[string]time.Time{"p": soon}, permissions(&tenant.Tenant{Avatars: avatars}))
	}
}
