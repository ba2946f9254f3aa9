package main

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// audited is a gateway with two tenants, and their keys.
type audited struct {
	*running
	t *testing.T
}

const (
	auditAdmin    = "mfk_audited-audited-audited-audited-audited-0"
	auditReviewer = "mfk_audited-audited-audited-audited-audited-1"
	auditOther    = "mfk_audited-audited-audited-audited-audited-2"
)

func newAudited(t *testing.T) *audited {
	t.Helper()
	skipUnderRace(t)
	hash := func(key string) string {
		h := tenant.HashKey(key)
		return "sha256:" + hex.EncodeToString(h[:])
	}
	config := file(t, "mayfly.yaml", fmt.Sprintf(`tenants:
  - {id: acme, name: Acme, keys: [{hash: %q, role: admin}, {hash: %q, role: reviewer}], avatars: [{id: ada, name: Ada}]}
  - {id: beta, name: Beta, keys: [{hash: %q, role: reviewer}], avatars: [{id: bea, name: Bea}]}
`, hash(auditAdmin), hash(auditReviewer), hash(auditOther)))
	p := newPlace(t)
	return &audited{t: t, running: launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")}
}

// get asks for an address with a key.
func (a *audited) get(key, path string) (status int, body []byte) {
	a.t.Helper()
	r, err := http.NewRequest(http.MethodGet, a.url+path, nil)
	require.NoError(a.t, err)
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(a.t, err)
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	require.NoError(a.t, err)
	return res.StatusCode, body
}

// verifyAudit runs the command apart from the gateway.
func verifyAudit(args ...string) (out string, err error) {
	var b, wrong bytes.Buffer
	if start(append([]string{"audit", "verify"}, args...), nil, &b, &wrong) != 0 {
		return b.String(), fmt.Errorf("%s", strings.TrimSpace(wrong.String()))
	}
	return b.String(), nil
}

// R65, threats.md L1 and L6: a reviewer finds a change that an admin just made,
// takes the log along, and verifies it without the gateway. That they read it
// is in it. One byte of the database is flipped, and the export says where.
func TestAudit(t *testing.T) {
	a := newAudited(t)
	change, err := http.NewRequest(http.MethodPut, a.url+"/v1/admin/recording/off", strings.NewReader(`{"reason":"an incident"}`))
	require.NoError(t, err)
	change.Header.Set("Authorization", "Bearer "+auditAdmin)
	change.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(change)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)

	// Read by the reviewer: one fact for all of it.
	kinds := func() (all []string) {
		status, body := a.get(auditReviewer, "/v1/admin/facts")
		require.Equal(t, 200, status)
		var page struct {
			Facts []struct{ Kind, Actor string }
		}
		require.NoError(t, json.Unmarshal(body, &page))
		for _, f := range page.Facts {
			require.True(t, f.Kind != "audit_read" || f.Actor != "", "who read is named")
			all = append(all, f.Kind)
		}
		return all
	}
	require.Equal(t, []string{"audit_read", "recording_forced_off", "tenant_added"}, kinds())
	require.Len(t, kinds(), 3, "what is read again within minutes is the same reading")

	status, public := a.get("", "/.well-known/mayfly-audit-keys.txt")
	require.Equal(t, 200, status)
	require.Regexp(t, `^localhost/audit\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\n$`, string(public))
	key := file(t, "key.txt", string(public))
	status, early := a.get(auditReviewer, "/audit/acme/checkpoint")
	require.Equal(t, 200, status)
	checkpoint := file(t, "checkpoint", string(early))
	status, taken := a.get(auditReviewer, "/audit/acme/export")
	require.Equal(t, 200, status)
	require.Contains(t, string(taken), `"kind":"audit_exported"`, "that it is exported is in the export")
	export := file(t, "audit.jsonl", string(taken))

	out, err := verifyAudit(export, "--key", key, "--checkpoint", checkpoint)
	require.NoError(t, err)
	require.Contains(t, out, "GOOD: the audit log of acme. Entries: 4, the newest of ")
	require.Contains(t, out, "Recomputed from what they say: 4.")
	require.Contains(t, out, "Earlier checkpoints that agree: 1, which is all. Nothing that they reach to was changed since.")
	for _, by := range [][]string{{"--key", strings.TrimSpace(string(public))}, {"--key", a.url + "/.well-known/mayfly-audit-keys.txt"}, {"--data", a.place.data()}} {
		out, err = verifyAudit(append([]string{export}, by...)...)
		require.NoError(t, err, by)
		require.Contains(t, out, "No earlier checkpoint was given")
	}
	told := file(t, "log.json", a.read(a.err)) // the gateway's own log is a file of checkpoints
	out, err = verifyAudit(export, "--key", key, "--checkpoint", told)
	require.NoError(t, err)
	require.Regexp(t, `Earlier checkpoints that agree: [0-9]+\. .* Of other tenants, and not looked at: [0-9]+\.`, out)

	// Only the tenant's own people get it.
	for _, path := range []string{"/audit/acme/checkpoint", "/audit/acme/export", "/audit/acme/2026-11/checkpoint", "/audit/acme/2026-11/tile/entries/000"} {
		status, _ := a.get("", path)
		require.Equal(t, 401, status, path)
		status, other := a.get(auditOther, path)
		require.Equal(t, 404, status, path)
		status, none := a.get(auditOther, strings.Replace(path, "acme", "nobody", 1))
		require.Equal(t, 404, status, path)
		require.Equal(t, none, other, "another's log is like none")
	}

	// What is wrong has a name.
	lines := bytes.SplitAfter(taken, []byte("\n"))
	secret, err := os.ReadFile(filepath.Join(a.place.data(), auditKeyFile))
	require.NoError(t, err)
	forger, err := openAuditKey(t.TempDir(), "https://gateway.example")
	require.NoError(t, err)
	short := file(t, "short.jsonl", string(bytes.Join(lines[:4], nil)))
	a.did("tenant", "list") // grows nothing
	_, late := a.get(auditReviewer, "/audit/acme/checkpoint")
	for name, bad := range map[string]struct {
		args []string
		want string
	}{
		"cut":                {[]string{short, "--key", key}, "entry 2: the export ends too early"},
		"another's key":      {[]string{export, "--key", forger.public}, "not a checkpoint of this gateway"},
		"no key":             {[]string{export, "--key", string(secret)}, "not a key of an audit log"},
		"forged checkpoint":  {[]string{export, "--key", key, "--checkpoint", file(t, "forged", strings.Replace(string(early), "\n3\n", "\n2\n", 1))}, "not a checkpoint of this gateway"},
		"a replayed old log": {[]string{file(t, "old.jsonl", string(taken)), "--key", key, "--checkpoint", file(t, "late", string(late))}, ""},
		"nothing":            {[]string{file(t, "nothing", ""), "--key", key}, "not an export of an audit log"},
	} {
		_, err := verifyAudit(bad.args...)
		if bad.want == "" {
			require.NoError(t, err, "%s: nothing came after it", name)
			continue
		}
		require.ErrorContains(t, err, bad.want, name)
	}

	// Another admin acts: an older export does not agree with what was
	// published since.
	require.Equal(t, 200, a.forget(t))
	_, late = a.get(auditReviewer, "/audit/acme/checkpoint")
	_, err = verifyAudit(export, "--key", key, "--checkpoint", file(t, "late", string(late)))
	require.ErrorContains(t, err, "it is an older export, or its end was cut off")

	// The gateway stops; the command exports all the same, and its own log too.
	a.stop()
	stopped := a.did("audit", "export", "--tenant", "acme")
	out, err = verifyAudit(file(t, "stopped.jsonl", stopped), "--key", key, "--checkpoint", file(t, "late", string(late)))
	require.NoError(t, err)
	require.Contains(t, out, "is signed to its last entry")
	out, err = verifyAudit(file(t, "own.jsonl", a.did("audit", "export", "--tenant", "~gateway")), "--key", key)
	require.NoError(t, err)
	require.Contains(t, out, "GOOD: the audit log of ~gateway")
	said, err := a.mayfly("audit", "export", "--tenant", "nobody")
	require.Error(t, err)
	require.Contains(t, said, "there is no log of a tenant nobody")

	// One bit of the database, and the export says where.
	db, err := sql.Open("sqlite", "file:"+filepath.Join(a.place.data(), "mayfly.db"))
	require.NoError(t, err)
	_, err = db.Exec(`UPDATE audit_entry SET leaf = replace(leaf, '"recording_forced_off"', '"recording_forbidden"')
		WHERE log = (SELECT id FROM audit_log WHERE tenant = 'acme')`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	flipped := a.did("audit", "export", "--tenant", "acme")
	_, err = verifyAudit(file(t, "flipped.jsonl", flipped), "--key", key)
	require.ErrorContains(t, err, ", entry 1: the entry is not the one that was written")
}

// forget lets the policy count again, as an admin.
func (a *audited) forget(t *testing.T) int {
	r, err := http.NewRequest(http.MethodDelete, a.url+"/v1/admin/recording/off", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+auditAdmin)
	res, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode
}
