package recorder

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/export"
)

// TestExportKilledChild is the process that TestExportKilled kills.
func TestExportKilledChild(t *testing.T) {
	folder := os.Getenv("MAYFLY_EXPORT_FOLDER")
	if folder == "" {
		return
	}
	c := newClock()
	r, err := Open(context.Background(), Options{Folder: filepath.Join(folder, "data"), Now: c.now})
	require.NoError(t, err)
	_, err = r.Export(context.Background(), Query{Tenant: "acme"}, mover, filepath.Join(folder, "export"), func(done, _ int) { fmt.Println("done", done) })
	require.NoError(t, err)
	require.NoError(t, r.Close())
}

// R17: an export that is killed, again and again, goes on where it was and ends
// as one that was left alone.
func TestExportKilled(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	data := filepath.Join(folder, "data")
	require.NoError(t, os.Mkdir(data, 0o700))
	c := newClock()
	r, err := Open(t.Context(), Options{Folder: data, Now: c.now})
	require.NoError(t, err)
	allow(t, r, "acme", "mia")
	n := max(int(100**scale), 60)
	spoken(t, r, n, month)
	require.NoError(t, r.Close())

	kills := 0
	for ended := false; !ended; {
		child := exec.Command(os.Args[0], "-test.run", "^TestExportKilledChild$")
		child.Env = append(os.Environ(), "MAYFLY_EXPORT_FOLDER="+folder)
		pipe, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		// Each process gets one batch further, and is killed in the next.
		lines := bufio.NewScanner(pipe)
		for lines.Scan() && kills*exported < n-2*exported {
			time.Sleep(time.Duration(kills) * time.Millisecond)
			_ = child.Process.Kill()
		}
		if ended = child.Wait() == nil; !ended {
			kills++
		}
		require.Less(t, kills, 100)
	}
	require.Greater(t, kills, 1)
	r = open(t, data, c)
	whole := filepath.Join(t.TempDir(), "export")
	_, err = r.Export(t.Context(), Query{Tenant: "acme"}, mover, whole, nil)
	require.NoError(t, err)
	a, _, err := export.Open(whole)
	require.NoError(t, err)
	b, _, err := export.Open(filepath.Join(folder, "export"))
	require.NoError(t, err)
	require.Equal(t, a.Files, b.Files)
	require.Equal(t, n, b.Sessions)
	t.Logf("n = %d sessions, killed %d times", n, kills)
}
