package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/recorder"
)

// inFolder opens the database of a gateway that does not run.
func inFolder(t *testing.T, folder string, do func(*recorder.Recorder)) {
	t.Helper()
	r, err := recorder.Open(context.Background(), recorder.Options{Folder: folder})
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	do(r)
}

// A document in the database that the reader of today refuses concerns its
// tenant alone: the gateway starts, the others are served and can be changed,
// and the command line still works.
func TestOneDocumentConcernsOneTenant(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	config := filepath.Join(p.scratch, "mayfly.yaml")
	out, err := said(t, p, "init", "--domain", "avatars.example.org", "--name", "Acme", "--config", config)
	require.NoError(t, err, "%s", out)
	inFolder(t, p.data(), func(r *recorder.Recorder) {
		good := []byte(`{"avatars":[{"id":"a","name":"A","voice":"none"}],"id":"old","name":"Old, as it was"}`)
		_, err := r.ChangeTenant(context.Background(), recorder.Change{Tenant: "old", Source: tenant.SourceStore, Document: good, Hash: tenant.DocumentHash(good)})
		require.NoError(t, err)
		bad := []byte(`{"id":"old","name":"Old","avatars":[{"id":"a","name":"A"}],"a_key_of_then":true}`)
		_, err = r.ChangeTenant(context.Background(), recorder.Change{Tenant: "old", Base: 1, Source: tenant.SourceStore, Document: bad, Hash: tenant.DocumentHash(bad)})
		require.NoError(t, err)
	})
	out, err = said(t, p, "tenant", "list")
	require.NoError(t, err, "%s", out)
	require.Contains(t, out, "acme")

	at := freePort(t)
	r := launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", at, "--media-listen", "off")
	require.Contains(t, r.read(r.out), "for 1 tenant")
	file := filepath.Join(p.scratch, "third.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"id":"third","name":"Third","avatars":[{"id":"a","name":"A","voice":"none"}]}`), 0o600))
	require.Contains(t, r.did("tenant", "add", file), "The tenant third exists")
	require.Contains(t, r.did("tenant", "list"), "third")
	require.Regexp(t, `old +\(cannot be used\) +store`, r.did("tenant", "list"))
	time.Sleep(3 * tenant.PollEvery)

	// A version that could be read is put in force again, while the gateway runs.
	require.Regexp(t, `(?m)^2 +.* store`, r.did("tenant", "versions", "--tenant", "old"))
	refused, err := r.mayfly("tenant", "restore", "--tenant", "old", "2")
	require.Error(t, err)
	require.Contains(t, refused, "a_key_of_then", "what is wrong with it is said")
	require.Contains(t, r.did("tenant", "restore", "--tenant", "old", "1"), "3")
	require.Regexp(t, `old +Old, as it was +store +3 `, r.did("tenant", "list"))
	r.stop()
	require.Equal(t, 1, strings.Count(r.read(r.err), "holds a document that cannot be used"), "said once, and not with every look")
	out, err = said(t, p, "tenant", "remove", "--tenant", "old", "--yes")
	require.NoError(t, err, "%s", out)
}

// A tenant of the file is not ended while nothing runs either: its words would
// be gone, and the gateway could not start any more.
func TestFileTenantIsNotEnded(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	require.NoError(t, os.MkdirAll(p.scratch, 0o700))
	config := filepath.Join(p.scratch, "mayfly.yaml")
	require.NoError(t, os.WriteFile(config, []byte("tenants:\n  - id: acme\n    name: Acme\n    public: true\n    avatars: [{id: ada, name: Ada, voice: none}]\n"), 0o600))
	start := func() *running {
		return launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", "127.0.0.1:0", "--media-listen", "off")
	}
	r := start()
	out, err := r.mayfly("tenant", "remove", "--tenant", "acme", "--yes")
	require.Error(t, err)
	require.Contains(t, out, "file")
	r.stop()
	out, err = said(t, p, "tenant", "remove", "--tenant", "acme", "--yes")
	require.Error(t, err, "%s", out)
	require.Contains(t, out, "file")
	r = start()
	require.Contains(t, r.did("tenant", "list"), "acme")

	// Out of the file it can be ended, and says so if it comes back.
	with, err := os.ReadFile(config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(config, []byte("tenants:\n  - {id: other, name: Other, public: true, avatars: [{id: ada, name: Ada, voice: none}]}\n"), 0o600))
	require.Eventually(t, func() bool { return !strings.Contains(r.did("tenant", "list"), "acme") }, 20*time.Second, 100*time.Millisecond)
	r.did("tenant", "remove", "--tenant", "acme", "--yes")
	require.NoError(t, os.WriteFile(config, with, 0o600))
	require.Eventually(t, func() bool { return strings.Contains(r.read(r.out), "its id is not given again") }, 20*time.Second, 100*time.Millisecond)
	r.stop()
}

// The demonstration cannot be ended: it would never start again.
func TestDemonstrationIsNotEnded(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	r := launch(t, p, nil, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	out, err := r.mayfly("tenant", "remove", "--tenant", "demo", "--yes")
	require.Error(t, err)
	require.Contains(t, out, "demonstration")
	r.stop()
}

// A change of the demonstration while nothing runs leaves it what it is: else
// it would be a tenant of anybody's.
func TestDemonstrationChangedWhileStopped(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	start := func() *running {
		return launch(t, p, nil, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	}
	start().stop()
	out, err := said(t, p, "tenant", "set", "name=Another name")
	require.NoError(t, err, "%s", out)
	r := start()
	require.Regexp(t, `demo +Another name +demo `, r.did("tenant", "list"))
	r.stop()
}
