package admin

import (
	"context"
	"slices"
	"time"

	"mayfly/session"
)

// picked are the facts of a tenant that a query picks, newest first.
func (m *memory) picked(id string, q FactQuery) (all []LoggedFact, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t, err := m.tenant(id)
	if err != nil {
		return nil, err
	}
	is := func(asked, have session.ID) bool { return asked.IsZero() || asked == have }
	for _, f := range slices.Backward(t.facts) {
		if (len(q.Kinds) == 0 || slices.Contains(q.Kinds, f.Fact.Kind)) && is(q.Session, f.Fact.Session) && is(q.Actor, f.Fact.Actor) && is(q.Object, f.Fact.Object) &&
			(q.From.IsZero() || !f.At.Before(q.From)) && (q.To.IsZero() || f.At.Before(q.To)) {
			all = append(all, f)
		}
	}
	return all, nil
}

func (m *memory) LoggedFacts(_ context.Context, id string, q FactQuery, before uint64, limit int) ([]LoggedFact, error) {
	all, err := m.picked(id, q)
	all = slices.DeleteFunc(all, func(f LoggedFact) bool { return before != 0 && f.Number >= before })
	return all[:min(len(all), limit)], err
}

func (m *memory) FactDays(_ context.Context, id string, q FactQuery) (days []FactDay, err error) {
	all, err := m.picked(id, q)
	for _, f := range slices.Backward(all) {
		day := f.At.UTC().Truncate(24 * time.Hour)
		if len(days) == 0 || days[len(days)-1].Day != day {
			days = append(days, FactDay{Day: day, Kinds: map[session.FactKind]uint64{}})
		}
		days[len(days)-1].Kinds[f.Fact.Kind]++
	}
	return days, err
}
