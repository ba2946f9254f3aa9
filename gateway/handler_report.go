package gateway

import (
	"net/http"
	"time"

	"mayfly/session"
)

// reportAnswer is a report as its maker sees it.
type reportAnswer struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
	Lines  int       `json:"lines"`
	State  string    `json:"state"`
	Answer string    `json:"answer"` // the organisation's
}

func reportAnswers(all []HeldReport) []reportAnswer {
	out := []reportAnswer{}
	for _, r := range all {
		out = append(out, reportAnswer{ID: r.ID.String(), At: at(r.At), Until: at(r.Until), Reason: r.Reason, Lines: r.Lines, State: r.State, Answer: r.Answer})
	}
	return out
}

// myReport gives a report to the person who made it. Unlike a transcript it is
// theirs wherever the organisation carries out requests itself too: they wrote
// it, and their yes is all that it is kept on.
func (s *Server) myReport(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	id, ok := session.ParseID(r.PathValue("id"))
	if !ok {
		return refuse("item_not_found")
	}
	out := &begun{w: w, media: "application/json"}
	if err := out.ended(s.options.Rights.ReadReport(r.Context(), p.holding, id, out)); err != nil {
		return rightsFailed(&p.holding, err)
	}
	return nil
}

// eraseMyReport takes a report back, at once.
func (s *Server) eraseMyReport(w http.ResponseWriter, r *http.Request) *refusal {
	p, bad := s.person(r)
	if bad != nil {
		return bad
	}
	id, ok := session.ParseID(r.PathValue("id"))
	if !ok {
		return refuse("item_not_found")
	}
	if err := s.options.Rights.EraseReport(r.Context(), p.holding, id); err != nil {
		return rightsFailed(&p.holding, err)
	}
	s.erasedElsewhere(p.holding, Erased{Reports: 1})
	return sendAny(w, http.StatusOK, map[string]any{"erased_reports": 1})
}

// erasedElsewhere tells a session that is still live what was erased of it
// otherwise than from within: its receipt counts it.
func (s *Server) erasedElsewhere(of Holding, n Erased) {
	for _, c := range s.registry.of(of.Tenant) {
		if c.uuid != of.Session {
			continue
		}
		c.mu.Lock()
		c.recording.turns -= n.Turns
		c.recording.erased += n.Turns
		c.recording.sounds = min(c.recording.sounds, max(c.recording.turns, 0))
		c.reports.kept -= n.Reports
		c.reports.erased += n.Reports
		c.mu.Unlock()
	}
}
