package audit

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// somebody are the few ids that facts of these tests have, so that a filter
// meets some of them.
func somebody(r *rand.Rand) (id session.ID) {
	if n := r.IntN(6); n > 0 {
		id[0], id[15] = byte(n), 7
	}
	return id
}

// rare is one of a few other ids, which most parts of a log do not have.
func rare(r *rand.Rand) session.ID { return session.ID{byte(1 + r.IntN(4)), 9} }

// busy writes n facts of few kinds and few people, at times that mostly grow.
func busy(t testing.TB, db *sql.DB, r *rand.Rand, n int) {
	t.Helper()
	at := november
	for n > 0 {
		records := make([]Record, min(n, 300))
		for i := range records {
			at = at.Add(time.Duration(r.IntN(40)-1) * time.Minute)
			f := session.Fact{
				Kind:    []session.FactKind{session.SessionStarted, session.TurnKept, session.KeyIssued, session.TranscriptRead}[r.IntN(4)],
				Session: somebody(r), Actor: somebody(r), Count: uint64(i),
			}
			switch r.IntN(300) {
			case 0:
				f.Object = rare(r)
			case 1:
				f.Actor = rare(r)
			case 2:
				f.Kind = session.AuditVerified
			}
			records[i] = Record{Tenant: "acme", At: at, Fact: f}
		}
		inTx(t, db, func(tx *sql.Tx) error { return AppendAll(context.Background(), tx, records) })
		n -= len(records)
	}
}

func anyFilter(r *rand.Rand) (f Filter) {
	maybe := func(set func()) {
		if r.IntN(3) == 0 {
			set()
		}
	}
	maybe(func() { f.Kinds.Add(session.KeyIssued) })
	maybe(func() { f.Kinds.Add(session.TurnKept) })
	maybe(func() { f.Session = somebody(r) })
	maybe(func() { f.Actor = somebody(r) })
	maybe(func() { f.Kinds = Kinds{}; f.Kinds.Add(session.AuditVerified) })
	if r.IntN(6) == 0 {
		f = Filter{Object: rare(r)}
	}
	if r.IntN(6) == 0 {
		f = Filter{Actor: rare(r)}
	}
	moment := func() time.Time {
		at := november.Add(time.Duration(r.IntN(40*24*60)) * time.Minute)
		if r.IntN(2) == 0 {
			at = at.Truncate(24 * time.Hour)
		}
		return at
	}
	maybe(func() { f.From = moment() })
	maybe(func() { f.To = moment() })
	return f
}

// What an index finds is what reading everything finds: for any filter, in
// pages of any size, while the log grows, loses its oldest entries, and has an
// entry that cannot be read. The counts by day are those of the same entries.
func TestIndex(t *testing.T) {
	ctx := context.Background()
	r := rand.New(rand.NewPCG(15, 1))
	db := database(t)
	var x Index
	n, found := int(40**scale), 0
	for round := range 4 {
		busy(t, db, r, 700+r.IntN(300))
		switch round {
		case 1:
			_, err := db.Exec(`UPDATE audit_entry SET leaf = '{"v":1,"at":17x' WHERE log = (SELECT min(id) FROM audit_log) AND n = 600`)
			require.NoError(t, err)
			x = Index{} // it is read anew by whoever starts
		case 2:
			inTx(t, db, func(tx *sql.Tx) error {
				_, err := Prune(ctx, tx, "acme", november.AddDate(2, 0, 0), november.AddDate(2, 0, 0), 333)
				return err
			})
		}
		logs, err := Logs(ctx, db, "acme")
		require.NoError(t, err)
		var all []Entry
		for _, l := range slices.Backward(logs) {
			entries, err := readEntries(ctx, db, l, 0, l.Size)
			require.NoError(t, err)
			all = append(all, entries...)
		}
		for range n {
			f := anyFilter(r)
			var want []Entry
			days := map[time.Time]uint64{}
			for _, e := range all {
				if !f.picks(&e) {
					continue
				}
				want = append(want, e)
				if !e.Damaged {
					days[e.At.Truncate(24*time.Hour)]++
				}
			}
			var got []Entry
			for before := uint64(0); ; {
				page, err := x.Select(ctx, db, "acme", f, before, 20+r.IntN(300))
				require.NoError(t, err)
				if len(page) == 0 {
					break
				}
				got = append(got, page...)
				before = page[len(page)-1].Number
			}
			require.Equal(t, want, got, "%+v", f)
			counted, err := x.Days(ctx, db, "acme", f)
			require.NoError(t, err)
			require.Len(t, counted, len(days), "%+v", f)
			for i, d := range counted {
				require.Equal(t, days[d.Day], d.Count, "%s of %+v", d.Day, f)
				require.True(t, i == 0 || counted[i-1].Day.Before(d.Day))
				var sum uint64
				for _, k := range d.Kinds {
					sum += k
				}
				require.Equal(t, d.Count, sum)
			}
			found += len(got)
		}
	}
	require.NotZero(t, found)
	t.Logf("n=%d filters, %d entries found", 4*n, found)
}

