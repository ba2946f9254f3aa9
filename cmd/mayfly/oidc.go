package main

import (
	"errors"
	"net/http"
	"time"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/gateway/oidc"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

var errNoPublicURL = errors.New("oidc: the provider sends people back to the address of this gateway, which is not known; give public_url (--public-url)")

// openOIDC lets people sign in by a provider, where the file names one, and
// puts that beside the admin API. Nothing is asked of the provider before
// somebody signs in: while it is down, everything else works.
func (a *app) openOIDC() (err error) {
	s := a.settings
	if s.OIDC != nil {
		if s.PublicURL == "" {
			return errNoPublicURL
		}
		if err := s.OIDC.CheckTenants(s.Config, a.hasTenant); err != nil {
			return err
		}
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
	mux := http.NewServeMux()
	mux.Handle(oidc.About, a.oidc)
	mux.Handle(oidc.Prefix, a.oidc)
	mux.Handle("/", a.admin)
	a.gateway.MountAdmin(mux, a.admin.Good)
	return nil
}

// signInRules are whom of the provider's people a tenant is open to.
func (s *settings) signInRules(tenantID string) (all []admin.SignInRule) {
	if s.OIDC == nil {
		return nil
	}
	for _, r := range s.OIDC.Rules {
		if r.Tenant == tenantID {
			all = append(all, admin.SignInRule{Provider: s.OIDC.Name, Claim: r.Claim, Value: r.Value, Role: r.Role.String()})
		}
	}
	return all
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
