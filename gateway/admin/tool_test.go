package admin

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// CallTool says what it was called with.
func (b *behind) CallTool(_ context.Context, _ *tenant.Tenant, a *tenant.Avatar, name string, arguments []byte) CalledTool {
	b.tests++
	return CalledTool{Outcome: "done", Result: []byte(`{"by":"` + a.ToolRecipient(name).Name + `","with":` + string(arguments) + `}`)}
}

// A tool is tried as a document has it that nobody saved; one that decides
// about people is not, and neither is one of a document with mistakes. // R43
func TestToolIsTried(t *testing.T) {
	w := newWorld(t)
	tool := `{"name":"look_up","description":"x","url":"https://tools.example/x","provider":"Example","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}`
	document := strings.Replace(documentWithModel, `"backend"`, `"tools":[`+tool+`],"backend"`, 1)
	ask := func(document, tool string) answer {
		return w.ask("acme admin", "POST", "avatars/tool", `{"avatar":"ada","tool":"`+tool+`","arguments":{"q":"x"},"document":`+document+`}`)
	}
	before := w.behind.tests
	got := ask(document, "look_up")
	require.Equal(t, 200, got.status, got.body)
	require.Contains(t, got.body, `"outcome":"done","result":"{\"by\":\"Example\",\"with\":{\"q\":\"x\"}}"`)
	require.Equal(t, "rate_limit_exceeded", ask(document, "look_up").code())
	w.at = w.at.Add(testPause)
	require.Contains(t, ask(document, "other").body, "has no such tool")
	require.Contains(t, ask(strings.Replace(document, "https://tools.example", "http://127.0.0.1", 1), "look_up").body, `"key":"avatars[0].tools[0].url"`)
	decides := strings.Replace(document, `"name":"look_up"`, `"significant_effect":true,"name":"look_up"`, 1)
	decides = strings.Replace(decides, `"id":"acme"`, `"policy":{"automated_decisions":{"used":true,"logic_notice":"https://acme.example/how","human_route":"Call us."}},"id":"acme"`, 1)
	require.Contains(t, ask(decides, "look_up").body, "decision about somebody")
	require.Equal(t, before+1, w.behind.tests)
}
