package admin

import (
	"net/http"
	"slices"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Answers about keys.
type (
	keysAnswer struct {
		Keys  []keyAnswer  `json:"keys" doc:"Newest first."`
		Rules []SignInRule `json:"rules" doc:"Whom of a provider's people the tenant is open to. They stand in the configuration file."`
	}
	// SignInRule opens a tenant to whom a provider says something of.
	SignInRule struct {
		ID       string `json:"id" doc:"In the facts: key_issued when it was first seen in the file, key_revoked when it was gone."`
		Provider string `json:"provider" doc:"As people read it."`
		Claim    string `json:"claim"`
		Value    string `json:"value" doc:"To the letter."`
		Role     string `json:"role" enum:"admin,reviewer,agent"`

		Made *time.Time `json:"made_at,omitempty" doc:"When it was first seen in the file."`
	}
	keyAnswer struct {
		ID      string     `json:"id"`
		Kind    string     `json:"kind" enum:"key,file_key,sign_in" doc:"A file_key stands in the configuration file; a sign_in came by a one-time link or, with its name, by a provider."`
		Role    string     `json:"role" enum:"admin,reviewer,caller,agent"`
		Name    string     `json:"name,omitempty"`
		Made    *time.Time `json:"made_at,omitempty"`
		Expires *time.Time `json:"expires_at,omitempty" doc:"None: never."`
		Revoked *time.Time `json:"revoked_at,omitempty"`
		By      string     `json:"by,omitempty" doc:"The key that issued it; none: the file, or the host."`
		Reason  string     `json:"reason,omitempty" doc:"Why it was issued on the host."`
		Works   bool       `json:"works" doc:"It is neither revoked nor expired."`
		Own     bool       `json:"own" doc:"It is the credential of this request."`
	}
	issuedAnswer struct {
		ID      string    `json:"id"`
		Key     string    `json:"key" doc:"The key itself, this once."`
		Role    string    `json:"role"`
		Name    string    `json:"name"`
		Expires time.Time `json:"expires_at"`
	}
)

// keyTime is how long a key works if nothing else is said.
const keyTime = 365 * 24 * time.Hour

func (a *API) keys(c *call) *refusal {
	rows, err := a.options.Store.Keys(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	out := keysAnswer{Keys: []keyAnswer{}, Rules: []SignInRule{}}
	written, err := a.options.Store.FileKeys(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	seen := map[string]time.Time{}
	for _, k := range written {
		seen[k.ID.String()] = k.Made
	}
	if a.options.Rules != nil {
		for _, rule := range a.options.Rules(c.tenant()) {
			rule.Made = given(seen[rule.ID])
			out.Rules = append(out.Rules, rule)
		}
	}
	stored := map[session.ID]bool{}
	for _, k := range rows {
		stored[k.ID] = true
		out.Keys = append(out.Keys, keyAnswer{
			ID: k.ID.String(), Kind: "key", Role: k.Role, Name: k.Name, Made: given(k.Made), Expires: given(k.Expires),
			Revoked: given(k.Revoked), By: idOf(k.By), Reason: k.Reason, Own: k.ID == c.who.key,
			Works: k.Revoked.IsZero() && (k.Expires.IsZero() || c.now.Before(k.Expires)),
		})
	}
	for _, t := range a.tokens.of(c.tenant(), c.now) {
		out.Keys = append(out.Keys, keyAnswer{
			ID: t.id.String(), Kind: "sign_in", Role: t.role.String(), Name: t.by, Made: given(t.began), Expires: given(t.until),
			Works: true, Own: t.id == c.who.key,
		})
	}
	slices.SortStableFunc(out.Keys, func(x, y keyAnswer) int { return y.Made.Compare(*x.Made) })
	for _, k := range c.who.tenant.Keys {
		if !stored[k.ID] {
			out.Keys = append(out.Keys, keyAnswer{
				ID: k.ID.String(), Kind: "file_key", Role: k.Role.String(), Name: k.Name, Made: given(seen[k.ID.String()]), Expires: given(k.Expires),
				Works: k.Expires.IsZero() || c.now.Before(k.Expires), Own: k.ID == c.who.key,
			})
		}
	}
	return c.send(out)
}

// issueKey makes a key. A key of the host says why no admin issues it; admins
// are told.
func (a *API) issueKey(c *call) *refusal {
	reason := c.body.text("reason")
	switch {
	case c.who.host() && reason == "":
		return wrongFields(Problem{Key: "reason", Text: "this is missing; say why no admin issues the key"})
	case !c.who.host() && reason != "":
		return wrongFields(Problem{Key: "reason", Text: "only a key that the host issues has a reason; leave it out"})
	case c.who.tenant.Source == tenant.SourceFile && !c.who.host():
		return refuse("managed_by_file")
	}
	lives := c.body.span("expires_in")
	if lives == 0 {
		lives = keyTime
	}
	secret, hash := tenant.NewKey()
	k := Key{
		ID: newID(), Hash: hash, Role: c.body.text("role"), Name: c.body.text("name"),
		Made: c.now, Expires: c.now.Add(lives).Truncate(time.Second), By: c.who.key, Reason: reason,
	}
	if err := a.options.Store.AddKey(c.r.Context(), c.tenant(), k); err != nil {
		return refusalOf(err)
	}
	a.refresh(c)
	return c.sendAs(http.StatusCreated, issuedAnswer{ID: k.ID.String(), Key: secret, Role: k.Role, Name: k.Name, Expires: k.Expires.UTC()})
}

func (a *API) revokeKey(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	if a.tokens.has(c.tenant(), id, c.now) {
		f := session.Fact{Kind: session.KeyRevoked, Actor: c.who.key, Object: id}
		if bad := a.note(c, c.tenant(), f); bad != nil {
			return bad
		}
		a.tokens.end(c.tenant(), id)
		a.options.Live.CheckAgents()
		return c.done()
	}
	rows, err := a.options.Store.Keys(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	stored := slices.ContainsFunc(rows, func(k Key) bool { return k.ID == id })
	if !stored && slices.ContainsFunc(c.who.tenant.Keys, func(k tenant.Key) bool { return k.ID == id }) {
		return refuse("managed_by_file")
	}
	if err := a.options.Store.RevokeKey(c.r.Context(), c.tenant(), id, c.who.key); err != nil {
		return refusalOf(err)
	}
	a.refresh(c)
	return c.done()
}
