package admin

import (
	"context"
	"time"
)

// Expiry is what goes on one day.
type Expiry struct {
	Day   time.Time // midnight UTC
	Class string    // of what: "transcript", "audio", "report"
	Count int       // conversations whose last of it goes then, or reports
	Held  int       // of them, those that a hold keeps beyond it
}

// Expiries are when what is stored goes.
type Expiries interface {
	// Expiries lists days, soonest first. That somebody looked is noted before
	// it answers.
	Expiries(ctx context.Context, tenantID string, who Access) ([]Expiry, error)
}

// Answers about what goes.
type (
	expiriesAnswer struct {
		Days []expiryRow `json:"days" doc:"Soonest first; 1,000 at most."`
	}
	expiryRow struct {
		Day   string `json:"day"`
		Class string `json:"class" enum:"transcript,audio,report" doc:"Of what."`
		Count int    `json:"count" doc:"Conversations whose last of it goes on this day, or reports."`
		Held  int    `json:"held" doc:"Of them, those that a hold keeps beyond it."`
	}
)

func (a *API) expiries(c *call) *refusal {
	all, err := a.options.Store.Expiries(c.r.Context(), c.tenant(), Access{Actor: c.who.key})
	if err != nil {
		return refusalOf(err)
	}
	out := expiriesAnswer{Days: []expiryRow{}}
	for _, e := range all {
		out.Days = append(out.Days, expiryRow{e.Day.UTC().Format(time.DateOnly), e.Class, e.Count, e.Held})
	}
	return c.send(out)
}
