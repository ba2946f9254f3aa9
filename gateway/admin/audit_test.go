package admin

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// logs are two tenants' logs that say what they were asked.
type logs struct {
	down  error
	proof FactProof
	ran   Verified
	runs  chan struct{} // a proof run says that it runs, and waits for block; nil: it does not
	block chan struct{}
}

func (l *logs) has(tenantID, month string) error {
	if l.down != nil {
		return l.down
	}
	if (tenantID != "acme" && tenantID != "beta") || month != "2026-11" {
		return ErrUnknown
	}
	return nil
}

func (l *logs) AuditMonths(context.Context, string) ([]string, error) {
	return []string{"2026-10", "2026-11"}, l.down
}

func (l *logs) AuditCheckpoint(_ context.Context, tenantID, month string) ([]byte, error) {
	return []byte("checkpoint of " + tenantID + " " + month), l.has(tenantID, month)
}

func (l *logs) AuditTile(_ context.Context, tenantID, month string, level int, n int64, width int) ([]byte, error) {
	return fmt.Appendf(nil, "tile %s %s %d %d %d", tenantID, month, level, n, width), l.has(tenantID, month)
}

func (l *logs) AuditBundle(_ context.Context, tenantID, month string, n int64, width int) ([]byte, error) {
	return fmt.Appendf(nil, "bundle %s %s %d %d", tenantID, month, n, width), l.has(tenantID, month)
}

func (l *logs) AuditExport(_ context.Context, tenantID string, w io.Writer) error {
	if err := l.has(tenantID, "2026-11"); err != nil {
		return err
	}
	_, err := io.WriteString(w, "{}\n")
	return err
}

func (l *logs) AuditProof(_ context.Context, tenantID, month string, index int64) (FactProof, error) {
	if err := l.has(tenantID, month); err != nil {
		return FactProof{}, err
	}
	if index > 3 {
		return FactProof{}, ErrNoEntry
	}
	return l.proof, nil
}

func (l *logs) AuditCheckpoints(context.Context, string) ([]KeptCheckpoint, error) {
	return []KeptCheckpoint{{Month: "2026-10", Day: "2026-10-31", Size: 7, Note: []byte("older")}, {Month: "2026-11", Day: "2026-11-01", Size: 2, Root: [32]byte{1}, Note: []byte("newer")}}, l.down
}

func (l *logs) VerifyAudit(context.Context, string) (Verified, error) {
	if l.runs != nil {
		l.runs <- struct{}{}
		<-l.block
	}
	return l.ran, l.down
}

// R65: a reviewer's program gets the log of their own tenant, in the forms that
// others' programs verify.
func TestAuditForms(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]string{
		"/audit/acme/checkpoint":                             "checkpoint of acme 2026-11",
		"/audit/acme/2026-11/checkpoint":                     "checkpoint of acme 2026-11",
		"/audit/acme/2026-11/tile/0/000":                     "tile acme 2026-11 0 0 256",
		"/audit/acme/2026-11/tile/0/017.p/9":                 "tile acme 2026-11 0 17 9",
		"/audit/acme/2026-11/tile/1/x001/234":                "tile acme 2026-11 1 1234 256",
		"/audit/acme/2026-11/tile/63/x999/x001/x234/067.p/1": "tile acme 2026-11 63 999001234067 1",
		"/audit/acme/2026-11/tile/entries/x001/x000/000":     "bundle acme 2026-11 1000000 256",
		"/audit/acme/2026-11/tile/entries/000.p/255":         "bundle acme 2026-11 0 255",
		"/audit/acme/export":                                 "{}\n",
	} {
		got := w.ask("acme reviewer", "GET", path, "")
		require.Equal(t, 200, got.status, path)
		require.Equal(t, want, got.body, path)
	}
	require.Contains(t, w.ask("acme admin", "GET", "/audit/acme/export", "").header["Content-Disposition"][0], "attachment; filename=audit-acme-")
}

