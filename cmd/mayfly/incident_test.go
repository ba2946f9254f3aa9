package main

import (
	"bytes"
	"database/sql"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/admin"
	"mayfly/recorder"
	"mayfly/session"
)

// Every way out that the gateway makes is one that its watch knows of: else what
// goes through it would be taken for what nobody declared. // R68
func TestEveryWayOutIsWatched(t *testing.T) {
	unwatched := map[string]int{"cmd/mayfly/command_receipt.go": 1, "cmd/mayfly/drill.go": 1} // a command of its own, and the leak that is staged
	root := os.DirFS("../..")
	n := 0
	for _, folder := range []string{"cmd/mayfly", "gateway"} {
		require.NoError(t, fs.WalkDir(root, folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(root, name)
			for line := range strings.Lines(string(text)) {
				if !strings.Contains(line, "egress.Options{") {
					continue
				}
				n++
				if !strings.Contains(line, "Watch:") {
					unwatched[name]--
					require.GreaterOrEqual(t, unwatched[name], 0, "%s makes a way out that the watch does not know of", name)
				}
			}
			return err
		}))
	}
	require.Greater(t, n, 8)
	t.Logf("n = %d", n)
}

// heard is a log that is read while it is written.
type heard struct {
	mu  sync.Mutex
	all bytes.Buffer // Guarded by mu.
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.Write(b)
}

// lines counts those with a text.
func (h *heard) lines(text string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for line := range strings.Lines(h.all.String()) {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// An audit log that was cut shows wherever somebody looks: in the log by its
// code, in the figures, and to whoever asks for its checkpoint. // R65
func TestCutAuditLogShows(t *testing.T) {
	log := &heard{}
	a := appIn(t, t.TempDir(), log)
	figure := func() string {
		r := httptest.NewRecorder()
		a.gateway.Metrics().ServeHTTP(r, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
		for line := range strings.Lines(r.Body.String()) {
			if value, ok := strings.CutPrefix(line, "mayfly_audit_disagrees "); ok {
				return strings.TrimSpace(value)
			}
		}
		return "none"
	}
	a.audit.publish(t.Context(), a.log)
	require.Equal(t, "0", figure())
	require.Zero(t, log.lines(auditDisagrees))
	logs, err := a.recorder.AuditLogs(t.Context(), "demo")
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(a.settings.Data, "mayfly.db")+"?_pragma=busy_timeout(20000)")
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec("UPDATE audit_log SET size = size - 1 WHERE tenant = 'demo'")
	require.NoError(t, err)
	a.audit.publish(t.Context(), a.log)
	require.Equal(t, "1", figure())
	require.GreaterOrEqual(t, log.lines(`"code":"audit_log_disagrees"`), 1)
	_, err = a.audit.AuditCheckpoint(t.Context(), "demo", logs[len(logs)-1].Month.String())
	require.ErrorIs(t, err, admin.ErrDisagrees)
	require.True(t, a.audit.differs("demo"), "the posture goes by it")
	require.False(t, a.audit.differs("dem"))
}

// That nobody reported an incident in time is said once. // R68
func TestOverdueIncidentIsTold(t *testing.T) {
	log := &heard{}
	a := appIn(t, t.TempDir(), log)
	id := newID()
	_, _, err := a.recorder.OpenIncident(t.Context(), recorder.IncidentReport{ID: id, Tenant: "demo", Kind: session.OtherIncident, Noticed: time.Now().Add(-73 * time.Hour)})
	require.NoError(t, err)
	for range 3 {
		a.incidents.late(t.Context())
	}
	told := func() int { return log.lines("an incident was not reported within 72 hours") }
	require.Eventually(t, func() bool { return told() == 1 }, 60*time.Second, 50*time.Millisecond)
	require.Equal(t, 1, log.lines(`"incident":"`+id.String()+`"`))
	_, overdue, ok := a.incidents.counts()
	require.True(t, ok)
	require.Equal(t, 1, overdue)
	a.incidents.late(t.Context())
	require.Equal(t, 1, told())
}

// A gateway that finds its master key gone, or another, opens an incident of
// its own. // R68
func TestLostMasterKeyOpensAnIncident(t *testing.T) {
	data := t.TempDir()
	t.Run("before", func(t *testing.T) {
		require.NoError(t, appIn(t, data, &heard{}).recorder.KeyState())
	})
	require.NoError(t, os.Remove(filepath.Join(data, "master.key")))
	log := &heard{}
	a := appIn(t, data, log)
	require.Error(t, a.recorder.KeyState())
	require.Eventually(t, func() bool {
		all, err := a.recorder.Incidents(t.Context(), "", "open")
		for i := range all {
			if all[i].Kind == session.MasterKeyLost {
				return true
			}
		}
		require.NoError(t, err)
		return false
	}, 60*time.Second, 50*time.Millisecond)
	require.Eventually(t, func() bool { return log.lines(`"kind":"master_key_lost"`) == 1 }, 60*time.Second, 50*time.Millisecond)
}
