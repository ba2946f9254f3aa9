package audit

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
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
		how := meddlings[i%len(meddlings)]
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
