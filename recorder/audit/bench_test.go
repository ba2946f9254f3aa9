package audit

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/store"
	"mayfly/session"
)

// BenchmarkAppend is what the log costs beside a bare insert of as many bytes,
// in the same run, through the same group commit, on a disk.
func BenchmarkAppend(b *testing.B) {
	ctx := context.Background()
	open := func(b *testing.B) *store.Store {
		s, err := store.Open(ctx, b.TempDir())
		require.NoError(b, err)
		b.Cleanup(func() { _ = s.Close() })
		return s
	}
	for _, batch := range []int{1, 33, 256} {
		measure := func(b *testing.B, s *store.Store, write func(tx *sql.Tx) error) {
			b.ResetTimer()
			for n := 0; n < b.N; n += batch {
				require.NoError(b, s.Do(ctx, write))
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		}
		b.Run(fmt.Sprintf("batch=%d/bare", batch), func(b *testing.B) {
			s := open(b)
			require.NoError(b, s.Do(ctx, func(tx *sql.Tx) error {
				_, err := tx.Exec(`CREATE TABLE bare (id INTEGER PRIMARY KEY, data BLOB)`)
				return err
			}))
			data := make([]byte, 250)
			measure(b, s, func(tx *sql.Tx) error {
				for range batch {
					if _, err := tx.Exec(`INSERT INTO bare (data) VALUES ($1)`, data); err != nil {
						return err
					}
				}
				return nil
			})
		})
		b.Run(fmt.Sprintf("batch=%d/facts", batch), func(b *testing.B) {
			s := open(b)
			f := session.Fact{Kind: session.EngineAsked, Session: session.ID{1}, Turn: 3, Policy: 9, Count: 1}
			records := make([]Record, batch)
			for i := range records {
				records[i] = Record{Tenant: "acme", At: november, Fact: f}
			}
			measure(b, s, func(tx *sql.Tx) error { return AppendAll(ctx, tx, records) })
		})
	}
}

// BenchmarkLong is about one log of 20,000 entries on a disk, times -scale: a
// million with -scale 50. Proofs stand beside the bare reading of as many rows,
// verifying beside the bare hashing of the same bytes, in the same run.
func BenchmarkLong(b *testing.B) {
	ctx := context.Background()
	db := databaseIn(b, "file:"+filepath.Join(b.TempDir(), "audit.db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)")
	size := int(20_000 * *scale)
	l := long(b, db, size)
	s, known := signer(b)
	c, signed, err := Publish(ctx, db, l, Checkpoint{}, s)
	require.NoError(b, err)
	r := rand.New(rand.NewPCG(50, 50))
	slowest := func(b *testing.B, do func(n int64)) {
		took := make([]time.Duration, 0, b.N)
		for b.Loop() {
			n := r.Int64N(l.Size)
			began := time.Now()
			do(n)
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		b.ReportMetric(float64(l.Size), "entries")
	}
	b.Run("rows", func(b *testing.B) { // as many as a proof has hashes
		slowest(b, func(int64) {
			rows, err := numbered(db.QueryContext(ctx, `SELECT n, hashes FROM audit_entry WHERE log = $1 AND n IN (`+some(r, l.Size)+`)`, l.id))
			require.NoError(b, err)
			require.NotEmpty(b, rows)
		})
	})
	b.Run("proof", func(b *testing.B) {
		slowest(b, func(n int64) {
			p, err := ProveEntry(ctx, db, l, l.Size, n)
			require.NoError(b, err)
			require.NotEmpty(b, p)
		})
	})
	b.Run("growth", func(b *testing.B) {
		slowest(b, func(n int64) {
			_, err := ProveGrowth(ctx, db, l, l.Size, n+1)
			require.NoError(b, err)
		})
	})
	file := export(b, db, "acme", map[string][]byte{c.Log: signed})
	each := func(b *testing.B, do func()) {
		for b.Loop() {
			do()
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/log")
		b.ReportMetric(float64(l.Size), "entries")
	}
	b.Run("export", func(b *testing.B) {
		each(b, func() { require.NoError(b, Export(ctx, db, []Log{l}, nil, io.Discard)) })
	})
	b.Run("hash", func(b *testing.B) { each(b, func() { sha256.Sum256(file) }) })
	b.Run("verify", func(b *testing.B) {
		each(b, func() {
			report, err := Verify(reader(file), known, []Checkpoint{c})
			require.NoError(b, err)
			require.EqualValues(b, l.Size, report.Signed)
		})
	})
}

// some are the numbers of 20 rows.
func some(r *rand.Rand, size int64) string {
	all := make([]string, 20)
	for i := range all {
		all[i] = strconv.FormatInt(r.Int64N(size), 10)
	}
	return strings.Join(all, ",")
}
