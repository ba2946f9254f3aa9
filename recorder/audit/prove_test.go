package audit

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"mayfly/session"
)

// proved is the proof of one entry under a checkpoint of now.
func proved(t *testing.T, db *sql.DB, x *Index, month Month, n int64) Proof {
	t.Helper()
	ctx := context.Background()
	s, _ := signer(t)
	l, err := Find(ctx, db, "acme", month)
	require.NoError(t, err)
	c, signed, err := Publish(ctx, db, l, Checkpoint{}, s)
	if Damaged(err) {
		c, signed, err = Checkpoint{Log: l.Name(), Head: Head{Month: month, Size: l.Size}}, []byte("an earlier one"), nil
	}
	require.NoError(t, err)
	p, err := x.Prove(ctx, db, l, n, c, signed)
	require.NoError(t, err)
	return p
}

// Every entry of logs of any size is proved: tlog itself follows from its leaf
// to the root that is signed. // R65
func TestProveEveryEntry(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(15, 2))
	db := database(t)
	var x Index
	fill(t, db, r, "acme", int(150**scale))
	logs, err := Logs(ctx, db, "acme")
	require.NoError(t, err)
	n := 0
	for _, l := range logs {
		for i := range l.Size {
			p := proved(t, db, &x, l.Month, i)
			require.NoError(t, p.Wrong)
			require.NotNil(t, p.Signed)
			require.Equal(t, l.Size, p.Head.Size)
			require.NoError(t, tlog.CheckRecord(p.Path, p.Head.Size, p.Head.Root, i, tlog.RecordHash(p.Bytes)))
			require.Equal(t, l.Base+uint64(i)+1, p.Number)
			n++
		}
	}
	t.Logf("n=%d entries in %d logs", n, len(logs))
}

// A dropped entry is proved by its hash, and the fact that dropped it is named,
// until that is dropped itself.
func TestProveDropped(t *testing.T) {
	ctx := context.Background()
	db := database(t)
	var x Index
	for range 5 {
		append1(t, db, "acme", november, session.Fact{Kind: session.Swept})
	}
	later := november.AddDate(1, 2, 0)
	inTx(t, db, func(tx *sql.Tx) error {
		_, err := Prune(ctx, tx, "acme", later, november.Add(time.Second), 3)
		return err
	})
	p := proved(t, db, &x, 202611, 2)
	require.True(t, p.Dropped)
	require.Nil(t, p.Bytes)
	require.NoError(t, p.Wrong)
	require.NoError(t, tlog.CheckRecord(p.Path, p.Head.Size, p.Head.Root, 2, p.Hash))
	require.NotNil(t, p.DroppedBy)
	require.EqualValues(t, 6, p.DroppedBy.Number)
	require.Equal(t, MonthOf(later), p.DroppedBy.Month)
	require.False(t, proved(t, db, &x, 202611, 3).Dropped)

	inTx(t, db, func(tx *sql.Tx) error {
		_, err := Prune(ctx, tx, "acme", later.AddDate(2, 0, 0), later.Add(time.Second), 2)
		return err
	})
	p = proved(t, db, &x, 202611, 2)
	require.True(t, p.Dropped)
	require.NotNil(t, p.DroppedBy)
	require.EqualValues(t, 6, p.DroppedBy.Number)
	p = proved(t, db, &x, 202611, 4)
	require.EqualValues(t, 7, p.DroppedBy.Number, "it was dropped by the second")
	inTx(t, db, func(tx *sql.Tx) error {
		_, err := Prune(ctx, tx, "acme", later.AddDate(3, 0, 0), later.Add(time.Second), 3)
		return err
	})
	require.Nil(t, proved(t, db, &x, 202611, 2).DroppedBy, "that fact was dropped itself")
}

