package main_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rewritePromises makes TestPromises write what it would compare with.
var rewritePromises = flag.Bool("promises", false, "fill the columns tests and planted faults of web/docs/promises.md")

const (
	promisesFile = "web/docs/promises.md"
	promises     = 83
)

// promiseRow is a line of the table.
type promiseRow struct{ number, text, where, tests, plants, state string }

func parsePromise(line string) (promiseRow, bool) {
	if !strings.HasPrefix(line, "| R") {
		return promiseRow{}, false
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	if len(cells) != 6 {
		return promiseRow{number: line}, true
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return promiseRow{cells[0], cells[1], cells[2], cells[3], cells[4], cells[5]}, true
}

func (r promiseRow) String() string {
	line := "|"
	for _, cell := range []string{r.number, r.text, r.where, r.tests, r.plants, r.state} {
		line += " " + cell + " |"
		line = strings.ReplaceAll(line, "|  |", "| |")
	}
	return line
}

// TestPromises holds the table of promises to the tree: every number has its
// row, the tests and plants are those that cite it, files exist, and nothing
// is called enforced that has no file, test and plant.
func TestPromises(t *testing.T) {
	root := os.DirFS("../..")
	text, err := fs.ReadFile(root, promisesFile)
	require.NoError(t, err)
	cited, err := citations(root)
	require.NoError(t, err)
	planted, err := plantCitations(root)
	require.NoError(t, err)
	for _, finding := range promiseFindings(root, string(text), cited, planted) {
		if !*rewritePromises {
			t.Error(finding)
		}
	}
	if *rewritePromises {
		require.NoError(t, os.WriteFile(filepath.Join("../..", promisesFile), []byte(filled(string(text), cited, planted)), 0o644))
	}
}

// promiseFindings are what is wrong with the table.
func promiseFindings(root fs.FS, text string, cited, planted map[string][]string) (findings []string) {
	find := func(format string, args ...any) { findings = append(findings, fmt.Sprintf(format, args...)) }
	next := 1
	for line := range strings.SplitSeq(text, "\n") {
		row, ok := parsePromise(line)
		if !ok {
			continue
		}
		if want := "R" + strconv.Itoa(next); row.number != want {
			find("%q stands where %s must", row.number, want)
		}
		next++
		for _, file := range quoted.FindAllStringSubmatch(row.where, -1) {
			if _, err := fs.Stat(root, file[1]); err != nil {
				find("%s is enforced in %s, which does not exist", row.number, file[1])
			}
		}
		if row.tests != joinNames(cited[row.number]) || row.plants != joinNames(planted[row.number]) {
			find("%s: its tests or planted faults changed: run make promises", row.number)
		}
		if row.text == "" {
			find("%s has no words", row.number)
		}
		state, rest, _ := strings.Cut(row.state, ":")
		switch state {
		case "enforced":
			if row.where == "" || row.tests == "" || row.plants == "" {
				find("%s is called enforced without a file, a test and a planted fault", row.number)
			}
		case "declared":
			if strings.TrimSpace(rest) == "" {
				find("%s is declared: say by whom, and when", row.number)
			}
		case "not yet":
		default:
			find("%s has the state %q; use enforced, declared or not yet", row.number, state)
		}
	}
	if next != promises+1 {
		find("the table has %d rows of %d", next-1, promises)
	}
	for _, number := range slices.Sorted(maps.Keys(cited)) {
		if n, err := strconv.Atoi(number[1:]); err != nil || n < 1 || n > promises {
			find("%s is cited in %s, but there is no such promise", number, joinNames(cited[number]))
		}
	}
	return findings
}

var quoted = regexp.MustCompile("`([^`]+)`")

// filled is the text with the columns that are computed.
func filled(text string, cited, planted map[string][]string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if row, ok := parsePromise(line); ok && row.state != "" {
			row.tests, row.plants = joinNames(cited[row.number]), joinNames(planted[row.number])
			lines[i] = row.String()
		}
	}
	return strings.Join(lines, "\n")
}

func joinNames(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

var (
	citation = regexp.MustCompile(`\bR[1-9][0-9]*\b`)
	testName = regexp.MustCompile(`^(Test|Fuzz|Benchmark|Example)`)
)

// citations are, by promise, the tests whose comments name it: Go tests,
// scripts of the whole program, and the tests of .ci in other languages.
func citations(root fs.FS) (map[string][]string, error) {
	cited := map[string][]string{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == "node_modules" || d.Name() == ".git" || name == ".ci/out" {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case strings.HasSuffix(name, "_test.go"):
			return goCitations(root, name, cited)
		case strings.HasPrefix(name, ".ci/") && slices.Contains([]string{".js", ".mjs", ".ts"}, path.Ext(name)):
			return lineCitations(root, name, "//", cited)
		case strings.Contains(name, "testdata/script/"):
			return lineCitations(root, name, "#", cited)
		}
		return nil
	})
	return cited, err
}

func goCitations(root fs.FS, name string, cited map[string][]string) error {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, group := range file.Comments {
		// Not group.Text: it leaves out lines like directives.
		for _, comment := range group.List {
			for _, number := range citation.FindAllString(comment.Text, -1) {
				cited[number] = append(cited[number], path.Dir(name)+" "+holder(file, comment, path.Base(name)))
			}
		}
	}
	return nil
}

// holder is the test that the comment is in or above, or the file.
func holder(file *ast.File, comment *ast.Comment, name string) string {
	for _, decl := range file.Decls {
		function, ok := decl.(*ast.FuncDecl)
		if !ok || function.Recv != nil || !testName.MatchString(function.Name.Name) {
			continue
		}
		from := function.Pos()
		if function.Doc != nil {
			from = function.Doc.Pos()
		}
		if from <= comment.Pos() && comment.Pos() < function.End() {
			return function.Name.Name
		}
	}
	return name
}

func lineCitations(root fs.FS, name, mark string, cited map[string][]string) error {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if _, comment, ok := strings.Cut(line, mark); ok {
			for _, number := range citation.FindAllString(comment, -1) {
				cited[number] = append(cited[number], name)
			}
		}
	}
	return nil
}

// plantCitations are, by promise, the planted faults whose heads name it.
func plantCitations(root fs.FS) (map[string][]string, error) {
	planted := map[string][]string{}
	files, err := fs.Glob(root, "cmd/mayfly/testdata/plants/*.patch")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return nil, err
		}
		head, _, _ := strings.Cut(string(text), "\n\n")
		for line := range strings.Lines(head) {
			if numbers, ok := strings.CutPrefix(line, "promises: "); ok {
				for _, number := range strings.Fields(numbers) {
					planted[number] = append(planted[number], strings.TrimSuffix(path.Base(name), ".patch"))
				}
			}
		}
	}
	return planted, nil
}
