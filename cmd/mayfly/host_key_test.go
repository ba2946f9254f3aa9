package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// Whoever runs the gateway gets at no credential of an admin that the tenant
// does not see: not one that is issued, not one that is written into the file,
// while it runs or not, and not a link. Each is in the log before it opens
// anything, and on the page of whoever is signed in. // R63
func TestHostKeysAreSeen(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	require.NoError(t, os.MkdirAll(p.scratch, 0o700))
	config := filepath.Join(p.scratch, "mayfly.yaml")
	var secrets []string
	lines := ""
	write := func() {
		secret, hash := tenant.NewKey()
		secrets = append(secrets, secret)
		lines += fmt.Sprintf("      - {hash: \"sha256:%s\", role: admin}\n", hex.EncodeToString(hash[:]))
		require.NoError(t, os.WriteFile(config, []byte("tenants:\n  - id: acme\n    name: Acme\n    keys:\n"+lines+"    avatars: [{id: ada, name: Ada, voice: none}]\n"), 0o600))
	}
	write()
	run := func() *running {
		return launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", "127.0.0.1:0", "--media-listen", "off")
	}
	r := run()
	ask := func(secret, path string, to any) int {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, r.url+"/v1/admin/"+path, http.NoBody)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+secret)
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		if to != nil && res.StatusCode == http.StatusOK {
			require.NoError(t, json.Unmarshal(body, to))
		}
		return res.StatusCode
	}
	// seen is what the first admin has on the page and in the log.
	seen := func(want int, what string) {
		t.Helper()
		var who struct {
			Alerts []struct{ Kind, Reason string }
		}
		require.Equal(t, 200, ask(secrets[0], "whoami", &who))
		alerts := 0
		for _, a := range who.Alerts {
			if a.Kind == "key_issued_on_host" {
				require.NotEmpty(t, a.Reason, what)
				alerts++
			}
		}
		require.Equal(t, want, alerts, "%s: %v", what, who.Alerts)
		var log struct {
			Facts []struct{ Kind, Actor string }
		}
		require.Equal(t, 200, ask(secrets[0], "facts?kind=key_issued", &log))
		require.Len(t, log.Facts, want, what)
	}
	seen(0, "the key that came with the tenant")

	write()
	require.Eventually(t, func() bool { return ask(secrets[1], "whoami", nil) == 200 }, time.Minute, 20*time.Millisecond)
	seen(1, "a key in the file, while the gateway runs")

	r.did("key", "issue", "--tenant", "acme", "--reason", "lost")
	seen(2, "a key that is issued")

	r.did("tenant", "link", "--tenant", "acme")
	seen(3, "a link")

	r.stop()
	out, err := said(t, p, "tenant", "link", "--tenant", "acme")
	require.NoError(t, err, out)
	write()
	r = run()
	require.Equal(t, 200, ask(secrets[2], "whoami", nil))
	seen(5, "a key in the file, while it did not run, and a link of that time")
	r.stop()
}
