package admin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Answers about who is signed in.
type (
	// WhoAnswer is exported, as VersionRow is, because the document is made
	// by reflection, which sees no embedded type that is not.
	WhoAnswer struct {
		Tenant whoTenant  `json:"tenant"`
		Role   string     `json:"role" enum:"admin,reviewer,agent"`
		Key    whoKey     `json:"key"`
		Alerts []whoAlert `json:"alerts" doc:"What the tenant should know, newest first."`
	}
	whoTenant struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		Source string `json:"source" enum:"file,store" doc:"Where the tenant lives: in a file it is read-only here."`
		Line   int    `json:"line,omitempty" doc:"Of the configuration file."`
	}
	whoKey struct {
		ID      string     `json:"id"`
		Kind    string     `json:"kind" enum:"key,sign_in,host"`
		Name    string     `json:"name,omitempty"`
		Expires *time.Time `json:"expires_at,omitempty"`
	}
	whoAlert struct {
		Kind   string    `json:"kind" enum:"key_issued_on_host,rule_written_on_host,reviewer_removed,proposal_waits,store_not_ready,quota_near,quota_reached,operator_access_open,disclosure_waits"`
		At     time.Time `json:"at"`
		Key    string    `json:"key,omitempty" doc:"The id of the key that it is about."`
		Reason string    `json:"reason,omitempty" doc:"As it was given on the host."`
		Number uint64    `json:"number,omitempty" doc:"Of the proposal that waits."`
		Quota  string    `json:"quota,omitempty" enum:"sessions_per_day,minutes_per_month" doc:"The limit that it is about."`
		Used   int       `json:"used,omitempty" doc:"Of the quota, by sessions that have ended; of an access, how often."`
		Most   int       `json:"most,omitempty"`

		Case       string     `json:"case,omitempty" doc:"The reference of an access or a disclosure."`
		Until      *time.Time `json:"until,omitempty" doc:"When the access ends."`
		Disclosure string     `json:"disclosure,omitempty" doc:"The id of the one that waits."`
	}
	signInAnswer struct {
		Token   string    `json:"token" doc:"A bearer credential for this API. It lives in the gateway's memory."`
		Expires time.Time `json:"expires_at"`
		WhoAnswer
	}
)

// alertTime is how long an alert is shown.
const alertTime = 30 * 24 * time.Hour

func (a *API) whoAmI(c *call) *refusal {
	return c.send(a.whoIs(c))
}

func (a *API) whoIs(c *call) WhoAnswer {
	t := c.who.tenant
	out := WhoAnswer{
		Tenant: whoTenant{ID: t.ID, Name: t.Name, Source: sourceOf(t), Line: t.Line},
		Role:   c.who.role.String(),
		Key:    whoKey{ID: c.who.key.String(), Kind: "key", Name: c.who.name, Expires: given(c.who.until)},
		Alerts: []whoAlert{},
	}
	switch {
	case c.who.host():
		out.Key.Kind = "host"
	case !c.who.signIn.IsZero():
		out.Key.Kind, out.Key.Name = "sign_in", cmp.Or(c.who.name, "one-time link")
	}
	if c.who.role != tenant.Agent { // what it is about is not an agent's
		out.Alerts = append(out.Alerts, a.alerts(c)...)
	}
	slices.SortStableFunc(out.Alerts, func(x, y whoAlert) int { return y.At.Compare(x.At) })
	return out
}

// alerts are what the tenant should know. That the store cannot be reached is
// one of them: who is signed in must be able to find that out.
func (a *API) alerts(c *call) (all []whoAlert) {
	keys, err := a.options.Store.Keys(c.r.Context(), c.tenant())
	if err != nil {
		return []whoAlert{{Kind: "store_not_ready", At: c.now.UTC()}}
	}
	written, err := a.options.Store.FileKeys(c.r.Context(), c.tenant())
	if err != nil {
		return []whoAlert{{Kind: "store_not_ready", At: c.now.UTC()}}
	}
	waiting, err := a.options.Store.Proposals(c.r.Context(), c.tenant())
	if err != nil {
		return []whoAlert{{Kind: "store_not_ready", At: c.now.UTC()}}
	}
	since := c.now.Add(-alertTime)
	for _, k := range keys {
		if k.By.IsZero() && k.Made.After(since) {
			all = append(all, whoAlert{Kind: "key_issued_on_host", At: k.Made.UTC(), Key: k.ID.String(), Reason: k.Reason})
		}
		if k.Role == "reviewer" && k.Revoked.After(since) {
			all = append(all, whoAlert{Kind: "reviewer_removed", At: k.Revoked.UTC(), Key: k.ID.String()})
		}
	}
	for _, k := range written {
		if !k.Made.After(since) {
			continue
		}
		if k.Rule {
			all = append(all, whoAlert{Kind: "rule_written_on_host", At: k.Made.UTC(), Key: k.ID.String()})
			continue
		}
		all = append(all, whoAlert{Kind: "key_issued_on_host", At: k.Made.UTC(), Key: k.ID.String(), Reason: "it was written into the configuration file"})
	}
	for _, p := range waiting {
		all = append(all, whoAlert{Kind: "proposal_waits", At: p.At.UTC(), Number: p.Number})
	}
	open, err := a.accessAlerts(c)
	if err != nil {
		return []whoAlert{{Kind: "store_not_ready", At: c.now.UTC()}}
	}
	return append(append(all, open...), a.quotaAlerts(c)...)
}

// sourceOf is where the tenant lives. The demonstration is changed as one of
// the database is.
func sourceOf(t *tenant.Tenant) string {
	if t.Source == tenant.SourceFile {
		return tenant.SourceFile
	}
	return tenant.SourceStore
}

// given is a time, or nothing where there is none.
func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// signIn makes a token of a one-time link. That somebody signed in is durable
// before they are.
func (a *API) signIn(c *call) *refusal {
	secret := c.body.text("link")
	found, ok := link{}, false
	if strings.HasPrefix(secret, linkPrefix) {
		found, ok = a.options.Links.redeem(secret, c.now)
	}
	of := a.options.Directory.Tenant(found.tenant)
	if !ok || of == nil {
		return a.wrongCredential(c.r, c.now)
	}
	token, opened, ok := a.tokens.open(found, c.now)
	if !ok {
		return refuse("overloaded")
	}
	if bad := a.note(c, found.tenant, session.Fact{Kind: session.SignedIn, Actor: opened.id}); bad != nil {
		a.tokens.end(found.tenant, opened.id)
		return bad
	}
	c.who = &caller{tenant: of, role: found.role, key: opened.id, name: opened.by, signIn: opened.began, until: opened.until}
	return c.send(signInAnswer{Token: token, Expires: opened.until.UTC(), WhoAnswer: a.whoIs(c)})
}

func (a *API) signOut(c *call) *refusal {
	a.tokens.end(c.tenant(), c.who.key)
	a.options.Live.CheckAgents()
	return c.done()
}

// note waits until a fact is as durable as its class asks for.
func (a *API) note(c *call, tenantID string, f session.Fact) *refusal {
	noted := make(chan error, 1)
	a.options.Store.Note(tenantID, f, func(err error) { noted <- err })
	select {
	case err := <-noted:
		if err != nil {
			return refuse("store_not_ready")
		}
		return nil
	case <-c.r.Context().Done():
		return refuse("store_not_ready")
	}
}
