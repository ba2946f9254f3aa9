package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func opened(tb testing.TB) *Store {
	tb.Helper()
	s, err := Open(context.Background(), tb.TempDir())
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

func setting(tx *sql.Tx, name string, value int) error {
	_, err := tx.Exec("INSERT INTO setting (name, value) VALUES ($1, $2)", name, value)
	return err
}

func settings(tb testing.TB, s *Store) (n int) {
	tb.Helper()
	require.NoError(tb, s.DB().QueryRow("SELECT count(*) FROM setting WHERE name LIKE 'x%'").Scan(&n))
	return n
}

// What a connection is set to, as SQLite says it: a commit that returned is on
// the disk, and what is deleted is overwritten.
func TestPragmas(t *testing.T) {
	s := opened(t)
	for name, db := range map[string]*sql.DB{"writer": s.w, "readers": s.db, "keys": s.keys} {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "temp_store": "2", "trusted_schema": "0"} {
			var got string
			require.NoError(t, db.QueryRow("PRAGMA "+pragma).Scan(&got))
			require.Equal(t, want, got, "%s of the %s", pragma, name)
		}
	}
	_, err := s.DB().Exec("DELETE FROM setting")
	require.Error(t, err, "readers write")
}

// A job that fails, or breaks, is taken back alone: its batch becomes durable.
func TestFailedJobAlone(t *testing.T) {
	s := opened(t)
	held, reached := make(chan struct{}), make(chan struct{})
	go func() {
		_ = s.Idle(context.Background(), func(*sql.DB) error { close(reached); <-held; return nil })
	}()
	<-reached
	bad := errors.New("refused")
	over := make([]chan error, 30)
	for i := range over {
		over[i] = make(chan error, 1)
		s.Put(context.Background(), Job{
			Run: func(tx *sql.Tx) error {
				if err := setting(tx, fmt.Sprintf("x%d", i), i); err != nil {
					return err
				}
				switch i % 3 {
				case 1:
					return bad
				case 2:
					panic("a fault")
				}
				return nil
			},
			Done: func(err error) { over[i] <- err },
		})
	}
	close(held)
	for i := range over {
		err := <-over[i]
		switch i % 3 {
		case 0:
			require.NoError(t, err)
		case 1:
			require.ErrorIs(t, err, bad)
		case 2:
			require.Error(t, err)
		}
	}
	require.Equal(t, 10, settings(t, s))
}

// Jobs with the same Join become durable by one call, in their order. What one
// of them breaks breaks none of the others.
func TestJoined(t *testing.T) {
	const n = 40
	bad := errors.New("refused")
	for _, broken := range []bool{false, true} {
		s := opened(t)
		held, reached := make(chan struct{}), make(chan struct{})
		go func() {
			_ = s.Idle(context.Background(), func(*sql.DB) error { close(reached); <-held; return nil })
		}()
		<-reached
		calls, ran := 0, []int{}
		join := &Join{Run: func(tx *sql.Tx, parts []any) error {
			calls++
			for _, part := range parts {
				i := part.(int)
				ran = append(ran, i)
				if err := setting(tx, fmt.Sprintf("x%d", i), i); err != nil {
					return err
				}
				if broken && i == 7 {
					return bad
				}
				if broken && i == 9 {
					panic("a fault")
				}
			}
			return nil
		}}
		over := make([]chan error, n)
		for i := range over {
			over[i] = make(chan error, 1)
			j := Job{Join: join, Part: i, Done: func(err error) { over[i] <- err }}
			if i == 20 { // another job comes between
				j = Job{Run: func(tx *sql.Tx) error { ran = append(ran, i); return setting(tx, "x20", i) }, Done: j.Done}
			}
			s.Put(context.Background(), j)
		}
		close(held)
		for i := range over {
			err := <-over[i]
			switch {
			case broken && i == 7:
				require.ErrorIs(t, err, bad)
			case broken && i == 9:
				require.Error(t, err)
			default:
				require.NoError(t, err)
			}
		}
		if !broken {
			require.Equal(t, n, settings(t, s))
			require.Equal(t, 2, calls)
			require.True(t, slices.IsSorted(ran))
			continue
		}
		require.Equal(t, n-2, settings(t, s))
		require.Equal(t, 1+20+1, calls, "together, each of those alone, and those after the other job")
	}
}

