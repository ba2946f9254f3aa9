package main

import (
	"bufio"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var faultsFlag = flag.Bool("faults", false, "write down at which fault points the canary run came by")

const faultList = "testdata/faultpoints.txt"

// What the list says of a point.
const (
	reached    = "run"    // the canary run comes there each time
	sometimes  = "seldom" // it depends on who is faster
	notReached = "not"
)

// covered are the packages in which words are live, and the program itself,
// without which no counter is written.
const covered = "mayfly/cmd/mayfly,mayfly/session,mayfly/redact,mayfly/gateway/..."

// coveredProgram is the program with a counter in each block.
func coveredProgram(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mayfly")
	out, err := exec.Command("go", "build", "-cover", "-coverpkg="+covered, "-o", file, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return file
}

// block is a part of a file that runs from its begin to its end or not at all.
type block struct {
	line, column       int
	endLine, endColumn int
	ran                bool
}

// blocksOf reads what the counters in a folder say, by file of the module.
func blocksOf(t *testing.T, folder string) map[string][]block {
	t.Helper()
	profile := filepath.Join(t.TempDir(), "profile")
	out, err := exec.Command("go", "tool", "covdata", "textfmt", "-i="+folder, "-o="+profile).CombinedOutput()
	require.NoError(t, err, "%s", out)
	f, err := os.Open(profile)
	require.NoError(t, err)
	defer f.Close()
	all := map[string][]block{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, rest, ok := strings.Cut(lines.Text(), ".go:")
		if !ok {
			continue // the mode
		}
		var b block
		var statements, count int
		_, err := fmt.Sscanf(rest, "%d.%d,%d.%d %d %d", &b.line, &b.column, &b.endLine, &b.endColumn, &statements, &count)
		require.NoError(t, err, rest)
		b.ran = count > 0
		name = strings.TrimPrefix(name, "mayfly/") + ".go"
		all[name] = append(all[name], b)
	}
	return all
}

// ran says whether the smallest block around a place ran.
func ran(blocks []block, line, column int) bool {
	var best *block
	for i, b := range blocks {
		after := line > b.line || line == b.line && column >= b.column
		before := line < b.endLine || line == b.endLine && column < b.endColumn
		if after && before && (best == nil || b.line > best.line || b.line == best.line && b.column > best.column) {
			best = &blocks[i]
		}
	}
	return best != nil && best.ran
}

// faultPoint is a line of the list.
type faultPoint struct {
	in, function string
	number       int
	state        string
}

func readFaultPoints(t *testing.T) (head []string, all []faultPoint) {
	t.Helper()
	text, err := os.ReadFile(faultList)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			head = append(head, line)
			continue
		}
		fields := strings.Fields(line)
		require.Len(t, fields, 4, line)
		number, err := strconv.Atoi(fields[2])
		require.NoError(t, err)
		require.Contains(t, []string{reached, sometimes, notReached}, fields[3])
		all = append(all, faultPoint{fields[0], fields[1], number, fields[3]})
	}
	return head, all
}

// place is a file of the module, a line and a column.
type returnPlace struct {
	file         string
	line, column int
}

// returnsOf are the returns of each function of a package, in order.
func returnsOf(t *testing.T, in string) map[string][]returnPlace {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(in), "*.go"))
	require.NoError(t, err)
	all := map[string][]returnPlace{}
	fset := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range f.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || d.Body == nil {
				continue
			}
			for n := range ast.Preorder(d.Body) {
				if ret, ok := n.(*ast.ReturnStmt); ok {
					p := fset.Position(ret.Pos())
					all[functionName(d)] = append(all[functionName(d)], returnPlace{in + "/" + filepath.Base(name), p.Line, p.Column})
				}
			}
		}
	}
	return all
}

// functionName is how the list names a function: Serve, (*Server).Serve.
func functionName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	typ, star := d.Recv.List[0].Type, false
	if s, ok := typ.(*ast.StarExpr); ok {
		typ, star = s.X, true
	}
	switch g := typ.(type) {
	case *ast.IndexExpr:
		typ = g.X
	case *ast.IndexListExpr:
		typ = g.X
	}
	name := typ.(*ast.Ident).Name
	if star {
		name = "(*" + name + ")"
	}
	return name + "." + d.Name.Name
}

// requireFaultPoints holds the canary run to the list: it came by at each
// point at which it is said to, and the list says of every other that it does
// not.
func requireFaultPoints(t *testing.T, folder string) {
	t.Helper()
	blocks := blocksOf(t, folder)
	head, list := readFaultPoints(t)
	returns := map[string]map[string][]returnPlace{}
	count, more := map[string]int{}, 0
	out := strings.Join(head, "\n") + "\n"
	for _, p := range list {
		if returns[p.in] == nil {
			returns[p.in] = returnsOf(t, p.in)
		}
		in := returns[p.in][p.function]
		if !assertPoint(t, p, len(in)) {
			continue
		}
		at := in[p.number-1]
		came := ran(blocks[at.file], at.line, at.column)
		if came && p.state == notReached {
			more++
		}
		switch {
		case *faultsFlag && p.state != sometimes && came:
			p.state = reached
		case *faultsFlag && p.state != sometimes:
			p.state = notReached
		case p.state == reached && !came:
			t.Errorf("the canary run does not come by at %s:%d any more (%s %s, return %d): nobody says words there while something goes wrong", at.file, at.line, p.in, p.function, p.number)
		}
		count[p.state]++
		out += fmt.Sprintf("%s %s %d %s\n", p.in, p.function, p.number, p.state)
	}
	if *faultsFlag {
		require.NoError(t, os.WriteFile(faultList, []byte(out), 0o644))
	}
	require.Greater(t, count[reached], 40)
	t.Logf("n = %d fault points: the canary run came by at %d, seldom at %d, and is said not to at %d (%d of them today)", len(list), count[reached], count[sometimes], count[notReached], more)
}

// assertPoint says whether the list names what is there.
func assertPoint(t *testing.T, p faultPoint, returns int) bool {
	t.Helper()
	if p.number < 1 || p.number > returns {
		t.Errorf("the list of fault points names %s %s, return %d, which is not there: make faults", p.in, p.function, p.number)
		return false
	}
	return true
}

// A place ran if the smallest block around it did.
func TestBlockOfAPlace(t *testing.T) {
	blocks := []block{{1, 1, 20, 2, true}, {3, 10, 5, 3, false}, {4, 1, 4, 30, true}, {7, 5, 7, 20, false}}
	for place, want := range map[[2]int]bool{{2, 1}: true, {3, 9}: true, {3, 10}: false, {4, 5}: true, {5, 2}: false, {5, 3}: true, {7, 10}: false, {21, 1}: false} {
		require.Equal(t, want, ran(blocks, place[0], place[1]), place)
	}
	require.Equal(t, []returnPlace{{"cmd/mayfly/site.go", 0, 0}}, []returnPlace{{returnsOf(t, "cmd/mayfly")["siteOf"][0].file, 0, 0}})
}
