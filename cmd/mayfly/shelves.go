package main

import (
	"context"

	"mayfly/gateway/admin"
	"mayfly/gateway/tenant"
)

// shelves are what avatars know, as the admin API has it.
type shelves struct{ company *company }

// find gives what an avatar knows that people can talk with now.
func (s shelves) find(t *tenant.Tenant, a *tenant.Avatar) *shelf {
	if s.company.Cast(t, a) == nil {
		return nil
	}
	return s.company.shelved(t.ID, a.ID)
}

// State implements admin.Knowledge.
func (s shelves) State(t *tenant.Tenant, a *tenant.Avatar) (out admin.KnowledgeState, here bool) {
	of := s.find(t, a)
	if of == nil {
		return out, false
	}
	now := of.base.State()
	out = admin.KnowledgeState{Serving: now.Serving, Held: now.Held, Reading: now.Reading, Looked: now.Looked, Mistake: now.Mistake}
	for _, f := range now.Sources {
		out.Sources = append(out.Sources, admin.KnowledgeSource(f))
	}
	for _, v := range now.Versions {
		out.Versions = append(out.Versions, admin.KnowledgeVersion{Number: v.Number, At: v.At.UTC(), Fingerprint: v.Fingerprint, Documents: v.Documents, Bytes: v.Bytes, Words: v.Words})
	}
	return out, true
}

// Check implements admin.Knowledge.
func (shelves) Check(ctx context.Context, name string, data []byte) (words, text int, mistake string) {
	return checkDocument(ctx, name, data)
}

// Look implements admin.Knowledge.
func (s shelves) Look(t *tenant.Tenant, a *tenant.Avatar) {
	if of := s.find(t, a); of != nil {
		of.base.Look()
	}
}

// Reindex implements admin.Knowledge.
func (s shelves) Reindex(t *tenant.Tenant, a *tenant.Avatar) {
	if of := s.find(t, a); of != nil {
		of.base.Reindex()
	}
}

// Rollback implements admin.Knowledge.
func (s shelves) Rollback(t *tenant.Tenant, a *tenant.Avatar, number uint64) bool {
	of := s.find(t, a)
	return of != nil && of.base.Rollback(number)
}
