package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
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
	ask := func(secret, path string, to any) int { t.Helper(); return r.admin(secret, path, to) }
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

// A rule that lets a provider's people in is a credential, too: the tenant has
// it in the log and on the page before it opens anything, one that lives in the
// database as well, and the log does not tell what the rule says. // R63
func TestHostRulesAreSeen(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	config := filepath.Join(p.scratch, "mayfly.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(p.scratch, "oidc.secret"), []byte("a secret of the client\n"), 0o600))
	address := freePort(t) // the program has to know where a provider sends people back to
	secret, hash := tenant.NewKey()
	write := func(rules ...string) {
		t.Helper()
		text := "public_url: http://" + address + "\n"
		if len(rules) > 0 {
			text += "oidc:\n  issuer: https://login.example.org\n  client_id: mayfly\n  client_secret_file: oidc.secret\n  rules:\n    - " + strings.Join(rules, "\n    - ") + "\n"
		}
		text += fmt.Sprintf("tenants:\n  - id: acme\n    name: Acme\n    keys: [{hash: \"sha256:%s\", role: admin}]\n    avatars: [{id: ada, name: Ada, voice: none}]\n", hex.EncodeToString(hash[:]))
		require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
	}
	const staff, boss, office = "{claim: groups, value: staff, tenant: acme, role: admin}", "{claim: email, value: boss@example.org, tenant: acme, role: admin}", "{claim: groups, value: office, tenant: beta, role: reviewer}"
	run := func() *running {
		return launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", address, "--media-listen", "off")
	}
	ask := func(r *running, key, path string, to any) {
		t.Helper()
		require.Equal(t, 200, r.admin(key, path, to), path)
	}
	type rule struct {
		ID, Claim, Value string
		Made             string `json:"made_at"`
	}
	// seen is what an admin has in the log, on the page and in the list of rules:
	// facts of rules that came and went, besides before of other keys.
	seen := func(r *running, key string, came, went int, values ...string) {
		t.Helper()
		var issued, revoked struct {
			Facts []struct{ Kind, Object string }
		}
		var keys struct{ Rules []rule }
		require.Eventually(t, func() bool {
			ask(r, key, "keys", &keys)
			ask(r, key, "facts?kind=key_revoked", &revoked)
			ask(r, key, "facts?kind=key_issued", &issued)
			return len(keys.Rules) == len(values) && len(revoked.Facts) == went && len(issued.Facts) == came
		}, time.Minute, 300*time.Millisecond, "%d rules came and %d went", came, went)
		told := map[string]bool{}
		for _, f := range issued.Facts {
			told[f.Object] = true
		}
		for i, rule := range keys.Rules {
			require.Equal(t, values[i], rule.Value)
			require.True(t, told[rule.ID], "a rule that opens the tenant is in its log: %v", rule)
			require.NotEmpty(t, rule.Made)
		}
		var who struct {
			Alerts []struct{ Kind string }
		}
		ask(r, key, "whoami", &who)
		alerts := 0
		for _, a := range who.Alerts {
			if a.Kind == "rule_written_on_host" {
				alerts++
			}
		}
		require.Equal(t, len(values), alerts, "%v", who.Alerts)
	}
	write()
	r := run()
	seen(r, secret, 0, 0)
	require.NoError(t, os.WriteFile(filepath.Join(p.scratch, "beta.yaml"), []byte("id: beta\nname: Beta\navatars: [{id: ben, name: Ben, voice: none}]\n"), 0o600))
	r.did("tenant", "add", filepath.Join(p.scratch, "beta.yaml"))
	other := r.issue("beta", "admin")
	var log struct{ Facts []struct{ Kind string } }
	ask(r, other, "facts?kind=key_issued", &log)
	before := len(log.Facts)
	r.stop()

	write(staff)
	r = run()
	seen(r, secret, 1, 0, "staff")
	r.stop()
	r = run()
	seen(r, secret, 1, 0, "staff")
	write(staff, boss, office)
	seen(r, secret, 2, 0, "staff", "boss@example.org")
	seen(r, other, before+1, 0, "office")
	write(boss)
	seen(r, secret, 2, 1, "boss@example.org")
	seen(r, other, before+1, 1)
	r.stop()
	write()
	r = run()
	seen(r, secret, 2, 2)
	r.stop()
}
