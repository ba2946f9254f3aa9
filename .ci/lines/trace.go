package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// copiers are the packages that give back what they were given, in another
// form.
var copiers = []string{
	"bytes", "cmp", "encoding/base32", "encoding/base64", "encoding/hex", "encoding/json", "errors", "fmt", "html", "io", "maps", "net/http", "net/textproto", "net/url", "path",
	"slices", "strconv", "strings", "unicode", "unicode/utf8", "unsafe", "context",
}

// trace follows content through one function: into strings, and through the
// variables that hold them.
type trace struct {
	info   *types.Info
	bounds *bounds
	marked map[types.Object]string
}

// follow marks the variables of a body that hold content under a type that
// does not say so.
func (t *trace) follow(body ast.Node) {
	for again := true; again; {
		again = false
		mark := func(left ast.Expr, what string) {
			id, ok := left.(*ast.Ident)
			if !ok || what == "" {
				return
			}
			if o := t.info.ObjectOf(id); o != nil && t.marked[o] == "" {
				t.marked[o], again = what, true
			}
		}
		for n := range ast.Preorder(body) {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					right := n.Rhs[0]
					if len(n.Lhs) == len(n.Rhs) {
						right = n.Rhs[i]
					}
					switch typ := t.info.TypeOf(left); {
					case isError(typ):
						mark(left, t.quoted(right))
					case len(n.Lhs) == len(n.Rhs) || isText(typ):
						mark(left, t.content(right))
					}
				}
			case *ast.ValueSpec:
				for i, left := range n.Names {
					if len(n.Values) == len(n.Names) {
						mark(left, t.content(n.Values[i]))
					}
				}
			case *ast.RangeStmt:
				what := t.content(n.X)
				if n.Value != nil && isText(t.info.TypeOf(n.Value)) {
					mark(n.Value, what)
				}
				if n.Key != nil && n.Value == nil && isText(t.info.TypeOf(n.Key)) {
					mark(n.Key, what) // of an iterator
				}
			}
		}
	}
}

// content says what the value of an expression holds that must not be
// written, empty for nothing.
func (t *trace) content(e ast.Expr) string {
	e = ast.Unparen(e)
	tv := t.info.Types[e]
	if tv.Value != nil {
		return "" // a constant
	}
	if tv.IsType() || tv.IsBuiltin() || tv.IsVoid() {
		return ""
	}
	if t.isHash(e) {
		return ""
	}
	if _, tuple := tv.Type.(*types.Tuple); !tuple {
		if what := t.bounds.holds(tv.Type); what != "" {
			return what
		}
		if !isText(tv.Type) && !isOpen(tv.Type) {
			return "" // a number says nothing
		}
	}
	switch e := e.(type) {
	case *ast.Ident:
		return t.marked[t.info.ObjectOf(e)]
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return either(t.content(e.X), t.content(e.Y))
		}
	case *ast.IndexExpr:
		return t.content(e.X)
	case *ast.SliceExpr:
		return t.content(e.X)
	case *ast.StarExpr:
		return t.content(e.X)
	case *ast.TypeAssertExpr:
		return t.content(e.X)
	case *ast.UnaryExpr:
		return t.content(e.X)
	case *ast.CompositeLit:
		for _, el := range e.Elts {
			if pair, ok := el.(*ast.KeyValueExpr); ok {
				el = pair.Value
			}
			if what := t.content(el); what != "" {
				return what
			}
		}
	case *ast.SelectorExpr:
		return t.field(e)
	case *ast.CallExpr:
		return t.call(e)
	}
	return ""
}

// isHash says whether an expression is a part of an array, which holds a hash
// or an identifier, or the sum that a hash gives.
func (t *trace) isHash(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.SliceExpr:
		typ := t.info.TypeOf(e.X).Underlying()
		if p, ok := typ.(*types.Pointer); ok {
			typ = p.Elem().Underlying()
		}
		_, ok := typ.(*types.Array)
		return ok
	case *ast.CallExpr:
		f := calledBy(t.info, e)
		return f != nil && f.Pkg() != nil && f.Pkg().Path() == "hash" && f.Name() == "Sum"
	}
	return false
}