// An entry that cannot be read is shown, and is found by nothing that it may not
// say; what is there of others is shown with it.
func TestIndexShowsDamage(t *testing.T) {
	ctx := context.Background()
	db := database(t)
	var x Index
	for range 3 {
		append1(t, db, "acme", november, session.Fact{Kind: session.KeyIssued, Actor: session.ID{1}})
	}
	_, err := db.Exec(`UPDATE audit_entry SET leaf = 'x' WHERE n = 1`)
	require.NoError(t, err)
	damaged := func(f Filter) (all []bool) {
		entries, err := x.Select(ctx, db, "acme", f, 0, 10)
		require.NoError(t, err)
		for _, e := range entries {
			all = append(all, e.Damaged)
			require.Equal(t, Month(202611), e.Month)
			require.EqualValues(t, e.Index+1, e.Number)
		}
		return all
	}
	require.Equal(t, []bool{false, true, false}, damaged(Filter{}))
	require.Equal(t, []bool{false, true, false}, damaged(Filter{From: november.AddDate(0, 0, -1)}))
	require.Equal(t, []bool{true}, damaged(Filter{From: november.AddDate(0, 0, 1)}))
	require.Equal(t, []bool{false, false}, damaged(Filter{Actor: session.ID{1}}))
	none, err := x.Select(ctx, db, "beta", Filter{}, 0, 10)
	require.NoError(t, err)
	require.Empty(t, none)
}

// BenchmarkFind is what finding costs in one log of 20,000 entries on a disk,
// times -scale (a million with -scale 50), of which one in a thousand is of a
// rare kind, beside reading all of it once.
func BenchmarkFind(b *testing.B) {
	ctx := context.Background()
	db := databaseIn(b, "file:"+filepath.Join(b.TempDir(), "audit.db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)")
	size := int(20_000 * *scale)
	for done := 0; done < size; {
		records := make([]Record, min(5000, size-done))
		for i := range records {
			f := session.Fact{Kind: session.TurnKept, Session: session.ID{1, byte(done >> 16), byte(done >> 8), byte(done)}, Turn: 3, Policy: 9, Count: 1}
			if done%1000 == 500 {
				f = session.Fact{Kind: session.KeyIssued, Actor: session.ID{byte(done / 1000), 9}, Object: session.ID{2, byte(done >> 16), byte(done >> 8)}}
			}
			records[i] = Record{Tenant: "acme", At: november.Truncate(720 * time.Hour).Add(time.Duration(done) * 400 * time.Hour / time.Duration(size)), Fact: f}
			done++
		}
		inTx(b, db, func(tx *sql.Tx) error { return AppendAll(ctx, tx, records) })
	}
	kind := func(k session.FactKind) (f Filter) { f.Kinds.Add(k); return f }
	b.Run("first", func(b *testing.B) { // the index is made
		for b.Loop() {
			var x Index
			_, err := x.Select(ctx, db, "acme", kind(session.KeyIssued), 0, 50)
			require.NoError(b, err)
		}
		b.ReportMetric(float64(size), "entries")
	})
	var x Index
	_, err := x.Days(ctx, db, "acme", Filter{}) // it is made
	require.NoError(b, err)
	for name, f := range map[string]Filter{
		"all": {}, "rare": kind(session.KeyIssued), "common": kind(session.TurnKept), "none": kind(session.TranscriptErased),
		"actor": {Actor: session.ID{3, 9}}, "session": {Session: session.ID{1, 0, 1, 2}},
		"hour": {From: november.Truncate(720 * time.Hour).Add(200 * time.Hour), To: november.Truncate(720 * time.Hour).Add(201 * time.Hour)},
	} {
		b.Run("page/"+name, func(b *testing.B) {
			for b.Loop() {
				_, err := x.Select(ctx, db, "acme", f, 0, 50)
				require.NoError(b, err)
			}
		})
		b.Run("days/"+name, func(b *testing.B) {
			for b.Loop() {
				_, err := x.Days(ctx, db, "acme", f)
				require.NoError(b, err)
			}
		})
	}
	fmt.Printf("index of %d entries: %d blocks, %d counts\n", size, len(x.logs["acme/2026-11"].blocks), len(x.logs["acme/2026-11"].counts))
}
