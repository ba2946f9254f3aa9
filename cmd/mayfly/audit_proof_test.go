package main

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"mayfly/gateway/admin"
	"mayfly/recorder"
	"mayfly/recorder/audit"
	"mayfly/session"
)

// twoMonths is a log of two months with what was published of it, and a
// database to do something to.
func twoMonths(t *testing.T) (*auditLog, *sql.DB) {
	t.Helper()
	folder := t.TempDir()
	now := time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	r, err := recorder.Open(t.Context(), recorder.Options{Folder: folder, Now: clock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	key, err := openAuditKey(folder, "")
	require.NoError(t, err)
	to, err := audit.OpenPublished(filepath.Join(folder, auditCheckpoints), key.by, key.public, clock)
	require.NoError(t, err)
	a := newAuditLog(r, to, newLogger(io.Discard, 0, false))
	for day := range 4 {
		for range 5 {
			noted := make(chan error, 1)
			r.Note("acme", session.Fact{Kind: session.KeyIssued, Object: newID()}, func(err error) { noted <- err })
			require.NoError(t, <-noted)
		}
		if day != 1 { // of one day nothing was published
			require.NoError(t, r.Checkpoints(t.Context(), to, a.tell))
		}
		now = now.Add(24 * time.Hour)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "mayfly.db")+"?_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return a, db
}

// A proof run over what is stored finds what was done to it, and where, and
// nothing in a log that was left alone. // R65, threats.md L1
func TestProofRunStored(t *testing.T) {
	const newest = `(SELECT id FROM audit_log WHERE tenant = 'acme' AND month = 202611)`
	for name, bad := range map[string]struct {
		change string
		why    string
		month  string
		index  int64
	}{
		"nothing":                     {"", "", "", 0},
		"a leaf is another":           {`UPDATE audit_entry SET leaf = replace(CAST(leaf AS TEXT), 'key_issued', 'key_revoked') WHERE log = ` + newest + ` AND n = 3`, "entry_changed", "2026-11", 3},
		"a leaf is gone":              {`UPDATE audit_entry SET leaf = NULL WHERE log = ` + newest + ` AND n = 4`, "entry_missing", "2026-11", 4},
		"an entry is gone":            {`DELETE FROM audit_entry WHERE log = ` + newest + ` AND n = 2`, "entry_missing", "2026-11", 2},
		"two are swapped":             {`UPDATE audit_entry SET n = CASE n WHEN 1 THEN -2 ELSE n END WHERE log = ` + newest, "entry_missing", "2026-11", 1},
		"a hash is another":           {`UPDATE audit_entry SET hashes = substr(hashes, 1, 32) || zeroblob(32) WHERE log = ` + newest + ` AND n = 1`, "tree_damaged", "2026-11", 1},
		"the end is cut off":          {`DELETE FROM audit_entry WHERE log = ` + newest + ` AND n >= 7; UPDATE audit_log SET size = 7 WHERE id = ` + newest, "log_disagrees", "2026-11", -1},
		"the newest month is gone":    {`DELETE FROM audit_entry WHERE log = ` + newest + `; DELETE FROM audit_log WHERE id = ` + newest, "log_disagrees", "2026-11", -1},
		"the oldest month is gone":    {`DELETE FROM audit_entry WHERE log <> ` + newest + `; DELETE FROM audit_log WHERE tenant = 'acme' AND id <> ` + newest, "log_missing", "2026-11", -1},
		"all are gone":                {`DELETE FROM audit_entry; DELETE FROM audit_log`, "log_missing", "2026-10", -1},
		"young ones are wiped":        {`UPDATE audit_entry SET leaf = NULL WHERE log <> ` + newest + `; UPDATE audit_log SET dropped = size WHERE id <> ` + newest, "dropped_early", "2026-10", 0},
		"it says that it has nothing": {`UPDATE audit_log SET size = 0 WHERE id = ` + newest, "malformed", "", -1},
	} {
		t.Run(name, func(t *testing.T) {
			a, db := twoMonths(t)
			if bad.why == "dropped_early" { // the gateway signs it: to it the log grew
				noted := make(chan error, 1)
				a.recorder.Note("acme", session.Fact{Kind: session.AuditPruned, Before: 10, Count: 10}, func(err error) { noted <- err })
				require.NoError(t, <-noted)
			}
			_, err := db.Exec(bad.change)
			require.NoError(t, err)
			var told []string
			a.disagrees = func(log string) { told = append(told, log) }
			v, err := a.VerifyAudit(t.Context(), "acme")
			require.NoError(t, err)
			if bad.why == "" {
				require.Nil(t, v.Bad)
				require.Empty(t, told)
				require.EqualValues(t, 20, v.Recomputed)
				require.Equal(t, 4, v.Checkpoints, "two of October, two of November")
				require.Zero(t, v.Dropped+v.Stored)
				return
			}
			require.NotNil(t, v.Bad)
			require.Equal(t, [2]any{bad.why, bad.month}, [2]any{v.Bad.Why, v.Bad.Month}, "%+v", v.Bad)
			require.Equal(t, bad.index, v.Bad.Index)
			require.NotZero(t, v.Bad.Number)
			if bad.month != "" {
				require.Equal(t, []string{"acme/" + bad.month}, told, "it is an incident")
			}
			if bad.index < 0 {
				return // an export alone does not show it
			}
			// The command says the same of the export.
			var export bytes.Buffer
			require.NoError(t, a.AuditExport(t.Context(), "acme", &export))
			_, err = audit.Verify(&export, a.to.Known(), nil)
			var entry *audit.BadEntry
			require.ErrorAs(t, err, &entry)
			require.Equal(t, bad.index, entry.Index)
			require.Equal(t, bad.why, wrongWord(err))
		})
	}
}

// A fact is proved as long as its log agrees with what was published, and else
// that is said. One that is not there is told apart from a log that is not.
func TestFactProofStored(t *testing.T) { // R65
	a, db := twoMonths(t)
	ctx := t.Context()
	p, err := a.AuditProof(ctx, "acme", "2026-11", 3)
	require.NoError(t, err)
	require.Empty(t, p.Wrong)
	require.Equal(t, "key_issued", p.Fact.Fact.Kind.String())
	require.EqualValues(t, 3, p.Fact.Index)
	c, err := audit.OpenCheckpoint(p.Checkpoint, a.to.Known())
	require.NoError(t, err)
	require.Equal(t, "acme/2026-11", c.Log)
	require.Equal(t, p.Size, c.Size)
	require.Equal(t, p.Root, c.Root)
	var path tlog.RecordProof
	for _, h := range p.Path {
		path = append(path, h)
	}
	require.NoError(t, tlog.CheckRecord(path, p.Size, p.Root, 3, tlog.RecordHash(p.Leaf)))
	require.Error(t, tlog.CheckRecord(path, p.Size, p.Root, 2, tlog.RecordHash(p.Leaf)))

	for _, month := range []string{"2026-09", "x", "", "2026-11-01"} {
		_, err = a.AuditProof(ctx, "acme", month, 0)
		require.ErrorIs(t, err, admin.ErrUnknown)
		require.NotErrorIs(t, err, admin.ErrNoEntry)
	}
	_, err = a.AuditProof(ctx, "acme", "2026-11", p.Size)
	require.ErrorIs(t, err, admin.ErrNoEntry)

	kept, err := a.AuditCheckpoints(ctx, "acme")
	require.NoError(t, err)
	var days []string
	for _, k := range kept {
		c, err := audit.OpenCheckpoint(k.Note, a.to.Known())
		require.NoError(t, err)
		require.Equal(t, [2]any{k.Size, k.Root}, [2]any{c.Size, c.Root})
		days = append(days, k.Month+" "+k.Day)
	}
	require.Equal(t, []string{"2026-10 2026-10-30", "2026-10 2026-11-01", "2026-11 2026-11-01", "2026-11 2026-11-02"}, days)
	none, err := a.AuditCheckpoints(ctx, "beta")
	require.NoError(t, err)
	require.Empty(t, none)
	none, err = a.AuditCheckpoints(ctx, "../..")
	require.NoError(t, err)
	require.Empty(t, none)

	_, err = db.Exec(`UPDATE audit_entry SET hashes = zeroblob(length(hashes)) WHERE n = 2`)
	require.NoError(t, err)
	p, err = a.AuditProof(ctx, "acme", "2026-11", 3)
	require.NoError(t, err)
	require.Equal(t, "tree_damaged", p.Wrong)
	require.NotEmpty(t, p.Checkpoint, "the last that was published")
	p, err = a.AuditProof(ctx, "acme", "2026-11", 2)
	require.NoError(t, err)
	require.Equal(t, "entry_changed", p.Wrong)
	require.NotNil(t, p.Fact, "what is there is shown")

	// One that cannot be read is listed as that, and does not hide the others.
	_, err = db.Exec(`UPDATE audit_entry SET leaf = x'00' WHERE n = 1`)
	require.NoError(t, err)
	facts, err := adminStore{a.recorder}.LoggedFacts(ctx, "acme", admin.FactQuery{}, 0, 100)
	require.NoError(t, err)
	require.Len(t, facts, 20)
	require.True(t, facts[18].Damaged)
	require.False(t, facts[19].Damaged)
}

// R65, threats.md L1 and L6: a reviewer finds what an admin did a minute ago,
// proves it, and runs a verification that agrees with that of the command.
func TestReviewer(t *testing.T) {
	a := newAudited(t)
	ask := func(key, method, path, body string, v any) int {
		r, err := http.NewRequest(method, a.url+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+key)
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		res, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer res.Body.Close()
		require.NoError(t, json.NewDecoder(res.Body).Decode(v))
		return res.StatusCode
	}
	var any map[string]any
	require.Equal(t, 200, ask(auditAdmin, "PUT", "/v1/admin/recording/off", `{"reason":"an incident"}`, &any))
	var page struct {
		Facts []struct {
			Month string
			Index int64
			Kind  string
		}
	}
	require.Equal(t, 200, ask(auditReviewer, "GET", "/v1/admin/facts?kind=recording_forced_off,recording_released", "", &page))
	require.Len(t, page.Facts, 1)
	found := page.Facts[0]
	at := fmt.Sprintf("/v1/admin/facts/%s/%d", found.Month, found.Index)
	var p struct {
		Leaf, Root, Checkpoint string
		Proof                  []string
		Size                   int64
		Wrong                  string
	}
	require.Equal(t, 200, ask(auditReviewer, "GET", at, "", &p))
	require.Empty(t, p.Wrong)
	data := func(s string) []byte {
		b, err := base64.StdEncoding.DecodeString(s)
		require.NoError(t, err)
		return b
	}
	var path tlog.RecordProof
	for _, h := range p.Proof {
		path = append(path, tlog.Hash(data(h)))
	}
	require.Contains(t, string(data(p.Leaf)), `"kind":"recording_forced_off"`)
	require.NoError(t, tlog.CheckRecord(path, p.Size, tlog.Hash(data(p.Root)), found.Index, tlog.RecordHash(data(p.Leaf))))
	_, public := a.get("", "/.well-known/mayfly-audit-keys.txt")
	known, err := audit.ParseKeys(string(public))
	require.NoError(t, err)
	c, err := audit.OpenCheckpoint([]byte(p.Checkpoint), known)
	require.NoError(t, err)
	require.Equal(t, data(p.Root), c.Root[:])

	var days struct {
		Days []struct{ Kinds map[string]uint64 }
	}
	require.Equal(t, 200, ask(auditReviewer, "GET", "/v1/admin/facts/days?kind=recording_forced_off", "", &days))
	require.Len(t, days.Days, 1)
	require.EqualValues(t, 1, days.Days[0].Kinds["recording_forced_off"])

	var ran struct {
		Result     string
		Recomputed uint64
	}
	require.Equal(t, 200, ask(auditReviewer, "POST", "/v1/admin/audit/verify", "", &ran))
	require.Equal(t, "good", ran.Result)
	key := file(t, "key.txt", string(public))
	_, taken := a.get(auditReviewer, "/audit/acme/export")
	out, err := verifyAudit(file(t, "audit.jsonl", string(taken)), "--key", key)
	require.NoError(t, err)
	require.Contains(t, out, fmt.Sprintf("Recomputed from what they say: %d.", ran.Recomputed+2), "with the facts of the run and of the export")
	require.Contains(t, string(taken), `"kind":"audit_verified"`)
}
