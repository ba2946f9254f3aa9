package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"mayfly/recorder"
	"mayfly/session"
)

// incidentCommands are `mayfly incident ...`.
type incidentCommands struct {
	List   incidentList   `cmd:"" help:"List what went wrong, or may have, and until when it has to be reported."`
	Open   incidentOpen   `cmd:"" help:"Open an incident that people noticed."`
	Note   incidentNote   `cmd:"" help:"Note something about an incident."`
	Report incidentReport `cmd:"" help:"Say that an incident was reported: its clock stops."`
	Close  incidentClose  `cmd:"" help:"Close an incident."`
}

// incidentLine is an incident as the socket tells it.
type incidentLine struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`
	Drill    bool      `json:"drill"`
	Noticed  time.Time `json:"noticed_at"`
	Due      time.Time `json:"due_at"`
	Overdue  bool      `json:"overdue"`
	Times    uint64    `json:"times"`
	Sessions int       `json:"sessions_affected"`
	State    string    `json:"state"`
}

type incidentList struct{ incidentWhere }

// incidentWhere says whose incidents.
type incidentWhere struct {
	Data   string `placeholder:"FOLDER" shown:"$$XDG_DATA_HOME/mayfly, or ~/.local/share/mayfly" help:"The gateway's data folder. A gateway that runs is asked over its socket there; else the folder is opened."`
	Tenant string `placeholder:"ID" shown:"the gateway itself" help:"Whose incidents."`
}

func (w *incidentWhere) where() *whereFlags { return &whereFlags{Data: w.Data, Tenant: w.Tenant} }

func (w *incidentWhere) path() string {
	if w.Tenant == "" {
		return "/incidents/" + gatewaysOwn
	}
	return "/incidents/" + w.Tenant
}

func (c *incidentList) run(ctx context.Context, h *host, out io.Writer) error {
	var answer struct {
		Incidents []incidentLine `json:"incidents"`
	}
	if err := h.request(ctx, http.MethodGet, c.path(), "", nil, &answer); err != nil {
		return err
	}
	var rows [][]string
	for _, i := range answer.Incidents {
		due := when(i.Due)
		switch {
		case i.Drill:
			due = "a drill"
		case i.State != "open":
			due = "-"
		case i.Overdue:
			due += " OVERDUE"
		}
		rows = append(rows, []string{i.ID, i.Kind, i.State, when(i.Noticed), due, fmt.Sprint(i.Times), fmt.Sprint(i.Sessions)})
	}
	return table(out, []string{"INCIDENT", "KIND", "STATE", "NOTICED", "REPORT BY", "TIMES", "SESSIONS"}, rows)
}

type incidentOpen struct {
	incidentWhere
	Kind string `required:"" enum:"undeclared_egress,canary_leak,audit_disagrees,outside_policy,master_key_lost,other" placeholder:"KIND" shown:"none; needed" help:"undeclared_egress, canary_leak, audit_disagrees, outside_policy, master_key_lost or other."`
	Note string `placeholder:"TEXT" shown:"none" help:"A few words for whoever reads it later: nothing of a conversation."`
}

// incidentAsked is what the socket is told.
type incidentAsked struct {
	Kind   string `json:"kind,omitempty"`
	Choice string `json:"choice,omitempty"`
	Note   string `json:"note,omitempty"`
}

func (c *incidentOpen) run(ctx context.Context, h *host, out io.Writer) error {
	var opened incidentLine
	if err := h.request(ctx, http.MethodPost, c.path(), "", incidentAsked{Kind: c.Kind, Note: c.Note}, &opened); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s is open, and has to be reported by %s if people may be harmed.\n", opened.ID, when(opened.Due))
	return err
}

// incidentStepFlags are those of all that is done about an incident.
type incidentStepFlags struct {
	incidentWhere
	Incident string `arg:"" placeholder:"INCIDENT" help:"Which one, as mayfly incident list has it."`
	Note     string `placeholder:"TEXT" shown:"none" help:"A few words for whoever reads it later: nothing of a conversation."`
}

func (f *incidentStepFlags) step(ctx context.Context, h *host, what, choice string) error {
	return h.request(ctx, http.MethodPost, f.path()+"/"+f.Incident+"/"+what, "", incidentAsked{Choice: choice, Note: f.Note}, nil)
}

type incidentNote struct {
	incidentStepFlags
	Choice string `required:"" enum:"contained,under_investigation,people_informed,false_alarm_suspected,other" placeholder:"CHOICE" shown:"none; needed" help:"contained, under_investigation, people_informed, false_alarm_suspected or other."`
}

func (c *incidentNote) run(ctx context.Context, h *host, _ io.Writer) error {
	return c.step(ctx, h, "noted", c.Choice)
}

type incidentReport struct {
	incidentStepFlags
	Choice string `name:"to" required:"" enum:"authority,controller,people_concerned,not_required" placeholder:"WHOM" shown:"none; needed" help:"authority, controller, people_concerned or not_required."`
}

func (c *incidentReport) run(ctx context.Context, h *host, _ io.Writer) error {
	return c.step(ctx, h, "reported", c.Choice)
}

type incidentClose struct {
	incidentStepFlags
	Choice string `name:"as" required:"" enum:"resolved,false_alarm,duplicate,drill" placeholder:"WHY" shown:"none; needed" help:"resolved, false_alarm, duplicate or drill."`
}

func (c *incidentClose) run(ctx context.Context, h *host, _ io.Writer) error {
	return c.step(ctx, h, "closed", c.Choice)
}

// incidentsOf is whose incidents a request is about.
func incidentsOf(r *http.Request) string {
	if id := r.PathValue("tenant"); id != gatewaysOwn {
		return id
	}
	return ""
}

func (o *operator) incidents(w http.ResponseWriter, r *http.Request) {
	all, err := o.recorder.Incidents(r.Context(), incidentsOf(r), "")
	if err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	}
	rows := []incidentLine{}
	for i := range all {
		rows = append(rows, lineOf(&all[i]))
	}
	say(w, map[string]any{"incidents": rows})
}

func lineOf(i *recorder.Incident) incidentLine {
	return incidentLine{ID: i.ID.String(), Kind: i.Kind.String(), Drill: i.Drill, Noticed: i.Noticed, Due: i.Due(), Overdue: i.Overdue(time.Now()), Times: i.Times, Sessions: i.Sessions, State: i.State}
}

func (o *operator) openIncident(w http.ResponseWriter, r *http.Request) {
	var asked incidentAsked
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked); err != nil {
		sayWrong(w, http.StatusBadRequest, errors.New("say what went wrong, with --kind"))
		return
	}
	of := incidentsOf(r)
	if of != "" && o.directory.Tenant(of) == nil {
		sayWrong(w, http.StatusNotFound, errors.New("there is no tenant "+of+"; mayfly tenant list names them"))
		return
	}
	id := newID()
	i, _, err := o.recorder.OpenIncident(r.Context(), recorder.IncidentReport{ID: id, Tenant: of, Kind: incidentKind(asked.Kind), Cause: recorder.IncidentCause(id.String()), Note: asked.Note})
	if err != nil {
		sayWrong(w, http.StatusConflict, err)
		return
	}
	say(w, lineOf(&i))
}

func (o *operator) stepIncident(w http.ResponseWriter, r *http.Request) {
	var asked incidentAsked
	id, ok := session.ParseID(r.PathValue("id"))
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked); err != nil || !ok {
		sayWrong(w, http.StatusBadRequest, errors.New("name the incident as mayfly incident list has it"))
		return
	}
	err := o.recorder.StepIncident(r.Context(), incidentsOf(r), id, recorder.IncidentStep{What: r.PathValue("what"), Choice: asked.Choice, Note: asked.Note})
	switch {
	case errors.Is(err, recorder.ErrExists):
		sayWrong(w, http.StatusConflict, errors.New("it is past that: mayfly incident list says how far"))
	case err != nil:
		sayWrong(w, http.StatusConflict, err)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
