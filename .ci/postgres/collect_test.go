package postgrestest

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// runs are the methods that take the text of a statement.
var runs = map[string]bool{
	"Exec": true, "Query": true, "QueryRow": true, "Prepare": true,
	"ExecContext": true, "QueryContext": true, "QueryRowContext": true, "PrepareContext": true,
}

// assembled are the functions that put a text together in a way that is not
// followed, with what they make: each has every part that the function has.
var assembled = map[string]func(c *collector, fn *ast.FuncDecl) ([]string, error){
	"(mayfly/recorder.Query).where":              (*collector).conditions,
	"(mayfly/recorder.ReportQuery).where":        (*collector).reportConditions,
	"(*mayfly/recorder/audit.hashes).ReadHashes": (*collector).listed,
	"mayfly/recorder/audit.inserting":            (*collector).rows,
}

// statement is a text that the recorder gives to a database.
type statement struct {
	text string
	at   string // file:line of the call
	err  error  // why the text is not known
}

// collector finds the statements of packages.
type collector struct {
	fset   *token.FileSet
	root   string
	info   *types.Info // of all packages
	funcs  map[string]*ast.FuncDecl
	calls  map[string][]*ast.CallExpr // by what is called
	params map[types.Object]param
	values map[types.Object][]value
	seen   map[ast.Node]bool // being evaluated
}

type param struct {
	fn    string
	index int
}

// value is what a variable was given: the result of an expression that has
// several, or one element of it.
type value struct {
	expr   ast.Expr
	result int
	each   bool
}

// collect evaluates the text of every call that runs a statement in the
// packages of the recorder. What cannot be evaluated is there with the reason:
// no call is passed over. overlay replaces or adds files.
func collect(root string, overlay map[string][]byte) ([]statement, error) {
	fset := token.NewFileSet()
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports,
		Dir:  root, Fset: fset, Overlay: overlay,
	}, "./recorder/...")
	if err != nil {
		return nil, err
	}
	c := &collector{fset: fset, root: root, funcs: map[string]*ast.FuncDecl{}, calls: map[string][]*ast.CallExpr{}, params: map[types.Object]param{}, values: map[types.Object][]value{}, seen: map[ast.Node]bool{},
		info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}}
	for _, p := range loaded {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		maps.Copy(c.info.Types, p.TypesInfo.Types)
		maps.Copy(c.info.Defs, p.TypesInfo.Defs)
		maps.Copy(c.info.Uses, p.TypesInfo.Uses)
		maps.Copy(c.info.Selections, p.TypesInfo.Selections)
	}
	for _, p := range loaded {
		for _, f := range p.Syntax {
			c.index(f)
		}
	}
	var out []statement
	for _, p := range loaded {
		for _, f := range p.Syntax {
			out = append(out, c.statements(f)...)
		}
	}
	return out, nil
}

// index notes what functions, calls, parameters and variables there are.
func (c *collector) index(f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			fn := c.info.Defs[n.Name].(*types.Func)
			c.funcs[fn.FullName()] = n
			for i := range fn.Signature().Params().Len() {
				c.params[fn.Signature().Params().At(i)] = param{fn.FullName(), i}
			}
		case *ast.CallExpr:
			if fn := c.callee(n); fn != nil {
				c.calls[fn.FullName()] = append(c.calls[fn.FullName()], n)
			}
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				v := value{expr: n.Rhs[0], result: i}
				if len(n.Rhs) == len(n.Lhs) {
					v = value{expr: n.Rhs[i]}
				}
				c.give(l, v)
			}
		case *ast.ValueSpec:
			for i, l := range n.Names {
				if i < len(n.Values) {
					c.give(l, value{expr: n.Values[i]})
				}
			}
		case *ast.RangeStmt:
			if n.Value != nil {
				c.give(n.Value, value{expr: n.X, each: true})
			}
		}
		return true
	})
}

func (c *collector) give(to ast.Expr, v value) {
	id, ok := to.(*ast.Ident)
	if !ok {
		return
	}
	o := c.info.Defs[id]
	if o == nil {
		o = c.info.Uses[id]
	}
	if o != nil {
		c.values[o] = append(c.values[o], v)
	}
}

// callee is the function that a call names, nil if it names none.
func (c *collector) callee(call *ast.CallExpr) *types.Func {
	var id *ast.Ident
	switch f := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	}
	fn, _ := c.info.Uses[id].(*types.Func)
	return fn
}

