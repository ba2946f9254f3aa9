package admin

import (
	"strings"

	"mayfly/gateway/processing"
)

type (
	processingAnswer = processing.Record
	postureAnswer    struct {
		Controls []processing.Control `json:"controls"`
		Enforced int                  `json:"enforced" doc:"How many of them."`
		Declared int                  `json:"declared" doc:"How many of them."`
		Absent   int                  `json:"absent" doc:"How many of them."`
	}
)

// processing is the tenant's record of processing activities.
func (a *API) processing(c *call) *refusal {
	r := processing.Of(c.who.tenant, a.options.Host, c.now)
	if !c.wantsTable() {
		return c.send(r)
	}
	rows := [][]string{{"activity", "avatars", "purposes", "basis", "categories", "recipients", "retention", "decisions"}}
	for _, x := range r.Activities {
		decides := "no"
		if x.Decisions {
			decides = "yes"
		}
		rows = append(rows, []string{x.Key, cells(x.Avatars), cells(x.Purposes), x.Basis, cells(x.Categories), cell(recipients(x.Recipients)), x.Retention, decides})
	}
	return c.sendTable("processing.csv", rows)
}

func cells(s []string) string { return cell(strings.Join(s, ", ")) }

// recipients are who gets something, each with what it states, in one cell.
func recipients(all []processing.Recipient) string {
	var out []string
	for _, r := range all {
		region := r.Region
		if region == "" {
			region = "unknown"
		}
		out = append(out, r.Name+" ("+r.Role+", region "+region+", transfer "+r.Transfer+", keeps "+r.Retention+", trains "+r.Training+")")
	}
	return strings.Join(out, "; ")
}

// posture is what protects the people who talk with the tenant's avatars.
func (a *API) posture(c *call) *refusal {
	out := postureAnswer{Controls: processing.Posture(c.who.tenant, a.options.Host, c.now)}
	for _, one := range out.Controls {
		switch one.State {
		case processing.Enforced:
			out.Enforced++
		case processing.Declared:
			out.Declared++
		default:
			out.Absent++
		}
	}
	return c.send(out)
}
