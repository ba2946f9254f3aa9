package main_test

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// handedIn says why nothing can be put into a session that writes.
const handedIn = "what is handed in could write what was said"

// functionField is the one function that a session holds.
//
// Speech hides its words behind it, because a field prints. It is made in
// NewSpeech alone and closes over bytes.
const functionField = "Speech.open"

// TestNothingHandedIn shows that a session cannot be given anything that
// writes: no open interface, no channel, no function.
func TestNothingHandedIn(t *testing.T) {
	s := loadedProgram(t)
	for _, finding := range handedFindings(s, "session") {
		t.Error(finding)
	}
}

// handedFindings are, in the package, interfaces that another package could
// implement, channels, and functions that come as a parameter, a field or a
// variable. A type parameter is harmless unless its constraint has methods.
func handedFindings(s *sources, path string) (findings []string) {
	p := s.module[path]
	if p == nil {
		return []string{path + " does not exist"}
	}
	find := func(n ast.Node, what string) {
		findings = append(findings, fmt.Sprintf("%s %s: %s", s.at(n), what, handedIn))
	}
	excepted := p.field(functionField)
	if excepted == nil {
		findings = append(findings, functionField+" is excepted from the rule but does not exist: take the exception out")
	}
	for _, f := range p.files {
		constraints := map[ast.Expr]bool{}
		for n := range ast.Preorder(f) {
			switch n := n.(type) {
			case *ast.FuncType:
				markConstraints(constraints, n.TypeParams)
			case *ast.TypeSpec:
				markConstraints(constraints, n.TypeParams)
			}
		}
		for n := range ast.Preorder(f) {
			switch n := n.(type) {
			case *ast.FuncDecl:
				for _, field := range n.Type.Params.List {
					if holdsFunction(p.info.TypeOf(field.Type)) {
						find(field, n.Name.Name+" takes a function")
					}
				}
			case *ast.TypeSpec:
				if _, ok := p.info.TypeOf(n.Type).Underlying().(*types.Signature); ok {
					find(n, n.Name.Name+" is a function type")
				}
			case *ast.StructType:
				for _, field := range n.Fields.List {
					if field != excepted && holdsFunction(p.info.TypeOf(field.Type)) {
						find(field, "a field holds a function")
					}
				}
			case *ast.InterfaceType:
				for _, method := range n.Methods.List {
					if f, ok := p.info.TypeOf(method.Type).(*types.Signature); ok && slices.ContainsFunc(slices.Collect(f.Params().Variables()), func(v *types.Var) bool { return holdsFunction(v.Type()) }) {
						find(method, "a method takes a function")
					}
				}
			case *ast.GenDecl:
				// Only variables of the package: those of a function are its own.
				if slices.Contains(f.Decls, ast.Decl(n)) {
					for _, spec := range n.Specs {
						if value, ok := spec.(*ast.ValueSpec); ok {
							for _, name := range value.Names {
								if v, ok := p.info.Defs[name].(*types.Var); ok && holdsFunction(v.Type()) {
									find(name, name.Name+" is a variable that holds a function")
								}
							}
						}
					}
				}
			}
			if expr, ok := n.(ast.Expr); ok {
				if tv := p.info.Types[expr]; tv.IsType() {
					if what := openType(tv.Type, constraints[expr]); what != "" {
						find(n, what)
					}
				} else if tv.Type != nil {
					if _, ok := tv.Type.Underlying().(*types.Chan); ok {
						find(n, "holds a channel")
					}
				}
			}
		}
	}
	slices.Sort(findings)
	return slices.Compact(findings)
}

// field finds the declaration of a field, given as Type.field, or nil.
func (p *sourcePackage) field(name string) *ast.Field {
	owner, name, _ := strings.Cut(name, ".")
	for _, f := range p.files {
		for n := range ast.Preorder(f) {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != owner {
				continue
			}
			if declared, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range declared.Fields.List {
					if len(field.Names) == 1 && field.Names[0].Name == name {
						return field
					}
				}
			}
		}
	}
	return nil
}

