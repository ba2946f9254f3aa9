package admin

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// A tenant whose document in force nobody can read is put right by its admin,
// as long as it was known before, and from the machine itself in any case: an
// earlier version is saved as the next.
func TestRestoreOfTheUnusable(t *testing.T) {
	for name, bad := range map[string]string{
		"a key of a newer program": `{"a_key_of_then":true,"avatars":[{"id":"ada","name":"Ada"}],"id":"acme","name":"Acme"}`,
		"no JSON at all":           `{"id":`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			of := w.store.of["acme"]
			of.versions = append(of.versions, Version{Number: 2, At: w.at, Source: tenant.SourceStore, Document: []byte(bad), Hash: tenant.DocumentHash([]byte(bad))})
			w.store.mark++
			require.Error(t, w.options.Refresh(context.Background()))
			require.True(t, w.options.Directory.Tenant("acme").ForcedOff, "nothing is kept meanwhile")
			require.Equal(t, 200, w.ask("acme admin", "GET", "tenant", "").status)
			require.Equal(t, 200, w.ask("acme admin", "GET", "versions/2", "").status)
			require.Equal(t, 400, w.ask("acme admin", "POST", "versions/2/restore", "", `If-Match: "2"`).status)
			got := w.ask("acme admin", "POST", "versions/1/restore", "", `If-Match: "2"`)
			require.Equal(t, 200, got.status, got.body)
			require.Equal(t, of.versions[0].Hash, of.versions[2].Hash)
			require.False(t, w.options.Directory.Tenant("acme").ForcedOff)
		})
	}

	// From the machine: a tenant that was never readable since the start.
	w := newWorld(t)
	host := func(id, path string) int {
		rec := httptest.NewRecorder()
		w.API.Host(id).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/v1/admin/"+path, nil))
		return rec.Code
	}
	w.options.Directory, _ = tenant.NewDirectory(nil)
	w.API.options.Directory = w.options.Directory
	require.Equal(t, 200, host("acme", "versions"))
	require.Equal(t, 404, host("file", "versions"), "what the file says is put right there")
	require.Equal(t, 404, host("nobody", "versions"))
}
