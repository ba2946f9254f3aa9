package audit

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"mayfly/session"
)

// Entries of a tenant are numbered from 1 and read newest first, through all
// its months; those of others are not among them.
func TestEntries(t *testing.T) {
	ctx, db := context.Background(), database(t)
	at := november.AddDate(0, -2, 0)
	var want []session.FactKind
	for i := range 12 {
		kind := session.FactKind(i)
		number := append1(t, db, "acme", at, session.Fact{Kind: kind, Count: uint64(i)})
		require.EqualValues(t, i+1, number)
		append1(t, db, "other", at, session.Fact{Kind: session.Swept})
		want = append(want, kind)
		at = at.AddDate(0, 0, 9)
	}
	logs, err := Logs(ctx, db, "acme")
	require.NoError(t, err)
	require.Equal(t, "acme/2026-09", logs[0].Name())
	require.Equal(t, "acme/2026-10", logs[1].Name())
	require.Greater(t, len(logs), 3)

	var got []Entry
	for before := uint64(0); ; {
		page, err := Entries(ctx, db, "acme", before, 5)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		before = page[len(page)-1].Number
	}
	require.Len(t, got, 12)
	for i, e := range got {
		n := 12 - i
		require.EqualValues(t, n, e.Number)
		require.Equal(t, want[n-1], e.Fact.Kind)
		require.EqualValues(t, n-1, e.Fact.Count)
	}
	all, err := Entries(ctx, db, "acme", 0, 0)
	require.NoError(t, err)
	require.Equal(t, got, all)
	none, err := Entries(ctx, db, "nobody", 0, 10)
	require.NoError(t, err)
	require.Empty(t, none)
}

// The gateway's own log has a name that no tenant can have.
func TestGatewaysOwnLog(t *testing.T) {
	db := database(t)
	append1(t, db, "", november, session.Fact{Kind: session.GatewayStarted})
	append1(t, db, "gateway", november, session.Fact{Kind: session.TenantAdded})
	entries, err := Entries(context.Background(), db, "", 0, 10)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.Equal(t, "~gateway/2026-11", entries[0].Log)
	tenant, month, err := parseName(entries[0].Log)
	require.NoError(t, err)
	require.Empty(t, tenant)
	require.Equal(t, Month(202611), month)
}

// A fact and its change commit together, or neither does.
func TestAppendIsPartOfTheChange(t *testing.T) { // R65
	ctx, db := context.Background(), database(t)
	append1(t, db, "acme", november, session.Fact{Kind: session.TenantAdded})
	tx, err := db.Begin()
	require.NoError(t, err)
	_, err = Append(ctx, tx, "acme", november, session.Fact{Kind: session.TenantChanged})
	require.NoError(t, err)
	require.NoError(t, tx.Rollback())
	entries, err := Entries(ctx, db, "acme", 0, 10)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	require.EqualValues(t, 2, append1(t, db, "acme", november, session.Fact{Kind: session.TenantEnded}))
	_, err = Verify(reader(export(t, db, "acme", nil)), nil, nil)
	require.NoError(t, err)
}

// A fact that cannot be written leaves nothing behind in what shares its
// transaction, if that goes on.
func TestAppendRefusesUnknownKinds(t *testing.T) {
	ctx, db := context.Background(), database(t)
	tx, err := db.Begin()
	require.NoError(t, err)
	_, err = Append(ctx, tx, "acme", november, session.Fact{Kind: 200})
	require.Error(t, err)
	require.NoError(t, tx.Rollback())
}

// Batched or one by one, the log is the same but for its salts: sizes, months
// and numbers, and what Verify says.
func TestAppendAll(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(3, 3))
	var records []Record
	at := november
	for range 200 {
		records = append(records, Record{Tenant: []string{"", "a", "b"}[r.IntN(3)], At: at, Fact: fact(r)})
		at = at.Add(time.Duration(r.IntN(24)-2) * time.Hour)
	}
	one, all := database(t), database(t)
	for _, rec := range records {
		append1(t, one, rec.Tenant, rec.At, rec.Fact)
	}
	inTx(t, all, func(tx *sql.Tx) error { return AppendAll(ctx, tx, records) })
	for _, tenant := range []string{"", "a", "b"} {
		x, err := Entries(ctx, one, tenant, 0, 0)
		require.NoError(t, err)
		y, err := Entries(ctx, all, tenant, 0, 0)
		require.NoError(t, err)
		require.Equal(t, len(x), len(y))
		for i := range x {
			require.NotEqual(t, x[i].Salt, y[i].Salt)
			x[i].Salt, y[i].Salt = [16]byte{}, [16]byte{}
			x[i].Prior.Root, y[i].Prior.Root = [32]byte{}, [32]byte{}
		}
		require.Equal(t, x, y)
		for _, db := range []*sql.DB{one, all} {
			report, err := Verify(reader(export(t, db, tenant, nil)), nil, nil)
			require.NoError(t, err)
			require.EqualValues(t, len(x), report.Recomputed)
		}
	}
	require.NoError(t, AppendAll(ctx, all, nil))
}

