package audit

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// No log that was really pruned raises an alarm, whatever the clock did: it
// goes on for minutes or months, is set forward or back by years and set right
// again, and whoever prunes may die after any transaction.
func TestPrunedHonestly(t *testing.T) { // R65, R66
	ctx := context.Background()
	n := int(150 * *scale)
	var entries, dropped, stored uint64
	for i := range n {
		r := rand.New(rand.NewPCG(71, uint64(i)))
		db := database(t)
		clock := november.Add(time.Duration(r.Int64N(int64(60 * 24 * time.Hour))))
		wild := i%3 > 0 // a clock that jumps
		for step := range 40 + r.IntN(60) {
			switch k := r.IntN(20); {
			case k < 9:
				records := make([]Record, 1+r.IntN(4))
				for i := range records {
					records[i] = Record{Tenant: "acme", At: clock, Fact: fact(r)}
					clock = clock.Add(time.Duration(r.IntN(3)) * time.Minute)
				}
				inTx(t, db, func(tx *sql.Tx) error { return AppendAll(ctx, tx, records) })
			case k < 13:
				clock = clock.Add(time.Duration(r.Int64N(int64(60 * 24 * time.Hour))))
			case k < 14:
				clock = clock.Add(time.Duration(r.Int64N(int64(Retention))))
			case k < 16 && wild:
				by := time.Duration(r.Int64N(int64(3 * Retention)))
				if r.IntN(2) == 0 {
					by = -by
				}
				clock = clock.Add(by)
			default:
				limit := 1 + r.IntN(8)
				for range 1 + r.IntN(6) { // it may die before it is done
					n := 0
					inTx(t, db, func(tx *sql.Tx) (err error) {
						n, err = Prune(ctx, tx, "acme", clock, clock.Add(-Retention), limit)
						return err
					})
					if n < limit {
						break
					}
				}
			}
			if step%8 == 7 {
				if logs, err := Logs(ctx, db, "acme"); len(logs) == 0 {
					require.NoError(t, err)
					continue
				}
				report, err := Verify(reader(export(t, db, "acme", nil)), nil, nil)
				require.NoError(t, err, "history %d, step %d", i, step)
				entries, dropped, stored = entries+report.entries(), dropped+report.Dropped, stored+report.Stored
			}
		}
		require.NoError(t, db.Close())
	}
	require.NotZero(t, dropped)
	require.NotZero(t, stored)
	t.Logf("%d histories, %d entries looked at, %d dropped, %d by facts that were dropped too: no false alarm", n, entries, dropped, stored)
}

// A fact is held to the retention to the millisecond, at the end of the month
// as at its beginning: no younger than the month of what it dropped, and twice
// that where the fact that did it is gone.
func TestDroppedEarly(t *testing.T) { // R65
	start := Month(202611).start()
	for name, c := range map[string]struct {
		first time.Time
		at    time.Time
		count uint64
		want  error
	}{
		"at once":              {november, november.Add(time.Hour), 3, ErrEarly},
		"a millisecond early":  {start, start.Add(Retention - time.Millisecond), 3, ErrEarly},
		"in time":              {start, start.Add(Retention), 3, nil},
		"late in its month":    {start.AddDate(0, 1, 0).Add(-time.Millisecond), start.Add(Retention), 3, nil},
		"nobody says the rest": {start, start.Add(Retention), 1, ErrMissing},
		"it was long ago":      {start, start.Add(2 * Retention), 1, nil},
		"not quite":            {start, start.Add(2*Retention - time.Millisecond), 1, ErrMissing},
	} {
		t.Run(name, func(t *testing.T) {
			db := database(t)
			for range 3 {
				append1(t, db, "acme", c.first, session.Fact{Kind: session.SignedIn})
			}
			_, err := db.Exec(`UPDATE audit_entry SET leaf = NULL`)
			require.NoError(t, err)
			append1(t, db, "acme", c.at, session.Fact{Kind: session.AuditPruned, Before: 3, Count: c.count})
			_, err = Verify(reader(export(t, db, "acme", nil)), nil, nil)
			require.ErrorIs(t, err, c.want)
			if c.want != nil {
				require.ErrorContains(t, err, "acme/2026-11, entry 0: ")
			}
		})
	}
}

// Nobody who appends to a log of this month says that it is another year.
func TestEntryOfALaterMonth(t *testing.T) { // R65
	ctx := context.Background()
	for at, good := range map[time.Time]bool{
		november.AddDate(-1, 0, 0): true, // a clock that was set back
		time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Add(-time.Millisecond): true,
		time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC):                        false,
		november.AddDate(3, 0, 0):                                           false,
	} {
		db := database(t)
		append1(t, db, "acme", november, session.Fact{Kind: session.SignedIn})
		inTx(t, db, func(tx *sql.Tx) error {
			w, err := begin(ctx, tx, "acme", november)
			if err != nil {
				return err
			}
			if err := w.add(at, session.Fact{Kind: session.SignedIn}); err != nil {
				return err
			}
			return w.end()
		})
		_, err := Verify(reader(export(t, db, "acme", nil)), nil, nil)
		if good {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, ErrMalformed)
			require.ErrorContains(t, err, "acme/2026-11, entry 1: ")
		}
	}
}
