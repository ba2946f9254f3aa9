package admin

import (
	"context"
	"net/http"
	"time"

	"mayfly/session"
)

// Incident is something that went wrong, or may have, without a word of what
// was said.
type Incident struct {
	ID              session.ID
	Kind            string // the name of a reason of an incident
	Drill           bool
	Opened, Noticed time.Time
	Due             time.Time // when it has to have been reported
	Overdue         bool
	From, To        time.Time // what it concerns
	Times           uint64    // how often it was seen
	Sessions        int       // that it may concern
	Derived         string    // what they were counted from: "audit_log", "stored_sessions"
	State           string    // "open", "reported", "closed"
	History         []IncidentStep
}

// IncidentStep is what was done about an incident.
type IncidentStep struct {
	At     time.Time
	What   string     // "opened", "noted", "reported", "closed"
	Actor  session.ID // zero: the gateway, or the host
	Choice string
	Note   string
}

// NoticedIncident is one that somebody opens by hand.
type NoticedIncident struct {
	Kind     string
	Noticed  time.Time // zero: now
	From, To time.Time // zero: when it was noticed
	Note     string
	Actor    session.ID
}

// Incidents are what went wrong of a tenant.
type Incidents interface {
	// Incidents lists those in a state, newest first; empty: all.
	Incidents(ctx context.Context, tenantID, state string) ([]Incident, error)
	Incident(ctx context.Context, tenantID string, id session.ID) (Incident, error)
	// OpenIncident opens one that is no other that is open.
	OpenIncident(ctx context.Context, tenantID string, n NoticedIncident) (session.ID, error)
	// StepIncident is ErrDone where the incident is past that.
	StepIncident(ctx context.Context, tenantID string, id session.ID, s IncidentStep) error
}

// The choices about incidents.
var (
	incidentKinds = []string{"undeclared_egress", "canary_leak", "audit_disagrees", "outside_policy", "master_key_lost", "other"}
	noteChoices   = []string{"contained", "under_investigation", "people_informed", "false_alarm_suspected", "other"}
	reportChoices = []string{"authority", "controller", "people_concerned", "not_required"}
	closeChoices  = []string{"resolved", "false_alarm", "duplicate", "drill"}
)

// Answers about incidents.
type (
	incidentsAnswer struct {
		Incidents []incidentRow `json:"incidents" doc:"Newest first."`
	}
	incidentRow struct {
		ID       string    `json:"id"`
		Kind     string    `json:"kind" enum:"undeclared_egress,canary_leak,audit_disagrees,outside_policy,master_key_lost,other"`
		Drill    bool      `json:"drill" doc:"Staged by mayfly drill: nothing of anybody leaked."`
		Opened   time.Time `json:"opened_at"`
		Noticed  time.Time `json:"noticed_at"`
		Due      time.Time `json:"due_at" doc:"72 hours after it was noticed."`
		Overdue  bool      `json:"overdue" doc:"It is past that, still open, and no drill."`
		From     time.Time `json:"from" doc:"The time that it concerns."`
		To       time.Time `json:"to"`
		Times    uint64    `json:"times" doc:"How often it was seen."`
		Sessions int       `json:"sessions_affected" doc:"How many sessions it may concern, counted without content."`
		Derived  string    `json:"sessions_from" enum:"audit_log,stored_sessions" doc:"What they were counted from."`
		State    string    `json:"state" enum:"open,reported,closed"`
		History  []stepRow `json:"history" doc:"Oldest first."`
	}
	stepRow struct {
		At     time.Time `json:"at"`
		What   string    `json:"what" enum:"opened,noted,reported,closed"`
		By     string    `json:"by,omitempty" doc:"The key; none: the gateway, or the host."`
		Choice string    `json:"choice,omitempty"`
		Note   string    `json:"note,omitempty"`
	}
)

func incidentOf(i *Incident) incidentRow {
	row := incidentRow{
		ID: i.ID.String(), Kind: i.Kind, Drill: i.Drill, Opened: i.Opened.UTC(), Noticed: i.Noticed.UTC(), Due: i.Due.UTC(), Overdue: i.Overdue,
		From: i.From.UTC(), To: i.To.UTC(), Times: i.Times, Sessions: i.Sessions, Derived: i.Derived, State: i.State, History: []stepRow{},
	}
	for _, s := range i.History {
		row.History = append(row.History, stepRow{At: s.At.UTC(), What: s.What, By: idOf(s.Actor), Choice: s.Choice, Note: s.Note})
	}
	return row
}

func (a *API) incidents(c *call) *refusal {
	all, err := a.options.Store.Incidents(c.r.Context(), c.tenant(), c.query.text("state"))
	if err != nil {
		return refusalOf(err)
	}
	out := incidentsAnswer{Incidents: []incidentRow{}}
	for i := range all {
		out.Incidents = append(out.Incidents, incidentOf(&all[i]))
	}
	return c.send(out)
}

func (a *API) incident(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	i, err := a.options.Store.Incident(c.r.Context(), c.tenant(), id)
	if err != nil {
		return refusalOf(err)
	}
	return c.send(incidentOf(&i))
}

func (a *API) openIncident(c *call) *refusal {
	n := NoticedIncident{
		Kind: c.body.text("kind"), Noticed: c.body.time("noticed_at"), From: c.body.time("from"), To: c.body.time("to"),
		Note: c.body.text("note"), Actor: c.who.key,
	}
	for key, at := range map[string]time.Time{"noticed_at": n.Noticed, "from": n.From, "to": n.To} {
		if at.After(c.now) {
			return wrongFields(Problem{Key: key, Text: "this is yet to come; write when it was"})
		}
	}
	if !n.From.IsZero() && !n.To.IsZero() && n.To.Before(n.From) {
		return wrongFields(Problem{Key: "to", Text: "this is before from; write when it ended"})
	}
	id, err := a.options.Store.OpenIncident(c.r.Context(), c.tenant(), n)
	if err != nil {
		return refusalOf(err)
	}
	return c.sendAs(http.StatusCreated, createdAnswer{id.String()})
}

func (a *API) noteIncident(c *call) *refusal   { return a.stepIncident(c, "noted") }
func (a *API) reportIncident(c *call) *refusal { return a.stepIncident(c, "reported") }
func (a *API) closeIncident(c *call) *refusal  { return a.stepIncident(c, "closed") }

func (a *API) stepIncident(c *call, what string) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	err := a.options.Store.StepIncident(c.r.Context(), c.tenant(), id, IncidentStep{What: what, Choice: c.body.text("choice"), Note: c.body.text("note"), Actor: c.who.key})
	if err != nil {
		return refusalOf(err)
	}
	return c.done()
}
