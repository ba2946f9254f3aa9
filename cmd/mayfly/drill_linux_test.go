package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// locksOn are the locks of a process on a file, as the kernel has them.
func locksOn(t *testing.T, pid int, path string) (all []string) {
	t.Helper()
	info, err := os.Stat(path)
	require.NoError(t, err)
	file := fmt.Sprintf(":%d", info.Sys().(*syscall.Stat_t).Ino)
	table, err := os.ReadFile("/proc/locks")
	require.NoError(t, err)
	for _, line := range strings.Split(string(table), "\n") {
		if f := strings.Fields(line); len(f) >= 8 && f[4] == fmt.Sprint(pid) && strings.HasSuffix(f[5], file) {
			all = append(all, strings.Join(f[1:], " "))
		}
	}
	return all
}

// The search of the data folder takes nothing from the databases in it: while
// the gateway runs no other process gets at them, after a drill too. // R1
func TestDrillKeepsTheLocks(t *testing.T) {
	a := drillApp(t)
	d := newDrill(a)
	locked := 0
	before := map[string][]string{}
	for _, name := range []string{"mayfly.db", "keys.db"} {
		path := filepath.Join(a.settings.Data, name)
		before[path] = locksOn(t, os.Getpid(), path)
		locked += len(before[path])
	}
	require.NotZero(t, locked, "the databases are not locked at all")
	for range 3 {
		found, err := d.find(t.Context(), a.settings.Data, "nobody said this")
		require.NoError(t, err)
		require.Empty(t, found)
	}
	for path, want := range before {
		require.Equal(t, want, locksOn(t, os.Getpid(), path))
	}
}
