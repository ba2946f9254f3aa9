package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mayfly runs a command about the gateway's data, as people do beside it.
func (r *running) mayfly(args ...string) (string, error) {
	r.t.Helper()
	cmd := exec.Command(theBuild.file(r.t), append(args, "--data", r.place.data())...)
	cmd.Dir, cmd.Env = r.place.scratch, r.place.environ()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// done is mayfly for what must succeed.
func (r *running) did(args ...string) string {
	r.t.Helper()
	out, err := r.mayfly(args...)
	require.NoError(r.t, err, "%v: %s", args, out)
	return out
}

// issue issues a key on the host.
func (r *running) issue(tenant, role string) string {
	r.t.Helper()
	return regexp.MustCompile(`mfk?_[\w-]{20,}`).FindString(r.did("key", "issue", "--tenant", tenant, "--role", role, "--reason", "a test"))
}

// opened opens an access of the operator to what is stored.
func (r *running) opened() {
	r.t.Helper()
	r.did("access", "open", "--reason-code", "support", "--case", "T-1")
}

// aware makes a guest one that acknowledges the notice, in writing.
const aware = `{"type":"session.update","session":{"type":"realtime","output_modalities":["text"],"avatar":{"version":"1","acknowledges_disclosure":true}}}`

// acknowledge says that the notice is on screen.
func (g *guest) acknowledge() {
	g.t.Helper()
	id := g.nth("avatar.disclosure.presented", 1)["disclosure_id"].(string)
	g.say(`{"type":"avatar.disclosure.acknowledge","disclosure_id":"` + id + `"}`)
}

// consent answers what is asked.
func (g *guest) consent(yes string) {
	g.t.Helper()
	id := g.nth("avatar.consent.requested", 1)["consent_id"].(string)
	g.say(`{"type":"avatar.consent.submit","consent_id":"` + id + `","grants":{"transcript":` + yes + `}}`)
}

// recording waits for the nth word about recording and wants it to be this.
func (g *guest) recording(state string) {
	g.t.Helper()
	g.until("recording "+state, func(all []object, _ error) bool {
		last := ""
		for _, e := range all {
			if e["type"] == "avatar.recording.state" {
				last, _ = e["state"].(string)
			}
		}
		return last == state
	})
}

// found counts a word in every byte of every file below a folder.
func found(t *testing.T, folder, word string) (n int) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		n += bytes.Count(data, []byte(word))
		return err
	}))
	return n
}

// R10 R12 R13 R14 R48: the whole way of a recording, with the program as
// people run it: switched on, told, said, read, switched off, erased.
func TestRecordingAsRun(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	r := launch(t, p, nil, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off")
	demo := demoOf(t, p.data())

	// Off, as it is delivered: nobody is asked and nothing is stored.
	off := newGuest(t, r.url, demo.APIKey)
	off.say(aware)
	off.acknowledge()
	off.ask("the word is kumquat")
	off.nth("response.done", 1)
	off.recording("off")

	out := r.did("tenant", "set", "policy.transcript=true", "policy.retention.transcript=30d", `policy.purposes=["quality"]`, "policy.rights=self_service", "policy.redaction.email=hash")
	r.opened()
	require.Contains(t, out, "policy.transcript: nothing -> ")
	require.Contains(t, out, "1 live sessions stay unrecorded; new ones will be asked.")
	off.ask("and again kumquat")
	off.nth("response.done", 2)
	off.recording("off")

	// A no is a no, and everything else is the same.
	no := newGuest(t, r.url, demo.APIKey)
	no.say(aware)
	no.acknowledge()
	no.consent("false")
	no.ask("the word is kumquat")
	no.nth("response.done", 1)
	no.recording("off")

	yes := newGuest(t, r.url, demo.APIKey)
	yes.say(aware)
	yes.acknowledge()
	require.NotEmpty(t, yes.nth("avatar.consent.requested", 1)["sentences"])
	yes.consent("true")
	yes.recording("on")
	yes.ask("the word is tamarind, write to tamarind@example.org")
	yes.nth("avatar.transcript.committed", 1)
	key := yes.nth("avatar.receipt.key", 1)["key"].(string)

	require.Zero(t, found(t, p.data(), "tamarind"), "what is stored is sealed")
	list := r.did("transcript", "list")
	id := regexp.MustCompile(`[0-9a-f-]{36}`).FindAllString(list, -1)
	require.Len(t, id, 1, "%s", list)
	read := r.did("transcript", "read", id[0], "--purpose", "quality")
	require.Regexp(t, `the word is tamarind, write to \[email:[a-z]{16}\]`, read)
	require.NotContains(t, read, "kumquat")
	out, err := r.mayfly("transcript", "read", id[0], "--purpose", "learning")
	require.Error(t, err, "nobody was told that purpose")
	require.NotContains(t, out, "tamarind")

	// Off: durable, told, and what is said later is not stored.
	began := time.Now()
	require.Contains(t, r.did("recording", "off", "--reason", "a test"), "Recording is off: applied to 3 of 3 live sessions")
	yes.recording("off")
	require.Less(t, time.Since(began), 5*time.Second) // the promise is one second; a loaded machine starts a process slowly
	yes.ask("now the word is rambutan")
	yes.nth("response.done", 2)
	read = r.did("transcript", "read", id[0], "--purpose", "quality")
	require.Contains(t, read, "tamarind")
	require.NotContains(t, read, "rambutan")

	// The person sees, takes and erases what is theirs.
	status, body := r.me(key, "GET", "/v1/me")
	require.Equal(t, 200, status, body)
	require.Contains(t, body, id[0])
	status, body = r.me(key, "GET", "/v1/me/transcript")
	require.Equal(t, 200, status)
	require.Contains(t, body, "the word is tamarind")
	status, body = r.me(strings.Replace(key, "mrk_", "mrk_x", 1), "GET", "/v1/me/transcript")
	require.NotEqual(t, 200, status)
	require.NotContains(t, body, "tamarind")
	status, body = r.me(key, "DELETE", "/v1/me/transcript")
	require.Equal(t, 200, status, body)
	require.NotRegexp(t, `[0-9a-f-]{36}`, r.did("transcript", "list"))
	status, _ = r.me(key, "GET", "/v1/me")
	require.NotEqual(t, 200, status)

	r.stop()
	for _, word := range []string{"tamarind", "rambutan", "kumquat"} {
		require.Zero(t, found(t, p.root, word), word)
	}
	// The same commands when nothing runs.
	require.NotRegexp(t, `[0-9a-f-]{36}`, r.did("transcript", "list"))
	require.Contains(t, r.did("tenant", "list"), "forced off")
}
