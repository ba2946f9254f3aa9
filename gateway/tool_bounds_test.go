package gateway

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/avatar/openai/backendtest"
	"mayfly/gateway/avatar/tool/tooltest"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// A model that calls for ever is asked so often and no more, and is then made
// to answer without tools. // B6
func TestToolLoop(t *testing.T) {
	calls := []string{backendtest.Calls(0, "a", "opening_hours", `{"day":"Monday"}`), backendtest.Calls(1, "b", "opening_hours", `{"day":"Tuesday"}`), backendtest.Calls(2, "c", "opening_hours", `{"day":"Sunday"}`)}
	r, back, server := toolRig(t, backendtest.Script{Steps: [][]string{calls}}, tooltest.Script{})
	c := r.ready("text")
	c.text("When?")
	c.send(event{"type": "response.create"})
	done := c.await("response.done", 1)
	require.Equal(t, "failed", done.at("response", "status"), "it never answered")
	require.Equal(t, "backend_invalid", done.at("response", "status_details", "error", "code"))
	require.Len(t, back.Requests(), mostSteps+1)
	require.Equal(t, "none", body(t, back, mostSteps+1).Choice)
	require.Len(t, server.Requests(), mostRuns)
	last := body(t, back, mostSteps+1).Messages
	require.Contains(t, last[len(last)-1].Content, "too_many_calls")
}

// What a model makes up is answered to it, and nothing is sent: names that no
// tool has, arguments that are none or break the schema. // R43
func TestToolMadeUp(t *testing.T) {
	for name, c := range map[string]struct{ call, want string }{
		"unknown":        {backendtest.Calls(0, "a", "delete_tenant", `{}`), `{"error":"unknown_tool"}`},
		"odd name":       {backendtest.Calls(0, "a", "../admin?x=1", `{}`), `{"error":"unknown_tool"}`},
		"not JSON":       {backendtest.Calls(0, "a", "opening_hours", `day: Monday`), `{"error":"invalid_arguments","at":"","rule":"json"}`},
		"cut":            {backendtest.Calls(0, "a", "opening_hours", `{"day":"Mon`), `{"error":"invalid_arguments","at":"day","rule":"json"}`},
		"missing":        {backendtest.Calls(0, "a", "opening_hours", ``), `{"error":"invalid_arguments","at":"day","rule":"required"}`},
		"wrong type":     {backendtest.Calls(0, "a", "opening_hours", `{"day":1}`), `{"error":"invalid_arguments","at":"day","rule":"type"}`},
		"one more":       {backendtest.Calls(0, "a", "opening_hours", `{"day":"Monday","name":"canary"}`), `{"error":"invalid_arguments","at":"","rule":"unknown_member"}`},
		"client's, bad":  {backendtest.Calls(0, "a", "set_colour", `{"colour":`), `{"error":"invalid_arguments"}`},
		"client's, list": {backendtest.Calls(0, "a", "set_colour", `["red"]`), `{"error":"invalid_arguments"}`},
	} {
		t.Run(name, func(t *testing.T) {
			r, back, server := toolRig(t, backendtest.Script{Steps: [][]string{{c.call}, says("I cannot find that out.")}}, tooltest.Script{})
			k := r.ready("text")
			k.send(event{"type": "session.update", "session": event{"type": "realtime", "tools": []event{{"type": "function", "name": "set_colour"}}}})
			k.text("When?")
			k.send(event{"type": "response.create"})
			done := k.await("response.done", 1)
			require.Equal(t, "completed", done.at("response", "status"))
			require.Len(t, done.at("response", "output"), 1)
			m := body(t, back, 2).Messages
			require.Equal(t, c.want, m[len(m)-1].Content)
			require.Empty(t, server.Requests())
		})
	}
}

