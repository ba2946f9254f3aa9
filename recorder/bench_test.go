package recorder

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/tlog"

	"mayfly/recorder/audit"
	"mayfly/redact"
	"mayfly/session"
)

// turnsOf makes n turns of one session ahead of time.
func turnsOf(tb testing.TB, n int) []redact.Turn {
	talk := newTalker(tb, month)
	out := make([]redact.Turn, n)
	for i := range out {
		out[i] = talk.say("where is my parcel, I have been waiting for it since the beginning of the week",
			"It left our depot this morning and is on its way to you. The driver expects to reach your street between four and six; if nobody is in, the neighbour on the ground floor may take it.")
	}
	return out
}

// fsyncs is how many times in a second the disk makes 4 KiB durable.
func fsyncs(tb testing.TB, folder string) float64 {
	f, err := os.Create(filepath.Join(folder, "fsync"))
	require.NoError(tb, err)
	defer f.Close()
	page := make([]byte, 4096)
	began, n := time.Now(), 0
	for ; time.Since(began) < time.Second; n++ {
		_, err := f.WriteAt(page, int64(n%256)*4096)
		require.NoError(tb, err)
		require.NoError(tb, f.Sync())
	}
	return float64(n) / time.Since(began).Seconds()
}

// bare is the smallest program with a group commit: one table, one prepared
// statement, rows of the same size.
func bare(tb testing.TB, folder string, callers int, lasts time.Duration, size int) float64 {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "bare.db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)")
	require.NoError(tb, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.Exec("CREATE TABLE turn (session BLOB, turn INTEGER, sealed BLOB, PRIMARY KEY (session, turn))")
	require.NoError(tb, err)
	insert, err := db.Prepare("INSERT INTO turn VALUES (?, ?, ?)")
	require.NoError(tb, err)
	type row struct {
		session [16]byte
		turn    int
		done    chan error
	}
	queue := make(chan row, callers)
	sealed := make([]byte, size)
	_, _ = rand.Read(sealed)
	var writer sync.WaitGroup
	writer.Go(func() {
		for first := range queue {
			batch := []row{first}
			for len(batch) < callers {
				select {
				case next, ok := <-queue:
					if ok {
						batch = append(batch, next)
						continue
					}
				default:
				}
				break
			}
			tx, err := db.Begin()
			stmt := tx.Stmt(insert)
			for _, r := range batch {
				if err == nil {
					_, err = stmt.Exec(r.session[:], r.turn, sealed)
				}
			}
			if err == nil {
				err = tx.Commit()
			}
			for _, r := range batch {
				r.done <- err
			}
		}
	})
	n := together(tb, callers, lasts, func(caller, i int) error {
		r := row{turn: i, done: make(chan error, 1)}
		r.session[0], r.session[1] = byte(caller), byte(caller>>8)
		queue <- r
		return <-r.done
	})
	close(queue)
	writer.Wait()
	return n
}

// together calls f from many goroutines for a while and returns calls per
// second.
func together(tb testing.TB, callers int, lasts time.Duration, f func(caller, i int) error) float64 {
	var all sync.WaitGroup
	counts := make([]int, callers)
	began := time.Now()
	for c := range callers {
		all.Go(func() {
			for i := 0; time.Since(began) < lasts; i++ {
				if err := f(c, i); err != nil {
					tb.Error(err)
					return
				}
				counts[c]++
			}
		})
	}
	all.Wait()
	took, sum := time.Since(began).Seconds(), 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum) / took
}

// BenchmarkDurableFacts is how many facts of one tenant become durable in a
// second, beside the bare program with rows as large as an entry, when so many
// wait for theirs at once.
func BenchmarkDurableFacts(b *testing.B) {
	const lasts, rounds = time.Second, 9
	f := session.Fact{Kind: session.ConsentGiven, Session: idNo(1), Turn: 3, Policy: 9, Purposes: 1}
	leaf := audit.Leaf{At: time.Now(), Fact: f}
	entry, err := leaf.AppendTo(nil)
	require.NoError(b, err)
	size := len(entry) + 2*len(tlog.Hash{}) // an entry has two hashes on average
	for _, callers := range []int{1, 64, 1000} {
		b.Run(fmt.Sprintf("waiting=%d", callers), func(b *testing.B) {
			var ours, floor, of []float64
			for range rounds {
				runtime.GC()
				floor = append(floor, bare(b, b.TempDir(), callers, lasts, size))
				r := open(b, b.TempDir(), newClock())
				ours = append(ours, together(b, callers, lasts, func(int, int) error {
					over := make(chan error, 1)
					r.Note("acme", f, func(err error) { over <- err })
					return <-over
				}))
				require.NoError(b, r.Close())
				of = append(of, ours[len(ours)-1]/floor[len(floor)-1])
			}
			b.ReportMetric(median(ours), "facts/s")
			b.ReportMetric(median(floor), "bare/s")
			b.ReportMetric(median(of), "of-bare")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkDurableTurns is how many turns of 64 sessions become durable in a
// second, beside the bare program and the disk.
func BenchmarkDurableTurns(b *testing.B) {
	const callers, lasts, rounds = 64, time.Second, 9
	rate := fsyncs(b, b.TempDir())
	sealed := turnsOf(b, 1)[0].Len() + 29
	var ours, floor, of []float64
	for range rounds {
		// Both run beside the same heap.
		pool := make([][]redact.Turn, callers)
		for i := range pool {
			pool[i] = turnsOf(b, 1500)
		}
		runtime.GC()
		floor = append(floor, bare(b, b.TempDir(), callers, lasts, sealed))
		r := open(b, b.TempDir(), newClock())
		allow(b, r, "acme", "mia")
		ours = append(ours, together(b, callers, lasts, func(caller, i int) error {
			if i >= len(pool[caller]) {
				return fmt.Errorf("too few turns were made")
			}
			return keep(r, conversation(caller), pool[caller][i])
		}))
		require.NoError(b, r.Close())
		of = append(of, ours[len(ours)-1]/floor[len(floor)-1])
	}
	b.ReportMetric(median(ours), "turns/s")
	b.ReportMetric(median(floor), "bare/s")
	b.ReportMetric(median(of), "of-bare")
	b.ReportMetric(rate, "fsync/s")
	b.ReportMetric(median(ours)/rate, "x-fsync")
	b.ReportMetric(0, "ns/op")
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// BenchmarkSealing is what it takes to seal a turn and forget it.
func BenchmarkSealing(b *testing.B) {
	r, c := started(b)
	key := r.keys.For("acme", idNo(1), c.now().Add(month))
	pool := turnsOf(b, 1)
	b.SetBytes(int64(pool[0].Len()))
	pool = pool[:0]
	for b.Loop() {
		if len(pool) == 0 {
			b.StopTimer()
			pool = turnsOf(b, 4096)
			b.StartTimer()
		}
		_ = key.SealTurn(pool[len(pool)-1])
		pool = pool[:len(pool)-1]
	}
}