func markConstraints(constraints map[ast.Expr]bool, list *ast.FieldList) {
	if list == nil {
		return
	}
	for _, field := range list.List {
		constraints[field.Type] = true
	}
}

// openType says what is wrong with a type expression, or nothing.
func openType(t types.Type, constraint bool) string {
	if _, ok := t.(*types.TypeParam); ok {
		return ""
	}
	switch u := t.Underlying().(type) {
	case *types.Chan:
		return "holds a channel"
	case *types.Interface:
		if constraint && u.NumMethods() == 0 || types.Identical(t, types.Universe.Lookup("error").Type()) {
			return ""
		}
		for method := range u.Methods() {
			if !method.Exported() {
				return "" // sealed: only its own package can implement it
			}
		}
		return types.TypeString(t, func(*types.Package) string { return "" }) + " is an interface that others can implement"
	}
	return ""
}

// holdsFunction says whether a value of the type is, points to or contains a
// function. A struct is looked at where it is declared.
func holdsFunction(t types.Type) bool {
	if named, ok := types.Unalias(t).(*types.Named); ok {
		if _, ok := named.Underlying().(*types.Struct); ok {
			return false
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Pointer:
		return holdsFunction(u.Elem())
	case *types.Slice:
		return holdsFunction(u.Elem())
	case *types.Array:
		return holdsFunction(u.Elem())
	case *types.Map:
		return holdsFunction(u.Key()) || holdsFunction(u.Elem())
	}
	return false
}

// TestNothingHandedInSeen plants what could be handed in.
func TestNothingHandedInSeen(t *testing.T) {
	clean := loadedProgram(t)
	before := handedFindings(clean, "session")
	for name, fault := range map[string]struct{ text, want string }{
		"channel field":      {"type X struct{ c chan int }", "holds a channel"},
		"channel made":       {"func x() { _ = make(chan int) }", "holds a channel"},
		"channel, hidden":    {"type c = chan<- []byte\ntype X struct{ m map[int]c }", "holds a channel"},
		"any":                {"func X(a any) {}", "any is an interface that others can implement"},
		"any, many":          {"func X(a ...any) {}", "any is an interface that others can implement"},
		"writer":             {"type W interface{ Write([]byte) (int, error) }", "is an interface that others can implement"},
		"writer, unnamed":    {"func X(w interface{ Write([]byte) (int, error) }) {}", "is an interface that others can implement"},
		"writer, constraint": {"func X[W interface{ Write([]byte) (int, error) }](w W) {}", "is an interface that others can implement"},
		"function parameter": {"func X(f func([]byte)) {}", "X takes a function"},
		"function type":      {"type F func([]byte)", "F is a function type"},
		"function field":     {"type X struct{ f []func([]byte) }", "a field holds a function"},
		"function, unnamed":  {"var X struct{ f func([]byte) }", "a field holds a function"},
		"function in a map":  {"func X(m map[string]func([]byte)) {}", "X takes a function"},
		"function variable":  {"var Hook func([]byte)", "Hook is a variable that holds a function"},
		"callback method":    {"type I interface{ seal(); Each(func([]byte)) }", "a method takes a function"},
	} {
		t.Run(name, func(t *testing.T) {
			planted, err := clean.with("session", "x.go", "package session\n"+fault.text+"\n")
			require.NoError(t, err)
			requireNew(t, before, handedFindings(planted, "session"), fault.want)
		})
	}
	t.Run("harmless", func(t *testing.T) {
		planted, err := clean.with("session", "x.go", "package session\ntype I interface{ seal() }\nfunc x[K comparable, V any](m map[K]V) error { f := func() {}; f(); return nil }\n")
		require.NoError(t, err)
		require.Equal(t, before, handedFindings(planted, "session"))
	})
}
