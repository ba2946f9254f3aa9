package admin

import (
	"encoding/base64"
	"net/http"
	"time"

	"mayfly/session"
)

// Answers about what people reported.
type (
	reportsAnswer struct {
		Reports []reportRow `json:"reports" doc:"Newest first."`
		Next    string      `json:"next,omitempty" doc:"Say it as cursor for the next page."`
	}
	reportRow struct {
		ID         string     `json:"id"`
		Session    string     `json:"session"`
		Avatar     string     `json:"avatar"`
		Locale     string     `json:"locale,omitempty"`
		At         time.Time  `json:"at"`
		Until      time.Time  `json:"until" doc:"When it will be deleted, unless a hold keeps it."`
		Reason     string     `json:"reason" enum:"wrong,harmful,offensive,privacy,other"`
		Lines      int        `json:"lines" doc:"That the person ticked."`
		State      string     `json:"state" enum:"open,answered"`
		Answer     string     `json:"answer,omitempty" doc:"As the person reads it."`
		Done       *time.Time `json:"answered_at,omitempty"`
		By         string     `json:"by,omitempty" doc:"The key that answered."`
		Held       bool       `json:"held"`
		Restricted bool       `json:"restricted" doc:"The person keeps everybody else from reading it."`
	}
)

// cursorOf is where a page begins.
func cursorOf(c *call) (id session.ID, bad *refusal) {
	sent := c.query.text("cursor")
	if sent == "" {
		return id, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(sent)
	if err != nil || len(raw) != len(id) {
		return id, wrongFields(Problem{Key: "cursor", Text: "this is not what next said; begin without it"})
	}
	return session.ID(raw), nil
}

func (a *API) reports(c *call) *refusal {
	after, bad := cursorOf(c)
	if bad != nil {
		return bad
	}
	most := pageOf(c.query)
	all, err := a.options.Store.Reports(c.r.Context(), c.tenant(), c.query.text("state"), after, most+1, Access{Actor: c.who.key})
	if err != nil {
		return refusalOf(err)
	}
	out := reportsAnswer{Reports: []reportRow{}}
	if len(all) > most {
		all = all[:most]
		out.Next = base64.RawURLEncoding.EncodeToString(all[most-1].ID[:])
	}
	for _, r := range all {
		out.Reports = append(out.Reports, reportRow{
			ID: r.ID.String(), Session: r.Session.String(), Avatar: r.Avatar, Locale: r.Locale, At: r.At.UTC(), Until: r.Until.UTC(),
			Reason: r.Reason, Lines: r.Lines, State: r.State, Answer: r.Answer, Done: given(r.Done), By: idOf(r.By),
			Held: r.Held, Restricted: r.Restricted,
		})
	}
	return c.send(out)
}

// readReport streams what the store renders.
func (a *API) readReport(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	out := &streamed{w: c.w, media: "application/json", name: "report-" + id.String() + ".json"}
	err := a.options.Store.ReadReport(c.r.Context(), c.tenant(), id, Access{Actor: c.who.key}, out)
	if err != nil && out.begun {
		panic(http.ErrAbortHandler) // half a report must not look like a whole one
	}
	return refused(err)
}

func (a *API) answerReport(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	if err := a.options.Store.AnswerReport(c.r.Context(), c.tenant(), id, c.body.text("answer"), Access{Actor: c.who.key}); err != nil {
		return refusalOf(err)
	}
	return c.done()
}

func (a *API) eraseReport(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	if err := a.options.Store.EraseReport(c.r.Context(), c.tenant(), id, Access{Actor: c.who.key}); err != nil {
		return refusalOf(err)
	}
	return c.done()
}