// What somebody wiped early, or with no fact at all, is not called dropped.
func TestProveDroppedEarly(t *testing.T) { // R65
	db := database(t)
	var x Index
	for range 5 {
		append1(t, db, "acme", november, session.Fact{Kind: session.Swept})
	}
	_, err := db.Exec(`UPDATE audit_entry SET leaf = NULL WHERE n < 3; UPDATE audit_log SET dropped = 3`)
	require.NoError(t, err)
	p := proved(t, db, &x, 202611, 2)
	require.False(t, p.Dropped)
	require.Nil(t, p.DroppedBy)
	require.ErrorIs(t, p.Wrong, ErrMissing)
	fact := append1(t, db, "acme", november.Add(time.Hour), session.Fact{Kind: session.AuditPruned, Before: 3, Count: 3})
	p = proved(t, db, &x, 202611, 2)
	require.False(t, p.Dropped)
	require.Equal(t, fact, p.DroppedBy.Number)
	require.ErrorIs(t, p.Wrong, ErrEarly)
	require.NoError(t, proved(t, db, &x, 202611, 3).Wrong)
}

// What is not as it was written is named, with what is there.
func TestProveWrong(t *testing.T) { // threats.md L1
	for name, bad := range map[string]struct {
		change string
		want   error
	}{
		"another leaf": {`UPDATE audit_entry SET leaf = replace(CAST(leaf AS TEXT), '"swept"', '"key_issued"') WHERE n = 5`, ErrChanged},
		"no leaf":      {`UPDATE audit_entry SET leaf = NULL WHERE n = 5`, ErrMissing},
		"no entry":     {`DELETE FROM audit_entry WHERE n = 5`, ErrMissing},
		"rubbish":      {`UPDATE audit_entry SET leaf = x'00' WHERE n = 5`, ErrChanged},
		"another hash": {`UPDATE audit_entry SET hashes = x'` + "11" + `' || substr(hashes, 2) WHERE n = 5`, ErrChanged},
		"a hash above": {`UPDATE audit_entry SET hashes = substr(hashes, 1, 64) || x'1111111111111111111111111111111111111111111111111111111111111111' WHERE n = 3`, nil},
		"neighbour's":  {`UPDATE audit_entry SET hashes = x'1111111111111111111111111111111111111111111111111111111111111111' WHERE n = 4`, ErrTree},
		"no neighbour": {`DELETE FROM audit_entry WHERE n = 4`, ErrTree},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			db := database(t)
			var x Index
			for range 7 {
				append1(t, db, "acme", november, session.Fact{Kind: session.Swept})
			}
			s, _ := signer(t)
			l, err := Find(ctx, db, "acme", 202611)
			require.NoError(t, err)
			c, signed, err := Publish(ctx, db, l, Checkpoint{}, s) // as it was
			require.NoError(t, err)
			_, err = db.Exec(bad.change)
			require.NoError(t, err)
			p, err := x.Prove(ctx, db, l, 5, c, signed)
			require.NoError(t, err)
			if bad.want == nil {
				require.Error(t, p.Wrong)
				require.Error(t, tlog.CheckRecord(p.Path, c.Size, c.Root, 5, p.Hash))
				return
			}
			require.ErrorIs(t, p.Wrong, bad.want)
		})
	}
}

// Where nothing that was published reaches to an entry, that is said.
func TestProveUnderNothing(t *testing.T) {
	ctx := context.Background()
	db := database(t)
	var x Index
	append1(t, db, "acme", november, session.Fact{Kind: session.Swept})
	s, _ := signer(t)
	l, err := Find(ctx, db, "acme", 202611)
	require.NoError(t, err)
	c, signed, err := Publish(ctx, db, l, Checkpoint{}, s)
	require.NoError(t, err)
	append1(t, db, "acme", november, session.Fact{Kind: session.Swept})
	l, err = Find(ctx, db, "acme", 202611)
	require.NoError(t, err)
	p, err := x.Prove(ctx, db, l, 1, c, signed)
	require.NoError(t, err)
	require.Nil(t, p.Signed)
	require.Zero(t, p.Head.Size)
	require.ErrorIs(t, p.Wrong, ErrDisagrees)
}
