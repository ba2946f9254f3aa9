package audit

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"mayfly/session"
)

// No clean log raises an alarm, however long, with all checkpoints that were
// ever published of it.
func TestVerifyClean(t *testing.T) { // R65
	ctx := context.Background()
	s, known := signer(t)
	n := int(1000 * *scale)
	entries := 0
	for i := range n {
		r := rand.New(rand.NewPCG(6, uint64(i)))
		db := database(t)
		var earlier []Checkpoint
		for range 1 + r.IntN(3) {
			fill(t, db, r, "acme", 1+r.IntN(12))
			earlier = append(earlier, published(t, db, s)...)
		}
		if r.IntN(4) == 0 {
			inTx(t, db, func(tx *sql.Tx) error {
				now := november.Add(Retention - time.Duration(r.IntN(100*24))*time.Hour)
				_, err := Prune(ctx, tx, "acme", now, now.Add(-Retention), 1+r.IntN(20))
				return err
			})
		}
		latest := map[string][]byte{}
		for _, c := range published(t, db, s) { // with the fact about what was dropped
			latest[c.Log], _ = c.sign(s)
		}
		report, err := Verify(reader(export(t, db, "acme", latest)), known, earlier)
		require.NoError(t, err, "log %d", i)
		require.Equal(t, len(earlier), report.Agreed)
		require.NotZero(t, report.Signed)
		entries += int(report.entries())
		require.NoError(t, db.Close())
	}
	t.Logf("%d logs, %d entries, no false alarm", n, entries)
}

// published is a checkpoint of every log as it is now.
func published(t testing.TB, db *sql.DB, s note.Signer) (all []Checkpoint) {
	t.Helper()
	ctx := context.Background()
	logs, err := Logs(ctx, db, "acme")
	require.NoError(t, err)
	for _, l := range logs {
		c, _, err := Publish(ctx, db, l, Checkpoint{}, s)
		require.NoError(t, err)
		all = append(all, c)
	}
	return all
}

