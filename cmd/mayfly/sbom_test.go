package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the program says that it is made of is what it was built from: each
// module with what go.sum knows of it, and each file that is in it with its
// hash. It knows no licences, and says none. // R83
func TestSBOM(t *testing.T) {
	info, ok := debug.ReadBuildInfo()
	require.True(t, ok)
	require.NotEmpty(t, info.Deps)
	b, err := bomOf(info, []bomHash{{"SHA-256", strings.Repeat("a", 64)}})
	require.NoError(t, err)
	again, err := bomOf(info, []bomHash{{"SHA-256", strings.Repeat("a", 64)}})
	require.NoError(t, err)
	require.Equal(t, b, again, "the same program, the same document")
	other, err := bomOf(info, []bomHash{{"SHA-256", strings.Repeat("b", 64)}})
	require.NoError(t, err)
	require.NotEqual(t, b.Serial, other.Serial)

	seen, files := map[string]bool{b.Metadata.Component.Ref: true}, map[string]string{}
	for _, c := range b.Components {
		require.False(t, seen[c.Ref], "%s is there twice", c.Ref)
		seen[c.Ref] = true
		if c.Type == "file" {
			files[c.Name] = c.Hashes[0].Content
			continue
		}
		require.Empty(t, c.Hashes, "the sum of a module is no hash of a file")
	}
	for _, m := range info.Deps {
		require.True(t, seen[m.Path+"@"+m.Version], "%s", m.Path)
	}
	for _, d := range b.Dependencies {
		for _, ref := range d.On {
			require.True(t, seen[ref], "%s depends on what is not there", ref)
		}
	}
	raw, err := json.Marshal(b)
	require.NoError(t, err)
	require.NotContains(t, string(raw), `"licenses"`)
	for _, m := range info.Deps {
		require.Contains(t, string(raw), m.Sum)
	}

	// Every file that a line of the program's code embeds is in it, as it is
	// on the disk; but for those that are served joined.
	root, n := filepath.Join("..", ".."), 0
	embeds := regexp.MustCompile(`(?m)^//go:embed (.+)$`)
	joined := regexp.MustCompile(`^web/embed/|^web/shared/sound/worklet\.js$`)
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range embeds.FindAllStringSubmatch(string(source), -1) {
			for _, pattern := range strings.Fields(m[1]) {
				matches, err := filepath.Glob(filepath.Join(filepath.Dir(path), pattern))
				require.NoError(t, err)
				require.NotEmpty(t, matches, "%s: %s", path, pattern)
				for _, match := range matches {
					require.NoError(t, filepath.WalkDir(match, func(name string, d fs.DirEntry, err error) error {
						if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") || strings.HasPrefix(d.Name(), "_") {
							return err
						}
						data, err := os.ReadFile(name)
						require.NoError(t, err)
						name, err = filepath.Rel(root, name)
						require.NoError(t, err)
						if joined.MatchString(name) {
							return nil
						}
						sum := sha256.Sum256(data)
						require.Equal(t, hex.EncodeToString(sum[:]), files[name], "%s", name)
						n++
						return nil
					}))
				}
			}
		}
		return nil
	}))
	require.Greater(t, n, 100)
	require.NotEmpty(t, files["web/embed/v1/mayfly-avatar.js"])
	t.Logf("n = %d modules, %d files", len(info.Deps), n)

	_, err = bomOf(nil, nil)
	require.ErrorIs(t, err, errNoBuild)
	_, err = bomOf(&debug.BuildInfo{}, nil)
	require.ErrorIs(t, err, errNoBuild)
}
