package gateway

import (
	"time"

	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// notPermitted is the code for an avatar that has the likeness of a real
// person, without a permission of theirs that is valid now.
const notPermitted = "likeness_not_permitted"

// endUnpermitted ends the live sessions of a tenant with avatars whose
// likeness is not permitted any more.
func (s *Server) endUnpermitted(now time.Time, t *tenant.Tenant) {
	if t == nil {
		return
	}
	for i := range t.Avatars {
		if a := &t.Avatars[i]; !a.Permitted(now) {
			s.End(t.ID, session.ID{}, a.ID, lookupProblem(notPermitted).sentence)
		}
	}
}

// useLikeness notes under which permission the session uses a likeness. Called
// with mu held.
func (c *conn) useLikeness(now time.Time) {
	p := c.avatar.Permission
	if !c.avatar.RealLikeness || p == nil {
		return
	}
	c.note(now, session.Note{Fact: session.Fact{
		Kind: session.LikenessUsed, Object: session.NameID(c.tenant.ID, "permission", p.ID), Hash: p.Evidence, Policy: c.rules.Number,
	}})
}

// outlive keeps a session that came back from lasting longer than the
// permission. Called with mu held.
func (c *conn) outlive(now time.Time) {
	if p := c.avatar.Permission; c.avatar.RealLikeness && p != nil {
		_ = c.apply(now, session.Ending{At: p.Expires, Reason: session.Ended})
	}
}

// likenessOf is what a receipt says of a likeness.
func likenessOf(a *tenant.Avatar) *receipt.Likeness {
	p := a.Permission
	if !a.RealLikeness || p == nil {
		return nil
	}
	l := &receipt.Likeness{Permission: p.ID, Territory: p.Territory, Until: at(p.Expires)}
	for _, of := range p.Scope {
		l.Scope = append(l.Scope, of.String())
	}
	return l
}
