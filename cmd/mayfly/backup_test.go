package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// record holds a conversation of one turn that is stored, and gives its id.
func (r *running) record(key, words string) string {
	r.t.Helper()
	before := r.did("transcript", "list")
	g := newGuest(r.t, r.url, key)
	g.say(aware)
	g.acknowledge()
	g.consent("true")
	g.ask(words)
	g.nth("avatar.transcript.committed", 1)
	_ = g.ws.Close()
	for _, id := range regexp.MustCompile(`[0-9a-f-]{36}`).FindAllString(r.did("transcript", "list"), -1) {
		if !strings.Contains(before, id) {
			return id
		}
	}
	require.FailNow(r.t, "nothing was stored")
	return ""
}

// R82: a backup that was made while the gateway ran; what was erased after it
// does not come back, what was not erased does, and nothing is recorded until
// somebody says so.
func TestBackupAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	r := launch(t, p, nil, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	demo := demoOf(t, p.data())
	r.did("tenant", "set", "policy.transcript=true", "policy.retention.transcript=30d", `policy.purposes=["quality"]`)
	r.opened()
	stays := r.record(demo.APIKey, "the word is tamarind")
	goes := r.record(demo.APIKey, "the word is rambutan")

	g := newGuest(t, r.url, demo.APIKey)
	g.say(aware)
	g.acknowledge()
	before, _ := g.receipted(1)
	backup := filepath.Join(p.scratch, "backup")
	oldKey, early := r.published()
	r.did("backup", backup)
	r.did("receipt", "rotate")
	after, _ := g.receipted(2)
	_ = g.ws.Close()
	require.Zero(t, found(t, backup, "tamarind"))
	out, err := r.mayfly("backup", backup)
	require.Error(t, err, "a folder that is in use: %s", out)
	r.did("transcript", "erase", goes)
	require.Contains(t, r.did("transcript", "read", stays, "--purpose", "quality"), "tamarind")
	_, late := r.published()
	r.stop()
	require.Zero(t, found(t, backup, strings.Split(oldKey, "+")[2][:12]), "the key of the audit log is in no backup")

	next := newPlace(t)
	master := filepath.Join(p.data(), "master.key")
	out, err = restored(t, p, backup, "--to", next.data(), "--tombstones", p.data(), "--master-key-file", master)
	require.NoError(t, err, "%s", out)
	require.Zero(t, found(t, next.data(), "tamarind"))

	// Receipts verify that were given before the backup, and those that were
	// given after it where the lost folder is there. Without it they name a key
	// that nobody knows any more.
	verify := func(folder, jws string) (string, error) {
		return apart(t, p, "receipt", "verify", file(t, "receipt.jws", jws), "--data", folder)
	}
	for _, jws := range []string{before, after} {
		out, err = verify(next.data(), jws)
		require.NoError(t, err, "%s", out)
	}
	blind := newPlace(t)
	out, err = restored(t, p, backup, "--to", blind.data(), "--master-key-file", master)
	require.NoError(t, err, "%s", out)
	out, err = verify(blind.data(), before)
	require.NoError(t, err, "%s", out)
	out, err = verify(blind.data(), after)
	require.Error(t, err, "%s", out)

	// The key is put where it belongs, and the gateway starts.
	key, err := os.ReadFile(master)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(next.data(), "master.key"), key, 0o600))
	r = launch(t, next, nil, "--data", next.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	out, err = r.mayfly("transcript", "list")
	require.Error(t, err, "the access was open when the backup was made: %s", out)
	require.Contains(t, out, "mayfly access open --tenant")
	// The audit log has a new key. What was published before the backup agrees
	// with it, what was published since does not: that is what is lost.
	newKey, _ := r.published()
	require.NotEqual(t, oldKey, newKey)
	whole := file(t, "audit.jsonl", r.did("audit", "export"))
	audited, err := verifyAudit(whole, "--key", newKey, "--key", oldKey, "--checkpoint", file(t, "early", early))
	require.NoError(t, err, audited)
	require.Contains(t, audited, "which is all")
	_, err = verifyAudit(whole, "--key", newKey, "--key", oldKey, "--checkpoint", file(t, "late", late))
	require.ErrorContains(t, err, "NOT GOOD")
	_, err = verifyAudit(whole, "--key", oldKey)
	require.Error(t, err, "the old key signs nothing any more")

	r.opened()
	list := r.did("transcript", "list")
	require.Contains(t, list, stays)
	require.NotContains(t, list, goes)
	out, err = r.mayfly("transcript", "read", goes, "--purpose", "quality")
	require.Error(t, err)
	require.NotContains(t, out, "rambutan")
	require.Contains(t, r.did("tenant", "list"), "forced off")
	r.did("recording", "on", "--everywhere")
	require.NotContains(t, r.did("tenant", "list"), "forced off")

	r.did("key", "rotate")
	require.Contains(t, r.did("transcript", "read", stays, "--purpose", "quality"), "tamarind", "under the new key")
	r.stop()
	out, err = restored(t, p, backup, "--to", newPlace(t).data(), "--tombstones", p.data(), "--master-key-file", filepath.Join(next.data(), "master.key"))
	require.Error(t, err, "the keys of the backup are wrapped with the old master key: %s", out)
}

// published is the key of the audit log, and the checkpoint of the tenant that
// was published last.
func (r *running) published() (key, checkpoint string) {
	r.t.Helper()
	r.did("audit", "export") // which publishes one
	res, err := http.Get(r.url + "/.well-known/mayfly-audit-keys.txt")
	require.NoError(r.t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(r.t, err)
	names, err := filepath.Glob(filepath.Join(r.place.data(), "checkpoints", "[a-z]*", "*", "*"))
	require.NoError(r.t, err)
	require.NotEmpty(r.t, names)
	signed, err := os.ReadFile(names[len(names)-1])
	require.NoError(r.t, err)
	return strings.TrimSpace(string(data)), string(signed)
}

// restored runs mayfly restore, which asks no gateway.
func restored(t *testing.T, p place, args ...string) (string, error) {
	t.Helper()
	return apart(t, p, append([]string{"restore"}, args...)...)
}

// apart runs a command that asks no gateway.
func apart(t *testing.T, p place, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(theBuild.file(t), args...)
	cmd.Dir, cmd.Env = p.scratch, p.environ()
	out, err := cmd.CombinedOutput()
	return string(out), err
}
