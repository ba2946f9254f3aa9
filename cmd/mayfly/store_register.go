package main

import (
	"context"
	"slices"

	"mayfly/gateway/tenant"
	"mayfly/recorder"
)

// Registers implements admin.Registers.
func (s adminStore) Registers(ctx context.Context, tenantID string, before uint64, limit int) ([]tenant.RegisterVersion, error) {
	all, err := s.Recorder.Registers(ctx, tenantID, before, limit)
	var out []tenant.RegisterVersion
	for _, g := range all {
		out = append(out, tenant.RegisterVersion(g))
	}
	return out, adminError(err)
}

// registerOf is the register of a tenant as the database has it. Where it
// cannot be written, nothing is known of it: then no version is made.
func registerOf(t *tenant.Tenant) (g recorder.Register) {
	all := t.Register()
	document, err := tenant.RegisterDocument(all)
	if err != nil {
		return g
	}
	return recorder.Register{Hash: tenant.RegisterHash(all), Document: document}
}

// beginRegisters makes the versions of the registers of tenants that a program
// wrote which kept none, from the versions of their documents. A document that
// breaks a rule of today is passed over.
func beginRegisters(ctx context.Context, r *recorder.Recorder) error {
	all, err := r.Tenants(ctx)
	for i := 0; err == nil && i < len(all); i++ {
		var have []recorder.Register
		if have, err = r.Registers(ctx, all[i].ID, 0, 1); err != nil || len(have) > 0 {
			continue
		}
		var versions []recorder.Register
		for before := uint64(0); ; {
			var page []recorder.Version
			if page, err = r.Versions(ctx, all[i].ID, before, 200); err != nil || len(page) == 0 {
				break
			}
			before = page[len(page)-1].Number
			for _, v := range page {
				t, wrong := tenant.ParseDocument(v.Document)
				if wrong != nil {
					continue
				}
				if g := registerOf(t); g.Document != nil {
					g.Policy, g.At = v.Number, v.At
					versions = append(versions, g)
				}
			}
		}
		if err == nil {
			slices.Reverse(versions)
			err = r.BeginRegister(ctx, all[i].ID, versions)
		}
	}
	return err
}

// publishedRegisters gives the versions that anybody may read.
func publishedRegisters(r *recorder.Recorder) func(context.Context, string, uint64, int) ([]tenant.RegisterVersion, error) {
	return adminStore{r}.Registers
}
