package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The last room of a full disk is enough for hundreds of changes. What is not
// urgent gets none of it, however often it is tried, before and in between.
// R12
func TestLastRoom(t *testing.T) {
	const n = 300
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=24m,mode=700"); err != nil {
		t.Skipf("needs leave to mount a tmpfs: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
	ctx := context.Background()
	s, err := Open(ctx, folder)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	f, err := os.Create(filepath.Join(folder, "filler"))
	require.NoError(t, err)
	page := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(page)
	}
	require.ErrorIs(t, err, unix.ENOSPC)
	require.NoError(t, f.Close())

	no := func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO setting (name, value, note) SELECT 'no' || count(*), 1, $1 FROM setting", string(make([]byte, 64<<10)))
		return err
	}
	for range 3 * n {
		if err = s.Do(ctx, no); err != nil {
			break
		}
	}
	require.ErrorIs(t, err, ErrFull)
	require.FileExists(t, filepath.Join(folder, ballastFile))
	for i := range n {
		require.ErrorIs(t, s.Do(ctx, no), ErrFull)
		require.NoError(t, s.DoUrgent(ctx, func(tx *sql.Tx) error { return setting(tx, fmt.Sprintf("yes%d", i), i) }), "%d", i)
	}
	t.Logf("n = %d changes in the last room", n)
}
