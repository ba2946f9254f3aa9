package admin

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mayfly/session"
)

func (m *memory) Incidents(_ context.Context, id, state string) (all []Incident, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	for _, i := range slices.Backward(t.incidents) {
		if state == "" || i.State == state {
			all = append(all, i)
		}
	}
	return all, nil
}

// incident is one of a tenant's.
func (m *memory) incident(id string, of session.ID) (*Incident, error) {
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	for i := range t.incidents {
		if t.incidents[i].ID == of {
			return &t.incidents[i], nil
		}
	}
	return nil, ErrUnknown
}

func (m *memory) Incident(_ context.Context, id string, of session.ID) (Incident, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.incident(id, of)
	if err != nil {
		return Incident{}, err
	}
	return *i, nil
}

func (m *memory) OpenIncident(_ context.Context, id string, n NoticedIncident) (session.ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return session.ID{}, err
	}
	or := func(at, otherwise time.Time) time.Time {
		if at.IsZero() {
			return otherwise
		}
		return at
	}
	noticed := or(n.Noticed, m.now())
	i := Incident{
		ID: newID(), Kind: cmp.Or(n.Kind, "other"), Opened: m.now(), Noticed: noticed, Due: noticed.Add(72 * time.Hour), From: or(n.From, noticed), To: or(n.To, noticed),
		Times: 1, Derived: "audit_log", State: "open", History: []IncidentStep{{At: m.now(), What: "opened", Actor: n.Actor, Note: n.Note}},
	}
	t.incidents = append(t.incidents, i)
	m.fact(id, session.Fact{Kind: session.IncidentOpened, Object: i.ID, Actor: n.Actor})
	return i.ID, nil
}

func (m *memory) StepIncident(_ context.Context, id string, of session.ID, s IncidentStep) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, err := m.incident(id, of)
	switch {
	case err != nil:
		return err
	case s.What == "reported" && i.State != "open", s.What == "closed" && i.State == "closed":
		return ErrDone
	case s.What == "reported":
		m.fact(id, session.Fact{Kind: session.IncidentReported, Object: of, Actor: s.Actor})
	case s.What == "closed":
		m.fact(id, session.Fact{Kind: session.IncidentClosed, Object: of, Actor: s.Actor})
	}
	if s.What != "noted" {
		i.State = s.What
	}
	s.At = m.now()
	i.History = append(i.History, s)
	return nil
}
