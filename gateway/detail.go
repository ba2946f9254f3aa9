package gateway

import "mayfly/session"

// log takes a fact into the tenant's log, as far as that is to hold it: the
// course of a session only where the tenant's policy says so now. done is nil,
// or the fact is of the class Gate. Called with mu held.
func (c *conn) log(f session.Fact, done func(error)) {
	s := c.server
	if !f.Kind.Detail() {
		s.facts.Note(c.tenant.ID, f, done)
		return
	}
	if t := s.options.Directory.Tenant(c.tenant.ID); t == nil || !t.Policy.AuditDetail {
		s.facts.Use(c.tenant.ID, f)
		return
	}
	s.facts.Note(c.tenant.ID, f, done)
}
