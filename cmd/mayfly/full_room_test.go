package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/admin"
	"mayfly/recorder"
	"mayfly/session"
)

// asked asks the gateway for something and gives the status, the code of an
// error, and the body.
func (r *running) asked(key, method, path, body, match string) (status int, code string, answer []byte) {
	r.t.Helper()
	q, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	require.NoError(r.t, err)
	q.Header.Set("Authorization", "Bearer "+key)
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	switch {
	case method == http.MethodPatch:
		q.Header.Set("Content-Type", "application/merge-patch+json")
		q.Header.Set("If-Match", match)
	case strings.Contains(path, "/documents/"):
		q.Header.Set("Content-Type", "text/markdown")
	}
	res, err := http.DefaultClient.Do(q)
	require.NoError(r.t, err)
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	require.NoError(r.t, err)
	var bad struct{ Error struct{ Code string } }
	_ = json.Unmarshal(answer, &bad)
	return res.StatusCode, bad.Error.Code, answer
}

// The last room of a full disk is for what protects people. What widens, or
// stores more, is refused by name, as often as it is tried; then opt-outs,
// switching off, narrowing and the end of a key still go through. That the disk
// is full shows in the log, once, and in the figures. // R12
func TestLastRoomIsForPeople(t *testing.T) {
	skipUnderRace(t)
	p := newPlace(t)
	require.NoError(t, os.MkdirAll(p.scratch, 0o700))
	config := filepath.Join(p.scratch, "mayfly.yaml")
	require.NoError(t, os.WriteFile(config, []byte("tenants:\n  - {id: other, name: Other, public: true, avatars: [{id: bea, name: Bea}]}\n"), 0o600))
	acme := filepath.Join(p.scratch, "acme.json")
	require.NoError(t, os.WriteFile(acme, []byte(`{"id":"acme","name":"Acme","avatars":[{"id":"ada","name":"Ada","voice":"none"}],
		"policy":{"transcript":true,"retention":{"transcript":"30d"},"purposes":["audit"]}}`), 0o600))
	figures := freePort(t)
	args := []string{"--config", config, "--data", p.data(), "--listen", "127.0.0.1:0", "--tls-listen", "off", "--media-listen", "off", "--metrics-listen", figures, "--metrics-token-file", file(t, "token", "a token of the figures, long enough for them")}
	r := launch(t, p, nil, args...)
	r.did("tenant", "add", acme)
	boss, caller := r.issue("acme", "admin"), r.issue("acme", "caller")
	status, _, answer := r.asked(boss, "POST", "/v1/admin/keys", `{"role":"caller","name":"goes"}`, "")
	require.Equal(t, http.StatusCreated, status, "%s", answer)
	var goes struct{ ID string }
	require.NoError(t, json.Unmarshal(answer, &goes))
	require.NotEmpty(t, goes.ID)
	r.stop()

	// Where the ballast cannot be put in place there is no room left but for
	// what is urgent.
	ballast := filepath.Join(p.data(), "ballast")
	require.NoError(t, os.Remove(ballast))
	require.NoError(t, os.Mkdir(ballast, 0o700))
	r = launch(t, p, nil, args...)
	for range 3 {
		for _, no := range []struct{ method, path, body string }{
			{"PATCH", "/v1/admin/tenant", `{"policy":{"retention":{"transcript":"60d"}}}`},
			{"PATCH", "/v1/admin/tenant", `{"name":"Acme and others"}`},
			{"POST", "/v1/admin/keys", `{"role":"caller","name":"another"}`},
			{"POST", "/v1/admin/incidents", `{"kind":"other","note":"a door stood open"}`},
			{"POST", "/v1/admin/holds", `{"kind":"avatar","value":"ada","reason":"complaint","case":"T-1","review":"` + time.Now().Add(48*time.Hour).UTC().Format(time.RFC3339) + `"}`},
			{"PUT", "/v1/admin/avatars/ada/knowledge/documents/hours.md", "# Hours\n\nThe library opens at nine.\n"},
			{"DELETE", "/v1/admin/recording/off", ""},
		} {
			status, code, answer := r.asked(boss, no.method, no.path, no.body, `"1"`)
			require.Equal(t, http.StatusServiceUnavailable, status, "%s %s %s: %s", no.method, no.path, no.body, answer)
			require.Equal(t, "store_not_ready", code, "%s %s", no.method, no.path)
		}
		out, err := r.mayfly("key", "issue", "--tenant", "acme", "--role", "caller", "--reason", "a test")
		require.Error(t, err)
		require.Contains(t, out, "What is stored cannot be reached now")
	}

	g := newGuest(t, r.url, caller)
	g.say(aware)
	g.acknowledge()
	g.say(`{"type":"avatar.optout.submit","purposes":["transcript"]}`)
	g.nth("avatar.optout.state", 1)
	require.NoError(t, g.ws.Close())
	for _, yes := range []struct{ method, path, body string }{
		{"PATCH", "/v1/admin/tenant", `{"policy":{"retention":{"transcript":"7d"}}}`},
		{"PUT", "/v1/admin/recording/off", `{"reason":"the disk is full"}`},
		{"DELETE", "/v1/admin/keys/" + goes.ID, ""},
	} {
		status, _, answer := r.asked(boss, yes.method, yes.path, yes.body, `"1"`)
		require.Less(t, status, 300, "%s %s: %s", yes.method, yes.path, answer)
	}
	q, err := http.NewRequest(http.MethodGet, "http://"+figures+"/metrics", nil)
	require.NoError(t, err)
	q.Header.Set("Authorization", "Bearer a token of the figures, long enough for them")
	res, err := http.DefaultClient.Do(q)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), `mayfly_store_trouble{kind="full"} 1`)
	require.Contains(t, string(text), `mayfly_store_trouble{kind="still"} 0`)

	// There is room again: what was refused is taken, and the log says so.
	require.NoError(t, os.Remove(ballast))
	require.Eventually(t, func() bool {
		status, _, _ := r.asked(boss, "POST", "/v1/admin/incidents", `{"kind":"other"}`, "")
		return status == http.StatusCreated
	}, 30*time.Second, 100*time.Millisecond)
	require.Eventually(t, func() bool { return strings.Contains(r.read(r.err), "stored again") }, time.Minute, 100*time.Millisecond)
	require.Equal(t, 1, strings.Count(r.read(r.err), "the disk is full"), "%s", r.read(r.err))
	r.stop()
	facts := r.did("audit", "export", "--tenant", "acme")
	for kind, n := range map[string]int{"person_opted_out": 1, "recording_forced_off": 1, "key_revoked": 1, "incident_opened": 1, "hold_placed": 0, "knowledge_stored": 0, "recording_released": 0, "tenant_changed": 1} {
		require.Equal(t, n, strings.Count(facts, `"kind":"`+kind+`"`), "%s\n%s", kind, facts)
	}
}

