package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// forTests says whether a package is a helper of tests.
func forTests(path string) bool {
	return strings.HasSuffix(path, "test") || strings.HasSuffix(path, "/rtc/relay")
}

// point is a return of an error in a function that holds content at that
// place: the number of the return in the function, from 1.
type point struct {
	in, function string
	number       int
}

func (p point) String() string {
	return fmt.Sprintf("%s %s %d", strings.TrimPrefix(p.in, "mayfly/"), strings.ReplaceAll(p.function, " ", ""), p.number)
}

// spoken are the packages in which words are live, and the others below them
// that have none.
var (
	spoken = []string{"mayfly/session", "mayfly/redact", "mayfly/gateway"}
	silent = []string{
		"mayfly/gateway/admin", "mayfly/gateway/egress", "mayfly/gateway/hook", "mayfly/gateway/nesting", "mayfly/gateway/oidc", "mayfly/gateway/reach",
		"mayfly/gateway/receipt", "mayfly/gateway/s3", "mayfly/gateway/schema", "mayfly/gateway/tenant",
	}
)

func speaks(path string) bool {
	in := func(root string) bool { return path == root || strings.HasPrefix(path, root+"/") }
	return slices.ContainsFunc(spoken, in) && !slices.ContainsFunc(silent, in)
}

// points are all fault points of the packages in which words are live, sorted.
func points(pkgs []*packages.Package) []point {
	var all []point
	b := newBounds()
	for _, p := range pkgs {
		if !speaks(p.PkgPath) {
			continue
		}
		for _, f := range p.Syntax {
			for _, decl := range f.Decls {
				if d, ok := decl.(*ast.FuncDecl); ok && d.Body != nil {
					for _, n := range faults(p.TypesInfo, b, d) {
						all = append(all, point{p.PkgPath, nameOf(d), n})
					}
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.in, b.in), cmp.Compare(a.function, b.function), cmp.Compare(a.number, b.number))
	})
	return all
}

// faults are the numbers of a function's returns that give up with an error
// while something with content is in reach: a receiver, a parameter, a result
// or a variable that was declared before. A return that hands on whatever
// another function gave, at the end or as a call, is that function's.
func faults(info *types.Info, b *bounds, decl *ast.FuncDecl) (numbers []int) {
	first := token.Pos(0) // of the first content that is declared
	for n := range ast.Preorder(decl) {
		id, ok := n.(*ast.Ident)
		if !ok {
			continue
		}
		if v, ok := info.Defs[id].(*types.Var); ok && b.holds(v.Type()) != "" && (first == 0 || id.Pos() < first) {
			first = id.Pos()
		}
	}
	if first == 0 {
		return nil
	}
	last := decl.Body.List
	number := 0
	for n := range ast.Preorder(decl.Body) {
		ret, ok := n.(*ast.ReturnStmt)
		if !ok {
			continue
		}
		number++
		if len(ret.Results) == 0 || ret.Pos() < first {
			continue
		}
		e := ast.Unparen(ret.Results[len(ret.Results)-1])
		tv := info.Types[e]
		if tv.IsNil() || !gives(tv.Type) {
			continue
		}
		switch e := e.(type) {
		case *ast.Ident:
			if len(last) > 0 && last[len(last)-1] == ret {
				continue
			}
		case *ast.CallExpr:
			if f := calledBy(info, e); f != nil && f.Pkg() != nil && ours(f.Pkg().Path()) && !makes(f) {
				continue
			}
		}
		numbers = append(numbers, number)
	}
	return numbers
}

// gives says whether a value of the type is a reason for giving up: an error,
// or one of the gateway's own.
func gives(t types.Type) bool {
	if t == nil {
		return false
	}
	errorType := types.Universe.Lookup("error").Type().Underlying().(*types.Interface)
	if types.Implements(t, errorType) {
		return true
	}
	named := namedOf(t)
	return named != nil && named.Pkg() != nil && ours(named.Pkg().Path()) && slices.Contains([]string{"refusal", "Code", "Failure", "Problem"}, named.Name())
}

// makes says whether a function of ours makes a reason of its own, and does
// not try something and hand on what came of it.
func makes(f *types.Func) bool {
	results := f.Signature().Results()
	return results.Len() == 1 && !isError(results.At(0).Type())
}

// compare says how the list in a file differs from the points, or brings it
// up to date. A line of the file is a point and what the canary run knows of
// it; see web/docs/testing.md.
func compare(file string, now []point, update bool) (changed []string, err error) {
	text, err := os.ReadFile(file)
	if err != nil && !(update && os.IsNotExist(err)) {
		return nil, err
	}
	known := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			at := strings.LastIndexByte(line, ' ')
			if at < 0 {
				return nil, fmt.Errorf("%s: %q is not a point and what is known of it", file, line)
			}
			known[line[:at]] = line[at+1:]
		}
	}
	var out bytes.Buffer
	out.WriteString(listHead)
	for _, p := range now {
		state, ok := known[p.String()]
		if !ok {
			state = "not"
			changed = append(changed, fmt.Sprintf("%s: a new fault point, %s", file, p))
		}
		delete(known, p.String())
		fmt.Fprintf(&out, "%s %s\n", p, state)
	}
	for gone := range known {
		changed = append(changed, fmt.Sprintf("%s: there is no fault point %s any more", file, gone))
	}
	if update {
		return nil, os.WriteFile(file, out.Bytes(), 0o644)
	}
	slices.Sort(changed)
	if len(changed) > 0 {
		changed = append(changed, "bring the list up to date: make faults")
	}
	return changed, nil
}

const listHead = "# Every place at which a function that holds content gives up: package, function, number of the return in it,\n" +
	"# and whether the canary run comes there: run, seldom (it depends on who is faster) or not. Made by .ci/lines; see testing.md.\n"
