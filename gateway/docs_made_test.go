package gateway

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

// problemLine finds, in the source of the table, its groups and its order.
var problemLine = regexp.MustCompile(`(?m)^\t\t(?:// (.+)\.|\{"([a-z0-9_]+)",)`)

// The document of errors is the table: every code, in its group, and nothing
// that was typed.
func TestGeneratedErrors(t *testing.T) {
	source, err := os.ReadFile("errors.go")
	require.NoError(t, err)
	var b strings.Builder
	seen := map[string]bool{}
	for _, m := range problemLine.FindAllStringSubmatch(string(source), -1) {
		if m[1] != "" {
			fmt.Fprintf(&b, "\n## %s\n\n| code | HTTP | close | again | |\n|---|---|---|---|---|\n", m[1])
			continue
		}
		p, ok := problems[m[2]]
		require.True(t, ok, m[2])
		require.False(t, seen[p.code], p.code)
		seen[p.code] = true
		number := func(n int) string {
			if n == 0 {
				return ""
			}
			return strconv.Itoa(n)
		}
		again := ""
		if p.retry {
			again = "yes"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", p.code, number(p.status), number(p.closing), again, strings.ReplaceAll(p.sentence, "<", `\<`))
	}
	require.Len(t, seen, len(problems), "a row of the table was not found in its source")
	generated(t, "errors.md", "errors", b.String()+"\n")
}

// The document of the architecture has the import table of the test that
// holds the program to it.
func TestGeneratedImports(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "../cmd/mayfly/imports_test.go", nil, 0)
	require.NoError(t, err)
	named := map[string]string{} // string constants
	var rows *ast.CompositeLit
	ast.Inspect(f, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range v.Names {
			if i >= len(v.Values) {
				break
			}
			switch x := v.Values[i].(type) {
			case *ast.BasicLit:
				named[name.Name] = literal(x)
			case *ast.CompositeLit:
				if name.Name == "importTable" {
					rows = x
				}
			}
		}
		return true
	})
	require.NotNil(t, rows)
	var b strings.Builder
	b.WriteString("| package | may import from here | because |\n|---|---|---|\n")
	n := 0
	for _, row := range rows.Elts {
		var at, because string
		var from []string
		later := false
		for _, e := range row.(*ast.CompositeLit).Elts {
			kv := e.(*ast.KeyValueExpr)
			switch key := kv.Key.(*ast.Ident).Name; key {
			case "path":
				at = literal(kv.Value)
			case "module":
				for _, x := range kv.Value.(*ast.CompositeLit).Elts {
					from = append(from, "`"+literal(x)+"`")
				}
			case "because":
				if id, ok := kv.Value.(*ast.Ident); ok {
					because = named[id.Name]
				} else {
					because = literal(kv.Value)
				}
			case "later":
				later = true
			}
		}
		require.NotEmpty(t, at)
		require.NotEmpty(t, because, at)
		if later {
			continue // there is no such package yet
		}
		n++
		if from == nil {
			from = []string{"nothing"}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", at, strings.Join(from, " "), because)
	}
	require.Greater(t, n, 15)
	generated(t, "architecture.md", "imports", b.String())
}

func literal(x ast.Expr) string {
	if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		s, _ := strconv.Unquote(lit.Value)
		return s
	}
	return ""
}

var described = regexp.MustCompile(`fqName: "(mayfly_\w+)", help: "([^"]*)", (?:unit: "", )?constLabels: \{\}, variableLabels: \{([\w,]*)\}`)

// The document for operators has every metric.
func TestGeneratedMetrics(t *testing.T) {
	m := newMetrics(&Options{})
	descs := make(chan *prometheus.Desc, 500)
	m.registry.Describe(descs)
	close(descs)
	var lines []string
	for d := range descs {
		if f := described.FindStringSubmatch(d.String()); f != nil {
			lines = append(lines, fmt.Sprintf("| `%s` | %s | %s |\n", f[1], strings.ReplaceAll(f[3], ",", ", "), f[2]))
		}
	}
	require.GreaterOrEqual(t, len(lines), 9)
	slices.Sort(lines)
	generated(t, "operate.md", "metrics", "| metric | by | |\n|---|---|---|\n"+strings.Join(lines, ""))
}
