package admin

import (
	"net/http"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Answers about the desk.
type (
	deskAnswer struct {
		There     bool       `json:"there" doc:"The tenant has a desk."`
		Open      bool       `json:"open" doc:"By its hours."`
		Opens     *time.Time `json:"opens_at,omitempty" doc:"When it is open again."`
		Waiting   int        `json:"waiting" doc:"People who wait for a human."`
		Agents    int        `json:"agents" doc:"Who is connected."`
		Available int        `json:"available" doc:"Of them."`
		Talks     int        `json:"talks" doc:"People with a human."`
		Page      string     `json:"page" doc:"Where agents answer."`
	}
	linkAnswer struct {
		ID      string    `json:"id" doc:"Names the sign-in that it becomes."`
		Link    string    `json:"link" doc:"The link itself, this once."`
		Expires time.Time `json:"expires_at"`
	}
)

func (a *API) desk(c *call) *refusal {
	h := c.who.tenant.Handoff
	out := deskAnswer{There: h != nil, Page: a.origin(c.r) + "/agent"}
	if h != nil {
		d := a.options.Live.Desk(c.tenant())
		out.Open, out.Opens = h.Open(c.now), given(h.Opens(c.now))
		out.Waiting, out.Agents, out.Available, out.Talks = d.Waiting, d.Agents, d.Available, d.Talks
	}
	return c.send(out)
}

// agentLink makes a link for an agent. That it was made is durable before it
// is shown, as of a key.
func (a *API) agentLink(c *call) *refusal {
	if c.who.tenant.Handoff == nil {
		return refuse("no_desk")
	}
	id := newID()
	if bad := a.note(c, c.tenant(), session.Fact{Kind: session.KeyIssued, Actor: c.who.key, Object: id}); bad != nil {
		return bad
	}
	secret, err := a.options.Links.NewFor(Person{ID: id, By: c.body.text("name")}, c.tenant(), tenant.Agent, c.now)
	if err != nil {
		return refuse("overloaded")
	}
	return c.sendAs(http.StatusCreated, linkAnswer{ID: id.String(), Link: a.origin(c.r) + "/agent#link=" + secret, Expires: c.now.Add(LinkTime).UTC()})
}

// origin is where people reach the gateway.
func (a *API) origin(r *http.Request) string {
	switch {
	case a.options.PublicURL != "":
		return a.options.PublicURL
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
