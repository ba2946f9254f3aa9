package gateway

import (
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// switchedOff is the refusal of whoever wants to talk with an avatar that the
// organisation has switched off, with its reason; nil: people can.
func switchedOff(a *tenant.Avatar) *refusal {
	if a.Off == nil {
		return nil
	}
	return &refusal{code: "avatar_off", says: oneLine(a.Off.Reason, maxEndReason)}
}

// endSwitchedOff ends the live sessions of a tenant whose avatars are off now.
// The directory has the tenant before: a session that begins meanwhile finds
// it there.
func (s *Server) endSwitchedOff(t *tenant.Tenant) {
	if t == nil {
		return
	}
	for i := range t.Avatars {
		if a := &t.Avatars[i]; a.Off != nil {
			s.End(t.ID, session.ID{}, a.ID, a.Off.Reason)
		}
	}
}

// beganSwitchedOff ends a session whose avatar was switched off between the
// door and its beginning: nobody could tell it. Called with mu held.
func (c *conn) beganSwitchedOff(now time.Time) bool {
	t := c.server.options.Directory.Tenant(c.tenant.ID)
	if t == nil {
		return false
	}
	a := t.Find(c.avatar.ID)
	if a == nil || a.Off == nil {
		return false
	}
	c.endFor(now, a.Off.Reason)
	return true
}
