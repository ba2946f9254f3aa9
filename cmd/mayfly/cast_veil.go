package main

import (
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/veil"
	"mayfly/gateway/tenant"
)

// veiled puts an engine behind a veil if the avatar's servers are not to be
// told everything.
func veiled(engine avatar.Engine, t *tenant.Tenant, a *tenant.Avatar) (avatar.Engine, error) {
	o := veil.Options{Prompts: t.Policy.Hides(a.BackEnd), Aloud: t.Policy.Hides(a.Speech)}
	if o.Prompts == nil && o.Aloud == nil {
		return engine, nil
	}
	return veil.Wrap(engine, o)
}
