package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// A clock that is set back is named, with the entry and by how much, and is no
// alarm: the log grew in its order all the same.
func TestClockSetBack(t *testing.T) {
	db := database(t)
	at := []time.Time{november, november.Add(time.Hour), november.Add(30 * time.Minute), november.Add(59*time.Minute + 30*time.Second), november.AddDate(0, -2, 0), november.Add(2 * time.Hour)}
	for _, at := range at {
		append1(t, db, "acme", at, session.Fact{Kind: session.SignedIn})
	}
	logs, err := Logs(context.Background(), db, "acme")
	require.NoError(t, err)
	require.Len(t, logs, 1, "a log that has begun is not left for an earlier month")
	report, err := Verify(reader(export(t, db, "acme", nil)), nil, nil)
	require.NoError(t, err)
	require.Equal(t, []SetBack{{3, 30 * time.Minute}, {5, november.Add(59*time.Minute + 30*time.Second).Sub(november.AddDate(0, -2, 0))}}, report.SetBack)
	require.Equal(t, november.Add(2*time.Hour), report.Newest)
}

// Two writers on one log: each entry has a place of its own, or its writer is
// refused, and the log verifies.
func TestTwoWriters(t *testing.T) { // R65
	ctx := context.Background()
	file := "file:" + filepath.Join(t.TempDir(), "audit.db") + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)"
	dbs := []*sql.DB{databaseIn(t, file+"&_txlock=immediate")}
	other, err := sql.Open("sqlite", file+"&_txlock=immediate")
	require.NoError(t, err)
	t.Cleanup(func() { _ = other.Close() })
	dbs = append(dbs, other)
	n := int(200 * *scale)
	written := make([]int, len(dbs))
	var both sync.WaitGroup
	for i, db := range dbs {
		both.Go(func() {
			for range n {
				tx, err := db.Begin()
				if err == nil {
					_, err = Append(ctx, tx, "acme", november, session.Fact{Kind: session.SignedIn, Count: uint64(i)})
					if err == nil {
						err = tx.Commit()
					} else {
						_ = tx.Rollback()
					}
				}
				if err == nil {
					written[i]++
				}
			}
		})
	}
	both.Wait()
	report, err := Verify(reader(export(t, dbs[0], "acme", nil)), nil, nil)
	require.NoError(t, err)
	require.EqualValues(t, written[0]+written[1], report.Recomputed, "what was written is there, and nothing else")
	require.NotZero(t, written[0])
	require.NotZero(t, written[1])
	t.Logf("%d and %d entries by two writers", written[0], written[1])

	// One that goes by what it read before is refused, whatever the database
	// lets through.
	tx, err := dbs[0].Begin()
	require.NoError(t, err)
	w, err := begin(ctx, tx, "acme", november)
	require.NoError(t, err)
	require.NoError(t, w.add(november, session.Fact{Kind: session.SignedIn}))
	_, err = tx.Exec(`UPDATE audit_log SET size = size + 1`)
	require.NoError(t, err)
	require.ErrorContains(t, w.end(), "another writer")
	require.NoError(t, tx.Rollback())
}

// Hostile texts in every place of an export where there is one: refused, with
// an error that a terminal can print.
func TestHostileExport(t *testing.T) {
	s, known := signer(t)
	good := ""
	for seed := uint64(0); !strings.Contains(good, `"month":`); seed++ { // more than one log
		db, _ := sample(t, rand.New(rand.NewPCG(40, seed)), s)
		good = string(export(t, db, "acme", nil))
	}
	hostile := []string{"\x1b[2J", "\u202e", "\x00", "../../../etc/passwd", strings.Repeat("A", 2000), `","x":"`, "acme/2026-11\n{", "\xff\xfe", "<script>", "${jndi:x}", "9223372036854775808", "-1", "1e9"}
	n := 0
	for _, evil := range hostile {
		for _, key := range []string{`"log":"`, `"base":`, `"size":`, `"root":"`, `"checkpoint":"`, `"logs":`, `{"n":`, `"hashes":"`, `"leaf":`, `"kind":"`, `"salt":"`, `"at":`, `"month":`} {
			for _, cut := range []int{0, 4} {
				i := strings.Index(good, key)
				require.Positive(t, i, key)
				i += len(key)
				text := good[:i] + evil + good[min(i+cut, len(good)):]
				for _, keys := range []Verifiers{nil, known} {
					if keys == nil && key == `"checkpoint":"` {
						continue // nobody looks at what no known key can have signed
					}
					_, err := Verify(strings.NewReader(text), keys, nil)
					require.Error(t, err, "%s %q", key, evil)
					var bad *BadEntry
					require.True(t, errors.As(err, &bad) || errors.Is(err, ErrNotAnAudit) || errors.Is(err, ErrTruncated), "%s %q: %v", key, evil, err)
					require.Less(t, len(err.Error()), 400)
					require.False(t, strings.ContainsFunc(err.Error(), func(c rune) bool { return !unicode.IsPrint(c) || c == unicode.ReplacementChar }), "%q", err.Error())
					n++
				}
			}
		}
	}
	for _, evil := range hostile {
		_, err := ReadCheckpoints([]byte(evil), known)
		require.ErrorIs(t, err, ErrCheckpoint)
		require.False(t, strings.ContainsFunc(err.Error(), unicode.IsControl), "%q", err.Error())
		_, err = OpenCheckpoint(fmt.Appendf(nil, "example.org/audit/%s/2026-11\n5\nAAAA\n\n— example.org/audit AAAA\n", evil), known)
		require.ErrorIs(t, err, ErrCheckpoint)
	}
	t.Logf("%d hostile exports", n)
}
