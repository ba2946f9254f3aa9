package admin

import (
	"net/http"
	"strings"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// caller is who asks, once the credential was found good. Nothing else of a
// request says which tenant it is about.
type caller struct {
	tenant *tenant.Tenant
	role   tenant.Role
	key    session.ID // names whoever it is in facts; zero: the host
	name   string     // the key's or the provider's, for people
	signIn time.Time  // zero: a key; else since when it is signed in
	until  time.Time  // when the credential ends; zero: never

	machine bool // the host: who runs the machine, by its own commands
}

// roles is a set of roles.
type roles uint8

const (
	admins    = roles(1 << tenant.Admin)
	reviewers = roles(1 << tenant.Reviewer)
	agents    = roles(1 << tenant.Agent)
	anybody   = roles(1 << 7) // no credential is asked for
)

func (r roles) has(role tenant.Role) bool { return role < 7 && r&(1<<role) != 0 }

// maxSecret is the longest credential that is looked at, in bytes.
const maxSecret = 512

// bearer takes the credential out of a request. There is one place for it: a
// page of another site cannot set that header without asking.
func bearer(r *http.Request) string {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || len(r.Header.Values("Authorization")) > 1 {
		return ""
	}
	return strings.TrimSpace(secret)
}

// authorize is the one place that decides who may do what: the route's roles
// against the credential's. What it refuses is counted and noted.
func (a *API) authorize(r *http.Request, to *route, now time.Time) (*caller, *refusal) {
	if a.cross.Check(r) != nil {
		return nil, refuse("cross_site_request")
	}
	if to.roles&anybody != 0 {
		return &caller{}, nil
	}
	secret := bearer(r)
	if secret == "" {
		return nil, refuse("missing_credential")
	}
	who, ok := a.identify(secret, now)
	if !ok {
		return nil, a.wrongCredential(r, now)
	}
	if !to.roles.has(who.role) {
		a.denied.add(who.tenant.ID, who.key)
		return nil, refuse("role_not_sufficient")
	}
	return who, nil
}

// identify finds out whose credential it is. One that is unknown and one that
// has ended are refused alike.
func (a *API) identify(secret string, now time.Time) (*caller, bool) {
	if len(secret) > maxSecret {
		return nil, false
	}
	if strings.HasPrefix(secret, tokenPrefix) {
		t, ok := a.tokens.look(secret, now)
		of := a.options.Directory.Tenant(t.tenant)
		if !ok || of == nil {
			return nil, false
		}
		return &caller{tenant: of, role: t.role, key: t.id, name: t.by, signIn: t.began, until: t.until}, true
	}
	access, ok := a.options.Directory.Lookup(secret, now)
	if !ok {
		return nil, false
	}
	return &caller{tenant: access.Tenant, role: access.Role, key: access.ID, name: access.Name, until: access.Ends}, true
}

// Good is the credential of a request if it is good, whatever for; else empty.
// It counts nothing.
func (a *API) Good(r *http.Request) string {
	secret := bearer(r)
	if _, ok := a.identify(secret, a.options.Now()); !ok {
		return ""
	}
	return secret
}

// Agent says who an agent is by their credential, a key or a sign-in, and
// whether it is one.
func (a *API) Agent(secret string) (of *tenant.Tenant, id session.ID, name string, ok bool) {
	who, ok := a.identify(secret, a.options.Now())
	if !ok || who.role != tenant.Agent {
		return nil, session.ID{}, "", false
	}
	return who.tenant, who.key, who.name, true
}

// wrongCredential counts a credential that is not good.
func (a *API) wrongCredential(r *http.Request, now time.Time) *refusal {
	a.denied.add("", session.ID{})
	if wait, ok := a.wrong.add(a.options.Address(r), now); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	return refuse("invalid_credential")
}
