package audit

import (
	"cmp"
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

// attacks is how many logs each attacker has a go at: 10,000 with -scale 50.
func attacks() int { return int(200 * *scale) }

// testDB is a log with what was published of it.
type testDB struct {
	*sql.DB
	t       testing.TB
	earlier []Checkpoint      // all
	latest  map[string][]byte // as the gateway has them, by the log's name
}

// victim is a log with all checkpoints that were ever published of it, and the
// last of each log as the gateway has them.
func victim(t testing.TB, r *rand.Rand, s note.Signer) (db *testDB) {
	t.Helper()
	db = &testDB{t: t, latest: map[string][]byte{}}
	db.DB, db.earlier = sample(t, r, s)
	for _, c := range db.earlier {
		db.latest[c.Log], _ = c.sign(s)
	}
	return db
}

// check exports and verifies it.
func (db *testDB) check(known note.Verifiers, earlier ...Checkpoint) error {
	_, err := Verify(reader(export(db.t, db.DB, "acme", db.latest)), known, earlier)
	return err
}

// No false alarm: a log that nobody touched verifies, with every checkpoint.
func TestAttackedByNobody(t *testing.T) { // R65
	s, known := signer(t)
	for i := range attacks() {
		db := victim(t, rand.New(rand.NewPCG(20, uint64(i))), s)
		require.NoError(t, db.check(known, db.earlier...), "log %d", i)
		require.NoError(t, db.Close())
	}
	t.Logf("%d logs that nobody touched, no alarm", attacks())
}

// The first attacker has the database and edits, drops, swaps or cuts without
// knowing how the log works. Always caught, by the export alone.
func TestAttackBlind(t *testing.T) { // R65
	s, known := signer(t)
	for i := range attacks() {
		r := rand.New(rand.NewPCG(21, uint64(i)))
		db := victim(t, r, s)
		how := append(meddlings, "wipe")[i%(len(meddlings)+1)]
		log, index := meddle(t, db.DB, r, how)
		var bad *BadEntry
		err := db.check(known)
		require.True(t, errors.As(err, &bad), "%d %s: %v", i, how, err)
		require.Equal(t, BadEntry{Log: log, Index: index}, BadEntry{Log: bad.Log, Index: bad.Index}, "%s: %v", how, err)
		require.NoError(t, db.Close())
	}
	t.Logf("%d logs, each meddled with blindly and caught", attacks())
}

// The second has the database, knows how the log works and makes leaves, tree
// and heads anew, but has no key: the checkpoints are what there was, or none,
// or signed by a key of the attacker's own. Always caught, by the public key.
func TestAttackWithoutKey(t *testing.T) { // R65
	s, known := signer(t)
	own, _ := signer(t)
	for i := range attacks() {
		r := rand.New(rand.NewPCG(22, uint64(i)))
		db := victim(t, r, s)
		if i%5 == 4 {
			db.excuse(r, s)
			var bad *BadEntry
			require.ErrorAs(t, db.check(known), &bad, "log %d: what is young was not dropped", i)
			require.ErrorAs(t, db.check(known, db.earlier...), &bad)
			require.NoError(t, db.Close())
			continue
		}
		how := meddlings[1+i%4]
		meddle(t, db.DB, r, how)
		rewrite(t, db.DB)
		heads := db.heads()
		if len(heads) == 0 {
			continue // nothing is left to export, which says enough
		}
		want := []error{ErrDisagrees}
		switch i % 3 {
		case 1:
			db.latest, want = nil, []error{ErrUnsigned}
		case 2:
			want = []error{ErrCheckpoint}
			for _, c := range heads {
				db.latest[c.Log], _ = c.sign(own)
			}
		}
		err := db.check(known)
		if how == "truncate" && i%3 == 0 && err == nil || how == "drop" && err == nil {
			// A whole log was cut off the end: what is left was signed once.
			require.Less(t, len(heads), len(db.latest), "%s", how)
			err, want = db.check(known, db.earlier...), []error{ErrDisagrees}
		}
		require.True(t, slices.ContainsFunc(want, func(w error) bool { return errors.Is(err, w) }), "%d %s: %v", i, how, err)
		require.NoError(t, db.Close())
	}
	t.Logf("%d logs, each written anew without the key and caught", attacks())
}

// excuse wipes entries and appends a fact that says that retention did, of any
// time that somebody may claim within the month. To the gateway the log grew,
// so it signs it.
func (db *testDB) excuse(r *rand.Rand, s note.Signer) {
	ctx := context.Background()
	logs, err := Logs(ctx, db, "acme")
	require.NoError(db.t, err)
	last := logs[len(logs)-1]
	all := last.Base + uint64(last.Size)
	fact := session.Fact{Kind: session.AuditPruned, Before: 1 + r.Uint64N(all)}
	fact.Count = fact.Before
	switch r.IntN(3) {
	case 0: // as if the oldest went long ago, and the fact about them with them
		fact.Count = 1 + r.Uint64N(fact.Before)
	case 1: // a part only
		fact.Before = min(fact.Before, 1+r.Uint64N(9))
		fact.Count = fact.Before
	}
	at := last.Month.start().Add(time.Duration(r.IntN(2*31*24)) * time.Hour)
	if r.IntN(4) == 0 {
		at = at.AddDate(r.IntN(5), 0, 0)
	}
	inTx(db.t, db.DB, func(tx *sql.Tx) error {
		w, err := begin(ctx, tx, "acme", last.Month.start()) // it goes into the newest log, whatever it says
		if err != nil {
			return err
		}
		if err := w.add(at, fact); err != nil {
			return err
		}
		return w.end()
	})
	for _, l := range logs {
		n := min(int64(max(fact.Before, l.Base)-l.Base), l.Size)
		_, err := db.Exec(`UPDATE audit_entry SET leaf = NULL, session = NULL WHERE log = $1 AND n < $2`, l.id, n)
		require.NoError(db.t, err)
		_, err = db.Exec(`UPDATE audit_log SET dropped = $2 WHERE id = $1`, l.id, n)
		require.NoError(db.t, err)
	}
	db.sign(s)
}

// sign publishes what the logs came to, as the gateway does: what grew out of
// the checkpoint before.
func (db *testDB) sign(s note.Signer) {
	ctx := context.Background()
	logs, err := Logs(ctx, db, "acme")
	require.NoError(db.t, err)
	for _, l := range logs {
		var last Checkpoint
		for _, c := range db.earlier {
			if c.Log == l.Name() && c.Size > last.Size {
				last = c
			}
		}
		_, signed, err := Publish(ctx, db, l, last, s)
		require.NoError(db.t, err)
		db.latest[l.Name()] = signed
	}
}

// A fact of a time that has not come yet, in a log of a month that has not, is
// what a clock that was ahead writes too: it cannot be an error, and what comes
// after it is named.
func TestAttackDatedAhead(t *testing.T) { // R65
	s, known := signer(t)
	for i := range attacks() / 10 {
		db := victim(t, rand.New(rand.NewPCG(24, uint64(i))), s)
		entries := append1(t, db.DB, "acme", november, session.Fact{Kind: session.SignedIn})
		ahead := november.Add(Retention).AddDate(0, 2, 0)
		fact := append1(t, db.DB, "acme", ahead, session.Fact{Kind: session.AuditPruned, Before: entries, Count: entries})
		_, err := db.Exec(`UPDATE audit_entry SET leaf = NULL WHERE log <> (SELECT max(id) FROM audit_log)`)
		require.NoError(t, err)
		export1 := append1(t, db.DB, "acme", november.Add(time.Hour), session.Fact{Kind: session.AuditExported}) // as each export does
		db.sign(s)
		report, err := Verify(reader(export(t, db.DB, "acme", db.latest)), known, db.earlier)
		require.NoError(t, err)
		require.Equal(t, []SetBack{{export1, ahead.Sub(november.Add(time.Hour))}}, report.SetBack)
		require.Equal(t, fact+1, export1)
		require.NoError(t, db.Close())
	}
	t.Logf("%d logs with a fact of a time to come, each named", attacks()/10)
}

// The third has the key too. What the gateway's own files say proves nothing
// then: caught exactly if a checkpoint is given that was published before, and
// reaches to what was changed. One that does not reach that far is of a history
// that nobody changed.
func TestAttackWithKey(t *testing.T) { // R65
	s, known := signer(t)
	given, reach := 0, 0
	for i := range attacks() {
		r := rand.New(rand.NewPCG(23, uint64(i)))
		db := victim(t, r, s)
		log, index := meddle(t, db.DB, r, meddlings[1+i%4])
		rewrite(t, db.DB)
		heads := db.heads()
		if len(heads) == 0 {
			continue // nothing is left to export, which says enough
		}
		db.latest = map[string][]byte{}
		for _, c := range heads {
			db.latest[c.Log], _ = c.sign(s)
		}
		require.NoError(t, db.check(known), "whoever has the key and the database can make any history")
		for _, c := range db.earlier {
			reaches := cmp.Or(cmp.Compare(c.Log, log), cmp.Compare(c.Size, index+1)) >= 0
			given++
			if err := db.check(known, c); reaches {
				reach++
				require.ErrorIs(t, err, ErrDisagrees, "checkpoint of %d entries of %s, changed from %d of %s", c.Size, c.Log, index, log)
			} else {
				require.NoError(t, err, "checkpoint of %d entries of %s, changed from %d of %s", c.Size, c.Log, index, log)
			}
		}
		require.NoError(t, db.Close())
	}
	t.Logf("%d logs, each written anew with the key: %d earlier checkpoints, of which the %d that reach the change show it", attacks(), given, reach)
}

// heads are what the logs came to.
func (db *testDB) heads() (all []Checkpoint) {
	ctx := context.Background()
	logs, err := Logs(ctx, db, "acme")
	require.NoError(db.t, err)
	for _, l := range logs {
		head, err := HeadOf(ctx, db, l)
		require.NoError(db.t, err)
		all = append(all, Checkpoint{Log: l.Name(), Head: head})
	}
	return all
}
