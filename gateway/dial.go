package gateway

import (
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// forbids is the clause by which a recipient may be sent nothing of the session
// now, or empty: the tenant's policy of this moment counts, not the one that
// the session began with.
func (c *conn) forbids(r *tenant.Recipient) tenant.Clause {
	t := c.server.options.Directory.Tenant(c.tenant.ID)
	if t == nil {
		t = c.tenant
	}
	return t.Policy.Refuses(r)
}

// mayDial says whether a server may be sent something of the session now. Nil
// is nobody, who is always permitted.
func (c *conn) mayDial(b *tenant.BackEnd) bool {
	if b == nil {
		return true
	}
	r := b.Recipient(tenant.Answering, tenant.Words)
	return c.forbids(&r) == ""
}

// refusedDial is the fact that a recipient was sent nothing: the clause, and
// what it had declared.
func (c *conn) refusedDial(now time.Time, r *tenant.Recipient) session.Fact {
	f := session.Fact{Kind: session.DialRefused, Hash: r.Hash()}
	switch c.forbids(r) {
	case tenant.Hosts:
		f.Reason = session.NotOnList
	case tenant.InRegions:
		f.Reason = session.NotInRegion
	case tenant.NoTraining:
		f.Reason = session.MayTrain
	case tenant.KeepsMost:
		f.Reason = session.KeepsTooLong
	case tenant.Objected:
		f.Reason = session.ObjectedTo
	}
	return c.witness(now, f)
}
