package tenant

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"
)

// mistaken holds what is said of files with mistakes against a golden archive,
// in which each file has what is said of it behind it. of reads a file, whose
// path it is given, in a folder; of a value nothing may be said.
func mistaken(t *testing.T, golden, folder string, of func(path string, data []byte) error) {
	t.Helper()
	archive, err := txtar.ParseFile(golden)
	require.NoError(t, err)
	require.Zero(t, len(archive.Files)%2)
	for i := 0; i < len(archive.Files); i += 2 {
		file, want := archive.Files[i], &archive.Files[i+1]
		name := strings.TrimSuffix(file.Name, ".yaml")
		require.Equal(t, name+".txt", want.Name)
		t.Run(name, func(t *testing.T) {
			err := of(filepath.Join(folder, "mayfly.yaml"), file.Data)
			require.Error(t, err)
			text := strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), "") + "\n"
			require.NotContains(t, strings.ToUpper(text), "CANARY")
			if *update {
				want.Data = []byte(text)
				return
			}
			require.Equal(t, string(want.Data), text)
		})
	}
	if *update {
		require.NoError(t, os.WriteFile(golden, txtar.Format(archive), 0o600))
	}
	t.Logf("n = %d files with mistakes", len(archive.Files)/2)
}

// keyed is a folder with a file that only its owner reads, key, and one that
// everybody does, open.
func keyed(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	secret(t, folder, "key")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "open"), []byte("x"), 0o644))
	return folder
}
