package gateway

import "mayfly/gateway/tenant"

// mayDial says whether a server may be sent something of the session now: the
// tenant's policy of this moment counts, not the one that the session began
// with. Nil is nobody, who is always permitted.
func (c *conn) mayDial(b *tenant.BackEnd) bool {
	if b == nil {
		return true
	}
	t := c.server.options.Directory.Tenant(c.tenant.ID)
	if t == nil {
		t = c.tenant
	}
	return t.Policy.Permits(b)
}
