package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/gateway/oidc"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/session"
)

var errNoPublicURL = errors.New("oidc: the provider sends people back to the address of this gateway, which is not known; give public_url (--public-url)")

// openOIDC lets people sign in by a provider, where the file names one, and
// puts that beside the admin API. Nothing is asked of the provider before
// somebody signs in: while it is down, everything else works.
func (a *app) openOIDC(ctx context.Context) (err error) {
	s := a.settings
	var rules []tenant.OIDCRule
	if s.OIDC != nil {
		if s.PublicURL == "" {
			return errNoPublicURL
		}
		if err := s.OIDC.CheckTenants(s.Config, a.hasTenant); err != nil {
			return err
		}
		rules = s.OIDC.Rules
	}
	if rules, err = a.noteRules(ctx, rules); err != nil {
		return err
	}
	a.oidc, err = oidc.New(oidc.Options{
		Config:     s.OIDC,
		Watch:      a.incidents.watcher(),
		Secret:     func() ([]byte, error) { return readKey(s.OIDC.ClientSecretFile) },
		PublicURL:  s.PublicURL,
		TenantName: a.tenantName,
		Link: func(p oidc.Person) (string, error) {
			return a.links.NewFor(admin.Person{ID: p.ID, By: p.By}, p.Tenant, p.Role, time.Now())
		},
		Refused: func(person session.ID) { a.admin.Denied(person) },
		Failed: func(f oidc.Failure, count int) {
			if f.Down {
				a.log.Warn("the sign-in provider does not answer", "stage", string(f.Stage), "count", count)
				return
			}
			a.log.Warn("what the sign-in provider answers cannot be used", "stage", string(f.Stage), "count", count)
		},
		Problem: gateway.Problem,
		Address: a.gateway.Address,
	})
	if err != nil {
		return err
	}
	a.oidc.SetRules(rules)
	mux := http.NewServeMux()
	mux.Handle(oidc.About, a.oidc)
	mux.Handle(oidc.Prefix, a.oidc)
	mux.Handle("/", a.admin)
	a.gateway.MountAdmin(mux, a.admin.Good)
	return nil
}

// signInRules are whom of the provider's people a tenant is open to now.
func (a *app) signInRules(tenantID string) (all []admin.SignInRule) {
	for _, r := range a.oidc.Rules() {
		if r.Tenant == tenantID {
			all = append(all, admin.SignInRule{ID: a.ruleID(r).String(), Provider: a.settings.OIDC.Name, Claim: r.Claim, Value: r.Value, Role: r.Role.String()})
		}
	}
	return all
}

// ruleID names a rule in facts. It is made under the tenant's own key: what a
// rule says can be somebody's address, which the log is not to tell. It is zero
// while that key cannot be read.
func (a *app) ruleID(r tenant.OIDCRule) (id session.ID) {
	name := a.recorder.Pseudonym(r.Tenant, fmt.Appendf(nil, "rule of a provider\n%q %q %q %q", a.settings.OIDC.Issuer, r.Claim, r.Value, r.Role))
	if name != "" {
		sum := sha256.Sum256([]byte(name))
		copy(id[:], sum[:])
	}
	return id
}

// noteRules sees to it that a tenant has a fact of each rule that opens it
// before the rule does, and of each that is gone: whoever writes the file lets
// nobody in unseen. It returns the rules that may open their tenants.
func (a *app) noteRules(ctx context.Context, rules []tenant.OIDCRule) (noted []tenant.OIDCRule, err error) {
	had, err := a.recorder.RuledTenants(ctx)
	if err != nil {
		return nil, err
	}
	now := map[string][]recorder.FileKey{}
	for _, id := range had {
		now[id] = nil
	}
	for _, r := range rules {
		if err := a.recorder.PreparePseudonyms(ctx, r.Tenant); err != nil {
			a.log.Warn("a rule of the sign-in provider opens nothing: the tenant's key cannot be read", "tenant", r.Tenant)
			continue
		}
		now[r.Tenant] = append(now[r.Tenant], recorder.FileKey{ID: a.ruleID(r), Role: r.Role.String()})
		noted = append(noted, r)
	}
	for _, id := range slices.Sorted(maps.Keys(now)) {
		if err := a.recorder.FollowFileRules(ctx, id, now[id]); err != nil {
			return nil, err
		}
	}
	return noted, nil
}

func (a *app) hasTenant(id string) bool { return a.directory.Tenant(id) != nil }

func (a *app) tenantName(id string) (string, bool) {
	t := a.directory.Tenant(id)
	if t == nil {
		return "", false
	}
	return t.Name, true
}

// rulesOf are who may sign in by the file as it is now. Its tenants are not in
// the directory yet.
func (a *app) rulesOf(file *tenant.File) ([]tenant.OIDCRule, error) {
	if a.settings.OIDC == nil || file.Server.OIDC == nil {
		return nil, nil
	}
	err := file.Server.OIDC.CheckTenants(a.settings.Config, func(id string) bool {
		for i := range file.Tenants {
			if file.Tenants[i].ID == id {
				return true
			}
		}
		t := a.directory.Tenant(id)
		return t != nil && t.Source != tenant.SourceFile
	})
	return file.Server.OIDC.Rules, err
}
