package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// program is a repository with one promise and one test of it.
var program = map[string]string{
	"go.mod":         "module small\n\ngo 1.26\n",
	"a/a.go":         "package a\n\n// Forget clears b.\nfunc Forget(b []byte) {\n\tclear(b)\n}\n",
	"a/a_test.go":    "package a\n\nimport \"testing\"\n\nfunc TestForget(t *testing.T) {\n\tb := []byte{1}\n\tForget(b)\n\tt.Run(\"cleared\", func(t *testing.T) {\n\t\tif b[0] != 0 {\n\t\t\tt.Fatal(\"kept\")\n\t\t}\n\t})\n}\n\nfunc TestBad(t *testing.T) { t.Fatal(\"always\") }\n",
	"b/unrelated.go": "package b\n",
}

// diff replaces line 5 of a/a.go.
func diff(old, new string) string {
	return "--- a/a/a.go\n+++ b/a/a.go\n@@ -3,4 +3,4 @@\n // Forget clears b.\n func Forget(b []byte) {\n-\t" + old + "\n+\t" + new + "\n }\n"
}

func header(test string) string {
	return "fault: it keeps the bytes\npackages: a\ntest: " + test + "\nwhy: words outlive their session\npromises: R1 R2\n\n"
}

// repository makes the program with the plants, commits it and enters it.
func repository(t *testing.T, plants map[string]string) {
	t.Helper()
	root := t.TempDir()
	for name, text := range program {
		write(t, filepath.Join(root, name), text)
	}
	for name, text := range plants {
		write(t, filepath.Join(root, plantsFolder, name+".patch"), text)
	}
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "."},
		{"-c", "user.name=t", "-c", "user.email=t@t.invalid", "commit", "-q", "-m", "x"},
	} {
		_, err := git(t.Context(), root, args...)
		require.NoError(t, err)
	}
	t.Chdir(root)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}

// TestVerdicts runs plants of each kind over a small program.
func TestVerdicts(t *testing.T) {
	const forget = "go test -run TestForget ./a"
	repository(t, map[string]string{
		"killed":         header(forget) + diff("clear(b)", "_ = b"),
		"panics":         header(forget) + diff("clear(b)", "panic(\"no\")"),
		"survived":       header(forget) + diff("clear(b)", "clear(b[:len(b):len(b)])"),
		"no-compile":     header(forget) + diff("clear(b)", "clear(c)"),
		"does-not-apply": header(forget) + diff("wipe(b)", "_ = b"),
		"no-such-test":   header("go test -run TestGone ./a") + diff("clear(b)", "_ = b"),
		"no-such-folder": header("go test -run TestForget ./gone") + diff("clear(b)", "_ = b"),
		"fails-anyway":   header("go test -run TestBad ./a") + diff("clear(b)", "_ = b"),
	})
	var out strings.Builder
	ok, err := run(t.Context(), &out, "", "", 2)
	require.NoError(t, err)
	require.False(t, ok)
	for name, want := range map[string]string{
		"killed":         "killed    killed  TestForget/cleared",
		"panics":         "killed    panics  TestForget",
		"survived":       "SURVIVED  survived  words outlive their session",
		"no-compile":     "BROKEN    no-compile  it does not compile",
		"does-not-apply": "BROKEN    does-not-apply  git apply: error: patch failed",
		"no-such-test":   "BROKEN    no-such-test  its test does not exist",
		"no-such-folder": "BROKEN    no-such-folder  its test fails without it",
		"fails-anyway":   "BROKEN    fails-anyway  its test fails without it: TestBad",
	} {
		verdict, rest, _ := strings.Cut(want, "  ")
		_, detail, _ := strings.Cut(strings.TrimSpace(rest), "  ")
		require.Regexp(t, `(?m)^`+verdict+` +`+name+` .*`+detail, out.String())
	}
	require.Regexp(t, `(?m)^2 killed, 1 survived, 5 broken$`, out.String())

	kept, err := os.ReadFile("a/a.go")
	require.NoError(t, err)
	require.Equal(t, program["a/a.go"], string(kept), "the work tree was changed")
}

// TestChanged chooses by what changed since a commit, in the index or not.
func TestChanged(t *testing.T) {
	repository(t, map[string]string{"one": header("go test -run TestForget ./a") + diff("clear(b)", "_ = b")})
	chosen := func(base string) string {
		var out strings.Builder
		ok, err := run(t.Context(), &out, base, "", 1)
		require.NoError(t, err)
		require.True(t, ok)
		return out.String()
	}
	require.Contains(t, chosen("HEAD"), "0 of 1 plants")
	write(t, "b/new.go", "package b\n")
	require.Contains(t, chosen("HEAD"), "0 of 1 plants")
	write(t, "a/new.go", "package a\n")
	require.Contains(t, chosen("HEAD"), "1 of 1 plants\nkilled")
	require.Contains(t, chosen("HEAD~7"), "1 of 1 plants", "a clone without history tries all")
}

// TestParsePlant refuses headers that say too little or what nobody reads.
func TestParsePlant(t *testing.T) {
	good := header("go test -run TestForget ./a") + diff("clear(b)", "_ = b")
	p, err := parsePlant("x/y.patch", good)
	require.NoError(t, err)
	require.Equal(t, "y", p.name)
	require.Equal(t, []string{"R1", "R2"}, p.promises)
	require.Equal(t, []string{"a/a.go", "a/a.go"}, p.touches)
	for name, change := range map[string]struct{ old, new string }{
		"no fault":    {"fault: it keeps the bytes\n", ""},
		"no why":      {"why: words outlive their session\n", ""},
		"no packages": {"packages: a\n", ""},
		"no test":     {"test: go test -run TestForget ./a\n", ""},
		"no run":      {"-run TestForget ", ""},
		"a shell":     {"test: go test", "test: sh -c"},
		"unknown key": {"why: ", "reason: "},
		"twice":       {"why: ", "fault: "},
		"no promise":  {"R1 R2", "R1, R2"},
		"no diff":     {diff("clear(b)", "_ = b"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.ReplaceAll(good, change.old, change.new)
			require.NotEqual(t, good, changed)
			_, err := parsePlant("x/y.patch", changed)
			require.Error(t, err)
		})
	}
}

// TestPlantsApply holds the plants of this tree to its files, so that one that
// a change has broken is found by that change and not when it is tried.
func TestPlantsApply(t *testing.T) {
	root, err := git(t.Context(), ".", "rev-parse", "--show-toplevel")
	require.NoError(t, err)
	root = strings.TrimSpace(root)
	all, err := loadPlants(root)
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for _, p := range all {
		if _, err := git(t.Context(), root, "apply", "--check", filepath.Join(root, p.file)); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
	}
	t.Logf("n = %d plants", len(all))
}
