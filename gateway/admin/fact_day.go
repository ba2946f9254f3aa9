package admin

import "time"

// Answers about how much happened.
type (
	factDaysAnswer struct {
		Days []factDayRow `json:"days" doc:"Oldest first. A day with nothing is left out."`
	}
	factDayRow struct {
		Day   string            `json:"day" doc:"In UTC: 2026-11-26."`
		Count uint64            `json:"count"`
		Kinds map[string]uint64 `json:"kinds" doc:"How many of each kind."`
	}
)

func (a *API) factDays(c *call) *refusal {
	q, bad := c.factQuery()
	if bad != nil {
		return bad
	}
	if bad := a.reading(c); bad != nil {
		return bad
	}
	all, err := a.options.Store.FactDays(c.r.Context(), c.tenant(), q)
	if err != nil {
		return refusalOf(err)
	}
	out := factDaysAnswer{Days: []factDayRow{}}
	for _, d := range all {
		row := factDayRow{Day: d.Day.UTC().Format(time.DateOnly), Kinds: map[string]uint64{}}
		for kind, n := range d.Kinds {
			row.Kinds[kind.String()] = n
			row.Count += n
		}
		out.Days = append(out.Days, row)
	}
	return c.send(out)
}
