package main

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// analyzer refuses what would put content into a line.
var analyzer = &analysis.Analyzer{
	Name: "lines",
	Doc:  "refuses content in log lines, errors, formatted text, metrics, spans and panics",
	Run:  run,
}

// ours says whether a package belongs to the program.
func ours(path string) bool { return path == "mayfly" || strings.HasPrefix(path, "mayfly/") }

// printers are the methods by which a value says what it is.
var printers = map[string]bool{"String": true, "GoString": true, "Error": true, "LogValue": true, "MarshalText": true, "Format": true}

func run(pass *analysis.Pass) (any, error) {
	b := newBounds()
	for _, f := range pass.Files {
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Body != nil {
					checkFunction(pass, b, decl)
				}
			case *ast.GenDecl:
				checkCalls(pass, &trace{pass.TypesInfo, b, map[types.Object]string{}}, decl, "")
			}
		}
	}
	return nil, nil
}

func checkFunction(pass *analysis.Pass, b *bounds, decl *ast.FuncDecl) {
	t := &trace{pass.TypesInfo, b, map[types.Object]string{}}
	t.follow(decl.Body)
	checkCalls(pass, t, decl.Body, nameOf(decl))
	if decl.Recv == nil || !printers[decl.Name.Name] {
		return
	}
	for n := range ast.Preorder(decl.Body) {
		ret, ok := n.(*ast.ReturnStmt)
		if !ok {
			continue
		}
		for _, e := range ret.Results {
			// MarshalText gives bytes: they are looked through.
			if conv, ok := ast.Unparen(e).(*ast.CallExpr); ok && pass.TypesInfo.Types[conv.Fun].IsType() && isText(pass.TypesInfo.TypeOf(conv.Args[0])) {
				e = conv.Args[0]
			}
			if what := t.content(e); what != "" && !permitted(pass.Pkg.Path(), nameOf(decl)) {
				pass.Reportf(e.Pos(), "%s prints %s: it gives a length", nameOf(decl), what)
			}
		}
	}
}

func checkCalls(pass *analysis.Pass, t *trace, n ast.Node, in string) {
	for n := range ast.Preorder(n) {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		s, ok := sinkOf(pass.TypesInfo, call)
		if !ok {
			continue
		}
		if s.what == "a log line" {
			checkMessage(pass, call)
		}
		for i := s.from; i < len(call.Args); i++ {
			if what := t.content(call.Args[i]); what != "" && !permitted(pass.Pkg.Path(), in) {
				pass.Reportf(call.Args[i].Pos(), "%s holds %s: say how long it is", s.what, what)
			}
		}
	}
}

// messages is where the constant message of a log call stands.
var messages = map[string]int{
	"Debug": 0, "Info": 0, "Warn": 0, "Error": 0,
	"DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1, "Log": 2, "LogAttrs": 2,
}

// checkMessage holds a log call to a constant message, and its attributes to
// constant keys.
func checkMessage(pass *analysis.Pass, call *ast.CallExpr) {
	f := calledBy(pass.TypesInfo, call)
	at, isLine := messages[f.Name()]
	receiver := f.Signature().Recv()
	if f.Pkg().Path() != "log/slog" {
		return
	}
	if isLine && (receiver == nil || namedOf(receiver.Type()) != nil && namedOf(receiver.Type()).Name() == "Logger") {
		if at < len(call.Args) && pass.TypesInfo.Types[call.Args[at]].Value == nil {
			pass.Reportf(call.Args[at].Pos(), "the message of a log line is not a constant")
		}
		checkKeys(pass, call, at+1)
	}
	if f.Name() == "With" && receiver != nil {
		checkKeys(pass, call, 0)
	}
}

func checkKeys(pass *analysis.Pass, call *ast.CallExpr, from int) {
	if call.Ellipsis.IsValid() {
		pass.Reportf(call.Ellipsis, "nobody can see what these attributes are")
		return
	}
	for i := from; i < len(call.Args); {
		arg := call.Args[i]
		if named := namedOf(pass.TypesInfo.TypeOf(arg)); named != nil && named.Name() == "Attr" {
			inner, ok := ast.Unparen(arg).(*ast.CallExpr)
			if !ok || len(inner.Args) == 0 || pass.TypesInfo.Types[inner.Args[0]].Value == nil {
				pass.Reportf(arg.Pos(), "the key of an attribute is not a constant")
			}
			i++
			continue
		}
		if pass.TypesInfo.Types[arg].Value == nil {
			pass.Reportf(arg.Pos(), "the key of an attribute is not a constant")
		}
		i += 2
	}
}

// nameOf is how a function is named in lists: Serve, (*Server).Serve.
func nameOf(decl *ast.FuncDecl) string {
	if decl.Recv == nil {
		return decl.Name.Name
	}
	typ, star := decl.Recv.List[0].Type, ""
	if s, ok := typ.(*ast.StarExpr); ok {
		typ, star = s.X, "*"
	}
	switch g := typ.(type) {
	case *ast.IndexExpr:
		typ = g.X
	case *ast.IndexListExpr:
		typ = g.X
	}
	id, ok := typ.(*ast.Ident)
	if !ok {
		return decl.Name.Name
	}
	if star != "" {
		return "(*" + id.Name + ")." + decl.Name.Name
	}
	return id.Name + "." + decl.Name.Name
}
