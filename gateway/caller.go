package gateway

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"mayfly/gateway/realtime"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// caller is who is at the door, once the credential was found good.
type caller struct {
	tenant *tenant.Tenant
	avatar *tenant.Avatar
	role   tenant.Role
	key    [sha256.Size]byte // of the credential, for counting; never logged
	locale string
	visit  visit      // where they are and with what, as it is counted
	id     session.ID // names the key in facts, or that which a secret was made with; zero: none

	// Of a client secret.
	secret     bool
	credential string           // the secret itself
	grant      *realtime.Update // what it was made with
	bound      bool             // it names origins

	// resumes: the credential is the resume token of a live session, and opens
	// no other.
	resumes bool
}

// credentialPrefix marks the subprotocol that carries a credential, for
// browsers, which cannot set headers on a WebSocket. It is never echoed.
const credentialPrefix = "openai-insecure-api-key."

// resumeProtocol marks the subprotocol that carries a resume token.
const resumeProtocol = "mayfly-resume."

// credential takes the credential out of a request. A header says more than a
// subprotocol: a page cannot set it across origins without asking.
func credential(r *http.Request) (secret string, header bool) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, value, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", true
		}
		return strings.TrimSpace(value), true
	}
	if v := r.Header.Get("Api-Key"); v != "" {
		return v, true
	}
	all := subprotocols(r)
	for _, p := range all {
		if rest, ok := strings.CutPrefix(p, credentialPrefix); ok {
			return rest, false
		}
	}
	for _, p := range all {
		if rest, ok := strings.CutPrefix(p, resumeProtocol); ok {
			return rest, false
		}
	}
	return "", false
}

func subprotocols(r *http.Request) []string {
	var all []string
	for _, h := range r.Header.Values("Sec-Websocket-Protocol") {
		for p := range strings.SplitSeq(h, ",") {
			all = append(all, strings.TrimSpace(p))
		}
	}
	return all
}

// authenticate finds out who calls, and whether from where they may, before
// anything else of the request is read. Every credential that is not good is
// refused with one code, whatever is wrong with it.
func (s *Server) authenticate(r *http.Request) (*caller, string) {
	secret, header := credential(r)
	if secret == "" {
		return nil, "missing_credential"
	}
	if len(secret) > 512 {
		return nil, "invalid_credential"
	}
	now := time.Now()
	who := &caller{key: sha256.Sum256([]byte(secret))}
	var origins []string
	if strings.HasPrefix(secret, resumePrefix) {
		// The token of a live session opens that session and nothing else. It
		// stands in for a client secret that was used up, or that ended.
		c := s.registry.look(who.key)
		if c == nil || s.options.Directory.Tenant(c.tenant.ID) == nil {
			return nil, "invalid_credential"
		}
		who.tenant, who.avatar, who.resumes = c.tenant, c.avatar, true
		header = true // it is in no page that did not have the session
	} else if strings.HasPrefix(secret, secretPrefix) {
		g, ok := s.tokens.Look(now, secret)
		if !ok {
			return nil, "invalid_credential"
		}
		if who.tenant = s.options.Directory.Tenant(g.Tenant); who.tenant == nil {
			return nil, "invalid_credential"
		}
		if who.avatar = who.tenant.Find(g.Avatar); who.avatar == nil {
			return nil, "avatar_not_found"
		}
		who.secret, who.credential = true, secret
		who.grant, origins, who.id = &g.Session, g.Origins, g.Key
		who.locale = g.Session.Avatar.Locale
		who.bound = len(origins) > 0
	} else {
		access, ok := s.options.Directory.Lookup(secret, now)
		if !ok {
			return nil, "invalid_credential"
		}
		who.tenant, who.role, who.id = access.Tenant, access.Role, access.ID
		if who.role == tenant.Reviewer || who.role == tenant.Agent {
			return nil, "role_not_allowed"
		}
	}
	if code := s.checkOrigin(r, who, origins, header); code != "" {
		return nil, code
	}
	return who, ""
}

// checkOrigin holds an exact list of origins against the request, also for
// upgrades, which browsers do not protect. Without an Origin header, only a
// credential in a header passes, and only if it is not bound to origins.
func (s *Server) checkOrigin(r *http.Request, who *caller, origins []string, header bool) string {
	sent := r.Header.Values("Origin")
	if len(sent) == 0 && r.Header.Get("Sec-Fetch-Site") == "same-origin" {
		// A browser leaves the origin out when a page asks its own server for
		// something. The server's own name is then the origin, and has to be
		// on the list like any other.
		sent = []string{s.ownOrigin(r)}
	}
	switch {
	case len(sent) == 0:
		if !header || who.bound {
			return "origin_not_allowed"
		}
		return ""
	case len(sent) > 1, !who.tenant.AllowsOrigin(sent[0]):
		return "origin_not_allowed"
	case who.bound:
		normal, err := tenant.ParseOrigin(sent[0])
		if err != nil || !slices.Contains(origins, normal) {
			return "origin_not_allowed"
		}
	}
	return ""
}

// ownOrigin is the origin under which a request reached this gateway.
func (s *Server) ownOrigin(r *http.Request) string {
	if u, err := url.Parse(s.options.PublicURL); err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host) {
		return u.Scheme + "://" + u.Host
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
