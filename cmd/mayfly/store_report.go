package main

import (
	"context"
	"io"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/recorder"
	"mayfly/session"
)

// reportsOf are what a person reported of a session.
func (r rights) reportsOf(ctx context.Context, q recorder.ReportQuery) ([]recorder.AnswerReport, []gateway.HeldReport, error) {
	q.Limit = 1000
	all, err := r.AnswerReports(ctx, q, own)
	var out []gateway.HeldReport
	for _, a := range all {
		out = append(out, gateway.HeldReport{ID: a.ID, At: a.At, Until: a.Until, Reason: a.Reason, Lines: a.Lines, State: a.State, Answer: a.Answer})
	}
	return all, out, err
}

// onlyReports is what is stored under a receipt key of a session of which no
// turn is.
func (r rights) onlyReports(ctx context.Context, key [32]byte) (gateway.Holding, error) {
	all, mine, err := r.reportsOf(ctx, recorder.ReportQuery{Receipt: key})
	if err != nil {
		return gateway.Holding{}, err
	}
	if len(all) == 0 {
		return gateway.Holding{}, gateway.ErrNothing
	}
	newest, oldest := all[0], all[len(all)-1]
	h := gateway.Holding{
		Tenant: newest.Tenant, Avatar: newest.Avatar, Session: newest.Session, Began: newest.Began, Last: newest.At,
		Policy: newest.Policy, Restricted: newest.Restricted, Reports: mine,
	}
	if oldest.Until.After(newest.Until) {
		newest.Until = oldest.Until
	}
	h.Until = newest.Until
	if newest.Held {
		h.HeldUntil, err = r.heldUntil(ctx, recorder.Kept{Tenant: newest.Tenant, Session: newest.Session, Subject: newest.Subject, Avatar: newest.Avatar})
	}
	return h, err
}

// ReadReport implements gateway.Rights.
func (r rights) ReadReport(ctx context.Context, of gateway.Holding, id session.ID, w io.Writer) error {
	if !holds(of, id) {
		return gateway.ErrNothing
	}
	return gatewayError(r.Recorder.ReadReport(ctx, of.Tenant, id, own, w))
}

// EraseReport implements gateway.Rights.
func (r rights) EraseReport(ctx context.Context, of gateway.Holding, id session.ID) error {
	if !holds(of, id) {
		return gateway.ErrNothing
	}
	return gatewayError(r.Recorder.EraseReport(ctx, of.Tenant, id, own))
}

// holds says whether a report is one of the person's.
func holds(of gateway.Holding, id session.ID) bool {
	for _, h := range of.Reports {
		if h.ID == id {
			return true
		}
	}
	return false
}

// Reports implements admin.Reports.
func (s adminStore) Reports(ctx context.Context, tenantID, state string, after session.ID, limit int, who admin.Access) ([]admin.AnswerReport, error) {
	all, err := s.AnswerReports(ctx, recorder.ReportQuery{Tenant: tenantID, State: state, After: after, Limit: limit}, accessOf(who))
	var out []admin.AnswerReport
	for _, a := range all {
		out = append(out, admin.AnswerReport{
			ID: a.ID, Session: a.Session, Avatar: a.Avatar, Locale: a.Locale, At: a.At, Until: a.Until, Reason: a.Reason, Lines: a.Lines,
			State: a.State, Done: a.Done, By: a.By, Answer: a.Answer, Held: a.Held, Restricted: a.Restricted,
		})
	}
	return out, adminError(err)
}

// ReadReport implements admin.Reports.
func (s adminStore) ReadReport(ctx context.Context, tenantID string, id session.ID, who admin.Access, w io.Writer) error {
	return adminError(s.Recorder.ReadReport(ctx, tenantID, id, accessOf(who), w))
}

// AnswerReport implements admin.Reports.
func (s adminStore) AnswerReport(ctx context.Context, tenantID string, id session.ID, answer string, who admin.Access) error {
	return adminError(s.AnswerToReport(ctx, tenantID, id, answer, who.Actor))
}

// EraseReport implements admin.Reports.
func (s adminStore) EraseReport(ctx context.Context, tenantID string, id session.ID, who admin.Access) error {
	return adminError(s.Recorder.EraseReport(ctx, tenantID, id, accessOf(who)))
}
