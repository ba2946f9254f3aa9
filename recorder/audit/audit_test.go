package audit

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"database/sql"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	_ "modernc.org/sqlite"

	"mayfly/session"
)

var november = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)

// database is an empty one with the schema of the store, in memory.
func database(t testing.TB) *sql.DB {
	t.Helper()
	return databaseIn(t, ":memory:")
}

func databaseIn(t testing.TB, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	for _, name := range []string{"0010_audit.sql", "0050_audit_dropped.sql", "0070_audit_session.sql"} {
		text, err := os.ReadFile(filepath.Join("..", "store", "migrations", "sqlite", name))
		require.NoError(t, err)
		up, _, ok := strings.Cut(string(text), "-- +goose Down")
		require.True(t, ok)
		_, err = db.Exec(up)
		require.NoError(t, err)
	}
	return db
}

// inTx does something in one transaction.
func inTx(t testing.TB, db *sql.DB, do func(tx *sql.Tx) error) {
	t.Helper()
	tx, err := db.Begin()
	require.NoError(t, err)
	require.NoError(t, do(tx))
	require.NoError(t, tx.Commit())
}

func append1(t testing.TB, db *sql.DB, tenant string, at time.Time, f session.Fact) (number uint64) {
	t.Helper()
	inTx(t, db, func(tx *sql.Tx) (err error) {
		number, err = Append(context.Background(), tx, tenant, at, f)
		return err
	})
	return number
}

// fact is any fact.
func fact(r *rand.Rand) session.Fact {
	f := session.Fact{Kind: session.FactKind(r.IntN(len(session.FactKinds())))}
	if f.Kind == session.AuditPruned {
		f.Kind = session.Swept
	}
	maybe := func(set func()) {
		if r.IntN(2) == 0 {
			set()
		}
	}
	id := func() (id session.ID) {
		for i := range id {
			id[i] = byte(r.Uint32())
		}
		return id
	}
	maybe(func() { f.Session = id() })
	maybe(func() { f.Actor = id() })
	maybe(func() { f.Object = id() })
	maybe(func() { f.Turn = session.TurnNo(r.Uint32()) })
	maybe(func() { f.Notice = r.Uint32() })
	maybe(func() { f.Purposes = session.Purposes(r.Uint32()) & session.AllPurposes })
	maybe(func() { f.Reason = session.Reasons()[r.IntN(len(session.Reasons()))] })
	maybe(func() { f.Policy = r.Uint64() })
	maybe(func() { f.Before = r.Uint64() })
	maybe(func() { f.Count = r.Uint64() })
	maybe(func() { a, b := id(), id(); copy(f.Hash[:], a[:]); copy(f.Hash[16:], b[:]) })
	return f
}

// fill writes n facts over some months, in batches of any size.
func fill(t testing.TB, db *sql.DB, r *rand.Rand, tenant string, n int) {
	t.Helper()
	at := november.Add(-time.Duration(r.IntN(100*24)) * time.Hour)
	for n > 0 {
		batch := min(n, 1+r.IntN(9))
		records := make([]Record, batch)
		for i := range records {
			records[i] = Record{Tenant: tenant, At: at, Fact: fact(r)}
			at = at.Add(time.Duration(r.IntN(3*24*60)) * time.Minute)
		}
		inTx(t, db, func(tx *sql.Tx) error { return AppendAll(context.Background(), tx, records) })
		n -= batch
	}
}

func export(t testing.TB, db *sql.DB, tenant string, published map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	logs, err := Logs(context.Background(), db, tenant)
	require.NoError(t, err)
	require.NoError(t, Export(context.Background(), db, logs, published, &b))
	return b.Bytes()
}

func signer(t testing.TB) (note.Signer, note.Verifiers) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(crand.Reader, "example.org/audit")
	require.NoError(t, err)
	s, err := note.NewSigner(skey)
	require.NoError(t, err)
	v, err := note.NewVerifier(vkey)
	require.NoError(t, err)
	return s, note.VerifierList(v)
}

func reader(b []byte) *bytes.Reader { return bytes.NewReader(b) }
