package gateway

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// constants are the string constants of a type in a package's source.
func constants(t *testing.T, dir, typ string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), dir+"/"+e.Name(), nil, 0)
		require.NoError(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if id, ok := v.Type.(*ast.Ident); !ok || id.Name != typ {
				return true
			}
			for _, x := range v.Values {
				if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					s, _ := strconv.Unquote(lit.Value)
					all = append(all, s)
				}
			}
			return true
		})
	}
	require.NotEmpty(t, all)
	return all
}

// Every code that a package can refuse or end with has a row in the one
// table, and every row says what to do in words of its own.
func TestEveryCodeHasARow(t *testing.T) {
	codes := append(constants(t, "../session", "Code"), constants(t, "realtime", "Code")...)
	for _, r := range session.Reasons() {
		switch r {
		case session.NoReason, session.ClientCancel, session.VoiceDetected, session.EngineFailed, session.ReplyTooLong:
			// Of replies, not of sessions.
		case session.NotOnList, session.NotInRegion, session.MayTrain, session.KeepsTooLong, session.ObjectedTo:
			// Of servers that were sent nothing: facts alone say it.
		case session.GaveOrders, session.MeasuredPerson:
			// Of what a server said: facts alone say it.
		case session.UndeclaredEgress, session.CanaryLeak, session.AuditDisagrees, session.OutsidePolicy, session.MasterKeyLost, session.OtherIncident:
			// Of incidents: facts alone say it.
		case session.AuditHolds, session.AuditFails:
			// Of proof runs: facts alone say it.
		default:
			codes = append(codes, r.String())
		}
	}
	codes = append(codes, "backend_unreachable", "backend_timeout", "backend_refused", "backend_invalid", "backend_overloaded")
	for _, c := range codes {
		if _, ok := problems[c]; !ok {
			t.Errorf("no row for %q", c)
		}
	}
	seen := map[string]string{}
	// The codes that the published client knows from RFC 6455, and no others:
	// it acts on them.
	standard := []int{0, 1000, 1001, 1002, 1007, 1008, 1009, 1011, 1012, 1013}
	for code, p := range problems {
		require.Equal(t, code, p.code)
		require.NotEmpty(t, p.sentence, code)
		require.True(t, slices.Contains(standard, p.closing), code)
		if p.closing != 0 {
			require.LessOrEqual(t, len(websocket.FormatCloseMessage(p.closing, p.code)), 125, code)
		}
		if other, twice := seen[p.sentence]; twice && !strings.Contains(p.sentence, "It was counted") {
			t.Errorf("%q and %q say the same", code, other)
		}
		seen[p.sentence] = code
	}
	require.Equal(t, "internal_error", lookupProblem("something nobody wrote a row for").code)
}
