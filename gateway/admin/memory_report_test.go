package admin

import (
	"bytes"
	"context"
	"io"
	"slices"

	"mayfly/session"
)

// reported is a report in memory.
type reported struct {
	AnswerReport
	words string
}

func (m *memory) Reports(_ context.Context, id, state string, after session.ID, limit int, who Access) ([]AnswerReport, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	m.fact(id, session.Fact{Kind: session.ReportsListed, Actor: who.Actor})
	var all []AnswerReport
	for _, r := range t.reports {
		if (state == "" || r.State == state) && (after.IsZero() || bytes.Compare(r.ID[:], after[:]) < 0) {
			all = append(all, r.AnswerReport)
		}
	}
	slices.SortFunc(all, func(a, b AnswerReport) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	return all[:min(len(all), limit)], nil
}

// report is one of a tenant's reports.
func (m *memory) report(id string, of session.ID) (*reported, error) {
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	if r := t.reports[of]; r != nil {
		return r, nil
	}
	return nil, ErrUnknown
}

func (m *memory) ReadReport(_ context.Context, id string, of session.ID, who Access, w io.Writer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.report(id, of)
	switch {
	case err != nil:
		return err
	case r.Restricted:
		return ErrRestricted
	}
	m.fact(id, session.Fact{Kind: session.ReportRead, Session: r.Session, Object: of, Actor: who.Actor})
	_, err = io.WriteString(w, r.words)
	return err
}

func (m *memory) AnswerReport(_ context.Context, id string, of session.ID, answer string, who Access) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.report(id, of)
	switch {
	case err != nil:
		return err
	case r.State != "open":
		return ErrDone
	}
	r.State, r.Answer, r.By, r.Done = "answered", answer, who.Actor, m.now()
	m.fact(id, session.Fact{Kind: session.ReportAnswered, Session: r.Session, Object: of, Actor: who.Actor})
	return nil
}

func (m *memory) EraseReport(_ context.Context, id string, of session.ID, who Access) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.report(id, of)
	switch {
	case err != nil:
		return err
	case r.Held:
		return ErrHeld
	}
	delete(m.of[id].reports, of)
	m.fact(id, session.Fact{Kind: session.ReportErased, Session: r.Session, Object: of, Actor: who.Actor})
	return nil
}
