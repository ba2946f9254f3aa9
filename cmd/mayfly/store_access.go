package main

import (
	"context"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/recorder"
	"mayfly/session"
)

// UseAccess implements admin.Accesses.
func (s adminStore) UseAccess(ctx context.Context, tenantID string) (session.ID, error) {
	id, err := s.Recorder.UseAccess(ctx, tenantID)
	return id, adminError(err)
}

// OperatorAccesses implements admin.Accesses.
func (s adminStore) OperatorAccesses(ctx context.Context, tenantID string) ([]admin.OperatorAccess, error) {
	all, err := s.Recorder.Accesses(ctx, tenantID)
	var out []admin.OperatorAccess
	for _, a := range all {
		out = append(out, admin.OperatorAccess{
			ID: a.ID, Reason: a.Reason, Case: a.Case, Opened: a.Opened, Until: a.Until, Ended: a.Ended, Used: a.Used,
		})
	}
	return out, adminError(err)
}

// Disclosures implements admin.Disclosures.
func (s adminStore) Disclosures(ctx context.Context, tenantID string) ([]admin.Disclosure, error) {
	all, err := s.Recorder.Disclosures(ctx, tenantID)
	var out []admin.Disclosure
	for _, d := range all {
		out = append(out, admin.Disclosure{
			ID: d.ID, Basis: d.Basis, Case: d.Case, Session: d.Session, Subject: d.Subject, From: d.From, To: d.To,
			Proposed: d.Proposed, By: d.By, Confirmed: d.Confirmed, Second: d.Second, Handed: d.Handed, Ended: d.Ended,
			Sessions: d.Sessions, Turns: d.Turns, Hash: d.Hash,
		})
	}
	return out, adminError(err)
}

// ProposeDisclosure implements admin.Disclosures.
func (s adminStore) ProposeDisclosure(ctx context.Context, tenantID string, d admin.Disclosure) (session.ID, error) {
	subject, err := s.subject(ctx, tenantID, d.Subject)
	if err != nil {
		return session.ID{}, adminError(err)
	}
	id := newID()
	return id, adminError(s.Recorder.ProposeDisclosure(ctx, recorder.Disclosure{
		ID: id, Tenant: tenantID, Basis: d.Basis, Case: d.Case, Session: d.Session, Subject: subject, From: d.From, To: d.To, By: d.By,
	}))
}

// ConfirmDisclosure implements admin.Disclosures.
func (s adminStore) ConfirmDisclosure(ctx context.Context, tenantID string, id, by session.ID) error {
	return adminError(s.Recorder.ConfirmDisclosure(ctx, tenantID, id, by))
}

// EndDisclosure implements admin.Disclosures.
func (s adminStore) EndDisclosure(ctx context.Context, tenantID string, id, by session.ID) error {
	return adminError(s.Recorder.EndDisclosure(ctx, tenantID, id, by))
}

// disclosures are how often authorities were given something, as it is
// published.
func (a *app) disclosures(ctx context.Context) (out []gateway.DisclosureYear, err error) {
	all, err := a.recorder.DisclosuresByYear(ctx)
	for _, y := range all {
		out = append(out, gateway.DisclosureYear(y))
	}
	return out, err
}
