package store

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
)

// The driver is machine-made for one version of its C library: another one
// compiles and then fails in ways of its own. Ours must be the one that the
// driver's own go.mod names.
func TestLibcIsTheDriversOwn(t *testing.T) {
	ours := read(t, filepath.Join("..", "..", "go.mod"))
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "modernc.org/sqlite").Output()
	require.NoError(t, err)
	drivers := read(t, filepath.Join(strings.TrimSpace(string(dir)), "go.mod"))
	require.Equal(t, version(drivers, "modernc.org/libc"), version(ours, "modernc.org/libc"))
	require.NotEmpty(t, version(ours, "modernc.org/libc"))
}

func read(tb testing.TB, file string) *modfile.File {
	tb.Helper()
	data, err := os.ReadFile(file)
	require.NoError(tb, err)
	f, err := modfile.Parse(file, data, nil)
	require.NoError(tb, err)
	return f
}

func version(f *modfile.File, module string) string {
	for _, r := range f.Require {
		if r.Mod.Path == module {
			return r.Mod.Version
		}
	}
	return ""
}