// Trouble that comes and goes is told once, and so is its end. // R12
func TestTroubleIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &heard{}
		var now atomic.Pointer[error]
		trouble := func() error {
			if e := now.Load(); e != nil {
				return *e
			}
			return nil
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go tellTrouble(ctx, newLogger(log, slog.LevelInfo, false), trouble, time.Millisecond)
		look := func(n int) {
			time.Sleep(time.Duration(n) * time.Millisecond)
			synctest.Wait()
		}
		look(3)
		full, still, other := error(recorder.ErrFull), error(recorder.ErrStill), errors.New("disk I/O error")
		for n, of := range []struct {
			err  *error
			said string
		}{{&full, "the disk is full"}, {&still, "the disk does not answer"}, {&other, "nothing can be stored"}} {
			require.Zero(t, log.lines(of.said))
			for range 3 {
				now.Store(of.err)
				look(2)
				now.Store(nil)
				look(2)
			}
			require.Equal(t, 1, log.lines(of.said))
			require.Equal(t, n, log.lines("stored again"))
			look(2 * calmFor)
			require.Equal(t, n+1, log.lines("stored again"))
		}
	})
}

// A checkpoint that cannot be written is refused by name. // R65
func TestCheckpointWithoutRoom(t *testing.T) {
	a := appIn(t, t.TempDir(), io.Discard)
	logs, err := a.recorder.AuditLogs(t.Context(), "demo")
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	month := logs[len(logs)-1].Month.String()
	_, err = a.audit.AuditCheckpoint(t.Context(), "demo", month)
	require.NoError(t, err)
	noted := make(chan error, 1)
	a.recorder.Note("demo", session.Fact{Kind: session.KeyIssued, Object: newID()}, func(err error) { noted <- err })
	require.NoError(t, <-noted)
	files := filepath.Join(a.settings.Data, "checkpoints")
	require.NoError(t, os.RemoveAll(files))
	require.NoError(t, os.WriteFile(files, nil, 0o600)) // where they were, none can be put any more
	_, err = a.audit.AuditCheckpoint(t.Context(), "demo", month)
	require.ErrorIs(t, err, admin.ErrNotReady)
}
