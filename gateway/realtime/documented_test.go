package realtime

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"mayfly/gateway/realtime/realtimetest"

	"github.com/stretchr/testify/require"
)

// Every type of event that the decoder takes is in the schema and the reverse.
// The types are read from the decoder's source, since an event that nobody
// documented has no example either.
func TestDecodedEventsAreDocumented(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "decode.go", nil, 0)
	require.NoError(t, err)
	var taken []string
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Type.Results == nil || len(f.Type.Results.List) == 0 {
			continue
		}
		if id, ok := f.Type.Results.List[0].Type.(*ast.Ident); !ok || id.Name != "ClientEvent" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.CaseClause)
			if !ok {
				return true
			}
			for _, x := range c.List {
				if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.Contains(lit.Value, ".") {
					name, err := strconv.Unquote(lit.Value)
					require.NoError(t, err)
					taken = append(taken, name)
				}
			}
			return true
		})
	}
	require.ElementsMatch(t, realtimetest.Open(t).Events(realtimetest.FromClient), taken)
	t.Logf("n = %d events", len(taken))
}
