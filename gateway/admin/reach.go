package admin

import (
	"context"
	"sync"
	"time"

	"mayfly/gateway/tenant"
)

// Reach asks the servers behind an avatar whether they are there, once each
// and without a word of anybody.
type Reach interface {
	Reach(ctx context.Context, t *tenant.Tenant, a *tenant.Avatar) []Reached
}

// Reached is what a server behind an avatar answered.
type Reached struct {
	Kind     string // the key of the avatar that it stands under: "backend", "speech"
	Server   string // as people are told of it
	Why      string // why it cannot be used, in words; empty: it answered
	Declares string // what it says of itself, in words
}

// Answers of a test of an avatar's servers.
type (
	reachAnswer struct {
		Problems []Problem  `json:"problems" doc:"What is wrong with the document. With any, nobody was asked."`
		Servers  []reachRow `json:"servers" doc:"None: Mayfly itself answers and speaks."`
	}
	reachRow struct {
		Kind   string `json:"kind" doc:"The key of the avatar that it stands under: backend, speech."`
		Server string `json:"server" doc:"As people are told of it."`
		OK     bool   `json:"ok"`
		Text   string `json:"text" doc:"What it says of itself, or why it cannot be used."`
	}
)

// testPause is between two tests that a tenant makes by hand.
const testPause = 3 * time.Second

// testAvatar asks the servers behind one avatar whether they are there, as the
// document in force has them or another.
func (a *API) testAvatar(c *call) *refusal {
	out := reachAnswer{Problems: []Problem{}, Servers: []reachRow{}}
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
	if wait, ok := a.tests.begin("avatar "+c.tenant(), c.now, testPause); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), reachWithin)
	defer cancel()
	for _, r := range a.options.Reach.Reach(ctx, t, of) {
		row := reachRow{r.Kind, r.Server, r.Why == "", r.Declares}
		if r.Why != "" {
			row.Text = r.Why
		}
		out.Servers = append(out.Servers, row)
	}
	return c.send(out)
}

// pauses keep what somebody repeats by hand from being repeated too fast.
type pauses struct {
	mu   sync.Mutex
	last map[string]time.Time // Guarded by mu.
}

// begin says whether it may begin, and else how long to wait.
func (p *pauses) begin(what string, now time.Time, pause time.Duration) (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wait := p.last[what].Add(pause).Sub(now); wait > 0 {
		return wait, false
	}
	if p.last == nil {
		p.last = map[string]time.Time{}
	}
	p.last[what] = now
	return 0, true
}
