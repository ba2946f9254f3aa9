package siem

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func readLines(t *testing.T, f File) (lines []string) {
	t.Helper()
	for n := f.Keep; n >= 0; n-- {
		path := f.Path
		if n > 0 {
			path = fmt.Sprintf("%s.%d", f.Path, n)
		}
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		require.True(t, len(data) == 0 || data[len(data)-1] == '\n')
		at, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), at.Mode().Perm())
		for line := range bytes.Lines(data) {
			lines = append(lines, string(bytes.TrimSpace(line)))
		}
	}
	return lines
}

// Lines stay in their order over files and restarts, the oldest files go, and
// what a crash left of a line is not kept.
func TestFile(t *testing.T) {
	f := File{Path: filepath.Join(t.TempDir(), "audit.jsonl"), Max: 2000, Keep: 3}
	rng := rand.New(rand.NewPCG(7, 8))
	var want []string
	n := int(300 * *scale)
	for i := range n {
		var lines [][]byte
		for j := range 1 + rng.IntN(5) {
			line := fmt.Sprintf(`{"n":"%d.%d %x"}`, i, j, make([]byte, rng.IntN(40)))
			want, lines = append(want, line), append(lines, []byte(line))
		}
		require.NoError(t, f.Append(lines))
		if rng.IntN(5) == 0 {
			torn, err := os.OpenFile(f.Path, os.O_WRONLY|os.O_APPEND, 0)
			require.NoError(t, err)
			_, err = torn.WriteString(`{"n":"to` + string(bytes.Repeat([]byte("r"), rng.IntN(9000))))
			require.NoError(t, err)
			require.NoError(t, torn.Close())
		}
	}
	require.NoError(t, f.Append([][]byte{[]byte("last")}))
	want = append(want, "last")
	have := readLines(t, f)
	require.Greater(t, len(have), 30)
	require.Equal(t, want[len(want)-len(have):], have)
	all, err := os.ReadDir(filepath.Dir(f.Path))
	require.NoError(t, err)
	require.Len(t, all, 4)
	for _, e := range all {
		at, err := e.Info()
		require.NoError(t, err)
		require.Less(t, at.Size(), int64(2700), "what is torn is cut off before more is written")
	}
	t.Logf("n = %d writings", n)
}

// A file that others could read is its owner's from then on, and what is no
// file is not written to.
func TestFileIsTheOwners(t *testing.T) {
	folder := t.TempDir()
	f := File{Path: filepath.Join(folder, "a"), Max: 1 << 20, Keep: 1}
	require.NoError(t, os.WriteFile(f.Path, []byte("before\n"), 0o644))
	require.NoError(t, f.Append([][]byte{[]byte("after")}))
	require.Equal(t, []string{"before", "after"}, readLines(t, f))
	link := File{Path: filepath.Join(folder, "b"), Max: 1, Keep: 1}
	require.NoError(t, os.Symlink(f.Path, link.Path))
	require.Error(t, link.Append([][]byte{[]byte("x")}))
	require.Error(t, File{Path: folder, Max: 1, Keep: 1}.Append([][]byte{[]byte("x")}))
	require.Error(t, File{Path: filepath.Join(folder, "none", "x"), Max: 1, Keep: 1}.Append([][]byte{[]byte("x")}))
	require.Equal(t, []string{"before", "after"}, readLines(t, f))
}