// Whatever the tool's server does, the reply goes on, in time, with a failure
// that the gateway words, and nothing of what the server sent is in it. // B6 R57
func TestToolHostile(t *testing.T) {
	alongside(t)
	for _, mode := range tooltest.Modes() {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			r, back, server := toolRig(t,
				backendtest.Script{Steps: [][]string{{backendtest.Calls(0, "a", "opening_hours", `{"day":"Monday"}`)}, says("I could not look it up.")}},
				tooltest.Script{Mode: mode, Canary: "canary-of-the-tool"})
			c := r.ready("text")
			c.text("When?")
			c.send(event{"type": "response.create"})
			require.Equal(t, "completed", c.await("response.done", 1).at("response", "status"))
			require.Equal(t, "failed", c.await("avatar.tool.state", 2)["state"])
			m := body(t, back, 2).Messages
			require.Regexp(t, `^\{"error":"[a-z_]+"\}$`, m[len(m)-1].Content)
			require.NotContains(t, string(back.Requests()[1].Body), "canary-of-the-tool")
			require.LessOrEqual(t, len(server.Requests()), 1, "a call is made once")
			for _, e := range c.all() {
				require.NotContains(t, fmt.Sprint(e), "canary-of-the-tool")
			}
		})
	}
}

// Who interrupts while something is looked up ends that too: the call is given
// up, the model is not asked again, and what comes late is nowhere. // B9
func TestToolInterrupted(t *testing.T) {
	for name, end := range map[string]func(*client){
		"cancel": func(c *client) { c.send(event{"type": "response.cancel"}) },
		"end":    func(c *client) { c.send(event{"type": "avatar.session.end"}) },
		"gone":   func(c *client) { c.ws.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			r, back, server := toolRig(t,
				backendtest.Script{Steps: [][]string{{backendtest.Calls(0, "a", "opening_hours", `{"day":"Monday"}`)}, says("Until seven.")}},
				tooltest.Script{Wait: time.Hour})
			c := r.ready("text")
			c.text("When?")
			c.send(event{"type": "response.create"})
			c.await("avatar.tool.state", 1)
			require.Eventually(t, func() bool { return len(server.Requests()) == 1 }, 30*time.Second, time.Millisecond)
			end(c)
			require.Eventually(t, func() bool { return server.Gone() == 1 }, 30*time.Second, time.Millisecond, "the call is given up at once")
			if name == "cancel" {
				require.Equal(t, "cancelled", c.await("response.done", 1).at("response", "status"))
			}
			require.Eventually(t, func() bool { return r.facts.Count(session.ToolWasCalled) == 1 }, 30*time.Second, time.Millisecond)
			require.Len(t, back.Requests(), 1)
			require.Len(t, server.Requests(), 1)
		})
	}
}

// The policy of the moment counts: a tool whose server is no longer allowed, or
// that decides about people while nobody is told, is not called. // R43 R44
func TestToolNotAllowed(t *testing.T) {
	for name, set := range map[string]func(*tenant.Tenant){
		"region":   func(tn *tenant.Tenant) { tn.Policy.Regions = []string{"eu"}; tn.Avatars[0].BackEnd.Region = "eu" },
		"decision": func(tn *tenant.Tenant) { tn.Avatars[0].Tools[0].Significant = true },
	} {
		t.Run(name, func(t *testing.T) {
			r, back, server := toolRig(t,
				backendtest.Script{Steps: [][]string{{backendtest.Calls(0, "a", "opening_hours", `{"day":"Monday"}`)}, says("I may not look it up.")}},
				tooltest.Script{}, func(_ *Options, tn *tenant.Tenant) { set(tn) })
			c := r.ready("text")
			c.text("When?")
			c.send(event{"type": "response.create"})
			require.Equal(t, "completed", c.await("response.done", 1).at("response", "status"))
			m := body(t, back, 2).Messages
			require.Equal(t, `{"error":"not_allowed"}`, m[len(m)-1].Content)
			require.Empty(t, server.Requests())
		})
	}
	t.Run("decision, told", func(t *testing.T) {
		r, _, server := toolRig(t,
			backendtest.Script{Steps: [][]string{{backendtest.Calls(0, "a", "opening_hours", `{"day":"Monday"}`)}, says("Yes.")}},
			tooltest.Script{}, func(_ *Options, tn *tenant.Tenant) {
				tn.Avatars[0].Tools[0].Significant = true
				tn.Policy.Decisions = tenant.Decisions{Used: true, LogicNotice: "https://acme.example/logic", HumanRoute: "Call 0123."}
			})
		c := r.ready("text")
		c.text("When?")
		c.send(event{"type": "response.create"})
		c.await("response.done", 1)
		require.Len(t, server.Requests(), 1)
	})
}
