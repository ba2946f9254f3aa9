package admin

import "time"

// Answers about what people asked for.
type (
	requestsAnswer struct {
		Requests []requestRow `json:"requests" doc:"Oldest first."`
	}
	requestRow struct {
		ID      string     `json:"id"`
		Session string     `json:"session"`
		Kind    string     `json:"kind" enum:"access,correct,erase,restrict,object,appeal"`
		State   string     `json:"state" enum:"open,carried_out,refused"`
		At      time.Time  `json:"at"`
		Done    *time.Time `json:"done_at,omitempty"`
		By      string     `json:"by,omitempty" doc:"Who answered."`
		Item    uint32     `json:"item,omitempty" doc:"The item to correct."`
		Note    string     `json:"note,omitempty" doc:"What the person wrote to the tenant."`
		Reason  string     `json:"reason,omitempty" doc:"Of the answer; the person reads it."`
	}
)

func (a *API) requests(c *call) *refusal {
	all, err := a.options.Store.Requests(c.r.Context(), c.tenant(), c.query.text("state"))
	if err != nil {
		return refusalOf(err)
	}
	out := requestsAnswer{Requests: []requestRow{}}
	for _, r := range all {
		out.Requests = append(out.Requests, requestRow{
			ID: r.ID.String(), Session: r.Session.String(), Kind: r.Kind, State: r.State, At: r.At.UTC(), Done: given(r.Done),
			By: idOf(r.By), Item: r.Item, Note: r.Note, Reason: r.Reason,
		})
	}
	return c.send(out)
}

func (a *API) answerRequest(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	who := Access{Actor: c.who.key, Purpose: "rights"}
	yes := c.body.text("answer") == "carry_out"
	if err := a.options.Store.Answer(c.r.Context(), c.tenant(), id, yes, c.body.text("reason"), who); err != nil {
		return refusalOf(err)
	}
	return c.done()
}
