package admin

import (
	"net/http"
	"time"

	"mayfly/session"
)

// Answers about holds.
type (
	holdsAnswer struct {
		Holds []holdRow `json:"holds"`
	}
	holdRow struct {
		ID        string     `json:"id"`
		Kind      string     `json:"kind" enum:"session,subject,avatar"`
		Value     string     `json:"value"`
		Reason    string     `json:"reason" enum:"legal_claim,authority,complaint,security"`
		Case      string     `json:"case"`
		Review    time.Time  `json:"review"`
		Placed    time.Time  `json:"placed_at"`
		Lifted    *time.Time `json:"lifted_at,omitempty"`
		By        string     `json:"by,omitempty"`
		Confirmed string     `json:"confirmed_by,omitempty" doc:"None: a second admin has still to confirm it."`
		Own       bool       `json:"own" doc:"Placed with this credential, which cannot confirm it."`
	}
	createdAnswer struct {
		ID string `json:"id"`
	}
)

// holdReview is the farthest away that a review may be.
const holdReview = 366 * 24 * time.Hour

func (a *API) holds(c *call) *refusal {
	all, err := a.options.Store.Holds(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	out := holdsAnswer{Holds: []holdRow{}}
	for _, h := range all {
		out.Holds = append(out.Holds, holdRow{
			ID: h.ID.String(), Kind: h.Kind, Value: h.Value, Reason: h.Reason, Case: h.Case, Review: h.Review.UTC(),
			Placed: h.Placed.UTC(), Lifted: given(h.Lifted), By: idOf(h.By), Confirmed: idOf(h.Second), Own: h.By == c.who.key,
		})
	}
	return c.send(out)
}

func (a *API) placeHold(c *call) *refusal {
	h := Hold{
		Kind: c.body.text("kind"), Value: c.body.text("value"), Reason: c.body.text("reason"), Case: c.body.text("case"),
		Review: c.body.time("review"), Placed: c.now, By: c.who.key,
	}
	if _, ok := session.ParseID(h.Value); h.Kind == "session" && !ok {
		return wrongFields(Problem{Key: "value", Text: "this is no session; write its id, as transcripts have it"})
	}
	if h.Kind == "avatar" && c.who.tenant.Find(h.Value) == nil {
		return wrongFields(Problem{Key: "value", Text: "there is no such avatar; write the id of one"})
	}
	if !h.Review.After(c.now) || h.Review.After(c.now.Add(holdReview)) {
		return wrongFields(Problem{Key: "review", Text: "this is past, or more than a year away; write when somebody decides again"})
	}
	if c.who.host() {
		return refuse("other_admin_required") // there is nobody to hold to it
	}
	id, err := a.options.Store.PlaceHold(c.r.Context(), c.tenant(), h)
	if err != nil {
		return refusalOf(err)
	}
	return c.sendAs(http.StatusCreated, createdAnswer{id.String()})
}

func (a *API) confirmHold(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	if c.who.host() {
		return refuse("other_admin_required")
	}
	placed, err := a.options.Store.Holds(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	for _, h := range placed {
		if h.ID != id {
			continue
		}
		if own, err := a.descends(c, h.By); err != nil {
			return refusalOf(err)
		} else if own {
			return refuse("other_admin_required")
		}
	}
	if err := a.options.Store.ConfirmHold(c.r.Context(), c.tenant(), id, c.who.key); err != nil {
		return refusalOf(err)
	}
	return c.done()
}

func (a *API) liftHold(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	if err := a.options.Store.LiftHold(c.r.Context(), c.tenant(), id, c.who.key); err != nil {
		return refusalOf(err)
	}
	return c.done()
}
