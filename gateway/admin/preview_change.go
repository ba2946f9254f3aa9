package admin

import (
	"bytes"

	"mayfly/gateway/tenant"
)

// compare says what saving a document would change, and whether it would wait
// for a second admin.
func (p *previewAnswer) compare(c *call, now Version, after *tenant.Tenant) *refusal {
	canonical, err := tenant.Document(after)
	if err != nil {
		return refuse("internal_error")
	}
	p.Number = now.Number
	p.Changed = changedFrom(now.Document, canonical)
	p.Needs = list(needsSecond(inForce(now), after, c.now))
	return nil
}

// inForce is the tenant of a version. A rule of today that an old document
// breaks leaves one that allowed nothing; that two are needed is no less true.
func inForce(now Version) *tenant.Tenant {
	before, err := tenant.ParseDocument(now.Document)
	if err != nil {
		before = &tenant.Tenant{}
		before.Policy.SecondAdmin = bytes.Contains(now.Document, []byte(`"second_admin":true`))
	}
	return before
}
