package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mayfly/gateway/line"
	"mayfly/gateway/tenant"
)

// Tools calls a tool of an avatar's once, with what an admin wrote, the way it
// is called in a conversation.
type Tools interface {
	CallTool(ctx context.Context, t *tenant.Tenant, a *tenant.Avatar, name string, arguments []byte) CalledTool
}

// CalledTool is what came of a call.
type CalledTool struct {
	Outcome string // "done", "timeout", ...
	Result  []byte // what a model would be given, as JSON
}

// Format implements fmt.Formatter: what a tool gives does not print.
func (c CalledTool) Format(to fmt.State, _ rune) { line.Length(to, c.Outcome, len(c.Result)) }

// toolAnswer is the answer to a tool that was tried out.
type toolAnswer struct {
	Problems []Problem `json:"problems" doc:"What is wrong with the document. With any, nothing was called."`
	Outcome  string    `json:"outcome,omitempty" doc:"done, or why there is no result: invalid_arguments, not_allowed, unreachable, timeout, refused, result_too_large, invalid_result."`
	Result   string    `json:"result,omitempty" doc:"What the model would be given, as JSON."`
	TookMS   int64     `json:"took_ms"`
}

// tryTool calls a tool, as the document in force has it or another, with
// arguments that an admin wrote. It is really called.
func (a *API) tryTool(c *call) *refusal {
	out := toolAnswer{Problems: []Problem{}}
	t, of, problems, bad := a.meant(c)
	if len(problems) > 0 {
		out.Problems = problems
		return c.send(out)
	}
	if bad != nil {
		return bad
	}
	if t != c.who.tenant {
		t.Demo = c.who.tenant.Demo // it is dialled as the one in force would be
	}
	name := c.body.text("tool")
	if !slices.ContainsFunc(of.Tools, func(one tenant.Tool) bool { return one.Name == name }) {
		return wrongFields(Problem{Key: "tool", Text: "the avatar has no such tool; write the name of one"})
	}
	if of.Decides(name) {
		return wrongFields(Problem{Key: "tool", Text: "what this tool does is a decision about somebody; try it at its own server"})
	}
	if wait, ok := a.tests.begin("tool "+c.tenant(), c.now, testPause); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	arguments := c.body.object("arguments")
	if arguments == nil {
		arguments = []byte("{}")
	}
	began := time.Now()
	came := a.options.Tools.CallTool(c.r.Context(), t, of, name, arguments)
	out.Outcome, out.Result, out.TookMS = came.Outcome, string(came.Result), time.Since(began).Milliseconds()
	return c.send(out)
}
