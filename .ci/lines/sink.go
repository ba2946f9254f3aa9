package main

import (
	"go/ast"
	"go/types"
	"strings"
)

// sink is a function whose arguments are written where somebody reads them
// later, or become the text of an error.
type sink struct {
	what string
	from int // the first argument that is written
}

// sinkOf says whether a call writes its arguments somewhere.
func sinkOf(info *types.Info, call *ast.CallExpr) (sink, bool) {
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if b, ok := info.Uses[id].(*types.Builtin); ok {
			switch b.Name() {
			case "panic":
				return sink{what: "the text of a panic"}, true
			case "print", "println":
				return sink{what: "what is printed"}, true
			}
		}
	}
	f := calledBy(info, call)
	if f == nil || f.Pkg() == nil {
		return sink{}, false
	}
	switch path, name := f.Pkg().Path(), f.Name(); path {
	case "fmt":
		switch {
		case strings.HasPrefix(name, "Fprint"), strings.HasPrefix(name, "Append"):
			return sink{"what is printed", 1}, true
		case name == "Errorf":
			return sink{what: "an error"}, true
		case strings.HasPrefix(name, "Print"), strings.HasPrefix(name, "Sprint"):
			return sink{what: "what is printed"}, true
		}
	case "errors":
		if name == "New" {
			return sink{what: "an error"}, true
		}
	case "log/slog", "log":
		return sink{what: "a log line"}, true
	case "net/http":
		if name == "Error" {
			return sink{"the body of an error", 1}, true
		}
	case "github.com/prometheus/client_golang/prometheus":
		return sink{what: "a metric"}, true
	case "expvar":
		return sink{what: "a metric"}, true
	case "runtime/trace", "runtime/pprof":
		return sink{what: "a span"}, true
	default:
		if strings.HasPrefix(path, "go.opentelemetry.io/") {
			return sink{what: "a span"}, true
		}
	}
	return sink{}, false
}

// calledBy is the function or method that a call names, nil for a value or a
// conversion.
func calledBy(info *types.Info, call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch indexed := fun.(type) {
	case *ast.IndexExpr:
		fun = indexed.X
	case *ast.IndexListExpr:
		fun = indexed.X
	}
	var id *ast.Ident
	switch fun := fun.(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	default:
		return nil
	}
	f, _ := info.Uses[id].(*types.Func)
	return f
}
