package admin

import (
	"strconv"
	"time"
)

// Answers about use.
type (
	usageAnswer struct {
		From string     `json:"from" doc:"The first day."`
		To   string     `json:"to" doc:"The last day."`
		Days []usageRow `json:"days"`
		// Quotas are as they are now, whatever days are asked for.
		Quotas []quotaRow `json:"quotas" doc:"How far the quotas of the document in force are used now."`
	}
	quotaRow struct {
		Key    string    `json:"key" doc:"Of the limits: sessions_per_day."`
		Used   int       `json:"used"`
		Most   int       `json:"most"`
		Renews time.Time `json:"renews_at" doc:"When counting begins anew."`
	}
	usageRow struct {
		Day      string `json:"day"`
		Avatar   string `json:"avatar,omitempty" doc:"None: the avatars are not told apart."`
		Sessions int    `json:"sessions"`
		Minutes  int    `json:"minutes"`
		Turns    int    `json:"turns" doc:"Replies that were asked for."`
		Tokens   int    `json:"tokens" doc:"What servers took and gave, where limits.tokens_per_day bounds it."`
	}
)

const (
	day       = 24 * time.Hour
	usageDays = 30
	usageMost = 366
)

func (a *API) usage(c *call) *refusal {
	from, to := c.query.time("from").Truncate(day), c.query.time("to").Truncate(day)
	if to.IsZero() {
		to = c.now.UTC().Truncate(day)
	}
	if from.IsZero() {
		from = to.Add(-(usageDays - 1) * day)
	}
	if from.After(to) || to.Sub(from) >= usageMost*day {
		return wrongFields(Problem{Key: "to", Text: "from and to are days, in this order, and at most 366; change one"})
	}
	days, err := a.options.Store.Usage(c.r.Context(), c.tenant(), from, to)
	if err != nil {
		return refusalOf(err)
	}
	out := usageAnswer{From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), Days: []usageRow{}, Quotas: []quotaRow{}}
	for _, d := range days {
		out.Days = append(out.Days, usageRow{d.Day.UTC().Format(time.DateOnly), d.Avatar, d.Sessions, d.Minutes, d.Turns, d.Tokens})
	}
	if !c.wantsTable() {
		quotas, err := a.quotas(c)
		if err != nil {
			return refusalOf(err)
		}
		for _, q := range quotas {
			out.Quotas = append(out.Quotas, quotaRow{q.Key, q.Used, q.Most, q.Renews.UTC()})
		}
		return c.send(out)
	}
	rows := [][]string{{"day", "avatar", "sessions", "minutes", "turns", "tokens"}}
	for _, d := range out.Days {
		rows = append(rows, []string{d.Day, cell(d.Avatar), strconv.Itoa(d.Sessions), strconv.Itoa(d.Minutes), strconv.Itoa(d.Turns), strconv.Itoa(d.Tokens)})
	}
	return c.sendTable("usage.csv", rows)
}
