package gateway

import (
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// mostDeclared is of how many servers, or declarations of one, a session has
// facts. How often something was sent to others is counted in one more.
const mostDeclared = 64

// declared notes, once for each server and what it had declared then, that it
// is sent something of the session. Called with mu held.
func (c *conn) declared(now time.Time, to *tenant.Recipient) {
	s := &c.story
	hash := to.Hash()
	switch {
	case s.declared[hash]:
		return
	case len(s.declared) >= mostDeclared:
		s.undeclared++
		return
	case s.declared == nil:
		s.declared = map[[32]byte]bool{}
	}
	s.declared[hash] = true
	c.log(c.witness(now, session.Fact{
		Kind: session.BackendDeclared, Policy: c.rules.Number, Hash: hash,
		Count: session.RetentionNumber(to.Terms.Retention), Before: session.RegionNumber(to.Region),
	}), nil)
}

// tellUndeclared says how often something was sent to those that have no fact
// of their own. Called with mu held.
func (c *conn) tellUndeclared(now time.Time) {
	if n := c.story.undeclared; n > 0 {
		c.story.undeclared = 0
		c.log(c.witness(now, session.Fact{Kind: session.BackendDeclared, Policy: c.rules.Number, Count: n}), nil)
	}
}