// Jobs are done in the order in which they were put, one caller's and all
// callers'.
func TestFirstInFirstOut(t *testing.T) {
	s := opened(t)
	var ran []int
	over := make(chan error, 500)
	for i := range 500 {
		s.Put(context.Background(), Job{Run: func(*sql.Tx) error { ran = append(ran, i); return nil }, Done: func(err error) { over <- err }})
	}
	for range 500 {
		require.NoError(t, <-over)
	}
	for i, n := range ran {
		require.Equal(t, i, n)
	}
}

// Do returns when the change is durable: another connection sees it.
func TestDoIsDurable(t *testing.T) {
	s := opened(t)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			name := fmt.Sprintf("x%d", i)
			if err := s.Do(context.Background(), func(tx *sql.Tx) error { return setting(tx, name, i) }); err != nil {
				t.Error(err)
			}
			var n int
			if err := s.DB().QueryRow("SELECT value FROM setting WHERE name = $1", name).Scan(&n); err != nil || n != i {
				t.Error(n, err)
			}
		})
	}
	all.Wait()
}

// Keys are durable before what needs them, and destroyed after what dooms them.
func TestKeysBeforeAndAfter(t *testing.T) {
	s := opened(t)
	ctx := context.Background()
	var order []string
	step := func(name string) func(*sql.Tx) error {
		return func(*sql.Tx) error { order = append(order, name); return nil }
	}
	require.NoError(t, s.DoJob(ctx, Job{Prepare: step("prepare"), Run: step("run"), Shred: step("shred")}))
	require.Equal(t, []string{"prepare", "run", "shred"}, order)
	bad := errors.New("refused")
	order = nil
	require.ErrorIs(t, s.DoJob(ctx, Job{Prepare: func(*sql.Tx) error { return bad }, Run: step("run"), Shred: step("shred")}), bad)
	require.ErrorIs(t, s.DoJob(ctx, Job{Run: func(*sql.Tx) error { return bad }, Shred: step("shred")}), bad)
	require.Empty(t, order)
	require.ErrorIs(t, s.DoJob(ctx, Job{Run: step("run"), Shred: func(*sql.Tx) error { return bad }}), ErrKeyKept)
}

// A full database refuses a batch with an error that has a name, and takes the
// next one when there is room.
func TestFull(t *testing.T) {
	s := opened(t)
	ctx := context.Background()
	limit := func(pages int) {
		require.NoError(t, s.Idle(ctx, func(w *sql.DB) error {
			var now int
			return w.QueryRow(fmt.Sprintf("PRAGMA max_page_count(%d)", pages)).Scan(&now)
		}))
	}
	limit(1)
	big := func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO setting (name, value, note) VALUES ('big', 1, $1)", string(make([]byte, 1<<20)))
		return err
	}
	require.ErrorIs(t, s.Do(ctx, big), ErrFull)
	require.ErrorIs(t, s.Trouble(), ErrFull)
	limit(1 << 30)
	require.NoError(t, s.Do(ctx, big))
	require.Eventually(t, func() bool {
		return s.DoJob(ctx, Job{Run: func(*sql.Tx) error { return nil }}) == nil && s.Trouble() == nil
	}, 10*time.Second, 50*time.Millisecond)
}

// A caller that no longer waits is told so, and its job is not done.
func TestGivenUp(t *testing.T) {
	s := opened(t)
	held, reached := make(chan struct{}), make(chan struct{})
	go func() {
		_ = s.Idle(context.Background(), func(*sql.DB) error { close(reached); <-held; return nil })
	}()
	<-reached
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, s.Do(ctx, func(tx *sql.Tx) error { return setting(tx, "x", 1) }), context.DeadlineExceeded)
	close(held)
	require.NoError(t, s.Do(context.Background(), func(*sql.Tx) error { return nil }))
	require.Zero(t, settings(t, s))
}

// What was taken before Close is done; what comes after it is refused.
func TestClose(t *testing.T) {
	s := opened(t)
	over := make(chan error, 100)
	for i := range 100 {
		s.Put(context.Background(), Job{Run: func(tx *sql.Tx) error { return setting(tx, fmt.Sprintf("x%d", i), i) }, Done: func(err error) { over <- err }})
	}
	require.NoError(t, s.Close())
	for range 100 {
		require.NoError(t, <-over)
	}
	require.ErrorIs(t, s.Do(context.Background(), func(*sql.Tx) error { return nil }), ErrClosed)
	s, err := Open(context.Background(), s.Folder())
	require.NoError(t, err)
	require.Equal(t, 100, settings(t, s))
	require.NoError(t, s.Close())
}