// rewrite makes all that follows from the leaves anew, as somebody does who
// has the database and knows how it works: hashes, sizes, and what the first
// entry of a log says about the one before.
func rewrite(t testing.TB, db *sql.DB) {
	t.Helper()
	ctx := context.Background()
	logs, err := Logs(ctx, db, "acme")
	require.NoError(t, err)
	prior, base := Head{}, uint64(0)
	inTx(t, db, func(tx *sql.Tx) error {
		for _, l := range logs {
			rows, err := numbered(tx.Query(`SELECT n, leaf FROM audit_entry WHERE log = $1 AND leaf IS NOT NULL`, l.id))
			if err != nil {
				return err
			}
			var kept [][]byte
			for n := range l.Size {
				if data, ok := rows[n]; ok {
					kept = append(kept, data)
				}
			}
			if _, err := tx.Exec(`DELETE FROM audit_entry WHERE log = $1`, l.id); err != nil {
				return err
			}
			if len(kept) == 0 {
				if _, err := tx.Exec(`DELETE FROM audit_log WHERE id = $1`, l.id); err != nil {
					return err
				}
				continue
			}
			w := &writer{ctx: ctx, tx: tx, log: l, prior: prior}
			w.log.Size = 0
			for _, data := range kept {
				leaf, err := ParseLeaf(data)
				if err != nil {
					return err
				}
				if err := w.addLeaf(leaf); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(`UPDATE audit_log SET size = 0, base = $1 WHERE id = $2`, base, l.id); err != nil {
				return err
			}
			if err := w.end(); err != nil {
				return err
			}
			w.log.Base = base
			head, err := HeadOf(ctx, tx, w.log)
			if err != nil {
				return err
			}
			prior, base = head, base+uint64(w.log.Size)
		}
		return nil
	})
}

// meddle changes something of the leaves: an edit, a drop, a swap, the end cut
// off. It says which entry, counted through all logs, is the first that is not
// what was written.
func meddle(t testing.TB, db *sql.DB, r *rand.Rand, how string) (log string, index int64) {
	t.Helper()
	exec := func(query string, args ...any) {
		res, err := db.Exec(query, args...)
		require.NoError(t, err)
		n, err := res.RowsAffected()
		require.NoError(t, err)
		require.NotZero(t, n)
	}
	logs, err := Logs(context.Background(), db, "acme")
	require.NoError(t, err)
	l := logs[r.IntN(len(logs))]
	n := r.Int64N(l.Size)
	data := func(n int64) (b []byte) {
		require.NoError(t, db.QueryRow(`SELECT leaf FROM audit_entry WHERE log = $1 AND n = $2`, l.id, n).Scan(&b))
		return b
	}
	switch how {
	case "flip a bit":
		b := data(n)
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		exec(`UPDATE audit_entry SET leaf = $1 WHERE log = $2 AND n = $3`, b, l.id, n)
	case "edit":
		leaf, err := ParseLeaf(data(n))
		require.NoError(t, err)
		leaf.Fact.Count++
		b, err := leaf.AppendTo(nil)
		require.NoError(t, err)
		exec(`UPDATE audit_entry SET leaf = $1 WHERE log = $2 AND n = $3`, b, l.id, n)
	case "drop":
		exec(`UPDATE audit_entry SET leaf = NULL WHERE log = $1 AND n = $2`, l.id, n)
	case "swap":
		if l.Size == 1 {
			return meddle(t, db, r, how)
		}
		m := r.Int64N(l.Size)
		for m == n {
			m = r.Int64N(l.Size)
		}
		a, b := data(n), data(m)
		exec(`UPDATE audit_entry SET leaf = $1 WHERE log = $2 AND n = $3`, a, l.id, m)
		exec(`UPDATE audit_entry SET leaf = $1 WHERE log = $2 AND n = $3`, b, l.id, n)
		n = min(n, m)
	case "wipe": // from the oldest on, as retention does, and as far as n
		exec(`UPDATE audit_entry SET leaf = NULL, session = NULL WHERE log < $1 OR log = $1 AND n <= $2`, l.id, n)
		exec(`UPDATE audit_log SET dropped = CASE id WHEN $1 THEN $2 ELSE size END WHERE id <= $1`, l.id, n+1)
		return logs[0].Name(), 0
	case "truncate":
		exec(`DELETE FROM audit_entry WHERE log = $1 AND n >= $2`, l.id, n)
	default:
		t.Fatal(how)
	}
	return l.Name(), n
}

var meddlings = []string{"flip a bit", "edit", "drop", "swap", "truncate"}

// sample is a log of several months with some checkpoints of its youth.
func sample(t testing.TB, r *rand.Rand, s note.Signer) (*sql.DB, []Checkpoint) {
	t.Helper()
	db := database(t)
	var earlier []Checkpoint
	for range 2 {
		fill(t, db, r, "acme", 4+r.IntN(16))
		earlier = append(earlier, published(t, db, s)...)
	}
	return db, earlier
}

// Whoever changes entries without knowing how the log works is found out by
// the export alone, and the entry is named.
func TestVerifyMeddled(t *testing.T) { // R65
	s, _ := signer(t)
	n := int(400 * *scale)
	for i := range n {
		r := rand.New(rand.NewPCG(7, uint64(i)))
		db, _ := sample(t, r, s)
		how := meddlings[i%len(meddlings)]
		log, index := meddle(t, db, r, how)
		_, err := Verify(reader(export(t, db, "acme", nil)), nil, nil)
		var bad *BadEntry
		require.True(t, errors.As(err, &bad), "%d %s %s %d: %v", i, how, log, index, err)
		require.Equal(t, BadEntry{Log: log, Index: index}, BadEntry{Log: bad.Log, Index: bad.Index}, "%s: %v", how, err)
		require.NoError(t, db.Close())
	}
	t.Logf("%d logs, each meddled with and caught", n)
}

// A stored hash that was changed, a size, a base and a root are found out too.
func TestVerifyHashes(t *testing.T) {
	s, _ := signer(t)
	n := int(200 * *scale)
	for i := range n {
		r := rand.New(rand.NewPCG(8, uint64(i)))
		db, _ := sample(t, r, s)
		switch i % 4 {
		case 0:
			_, err := db.Exec(`UPDATE audit_entry SET hashes = randomblob(length(hashes)) WHERE (log, n) IN (SELECT log, n FROM audit_entry ORDER BY random() LIMIT 1)`)
			require.NoError(t, err)
		case 1:
			_, err := db.Exec(`UPDATE audit_entry SET hashes = '' WHERE (log, n) IN (SELECT log, n FROM audit_entry ORDER BY random() LIMIT 1)`)
			require.NoError(t, err)
		case 2:
			_, err := db.Exec(`UPDATE audit_log SET base = base + 1 WHERE id = (SELECT id FROM audit_log ORDER BY random() LIMIT 1)`)
			require.NoError(t, err)
		case 3:
			_, err := db.Exec(`UPDATE audit_log SET size = size + 1 WHERE id = (SELECT id FROM audit_log ORDER BY random() LIMIT 1)`)
			require.NoError(t, err)
		}
		_, err := Verify(reader(export(t, db, "acme", nil)), nil, nil)
		require.Error(t, err, "%d", i)
		require.NoError(t, db.Close())
	}
	t.Logf("%d logs", n)
}

// Whoever has the database and knows how the log works can write it anew: then
// the checkpoint in the export shows it, which was signed when it was
// published, and so does any earlier one that somebody else has. Cutting the
// end off, checkpoint and all, is found by an earlier one only.
func TestVerifyRewritten(t *testing.T) { // R65
	s, known := signer(t)
	n := int(300 * *scale)
	for i := range n {
		r := rand.New(rand.NewPCG(9, uint64(i)))
		db, earlier := sample(t, r, s)
		signed := map[string][]byte{}
		for _, c := range earlier {
			signed[c.Log], _ = c.sign(s)
		}
		how := meddlings[1+i%4]
		log, _ := meddle(t, db, r, how)
		rewrite(t, db)
		logs, err := Logs(context.Background(), db, "acme")
		require.NoError(t, err)
		if len(logs) == 0 {
			continue // nothing is left to export, which says enough
		}
		// What was alone in the newest log is its end, cut off with the log.
		cut := how == "truncate" || logs[len(logs)-1].Name() < log
		file := export(t, db, "acme", nil)
		_, err = Verify(reader(file), nil, nil)
		require.NoError(t, err, "%s: by itself it must look whole, or the attack is not one", how)
		_, err = Verify(reader(file), known, nil)
		require.ErrorIs(t, err, ErrUnsigned)

		var bad *BadEntry
		_, err = Verify(reader(file), known, earlier)
		require.ErrorIs(t, err, ErrDisagrees, "%s", how)
		require.True(t, errors.As(err, &bad))
		if !cut {
			require.Equal(t, log, bad.Log)
			_, err = Verify(reader(export(t, db, "acme", signed)), known, nil)
			require.ErrorIs(t, err, ErrDisagrees, "%s", how)
		}
		require.NoError(t, db.Close())
	}
	t.Logf("%d logs, each written anew and caught", n)
}

// A month cannot be left out, nor replaced: each log begins with what the one
// before came to.
func TestVerifyMonthLeftOut(t *testing.T) { // R65
	r := rand.New(rand.NewPCG(16, 16))
	months := func() *sql.DB {
		db := database(t)
		for month := range 4 {
			for range 3 {
				append1(t, db, "acme", november.AddDate(0, month-3, 0), fact(r))
			}
		}
		return db
	}
	exec := func(db *sql.DB, queries ...string) {
		for _, q := range queries {
			_, err := db.Exec(q)
			require.NoError(t, err)
		}
	}
	gone := []string{`DELETE FROM audit_entry WHERE log = (SELECT id FROM audit_log WHERE month = 202609)`, `DELETE FROM audit_log WHERE month = 202609`}
	for _, step := range []struct {
		more []string
		want error
	}{
		{nil, ErrGap},
		{[]string{`UPDATE audit_log SET base = base - 3 WHERE month > 202609`}, ErrPrior},
	} {
		db := months()
		exec(db, append(gone, step.more...)...)
		_, err := Verify(reader(export(t, db, "acme", nil)), nil, nil)
		require.ErrorIs(t, err, step.want)
	}
	// The same month of somebody else's log, whole in itself.
	db, other := months(), months()
	rows, err := other.Query(`SELECT n, hashes, leaf FROM audit_entry WHERE log = (SELECT id FROM audit_log WHERE month = 202609)`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var x row
		require.NoError(t, rows.Scan(&x.n, &x.hashes, &x.leaf))
		_, err := db.Exec(`UPDATE audit_entry SET hashes = $1, leaf = $2 WHERE n = $3 AND log = (SELECT id FROM audit_log WHERE month = 202609)`, x.hashes, x.leaf, x.n)
		require.NoError(t, err)
	}
	_, err = Verify(reader(export(t, db, "acme", nil)), nil, nil)
	require.ErrorIs(t, err, ErrPrior)
}

// An attacker's own key signs nothing that counts.
func TestVerifyForgedCheckpoint(t *testing.T) {
	s, known := signer(t)
	forger, _ := signer(t) // the same name, another key
	db, earlier := sample(t, rand.New(rand.NewPCG(10, 10)), s)
	good, forged := map[string][]byte{}, map[string][]byte{}
	for _, c := range earlier {
		good[c.Log], _ = c.sign(s)
		forged[c.Log], _ = c.sign(forger)
	}
	report, err := Verify(reader(export(t, db, "acme", good)), known, nil)
	require.NoError(t, err)
	require.Equal(t, report.entries(), report.Signed)
	_, err = Verify(reader(export(t, db, "acme", forged)), known, nil)
	require.ErrorIs(t, err, ErrCheckpoint)
	last := earlier[len(earlier)-1]
	moved := map[string][]byte{earlier[0].Log: good[last.Log]}
	_, err = Verify(reader(export(t, db, "acme", moved)), known, nil)
	require.ErrorIs(t, err, ErrDisagrees)
}

// What is published must have grown out of what was published last.
func TestPublish(t *testing.T) {
	ctx := context.Background()
	s, known := signer(t)
	r := rand.New(rand.NewPCG(11, 11))
	db := database(t)
	for range 5 {
		append1(t, db, "acme", november, fact(r))
	}
	logs, err := Logs(ctx, db, "acme")
	require.NoError(t, err)
	first, signed, err := Publish(ctx, db, logs[0], Checkpoint{}, s)
	require.NoError(t, err)
	opened, err := OpenCheckpoint(signed, known)
	require.NoError(t, err)
	require.Equal(t, first, opened)
	require.Regexp(t, `^example.org/audit/acme/2026-11\n5\n[A-Za-z0-9+/]{43}=\n\n— example.org/audit [A-Za-z0-9+/]+=*\n$`, string(signed))

	append1(t, db, "acme", november, fact(r))
	logs, err = Logs(ctx, db, "acme")
	require.NoError(t, err)
	second, _, err := Publish(ctx, db, logs[0], first, s)
	require.NoError(t, err)
	require.EqualValues(t, 6, second.Size)

	meddle(t, db, r, "edit")
	rewrite(t, db)
	logs, err = Logs(ctx, db, "acme")
	require.NoError(t, err)
	_, _, err = Publish(ctx, db, logs[0], second, s)
	require.ErrorIs(t, err, ErrDisagrees)
	logs[0].Size = 5
	_, _, err = Publish(ctx, db, logs[0], second, s)
	require.ErrorIs(t, err, ErrDisagrees, "a log does not shrink")

	for i := range signed {
		b := bytes.Clone(signed)
		b[i] ^= 1
		if c, err := OpenCheckpoint(b, known); err == nil {
			require.Equal(t, first, c, "byte %d", i)
		}
	}
	for _, text := range []string{"", "x", "example.org/audit/acme/2026-11\n5\n"} {
		_, err := OpenCheckpoint([]byte(text), known)
		require.ErrorIs(t, err, ErrCheckpoint)
	}
}

// A file that was cut, or has something changed in it, is never called good,
// and what is wrong has a name.
func TestVerifyDamagedFile(t *testing.T) {
	s, _ := signer(t)
	db, earlier := sample(t, rand.New(rand.NewPCG(12, 12)), s)
	good := export(t, db, "acme", nil)
	for cut := range good {
		_, err := Verify(reader(good[:cut]), nil, nil)
		if cut <= bytes.IndexByte(good, '\n') {
			require.ErrorIs(t, err, ErrNotAnAudit, "%d of %d", cut, len(good))
		} else {
			require.ErrorIs(t, err, ErrTruncated, "%d of %d", cut, len(good))
		}
	}
	r := rand.New(rand.NewPCG(13, 13))
	n := int(4000 * *scale)
	for range n {
		b := bytes.Clone(good)
		i := r.IntN(len(b))
		b[i] ^= 1 << r.IntN(8)
		if _, err := Verify(reader(b), nil, earlier); err == nil {
			t.Errorf("byte %d changed from %q to %q is not seen: %s", i, good[i], b[i], lineOf(b, i))
		}
	}
	for _, more := range []string{"{}\n", "{}", "\n", "\r"} {
		_, err := Verify(reader(append(bytes.Clone(good), more...)), nil, nil)
		require.ErrorIs(t, err, ErrNotAnAudit)
	}
	_, err := Verify(reader(nil), nil, nil)
	require.ErrorIs(t, err, ErrNotAnAudit)
	t.Logf("%d cuts, %d flips", len(good), n)
}

// Lines that were moved or doubled are named as that, and not as an export that
// ends too early.
func TestVerifyLinesOutOfOrder(t *testing.T) {
	db := database(t)
	for range 5 {
		append1(t, db, "acme", november, session.Fact{Kind: session.SignedIn})
	}
	lines := bytes.SplitAfter(export(t, db, "acme", nil), []byte("\n")) // two come before the entries
	for name, change := range map[string]func([][]byte) [][]byte{
		"swapped":  func(l [][]byte) [][]byte { l[4], l[5] = l[5], l[4]; return l },
		"doubled":  func(l [][]byte) [][]byte { return slices.Insert(l, 4, l[3]) },
		"left out": func(l [][]byte) [][]byte { return slices.Delete(l, 4, 5) },
	} {
		_, err := Verify(reader(bytes.Join(change(slices.Clone(lines)), nil)), nil, nil)
		require.ErrorIs(t, err, ErrOrder, name)
		require.ErrorContains(t, err, "acme/2026-11, entry 2: ", name)
		require.NotErrorIs(t, err, ErrTruncated)
	}
}

func lineOf(b []byte, i int) []byte {
	from := bytes.LastIndexByte(b[:i], '\n') + 1
	line, _, _ := bytes.Cut(b[from:], []byte("\n"))
	return line
}

// FuzzVerify: no file makes Verify fail in another way than with an error.
func FuzzVerify(f *testing.F) {
	db := database(f)
	fill(f, db, rand.New(rand.NewPCG(14, 14)), "acme", 9)
	f.Add(export(f, db, "acme", nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = Verify(reader(data), nil, nil)
	})
}

// The oldest entries go and their hashes stay: what is left verifies, the
// three counts say which fact dropped what, and proofs still hold.
func TestPrune(t *testing.T) { // R66, R16
	ctx := context.Background()
	s, _ := signer(t)
	db := database(t)
	r := rand.New(rand.NewPCG(15, 15))
	day := november.AddDate(0, -2, 0)
	for range 60 {
		append1(t, db, "acme", day, fact(r))
		day = day.AddDate(0, 0, 1)
	}
	earlier := published(t, db, s)
	var now time.Time
	prune := func(cutoff int, limit int) (n int) {
		inTx(t, db, func(tx *sql.Tx) (err error) {
			now = november.AddDate(0, -2, cutoff).Add(Retention)
			n, err = Prune(ctx, tx, "acme", now, now.Add(-Retention), limit)
			return err
		})
		return n
	}
	prunable := func(cutoff int) bool {
		ok, err := Prunable(ctx, db, "acme", november.AddDate(0, -2, cutoff))
		require.NoError(t, err)
		return ok
	}
	require.False(t, prunable(0))
	require.Zero(t, prune(0, 100), "nothing is old enough")
	require.True(t, prunable(10))
	require.Equal(t, 10, prune(10, 100))
	require.Zero(t, prune(10, 100), "once")
	require.False(t, prunable(10))
	require.Equal(t, 7, prune(20, 7), "no more than asked for")
	require.Equal(t, 3, prune(20, 7))
	require.Zero(t, prune(-1000, 7), "a clock that went back drops nothing")

	report, err := Verify(reader(export(t, db, "acme", nil)), nil, earlier)
	require.NoError(t, err)
	require.Equal(t, []Drop{{61, 10}, {62, 7}, {63, 3}}, report.DroppedBy)
	require.EqualValues(t, 43, report.Recomputed)
	require.EqualValues(t, 20, report.Dropped)
	require.Zero(t, report.Stored)

	entries, err := Entries(ctx, db, "acme", 0, 0)
	require.NoError(t, err)
	require.Len(t, entries, 43)
	require.Equal(t, session.AuditPruned, entries[0].Fact.Kind)
	require.EqualValues(t, 21, entries[42].Number)

	// The facts that said so go too, at last: their hashes are what is left.
	now = day.Add(2 * Retention)
	append1(t, db, "acme", now, session.Fact{Kind: session.TenantChanged})
	inTx(t, db, func(tx *sql.Tx) error {
		n, err := Prune(ctx, tx, "acme", now, now.Add(-Retention), 1000)
		require.Equal(t, 43, n)
		return err
	})
	report, err = Verify(reader(export(t, db, "acme", nil)), nil, earlier)
	require.NoError(t, err)
	require.EqualValues(t, 2, report.Recomputed)
	require.EqualValues(t, 43, report.Dropped)
	require.EqualValues(t, 20, report.Stored)
	require.EqualValues(t, 65, report.entries())

	// One more, and it was not mayfly.
	_, err = db.Exec(`UPDATE audit_entry SET leaf = NULL WHERE (log, n) IN (SELECT log, n FROM audit_entry WHERE leaf IS NOT NULL ORDER BY log, n LIMIT 1)`)
	require.NoError(t, err)
	_, err = Verify(reader(export(t, db, "acme", nil)), nil, earlier)
	require.ErrorIs(t, err, ErrMissing)
}

// Entries that are missing although a fact says that others were dropped.
func TestPruneIsNoExcuse(t *testing.T) {
	ctx := context.Background()
	db := database(t)
	for range 20 {
		append1(t, db, "acme", november, session.Fact{Kind: session.SignedIn})
	}
	inTx(t, db, func(tx *sql.Tx) error {
		_, err := Prune(ctx, tx, "acme", november.Add(Retention+time.Hour), november.Add(time.Hour), 5)
		return err
	})
	for _, n := range []int{5, 12, 19} {
		var data []byte
		require.NoError(t, db.QueryRow(`SELECT leaf FROM audit_entry WHERE n = $1`, n).Scan(&data))
		_, err := db.Exec(`UPDATE audit_entry SET leaf = NULL WHERE n = $1`, n)
		require.NoError(t, err)
		_, err = Verify(reader(export(t, db, "acme", nil)), nil, nil)
		var bad *BadEntry
		require.True(t, errors.As(err, &bad))
		require.ErrorIs(t, err, ErrMissing)
		require.EqualValues(t, n, bad.Index)
		_, err = db.Exec(`UPDATE audit_entry SET leaf = $1 WHERE n = $2`, data, n)
		require.NoError(t, err)
	}
	for _, f := range []session.Fact{{Before: 100, Count: 1}, {Before: 3, Count: 4}} {
		f.Kind = session.AuditPruned
		append1(t, db, "acme", november, f)
		_, err := Verify(reader(export(t, db, "acme", nil)), nil, nil)
		require.ErrorIs(t, err, ErrMalformed)
		inTx(t, db, func(tx *sql.Tx) error { // take it back
			for _, q := range []string{`DELETE FROM audit_entry WHERE n = 1 AND log = (SELECT max(id) FROM audit_log)`, `UPDATE audit_log SET size = 1 WHERE id = (SELECT max(id) FROM audit_log)`} {
				if _, err := tx.Exec(q); err != nil {
					return err
				}
			}
			return nil
		})
	}
}