// statements are those of one file.
func (c *collector) statements(f *ast.File) (out []statement) {
	var in *ast.FuncDecl
	ast.Inspect(f, func(n ast.Node) bool {
		if fn, ok := n.(*ast.FuncDecl); ok {
			in = fn
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || !c.takesText(call) {
			return true
		}
		where := c.fset.Position(call.Pos())
		file, _ := filepath.Rel(c.root, where.Filename)
		at := fmt.Sprintf("%s:%d", filepath.ToSlash(file), where.Line)
		var texts []string
		var err error
		if make := assembled[c.info.Defs[in.Name].(*types.Func).FullName()]; make != nil {
			texts, err = make(c, in)
		} else {
			texts, err = c.text(call.Args[c.textArg(call)])
		}
		if err != nil {
			out = append(out, statement{at: at, err: err})
		}
		for _, text := range texts {
			out = append(out, statement{text: text, at: at})
		}
		return true
	})
	return out
}

// takesText says that a call gives a statement to database/sql, or to an
// interface that stands for it.
func (c *collector) takesText(call *ast.CallExpr) bool {
	fn := c.callee(call)
	if fn == nil || !runs[fn.Name()] || fn.Signature().Recv() == nil {
		return false
	}
	own := strings.HasPrefix(fn.Pkg().Path(), "mayfly/") && types.IsInterface(fn.Signature().Recv().Type())
	return (fn.Pkg().Path() == "database/sql" || own) && c.textArg(call) >= 0
}

// textArg is which argument of a call is the text, -1 if it takes none: that
// of a statement which was prepared before.
func (c *collector) textArg(call *ast.CallExpr) int {
	params := c.callee(call).Signature().Params()
	for i := range min(params.Len(), 2) {
		if b, ok := params.At(i).Type().(*types.Basic); ok && b.Kind() == types.String {
			return i
		}
	}
	return -1
}

// text is every string that an expression may be.
func (c *collector) text(e ast.Expr) ([]string, error) {
	e = ast.Unparen(e)
	if v := c.info.Types[e].Value; v != nil {
		if v.Kind() == constant.String {
			return []string{constant.StringVal(v)}, nil
		}
		return []string{v.ExactString()}, nil
	}
	if c.seen[e] {
		return nil, c.unknown(e)
	}
	c.seen[e] = true
	defer delete(c.seen, e)
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return c.joined([]ast.Expr{e.X, e.Y}, func(parts []string) string { return parts[0] + parts[1] })
	case *ast.Ident:
		return c.variable(e)
	case *ast.SelectorExpr:
		if id, ok := e.X.(*ast.Ident); ok {
			return c.field(id, e)
		}
	case *ast.CallExpr:
		return c.result(e, 0)
	}
	return nil, c.unknown(e)
}

func (c *collector) unknown(e ast.Expr) error {
	return fmt.Errorf("%s is not followed (%s)", types.ExprString(e), c.fset.Position(e.Pos()))
}

// joined is what join makes of every combination of what expressions may be.
func (c *collector) joined(of []ast.Expr, join func([]string) string) ([]string, error) {
	all := [][]string{nil}
	for _, e := range of {
		texts, err := c.text(e)
		if err != nil {
			return nil, err
		}
		var more [][]string
		for _, a := range all {
			for _, text := range texts {
				more = append(more, append(slices.Clone(a), text))
			}
		}
		all = more
	}
	var out []string
	for _, a := range all {
		out = append(out, join(a))
	}
	return out, nil
}

