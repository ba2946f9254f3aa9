package main

import (
	"go/parser"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
	"golang.org/x/tools/go/packages"
)

// Each way of putting content into a line is seen, and what is enough is left
// alone. // R1 R6 R30
func TestAnalyzer(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), analyzer, "mayfly/session", "mayfly/gateway/a")
}

// The program puts nothing into a line, and every permit is needed. // R1 R6 R30
func TestProgram(t *testing.T) {
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: "../.."}, "./...")
	if err != nil || packages.PrintErrors(pkgs) > 0 {
		t.Fatal("the program does not load", err)
	}
	found, err := findings(pkgs)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(found, idle()...) {
		t.Error(f)
	}
	if len(pkgs) < 30 {
		t.Errorf("%d packages are not the program", len(pkgs))
	}
}

// A function that holds content and gives up is a fault point: each return of
// an error of its own after content came into reach.
func TestFaultPoints(t *testing.T) {
	const text = `package p
import ("errors"; "fmt")
type Speech struct{ b []byte }
type Failure struct{ code string }
func before(s string) error {
	if s == "" { return errors.New("none: there is no content") }
	b := []byte(s)
	if len(b) > 9 { return fmt.Errorf("too long") }
	return nil
}
func (s *Speech) hands() error {
	if err := before("x"); err != nil { return err }
	if len(s.b) == 0 { return before("y") }
	var err error
	return err
}
func code(s Speech) (int, *Failure) {
	f := func() error { return errors.New("inner") }
	_ = f
	if len(s.b) == 1 { return 0, &Failure{"one"} }
	return 0, nil
}
func nothing(n int) error { return errors.New("numbers") }
`
	pkg := load(t, text)
	var got []string
	for _, p := range points([]*packages.Package{pkg}) {
		got = append(got, p.String())
	}
	want := []string{"gateway/p (*Speech).hands 1", "gateway/p before 2", "gateway/p code 1", "gateway/p code 2"}
	// hands 2 gives what before gave, and its last what is in err.
	if !slices.Equal(got, want) {
		t.Errorf("fault points %q, want %q", got, want)
	}
}

// load type-checks one file as a package of the gateway.
func load(t *testing.T, text string) *packages.Package {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module mayfly\n", "gateway/p/p.go": text} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Dir: dir}, "./...")
	if err != nil || len(pkgs) != 1 || packages.PrintErrors(pkgs) > 0 {
		t.Fatal("the test's package does not load", err)
	}
	return pkgs[0]
}

// The list tells a point that is new and one that is gone, and keeps what is
// known of the others.
func TestList(t *testing.T) {
	file := filepath.Join(t.TempDir(), "list")
	one, two, three := point{"mayfly/a", "f", 1}, point{"mayfly/a", "f", 2}, point{"mayfly/b", "(*t).g", 1}
	write := func(points ...point) {
		if _, err := compare(file, points, true); err != nil {
			t.Fatal(err)
		}
	}
	write(one, two)
	text, _ := os.ReadFile(file)
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "a f 2 not", "a f 2 run", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	changed, err := compare(file, []point{two, three}, false)
	if err != nil || len(changed) != 3 || !strings.Contains(changed[0], "a new fault point, b (*t).g 1") || !strings.Contains(changed[1], "no fault point a f 1 any more") {
		t.Fatal(changed, err)
	}
	write(two, three)
	if changed, err := compare(file, []point{two, three}, false); err != nil || len(changed) > 0 {
		t.Fatal(changed, err)
	}
	if text, _ := os.ReadFile(file); !strings.Contains(string(text), "a f 2 run\nb (*t).g 1 not\n") {
		t.Fatal(string(text))
	}
}

// What is looked for by name has the form of a name: a slip would find nothing.
func TestNames(t *testing.T) {
	for name := range words {
		at := strings.LastIndexByte(name, '.')
		if _, err := parser.ParseExpr(name[at+1:]); err != nil || at < 0 {
			t.Errorf("%q is no name of a type", name)
		}
	}
	if holds := newBounds().holds(types.NewArray(types.Typ[types.Byte], 32)); holds != "" {
		t.Error("a hash is no content")
	}
}
