package recorder

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/siem"
	"mayfly/session"
)

func behind(t *testing.T, r *Recorder, collector string) map[string]Behind {
	t.Helper()
	all, err := r.Behind(t.Context(), collector)
	require.NoError(t, err)
	out := map[string]Behind{}
	for _, b := range all {
		out[b.Tenant] = b
	}
	return out
}

// A collector's cursor begins at the first entry of every log, the gateway's
// own too, goes on and never back, is where it was when the database is opened
// again, and is nobody else's.
func TestCollectors(t *testing.T) {
	ctx, c, folder := t.Context(), newClock(), t.TempDir()
	r := open(t, folder, c)
	allow(t, r, "acme", "mia")
	allow(t, r, "beta", "mia")
	noted(t, r, "acme", session.SignedIn)
	noted(t, r, "", session.MasterKeyRotated)
	c.move(40 * 24 * time.Hour) // another log
	noted(t, r, "acme", session.SignedIn)

	all := behind(t, r, "soc")
	require.Len(t, all, 3)
	require.Zero(t, all["acme"].Number)
	require.Zero(t, all["acme"].Link)
	acme, err := r.Stretch(ctx, "acme", 0, 100)
	require.NoError(t, err)
	require.Len(t, acme, int(all["acme"].Last))
	records := siem.Stretch{Tenant: "acme", Last: all["acme"].Last, Entries: acme}.Events(false, c.now())
	require.Len(t, records, len(acme))
	for i, e := range records {
		require.NotEqual(t, siem.VerifyFailed, e.Kind)
		require.Equal(t, uint64(i)+1, e.First)
	}
	require.Equal(t, "acme/2026-11", records[0].Log)
	require.Equal(t, "acme/2027-01", records[len(records)-1].Log)

	link := siem.Link{UID: "acme/2", Type: 300401, Fingerprint: [32]byte{7}}
	require.NoError(t, r.Collected(ctx, "soc", "acme", 2, link))
	require.NoError(t, r.Collected(ctx, "soc", "", 1, siem.Link{UID: "~gateway/1"}))
	require.ErrorIs(t, r.Collected(ctx, "soc", "acme", 1, link), ErrNoCursor)
	rest, err := r.Stretch(ctx, "acme", 2, 100)
	require.NoError(t, err)
	require.Equal(t, acme[2:], rest)
	one, err := r.Stretch(ctx, "acme", 0, 1)
	require.NoError(t, err)
	require.Equal(t, acme[:1], one)
	require.NoError(t, r.Close())

	r = open(t, folder, c)
	again := behind(t, r, "soc")
	require.Equal(t, uint64(2), again["acme"].Number)
	require.Equal(t, link, again["acme"].Link)
	require.NotContains(t, again, "")
	require.Zero(t, behind(t, r, "other")["acme"].Number)

	require.NoError(t, r.KeepCollectors(ctx, []string{"soc", "other"}))
	require.Equal(t, again, behind(t, r, "soc"))
	require.NoError(t, r.KeepCollectors(ctx, []string{"other"}))
	require.Zero(t, behind(t, r, "soc")["acme"].Number)
}

// What somebody changed, emptied or took out of the database is told of to
// collectors; what was dropped at the end of its retention is told of as that.
// R65
func TestCollectorsAreToldOfChanges(t *testing.T) {
	ctx, c := t.Context(), newClock()
	r := open(t, t.TempDir(), c)
	allow(t, r, "acme", "mia")
	for range 6 {
		noted(t, r, "acme", session.RecordingForbidden)
	}
	last := behind(t, r, "soc")["acme"].Last
	kinds := func() (out []string) {
		entries, err := r.Stretch(ctx, "acme", 0, 100)
		require.NoError(t, err)
		for _, e := range (siem.Stretch{Tenant: "acme", Last: last, Entries: entries}).Events(false, c.now()) {
			out = append(out, e.Kind)
		}
		return out
	}
	clean := kinds()
	require.NotContains(t, clean, siem.VerifyFailed)
	file := r.store.Folder()
	require.NoError(t, r.Close())
	on(t, file+"/mayfly.db", "UPDATE audit_entry SET leaf = CAST(replace(CAST(leaf AS TEXT), 'recording_forbidden', 'recording_allowed') AS BLOB) WHERE n = 2")
	on(t, file+"/mayfly.db", "UPDATE audit_entry SET leaf = NULL WHERE n = 3")
	on(t, file+"/mayfly.db", "DELETE FROM audit_entry WHERE n = 4")
	on(t, file+"/mayfly.db", "UPDATE audit_entry SET leaf = NULL WHERE n < 2")
	on(t, file+"/mayfly.db", "UPDATE audit_log SET dropped = 2 WHERE tenant = 'acme'")
	r = open(t, file, c)
	require.Equal(t, append([]string{siem.EntriesGone, siem.VerifyFailed, siem.VerifyFailed, siem.VerifyFailed}, clean[5:]...), kinds())
}
