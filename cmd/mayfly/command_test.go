package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// said runs a command that asks no gateway that runs.
func said(t *testing.T, p place, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(theBuild.file(t), append(args, "--data", p.data())...)
	cmd.Dir, cmd.Env = p.scratch, p.environ()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// post sends JSON and gives the status and the answer.
func post(t *testing.T, url, credential string, body string) (int, object) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	if credential != "" {
		req.Header.Set("Authorization", "Bearer "+credential)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var answer object
	require.NoError(t, json.Unmarshal(data, &answer), "%s", data)
	return res.StatusCode, answer
}

// From nothing to an admin who is signed in: init while nothing runs, the
// start, the link, once.
func TestInitAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	config := filepath.Join(p.scratch, "mayfly.yaml")
	out, err := said(t, p, "init", "--domain", "avatars.example.org", "--name", "Example University", "--config", config)
	require.NoError(t, err, "%s", out)
	link := regexp.MustCompile(`https://avatars\.example\.org/admin#link=(mfl_\S+)`).FindStringSubmatch(out)
	require.NotNil(t, link, "%s", out)
	info, err := os.Stat(config)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	out, err = said(t, p, "init", "--domain", "avatars.example.org", "--name", "Another", "--config", config)
	require.Error(t, err)
	require.Contains(t, out, "was not touched")

	// The file that was written is one that the gateway reads. Ports of this
	// test instead of its own.
	at := freePort(t)
	r := launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", at, "--media-listen", "off")
	require.Contains(t, r.read(r.out), "for 1 tenant")
	require.Contains(t, r.did("tenant", "link"), "https://avatars.example.org/admin#link=mfl_")
	base := "http://" + at
	status, who := post(t, base+"/v1/admin/signin", "", `{"link":"`+link[1]+`"}`)
	require.Equal(t, 200, status, "%v", who)
	require.Equal(t, "example-university", who["tenant"].(map[string]any)["id"])
	status, _ = post(t, base+"/v1/admin/signin", "", `{"link":"`+link[1]+`"}`)
	require.Equal(t, 401, status, "once")
	require.Contains(t, r.did("tenant", "list"), "example-university")
	require.Contains(t, r.did("key", "issue", "--reason", "lost"), "mf_")
	require.Contains(t, r.did("key", "list"), "issued on the host")
	r.stop()
}

// A tenant of a file: changed there while the gateway runs, with its mistakes
// told and nothing changed by them; read-only elsewhere, but for forcing
// recording off.
func TestFileTenantAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	require.NoError(t, os.MkdirAll(p.scratch, 0o700))
	config := filepath.Join(p.scratch, "mayfly.yaml")
	write := func(text string) { require.NoError(t, os.WriteFile(config, []byte(text), 0o600)) }
	const base = "tenants:\n  - id: acme\n    name: Acme\n    public: true\n    avatars: [{id: ada, name: Ada, voice: none}]\n"
	write(base)
	r := launch(t, p, nil, "--config", config, "--data", p.data(), "--listen", "127.0.0.1:0", "--media-listen", "off")
	until := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(100 * time.Millisecond) {
			require.True(t, time.Now().Before(deadline), "in vain: %s\n%s%s", what, r.read(r.out), r.read(r.err))
		}
	}
	require.Regexp(t, `acme +Acme +file +1 .* off`, r.did("tenant", "list"))
	out, err := r.mayfly("tenant", "set", "name=Other")
	require.Error(t, err)
	require.Contains(t, out, "file")

	write(base + "    policy: {transcript: true, retention: {transcript: 30d}, purposes: [quality]}\n")
	until("the change of the file", func() bool { return strings.Contains(r.did("tenant", "list"), "on, if the person agrees") })
	require.Regexp(t, `acme +Acme +file +2 `, r.did("tenant", "list"))

	write(base + "    policy: {transcript: true, retention: {transcript: forever}}\n")
	until("the mistakes", func() bool { return strings.Contains(r.read(r.out), "policy.retention.transcript") })
	require.Regexp(t, `acme +Acme +file +2 .*on, if`, r.did("tenant", "list"), "the last good one counts")

	r.did("recording", "off", "--reason", "a test")
	require.Contains(t, r.did("tenant", "list"), "forced off")
	r.stop()

	// What is forced off stays off, whatever starts next, and can be changed
	// while nothing runs.
	out, err = said(t, p, "tenant", "list")
	require.NoError(t, err, "%s", out)
	require.Contains(t, out, "forced off")
	out, err = said(t, p, "recording", "on")
	require.NoError(t, err, "%s", out)
	out, err = said(t, p, "tenant", "list")
	require.NoError(t, err)
	require.Contains(t, out, "on, if the person agrees")
}