// variable is all that a variable was ever given.
func (c *collector) variable(id *ast.Ident) ([]string, error) {
	o := c.info.Uses[id]
	var out []string
	add := func(texts []string, err error) error {
		out = append(out, texts...)
		return err
	}
	if p, ok := c.params[o]; ok {
		for _, call := range c.calls[p.fn] {
			if err := add(c.text(call.Args[p.index])); err != nil {
				return nil, err
			}
		}
	}
	for _, v := range c.values[o] {
		if v.each {
			list, ok := v.expr.(*ast.CompositeLit)
			if !ok {
				return nil, c.unknown(v.expr)
			}
			for _, e := range list.Elts {
				if err := add(c.text(e)); err != nil {
					return nil, err
				}
			}
			continue
		}
		if call, ok := v.expr.(*ast.CallExpr); ok {
			if err := add(c.result(call, v.result)); err != nil {
				return nil, err
			}
			continue
		}
		if err := add(c.text(v.expr)); err != nil {
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, c.unknown(id)
	}
	return out, nil
}

// field is what a field is in the elements of the list that a loop goes over.
func (c *collector) field(of *ast.Ident, e *ast.SelectorExpr) ([]string, error) {
	var out []string
	for _, v := range c.values[c.info.Uses[of]] {
		list, ok := v.expr.(*ast.CompositeLit)
		s, selected := c.info.Selections[e]
		if !ok || !v.each || !selected || len(s.Index()) != 1 {
			return nil, c.unknown(e)
		}
		for _, row := range list.Elts {
			lit, ok := row.(*ast.CompositeLit)
			if !ok || len(lit.Elts) <= s.Index()[0] {
				return nil, c.unknown(row)
			}
			texts, err := c.text(lit.Elts[s.Index()[0]])
			if err != nil {
				return nil, err
			}
			out = append(out, texts...)
		}
	}
	if len(out) == 0 {
		return nil, c.unknown(e)
	}
	return out, nil
}

var verb = regexp.MustCompile(`%[sd]`)

// result is what one result of a call may be.
func (c *collector) result(call *ast.CallExpr, n int) ([]string, error) {
	fn := c.callee(call)
	if fn == nil {
		return nil, c.unknown(call)
	}
	switch fn.FullName() {
	case "strconv.Itoa":
		return []string{"1"}, nil
	case "fmt.Sprintf":
		return c.joined(call.Args, func(parts []string) string {
			i := 0
			return verb.ReplaceAllStringFunc(parts[0], func(string) string { i++; return parts[i] })
		})
	}
	decl := c.funcs[fn.FullName()]
	if decl == nil {
		return nil, c.unknown(call)
	}
	if make := assembled[fn.FullName()]; make != nil && n == 0 {
		return make(c, decl)
	}
	return nil, c.unknown(call)
}

// conditions are all that a function adds to a condition, joined.
func (c *collector) conditions(fn *ast.FuncDecl) ([]string, error) {
	var out []string
	ast.Inspect(fn, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && types.ExprString(call.Fun) == "add" {
			v := c.info.Types[call.Args[0]].Value
			if v == nil {
				out = nil
				return false
			}
			out = append(out, fmt.Sprintf("%s$%d", constant.StringVal(v), len(out)+1))
		}
		return true
	})
	if len(out) < 2 {
		return nil, fmt.Errorf("%s no longer adds conditions", fn.Name.Name)
	}
	return []string{strings.Join(out, " AND ")}, nil
}

// reportConditions are those of reports, which follow those of sessions.
func (c *collector) reportConditions(fn *ast.FuncDecl) ([]string, error) {
	of, err := c.conditions(c.funcs["(mayfly/recorder.Query).where"])
	if err != nil {
		return nil, err
	}
	own, err := c.conditions(fn)
	if err != nil {
		return nil, err
	}
	n := strings.Count(of[0], "$")
	next := regexp.MustCompile(`\$\d+`).ReplaceAllStringFunc(own[0], func(string) string { n++; return fmt.Sprintf("$%d", n) })
	return []string{of[0] + " AND " + next}, nil
}

// listed is the one text that a function begins, with a list of numbers.
func (c *collector) listed(fn *ast.FuncDecl) (out []string, err error) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text := constant.StringVal(c.info.Types[lit].Value); strings.HasSuffix(text, "IN (") {
				out = append(out, text+"1,2)")
			}
		}
		return true
	})
	if len(out) != 1 {
		return nil, fmt.Errorf("%s no longer has one text", fn.Name.Name)
	}
	return out, nil
}

// rows is the one text that a function begins, with one row and with several.
func (c *collector) rows(fn *ast.FuncDecl) (out []string, err error) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text := constant.StringVal(c.info.Types[lit].Value); strings.HasSuffix(text, "VALUES ") {
				out = append(out, text+"($1, $2, $3, $4, $5)", text+"($1, $2, $3, $4, $5), ($1, $6, $7, $8, $9)")
			}
		}
		return true
	})
	if len(out) != 2 {
		return nil, fmt.Errorf("%s no longer has one text", fn.Name.Name)
	}
	return out, nil
}