// Two entries of the same fact have different hashes: an entry that was
// dropped cannot be guessed by its hash.
func TestLeavesAreSalted(t *testing.T) { // R48
	db := database(t)
	n := int(200 * *scale)
	for range n {
		append1(t, db, "acme", november, session.Fact{Kind: session.ConsentGiven})
	}
	seen := map[string]bool{}
	rows, err := db.Query(`SELECT leaf FROM audit_entry`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var data []byte
		require.NoError(t, rows.Scan(&data))
		l, err := ParseLeaf(data)
		require.NoError(t, err)
		require.NotZero(t, l.Salt)
		seen[string(data)] = true
	}
	require.Len(t, seen, n)
	t.Logf("%d leaves", n)
}

// A log that has a successor is final, even when the clock is set back. The
// first entry of a log says what the one before came to.
func TestMonths(t *testing.T) {
	ctx, db := context.Background(), database(t)
	append1(t, db, "acme", november, session.Fact{Kind: session.TenantAdded})
	append1(t, db, "acme", november, session.Fact{Kind: session.TenantChanged})
	old, err := Find(ctx, db, "acme", 202611)
	require.NoError(t, err)
	head, err := HeadOf(ctx, db, old)
	require.NoError(t, err)

	append1(t, db, "acme", november.AddDate(0, 2, 0), session.Fact{Kind: session.TenantChanged})
	append1(t, db, "acme", november.AddDate(0, -3, 0), session.Fact{Kind: session.TenantChanged})
	logs, err := Logs(ctx, db, "acme")
	require.NoError(t, err)
	require.Len(t, logs, 2)
	require.EqualValues(t, 2, logs[0].Size)
	require.EqualValues(t, 2, logs[1].Size)
	require.EqualValues(t, 2, logs[1].Base)
	entries, err := Entries(ctx, db, "acme", 0, 0)
	require.NoError(t, err)
	require.Equal(t, head, entries[1].Prior)
	require.True(t, entries[0].Prior.IsZero())
	require.True(t, entries[3].Prior.IsZero())
	require.Equal(t, november.AddDate(0, -3, 0), entries[0].At)
	_, err = Verify(reader(export(t, db, "acme", nil)), nil, nil)
	require.NoError(t, err)

	_, err = Find(ctx, db, "acme", 202612)
	require.ErrorIs(t, err, ErrNoLog)
}

// Proofs of any entry and of any growth hold, and only for what they are of.
func TestProofs(t *testing.T) {
	ctx, db := context.Background(), database(t)
	r := rand.New(rand.NewPCG(4, 4))
	size := int64(40)
	roots := []tlog.Hash{}
	for range size {
		append1(t, db, "acme", november, fact(r))
		l, err := Find(ctx, db, "acme", 202611)
		require.NoError(t, err)
		head, err := HeadOf(ctx, db, l)
		require.NoError(t, err)
		roots = append(roots, head.Root)
	}
	l, err := Find(ctx, db, "acme", 202611)
	require.NoError(t, err)
	entries, err := Entries(ctx, db, "acme", 0, 0)
	require.NoError(t, err)
	checked := 0
	for s := int64(1); s <= size; s++ {
		for n := range s {
			data, err := entries[size-1-n].AppendTo(nil)
			require.NoError(t, err)
			p, err := ProveEntry(ctx, db, l, s, n)
			require.NoError(t, err)
			require.NoError(t, tlog.CheckRecord(p, s, roots[s-1], n, tlog.RecordHash(data)))
			require.Error(t, tlog.CheckRecord(p, s, roots[s-1], n, tlog.RecordHash(data[1:])))
			g, err := ProveGrowth(ctx, db, l, s, n+1)
			require.NoError(t, err)
			require.NoError(t, tlog.CheckTree(g, s, roots[s-1], n+1, roots[n]))
			checked += 2
		}
	}
	t.Logf("%d proofs", checked)
}

// A tree that is damaged is an error where it is read, not a wrong proof.
func TestDamagedTree(t *testing.T) {
	ctx, db := context.Background(), database(t)
	fill(t, db, rand.New(rand.NewPCG(5, 5)), "acme", 20)
	_, err := db.Exec(`UPDATE audit_entry SET hashes = ''`)
	require.NoError(t, err)
	logs, err := Logs(ctx, db, "acme")
	require.NoError(t, err)
	_, err = HeadOf(ctx, db, logs[0])
	require.ErrorContains(t, err, "restore a backup")
	tx, err := db.Begin()
	require.NoError(t, err)
	_, err = Append(ctx, tx, "acme", november, session.Fact{})
	require.Error(t, err)
	require.NoError(t, tx.Rollback())
	_, err = db.Exec(`UPDATE audit_entry SET leaf = 'x'`)
	require.NoError(t, err)
	_, err = Entries(ctx, db, "acme", 0, 0)
	var bad *BadEntry
	require.True(t, errors.As(err, &bad))
}
