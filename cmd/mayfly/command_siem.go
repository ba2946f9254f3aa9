package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// siemCommands are `mayfly siem ...`.
type siemCommands struct {
	Status siemStatus `cmd:"" help:"Say of each collector how far it was sent the audit logs, how far it lags behind, and why it took nothing the last time that it did not. Exits 1 where one takes nothing."`
}

type siemStatus struct{ whereFlags }

// collectorStatus is how it stands with one collector.
type collectorStatus struct {
	Name    string         `json:"name"`
	To      string         `json:"to"`
	Taken   uint64         `json:"taken"`
	Waiting uint64         `json:"waiting"`
	Lag     int64          `json:"lag_s"`
	Failing time.Time      `json:"failing_since,omitzero"`
	Fault   string         `json:"last_fault,omitempty"`
	Behind  []cursorStatus `json:"behind"`
}

// cursorStatus is how far one log was sent that the collector has not all of.
// The gateway's own has no tenant.
type cursorStatus struct {
	Tenant string `json:"tenant,omitempty"`
	Number uint64 `json:"number"`
	Last   uint64 `json:"last"`
}

func (c *siemStatus) run(ctx context.Context, h *host, out io.Writer) error {
	var answer struct {
		Collectors []collectorStatus `json:"collectors"`
	}
	if err := h.request(ctx, http.MethodGet, "/siem", "", nil, &answer); err != nil {
		return err
	}
	if len(answer.Collectors) == 0 {
		_, err := fmt.Fprintln(out, "There are no collectors. The key siem of the configuration names them.")
		return err
	}
	var rows [][]string
	failing := 0
	for _, s := range answer.Collectors {
		state, fault := "takes", "none"
		if !s.Failing.IsZero() {
			state = "nothing since " + when(s.Failing)
			failing++
		}
		if s.Fault != "" {
			fault = s.Fault
		}
		rows = append(rows, []string{s.Name, s.To, state, fmt.Sprint(s.Taken), fmt.Sprint(s.Waiting), (time.Duration(s.Lag) * time.Second).String(), fault})
	}
	if err := table(out, []string{"COLLECTOR", "TO", "STATE", "TAKEN", "WAITING", "LAG", "LAST FAULT"}, rows); err != nil {
		return err
	}
	rows = nil
	for _, s := range answer.Collectors {
		for _, b := range s.Behind {
			of := b.Tenant
			if of == "" {
				of = gatewaysOwn
			}
			rows = append(rows, []string{s.Name, of, fmt.Sprint(b.Number), fmt.Sprint(b.Last)})
		}
	}
	if len(rows) > 0 {
		if _, err := fmt.Fprintln(out); err != nil {
			return err
		}
		if err := table(out, []string{"COLLECTOR", "LOG OF", "SENT", "LAST"}, rows); err != nil {
			return err
		}
	}
	if failing > 0 {
		return fmt.Errorf("%d of %d collectors take nothing; web/docs/siem.md says what the faults mean", failing, len(answer.Collectors))
	}
	return nil
}

// siem answers how it stands with the collectors.
func (o *operator) siem(w http.ResponseWriter, r *http.Request) {
	if o.collectors == nil {
		sayWrong(w, http.StatusConflict, errors.New("no gateway runs on this data folder: nothing is sent; start it, and say this again"))
		return
	}
	all, err := o.collectors(r.Context())
	if err != nil {
		sayWrong(w, http.StatusServiceUnavailable, err)
		return
	}
	say(w, map[string]any{"collectors": all})
}

// collectorStatuses is how it stands with all collectors now.
func (a *app) collectorStatuses(ctx context.Context) ([]collectorStatus, error) {
	all := []collectorStatus{}
	for i, s := range a.collected() {
		status := collectorStatus{
			Name: s.Name, To: a.settings.SIEM[i].To, Taken: s.Taken, Waiting: s.Waiting, Lag: int64(s.Lag(time.Now()) / time.Second),
			Failing: s.Failing, Fault: string(s.Fault), Behind: []cursorStatus{},
		}
		behind, err := a.recorder.Behind(ctx, s.Name)
		if err != nil {
			return nil, err
		}
		for _, b := range behind {
			status.Behind = append(status.Behind, cursorStatus{b.Tenant, b.Number, b.Last})
		}
		all = append(all, status)
	}
	return all, nil
}