// quoters are the packages whose errors quote what they could not read.
var quoters = []string{
	"encoding", "encoding/base64", "encoding/hex", "encoding/json", "encoding/xml", "net", "net/mail", "net/netip", "net/textproto", "net/url", "strconv", "time",
	"github.com/go-json-experiment/json", "github.com/go-json-experiment/json/jsontext",
}

// quoted is what the error of a call repeats of what it was given to read.
func (t *trace) quoted(e ast.Expr) string {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return t.content(e)
	}
	f := calledBy(t.info, call)
	if f == nil || f.Pkg() == nil || !slices.Contains(quoters, f.Pkg().Path()) || strings.HasPrefix(f.Name(), "Marshal") || strings.HasPrefix(f.Name(), "Encode") {
		return ""
	}
	return t.any(call.Args)
}

// field is what a field holds: those of a request are all a stranger's.
func (t *trace) field(e *ast.SelectorExpr) string {
	for x := ast.Unparen(e.X); ; {
		if named := namedOf(t.info.TypeOf(x)); named != nil && named.Pkg() != nil && named.Pkg().Path() == "net/http" {
			return words["net/http."+named.Name()]
		}
		inner, ok := x.(*ast.SelectorExpr)
		if !ok {
			return ""
		}
		x = ast.Unparen(inner.X)
	}
}

func (t *trace) call(e *ast.CallExpr) string {
	if t.info.Types[e.Fun].IsType() {
		return t.content(e.Args[0])
	}
	if id, ok := ast.Unparen(e.Fun).(*ast.Ident); ok {
		if b, ok := t.info.Uses[id].(*types.Builtin); ok {
			if b.Name() != "append" && b.Name() != "min" && b.Name() != "max" {
				return ""
			}
			return t.any(e.Args)
		}
	}
	f := calledBy(t.info, e)
	if f == nil || f.Pkg() == nil {
		return ""
	}
	copies := false
	for _, path := range copiers {
		copies = copies || f.Pkg().Path() == path || strings.HasPrefix(f.Pkg().Path(), path+"/")
	}
	if !copies {
		return "" // of ours: a content type says so itself
	}
	if sel, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok && t.info.Selections[sel] != nil {
		if what := either(t.content(sel.X), t.requested(sel.X)); what != "" {
			return what
		}
	}
	if f.Pkg().Path() == "fmt" && strings.HasPrefix(f.Name(), "Fprint") {
		return ""
	}
	return t.any(e.Args)
}

// requested is content for what hangs below a request, whatever its type:
// r.URL.Query.
func (t *trace) requested(e ast.Expr) string {
	if sel, ok := ast.Unparen(e).(*ast.SelectorExpr); ok {
		return t.field(sel)
	}
	return ""
}

func (t *trace) any(all []ast.Expr) string {
	for _, e := range all {
		if what := t.content(e); what != "" {
			return what
		}
	}
	return ""
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// isText says whether a value of the type can spell something without a
// content type: a string, a rune, or several.
func isText(t types.Type) bool {
	if t == nil {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0 || u.Kind() == types.Rune
	case *types.Slice:
		return isText(u.Elem())
	case *types.Array:
		return isText(u.Elem())
	case *types.Pointer:
		return isText(u.Elem())
	case *types.Map:
		return isText(u.Key()) || isText(u.Elem())
	}
	return false
}

// isOpen says whether a value of the type can be anything.
func isOpen(t types.Type) bool { return t != nil && types.IsInterface(t) }

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func namedOf(t types.Type) *types.TypeName {
	if t == nil {
		return nil
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj()
	}
	return nil
}
