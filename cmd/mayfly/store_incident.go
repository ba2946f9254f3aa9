package main

import (
	"context"
	"time"

	"mayfly/gateway/admin"
	"mayfly/recorder"
	"mayfly/session"
)

// Incidents implements admin.Incidents.
func (s adminStore) Incidents(ctx context.Context, tenantID, state string) ([]admin.Incident, error) {
	all, err := s.Recorder.Incidents(ctx, tenantID, state)
	var out []admin.Incident
	for _, i := range all {
		out = append(out, adminIncident(i, time.Now()))
	}
	return out, adminError(err)
}

// Incident implements admin.Incidents.
func (s adminStore) Incident(ctx context.Context, tenantID string, id session.ID) (admin.Incident, error) {
	i, err := s.Recorder.Incident(ctx, tenantID, id)
	return adminIncident(i, time.Now()), adminError(err)
}

func adminIncident(i recorder.Incident, now time.Time) admin.Incident {
	out := admin.Incident{
		ID: i.ID, Kind: i.Kind.String(), Drill: i.Drill, Opened: i.Opened, Noticed: i.Noticed, Due: i.Due(), Overdue: i.Overdue(now),
		From: i.From, To: i.To, Times: i.Times, Sessions: i.Sessions, Derived: "audit_log", State: i.State,
	}
	if i.Kind == session.MasterKeyLost {
		out.Derived = "stored_sessions"
	}
	for _, s := range i.History {
		out.History = append(out.History, admin.IncidentStep(s))
	}
	return out
}

// OpenIncident implements admin.Incidents. What people open is no other that
// is open, whatever they say of it.
func (s adminStore) OpenIncident(ctx context.Context, tenantID string, n admin.NoticedIncident) (session.ID, error) {
	id := newID()
	i, _, err := s.Recorder.OpenIncident(ctx, recorder.IncidentReport{
		ID: id, Tenant: tenantID, Kind: incidentKind(n.Kind), Cause: recorder.IncidentCause(id.String()),
		Noticed: n.Noticed, From: n.From, To: n.To, Note: n.Note, Actor: n.Actor,
	})
	return i.ID, adminError(err)
}

// incidentKind is the kind of that name.
func incidentKind(name string) session.Reason {
	for _, k := range []session.Reason{session.UndeclaredEgress, session.CanaryLeak, session.AuditDisagrees, session.OutsidePolicy, session.MasterKeyLost} {
		if k.String() == name {
			return k
		}
	}
	return session.OtherIncident
}

// StepIncident implements admin.Incidents.
func (s adminStore) StepIncident(ctx context.Context, tenantID string, id session.ID, step admin.IncidentStep) error {
	return adminError(s.Recorder.StepIncident(ctx, tenantID, id, recorder.IncidentStep(step)))
}
