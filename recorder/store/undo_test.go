package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// called puts a job that is called back while it becomes durable, and gives
// what became of it.
func called(s *Store, undo func(tx *sql.Tx) error) error {
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	s.Put(ctx, Job{
		Run: func(tx *sql.Tx) error {
			cancel()
			return setting(tx, "x", 1)
		},
		Undo: undo,
		Done: func(err error) { over <- err },
	})
	return <-over
}

func takeBack(tx *sql.Tx) error {
	_, err := tx.Exec("DELETE FROM setting WHERE name = 'x'")
	return err
}

// What was called back and could not be taken back, because the disk failed in
// between, is taken back as soon as it can be. Until then nothing is taken in.
// // R12
func TestTakenBackLater(t *testing.T) {
	s := opened(t)
	tries := 0
	disk := errors.New("disk")
	require.ErrorIs(t, called(s, func(tx *sql.Tx) error {
		if tries++; tries < 3 {
			return disk
		}
		return takeBack(tx)
	}), disk)
	require.Equal(t, 1, settings(t, s))
	require.ErrorIs(t, s.Trouble(), disk)
	nothing := func(*sql.Tx) error { return nil }
	require.NoError(t, s.Do(context.Background(), nothing))
	require.Equal(t, 1, settings(t, s))
	require.ErrorIs(t, s.Trouble(), disk, "it is owed still")
	require.NoError(t, s.Do(context.Background(), nothing))
	require.Zero(t, settings(t, s))
	require.NoError(t, s.Do(context.Background(), nothing))
	require.NoError(t, s.Trouble())
	require.Equal(t, 3, tries)
	require.ErrorIs(t, called(s, takeBack), context.Canceled)
	require.Zero(t, settings(t, s))
}

// A store that is closed takes back what it owes.
func TestTakenBackAtTheEnd(t *testing.T) {
	folder := t.TempDir()
	s, err := Open(context.Background(), folder)
	require.NoError(t, err)
	tries := 0
	require.Error(t, called(s, func(tx *sql.Tx) error {
		if tries++; tries == 1 {
			return errors.New("disk")
		}
		return takeBack(tx)
	}))
	require.NoError(t, s.Close())
	s, err = Open(context.Background(), folder)
	require.NoError(t, err)
	defer s.Close()
	require.Zero(t, settings(t, s))
}
