package audit

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// BenchmarkAppend is what the log costs beside a bare insert of as many bytes,
// in the same run, on a disk, in batches as a group commit makes them.
func BenchmarkAppend(b *testing.B) {
	pragmas := "?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)"
	for _, batch := range []int{1, 33, 256} {
		b.Run(fmt.Sprintf("batch=%d/bare", batch), func(b *testing.B) {
			db := databaseIn(b, "file:"+filepath.Join(b.TempDir(), "bare.db")+pragmas)
			_, err := db.Exec(`CREATE TABLE bare (id INTEGER PRIMARY KEY, data BLOB)`)
			require.NoError(b, err)
			data := make([]byte, 250)
			for n := 0; n < b.N; n += batch {
				inTx(b, db, func(tx *sql.Tx) error {
					stmt, err := tx.Prepare(`INSERT INTO bare (data) VALUES ($1)`)
					if err != nil {
						return err
					}
					defer stmt.Close()
					for range batch {
						if _, err := stmt.Exec(data); err != nil {
							return err
						}
					}
					return nil
				})
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
		b.Run(fmt.Sprintf("batch=%d/facts", batch), func(b *testing.B) {
			db := databaseIn(b, "file:"+filepath.Join(b.TempDir(), "audit.db")+pragmas)
			f := session.Fact{Kind: session.EngineAsked, Session: session.ID{1}, Turn: 3, Policy: 9, Count: 1}
			records := make([]Record, batch)
			for i := range records {
				records[i] = Record{Tenant: "acme", At: november, Fact: f}
			}
			for n := 0; n < b.N; n += batch {
				inTx(b, db, func(tx *sql.Tx) error { return AppendAll(context.Background(), tx, records) })
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// BenchmarkVerify is per entry of a log of 20,000.
func BenchmarkVerify(b *testing.B) {
	db := database(b)
	const size = 20_000
	records := make([]Record, size)
	for i := range records {
		records[i] = Record{Tenant: "acme", At: november, Fact: session.Fact{Kind: session.EngineAsked, Session: session.ID{1}, Turn: 3, Policy: 9}}
	}
	inTx(b, db, func(tx *sql.Tx) error { return AppendAll(context.Background(), tx, records) })
	file := export(b, db, "acme", nil)
	b.Run("export", func(b *testing.B) {
		for n := 0; n < b.N; n += size {
			require.NoError(b, Export(context.Background(), db, "acme", nil, io.Discard))
		}
	})
	b.Run("verify", func(b *testing.B) {
		for n := 0; n < b.N; n += size {
			_, err := Verify(reader(file), nil, nil)
			require.NoError(b, err)
		}
	})
}