// What is no name of a tile, and what is not there, is not found; nor is what
// is another tenant's, and whoever asks for that is counted.
func TestAuditNothingHere(t *testing.T) {
	w := newWorld(t)
	for _, tile := range []string{
		"0", "0/", "0/0", "0/00", "0/0000", "0/x000", "0/x000/000", "0/001/002", "0/x001/x002", "0/1000", "0/+01", "0/-01", "00/000", "+1/000", "64/000", "-1/000", "entry/000",
		"0/000.p", "0/000.p/", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/-1", "0/000.p/1/2", "0/x001/x001/x001/x001/x001/001", "entries", "entries/", "entries/x", "entries/%F0", "0/0%200", "0/٠٠٠",
	} {
		require.Equal(t, 404, w.ask("acme reviewer", "GET", "/audit/acme/2026-11/tile/"+tile, "").status, tile)
	}
	for _, path := range []string{"/audit/acme/2026-10/checkpoint", "/audit/acme/x/checkpoint", "/audit/acme/2026-10/tile/0/000", "/audit/acme", "/audit/"} {
		require.Equal(t, 404, w.ask("acme reviewer", "GET", path, "").status, path)
	}
	before := len(w.facts("acme", session.AccessDenied))
	for _, path := range []string{"checkpoint", "export", "2026-11/checkpoint", "2026-11/tile/0/000", "2026-11/tile/entries/000"} {
		theirs := w.ask("acme reviewer", "GET", "/audit/beta/"+path, "")
		require.Equal(t, 404, theirs.status, path)
		require.Equal(t, w.ask("acme reviewer", "GET", "/audit/nobody/"+path, "").body, theirs.body, path)
	}
	require.Greater(t, len(w.facts("acme", session.AccessDenied)), before)
	w.options.Audit = nil
	require.Equal(t, 404, w.ask("acme reviewer", "GET", "/audit/acme/checkpoint", "").status)
}

// threats.md L6: who reads the log, or takes it along, is in it before they
// have it; where that cannot be written, they get nothing. A program that looks
// again and again does not fill it.
func TestAuditReadIsAFact(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		for _, path := range []string{"facts", "facts/days", "facts/2026-11/0", "/audit/acme/2026-11/tile/entries/000"} {
			require.Equal(t, 200, w.ask("acme reviewer", "GET", path, "").status)
		}
	}
	require.Len(t, w.facts("acme", session.AuditRead), 1)
	require.Equal(t, 200, w.ask("acme admin", "GET", "facts", "").status)
	require.Len(t, w.facts("acme", session.AuditRead), 2, "who reads is told apart")
	require.NotEqual(t, w.facts("acme", session.AuditRead)[0].Actor, w.facts("acme", session.AuditRead)[1].Actor)
	w.at = w.at.Add(readsFor)
	require.Equal(t, 200, w.ask("acme reviewer", "GET", "/audit/acme/2026-11/tile/entries/000", "").status)
	require.Len(t, w.facts("acme", session.AuditRead), 3)
	for _, path := range []string{"/audit/acme/checkpoint", "/audit/acme/2026-11/tile/0/000"} {
		w.ask("beta reviewer", "GET", strings.Replace(path, "acme", "beta", 1), "")
	}
	require.Empty(t, w.facts("beta", session.AuditRead), "hashes say nothing")

	for range 2 {
		require.Equal(t, 200, w.ask("acme reviewer", "GET", "/audit/acme/export", "").status)
	}
	require.Len(t, w.facts("acme", session.AuditExported), 2, "each")

	w.at = w.at.Add(readsFor)
	w.store.deaf = ErrNotReady
	for _, path := range []string{"facts", "facts/days", "facts/2026-11/0", "/audit/acme/2026-11/tile/entries/000", "/audit/acme/export"} {
		got := w.ask("acme reviewer", "GET", path, "")
		require.Equal(t, 503, got.status, path)
		require.Equal(t, "store_not_ready", got.code())
	}
	require.Equal(t, 200, w.ask("acme reviewer", "GET", "/audit/acme/checkpoint", "").status, "a checkpoint is signed all the same")
}

// A log that cannot be read is no log that is not there.
func TestAuditDown(t *testing.T) {
	w := newWorld(t)
	w.options.Audit = &logs{down: ErrNotReady}
	for _, path := range []string{"checkpoint", "export", "2026-11/checkpoint", "2026-11/tile/0/000", "2026-11/tile/entries/000"} {
		got := w.ask("acme reviewer", "GET", "/audit/acme/"+path, "")
		require.Equal(t, 503, got.status, path)
		require.Equal(t, []string{"application/json"}, got.header["Content-Type"])
		require.Empty(t, got.header["Content-Disposition"])
	}
}
