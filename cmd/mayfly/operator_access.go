package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"mayfly/gateway"
	"mayfly/recorder"
	"mayfly/session"
)

// operatorReach says what an address of the socket gets at.
type operatorReach uint8

const (
	// reachStored reads or changes what is stored of people for a tenant: an
	// access has to be open. An address that says nothing else is this.
	reachStored operatorReach = iota
	// reachMachine is about the machine, a tenant's settings, or what happened
	// in enums and numbers.
	reachMachine
	// reachAdmin is the admin API's, which has a list of its own.
	reachAdmin
)

// accessKey is the key of the access in the context of a request.
type accessKey struct{}

// underAccess lets a request through while an access is open, and counts it
// before it is done.
func (o *operator) underAccess(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := o.recorder.UseAccess(r.Context(), r.PathValue("tenant"))
		switch {
		case errors.Is(err, recorder.ErrNoAccess):
			status, _, sentence := gateway.Problem("operator_access_required")
			sayWrong(w, status, errors.New(sentence))
		case err != nil:
			sayWrong(w, http.StatusServiceUnavailable, err)
		default:
			next(w, r.WithContext(context.WithValue(r.Context(), accessKey{}, id)))
		}
	}
}

// under is the access under which something is done, or zero: who did it in
// facts.
func under(ctx context.Context) session.ID {
	id, _ := ctx.Value(accessKey{}).(session.ID)
	return id
}

// accessAsked is an access to be opened.
type accessAsked struct {
	Reason string `json:"reason"`
	Case   string `json:"case"`
	For    int64  `json:"for_s"` // seconds
}

// accessOpened is an access as the command line has it.
type accessOpened struct {
	ID     string    `json:"id"`
	Reason string    `json:"reason"`
	Case   string    `json:"case"`
	Opened time.Time `json:"opened_at"`
	Until  time.Time `json:"until"`
	Ended  time.Time `json:"ended_at,omitzero"`
	Used   int       `json:"used"`
}

func openedAs(a recorder.OperatorAccess) accessOpened {
	return accessOpened{a.ID.String(), a.Reason, a.Case, a.Opened, a.Until, a.Ended, a.Used}
}

func (o *operator) openAccess(w http.ResponseWriter, r *http.Request) {
	var asked accessAsked
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&asked); err != nil {
		sayWrong(w, http.StatusBadRequest, errors.New("say why, for which case and for how long"))
		return
	}
	now := time.Now()
	a := recorder.OperatorAccess{
		ID: newID(), Tenant: r.PathValue("tenant"), Reason: asked.Reason, Case: asked.Case,
		Opened: now, Until: now.Add(time.Duration(asked.For) * time.Second),
	}
	switch err := o.recorder.OpenAccess(r.Context(), a); {
	case errors.Is(err, recorder.ErrExists):
		sayWrong(w, http.StatusConflict, errors.New("an access to this tenant is open; end it first: mayfly access end"))
	case errors.Is(err, recorder.ErrUnknown):
		sayWrong(w, http.StatusNotFound, errors.New("there is no tenant "+a.Tenant+"; mayfly tenant list names them"))
	case errors.Is(err, recorder.ErrInvalid):
		sayWrong(w, http.StatusBadRequest, err)
	case err != nil:
		sayWrong(w, http.StatusServiceUnavailable, err)
	default:
		say(w, openedAs(a))
	}
}

func (o *operator) endAccess(w http.ResponseWriter, r *http.Request) {
	a, err := o.recorder.EndAccess(r.Context(), r.PathValue("tenant"))
	switch {
	case errors.Is(err, recorder.ErrNoAccess):
		sayWrong(w, http.StatusNotFound, errors.New("no access to this tenant is open; mayfly access list names those there were"))
	case err != nil:
		sayWrong(w, http.StatusServiceUnavailable, err)
	default:
		say(w, openedAs(a))
	}
}

func (o *operator) accesses(w http.ResponseWriter, r *http.Request) {
	all, err := o.recorder.Accesses(r.Context(), r.PathValue("tenant"))
	if err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	}
	rows := []accessOpened{}
	for _, a := range all {
		rows = append(rows, openedAs(a))
	}
	say(w, map[string]any{"accesses": rows})
}
