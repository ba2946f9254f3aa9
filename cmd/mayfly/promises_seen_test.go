package main_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// promised is a table of the right length whose first row is the given one.
func promised(first string) string {
	lines := []string{first}
	for n := 2; n <= promises; n++ {
		lines = append(lines, fmt.Sprintf("| R%d | words | | | | not yet |", n))
	}
	return strings.Join(lines, "\n") + "\n"
}

// TestPromisesSeen shows what is wrong with tables to the rule that must say so.
func TestPromisesSeen(t *testing.T) {
	root := fstest.MapFS{"session/speech.go": {}}
	cited := map[string][]string{"R1": {"session TestForget"}}
	planted := map[string][]string{"R1": {"forget-keeps"}}
	const good = "| R1 | words | `session/speech.go` | session TestForget | forget-keeps | enforced |"
	require.Empty(t, promiseFindings(root, promised(good), cited, planted))
	require.Equal(t, promised(good), filled(promised("| R1 | words | `session/speech.go` | TestOld | | enforced |"), cited, planted))
	for name, fault := range map[string]struct{ old, new, want string }{
		"number":      {"R1 ", "R7 ", `"R7" stands where R1 must`},
		"words":       {" words ", " ", "R1 has no words"},
		"cells":       {"| words ", "", "stands where R1 must"},
		"file":        {"speech.go", "gone.go", "which does not exist"},
		"stale test":  {"TestForget", "TestGone", "run make promises"},
		"stale plant": {"forget-keeps", "gone", "run make promises"},
		"no file":     {"`session/speech.go`", "", "enforced without"},
		"declared":    {"enforced", "declared", "by whom"},
		"state":       {"enforced", "mostly", "has the state"},
	} {
		t.Run(name, func(t *testing.T) {
			findings := promiseFindings(root, promised(strings.Replace(good, fault.old, fault.new, 1)), cited, planted)
			require.Contains(t, strings.Join(findings, "\n"), fault.want)
		})
	}
	t.Run("missing row", func(t *testing.T) {
		require.Contains(t, strings.Join(promiseFindings(root, good+"\n", cited, planted), "\n"), "1 rows of 83")
	})
	t.Run("no such promise", func(t *testing.T) {
		findings := promiseFindings(root, promised(good), map[string][]string{"R1": cited["R1"], "R84": {"x"}}, planted)
		require.Contains(t, strings.Join(findings, "\n"), "R84 is cited in x")
	})
}

// TestCitations finds a promise's number where a test cites it, and only in
// comments.
func TestCitations(t *testing.T) {
	root := fstest.MapFS{
		"a/a_test.go":                          {Data: []byte("package a\n\n// Above a table: R1.\nvar R2 = 1\n\n// TestDoc proves it. // R3 R4\nfunc TestDoc(t *T) {\n\tR5()\n\t// R6: inside\n}\n\n// R7\nfunc helper() {}\n")},
		"a/a.go":                               {Data: []byte("package a // R8\n")},
		".ci/conformance/node_modules/x/x.mjs": {Data: []byte("// R9\n")},
		".ci/conformance/turn.mjs":             {Data: []byte("R10() // R11\n")},
		"cmd/mayfly/testdata/script/start.txt": {Data: []byte("# R12\nexec mayfly\n")},
	}
	cited, err := citations(root)
	require.NoError(t, err)
	require.Equal(t, map[string][]string{
		"R1": {"a a_test.go"}, "R3": {"a TestDoc"}, "R4": {"a TestDoc"}, "R6": {"a TestDoc"}, "R7": {"a a_test.go"},
		"R11": {".ci/conformance/turn.mjs"},
		"R12": {"cmd/mayfly/testdata/script/start.txt"},
	}, cited)
}
