package recorder

import (
	"context"
	"crypto/rand"
	"database/sql"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
	"mayfly/session"
)

// overdue fills the database with sessions of ten turns each that are past
// their time.
func overdue(tb testing.TB, r *Recorder, c *clock, turns int) {
	tb.Helper()
	sealed := make([]byte, 400)
	_, _ = rand.Read(sealed)
	ago := c.now().Add(-time.Hour).UnixMilli()
	for from := 0; from < turns; from += 1000 {
		keys := make([]session.ID, 0, 100)
		require.NoError(tb, r.store.Do(context.Background(), func(tx *sql.Tx) error {
			for i := from; i < from+1000; i += 10 {
				id, key := idNo(1_000_000+i), session.ID{}
				_, _ = rand.Read(key[:])
				keys = append(keys, key)
				if _, err := tx.Exec(keepConversation, "acme", id[:], "mia", ago, "en", "", make([]byte, 32), "quality", ago); err != nil {
					return err
				}
				for turn := range 10 {
					if _, err := tx.Exec("INSERT INTO turn (tenant, session, turn, at, until, policy, items, key, sealed) VALUES ('acme', $1, $2, $3, $3, 1, 2, $4, $5)",
						id[:], turn+1, ago, key[:], sealed); err != nil {
						return err
					}
				}
			}
			return nil
		}))
		tx, err := r.store.Keys().Begin()
		require.NoError(tb, err)
		for i, key := range keys {
			id := idNo(1_000_000 + from + 10*i)
			_, err := tx.Exec("INSERT INTO session_key (id, tenant, session, epoch, wrapped) VALUES ($1, 'acme', $2, 202612, $3)", key[:], id[:], sealed[:60])
			require.NoError(tb, err)
		}
		require.NoError(tb, tx.Commit())
	}
}

// talkWhile keeps turns from 64 sessions, each a few in a second, until stop is
// closed, and says how long each waited.
func talkWhile(tb testing.TB, r *Recorder, turns [][]redact.Turn, next []int, stop <-chan struct{}) []time.Duration {
	var all sync.WaitGroup
	waits := make([][]time.Duration, len(turns))
	for i := range turns {
		all.Go(func() {
			for next[i] < len(turns[i]) {
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(80+i%40) * time.Millisecond):
				}
				began := time.Now()
				if err := keep(r, conversation(i), turns[i][next[i]]); err != nil {
					tb.Error(err)
					return
				}
				next[i]++
				waits[i] = append(waits[i], time.Since(began))
			}
		})
	}
	all.Wait()
	return slices.Concat(waits...)
}

func percentile(d []time.Duration, p float64) time.Duration {
	slices.Sort(d)
	return d[min(int(float64(len(d))*p), len(d)-1)]
}

// BenchmarkSweep is how long turns wait to become durable while 100,000 that
// are past their time are swept, until the last byte of them is overwritten,
// beside how long they wait before that in the same run.
func BenchmarkSweep(b *testing.B) {
	const sessions = 64
	c := newClock()
	r := open(b, b.TempDir(), c)
	allow(b, r, "acme", "mia")
	n := int(100_000 * *scale)
	overdue(b, r, c, n)
	turns, next := make([][]redact.Turn, sessions), make([]int, sessions)
	for i := range turns {
		turns[i] = turnsOf(b, 1500)
	}
	stop := make(chan struct{})
	time.AfterFunc(12*time.Second, func() { close(stop) })
	floor := talkWhile(b, r, turns, next, stop)
	stop = make(chan struct{})
	var rep Report
	var took time.Duration
	go func() {
		defer close(stop)
		began := time.Now()
		var err error
		if rep, err = r.Sweep(context.Background()); err != nil {
			b.Error(err)
		}
		took = time.Since(began)
		for r.dirty.keys.Load() || r.dirty.rows.Load() {
			time.Sleep(10 * time.Millisecond)
		}
	}()
	during := talkWhile(b, r, turns, next, stop)
	<-stop
	require.Equal(b, n, rep.Turns)
	b.ReportMetric(took.Seconds(), "s/sweep")
	for _, p := range []float64{0.5, 0.99} {
		name := map[float64]string{0.5: "p50", 0.99: "p99"}[p]
		quiet, busy := percentile(floor, p), percentile(during, p)
		b.ReportMetric(float64(quiet.Microseconds())/1000, "ms/quiet-"+name)
		b.ReportMetric(float64(busy.Microseconds())/1000, "ms/sweep-"+name)
		b.ReportMetric(float64(busy)/float64(quiet), "ratio-"+name)
	}
	b.Logf("%d turns swept in %v, beside %d turns of %d sessions; %d turns before it", rep.Turns, took, len(during), sessions, len(floor))
}
