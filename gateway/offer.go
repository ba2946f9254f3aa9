package gateway

import "time"

// Offers tries whether somebody could get a client secret of the tenant: one
// is made and taken back. It is the code of why not, or empty.
func (s *Server) Offers(tenantID string) string {
	t := s.options.Directory.Tenant(tenantID)
	if t == nil {
		return "not_found"
	}
	if s.registry.draining() {
		return "draining"
	}
	a := t.Find("")
	if a == nil {
		return "avatar_not_found"
	}
	if bad := switchedOff(a); bad != nil {
		return bad.code
	}
	now := time.Now()
	secret, err := s.tokens.Issue(now, Grant{Tenant: t.ID, Avatar: a.ID, Expires: now.Add(time.Second), Single: true})
	if err != nil {
		return "overloaded"
	}
	if !s.tokens.Redeem(now, secret) {
		return "internal_error"
	}
	return ""
}
