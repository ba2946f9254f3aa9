package admin

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"
)

// Answers about use.
type (
	usageAnswer struct {
		From string     `json:"from" doc:"The first day."`
		To   string     `json:"to" doc:"The last day."`
		Days []usageRow `json:"days"`
	}
	usageRow struct {
		Day      string `json:"day"`
		Avatar   string `json:"avatar,omitempty" doc:"None: the avatars are not told apart."`
		Sessions int    `json:"sessions"`
		Minutes  int    `json:"minutes"`
		Turns    int    `json:"turns" doc:"Replies that were asked for."`
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
	out := usageAnswer{From: from.Format(time.DateOnly), To: to.Format(time.DateOnly), Days: []usageRow{}}
	for _, d := range days {
		out.Days = append(out.Days, usageRow{d.Day.UTC().Format(time.DateOnly), d.Avatar, d.Sessions, d.Minutes, d.Turns})
	}
	if !strings.Contains(c.r.Header.Get("Accept"), "text/csv") {
		return c.send(out)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"day", "avatar", "sessions", "minutes", "turns"})
	for _, d := range out.Days {
		_ = w.Write([]string{d.Day, cell(d.Avatar), strconv.Itoa(d.Sessions), strconv.Itoa(d.Minutes), strconv.Itoa(d.Turns)})
	}
	w.Flush()
	h := c.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", `attachment; filename="usage.csv"`)
	h.Set("Cache-Control", "no-store")
	_, _ = c.w.Write(b.Bytes())
	return nil
}

// cell makes text of what a spreadsheet would take for a formula: what begins
// with = + - @, a tab or a line break, also after spaces and quotes and in
// full width, gets an apostrophe before it.
func cell(s string) string {
	if first := strings.TrimLeft(s, " \u00a0\u3000\"'"); s != "" && (strings.ContainsAny(s[:1], "\t\r\n'") || first != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(first)[0])) {
		return "'" + s
	}
	return s
}
