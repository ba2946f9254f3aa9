package admin

import (
	"context"
	"net/http"
	"time"

	"mayfly/session"
)

// Disclosure is that an authority is given something of what is stored: one
// person proposes it, another confirms it.
type Disclosure struct {
	ID          session.ID
	Basis, Case string
	Session     session.ID // zero: not of one session only
	Subject     string     // the tenant's name or pseudonym of a person
	From, To    time.Time

	Proposed  time.Time
	By        session.ID // zero: the operator
	Confirmed time.Time
	Second    session.ID
	Handed    time.Time
	Ended     time.Time

	Sessions, Turns int
	Hash            [32]byte // of the manifest of what was handed over
}

// Disclosures are what authorities are given.
type Disclosures interface {
	// Disclosures lists them, newest first.
	Disclosures(ctx context.Context, tenantID string) ([]Disclosure, error)
	ProposeDisclosure(ctx context.Context, tenantID string, d Disclosure) (session.ID, error)
	// ConfirmDisclosure is ErrSameAdmin for the one who proposed it, and
	// ErrDone when it was confirmed.
	ConfirmDisclosure(ctx context.Context, tenantID string, id, by session.ID) error
	// EndDisclosure is ErrDone when it was handed over.
	EndDisclosure(ctx context.Context, tenantID string, id, by session.ID) error
}

// disclosureBases is what obliges or allows a disclosure.
var disclosureBases = []string{"court_order", "warrant", "subpoena", "statutory_request", "emergency", "supervisory_authority"}

type disclosureRow struct {
	ID        string     `json:"id"`
	Basis     string     `json:"basis" enum:"court_order,warrant,subpoena,statutory_request,emergency,supervisory_authority"`
	Case      string     `json:"case"`
	Session   string     `json:"session,omitempty" doc:"Of this session only."`
	Person    bool       `json:"person" doc:"Of one person only."`
	From      *time.Time `json:"from,omitempty" doc:"Of conversations begun then or later."`
	To        *time.Time `json:"to,omitempty" doc:"Of conversations begun before. Never later than it was proposed."`
	State     string     `json:"state" enum:"proposed,confirmed,handed_over,ended"`
	Proposed  time.Time  `json:"proposed_at"`
	By        string     `json:"by,omitempty" doc:"None: the operator of the gateway."`
	Confirmed *time.Time `json:"confirmed_at,omitempty"`
	Second    string     `json:"confirmed_by,omitempty"`
	Handed    *time.Time `json:"handed_over_at,omitempty"`
	Ended     *time.Time `json:"ended_at,omitempty"`
	Sessions  int        `json:"sessions" doc:"That were handed over."`
	Turns     int        `json:"turns"`
	Hash      string     `json:"sha256,omitempty" doc:"Of the manifest of what was handed over."`
	Own       bool       `json:"own" doc:"Proposed with this credential, which cannot confirm it."`
}

func (d *Disclosure) row(own session.ID) disclosureRow {
	out := disclosureRow{
		ID: d.ID.String(), Basis: d.Basis, Case: d.Case, Session: idOf(d.Session), Person: d.Subject != "",
		From: given(d.From), To: given(d.To), State: "proposed", Proposed: d.Proposed.UTC(), By: idOf(d.By),
		Confirmed: given(d.Confirmed), Second: idOf(d.Second), Handed: given(d.Handed), Ended: given(d.Ended),
		Sessions: d.Sessions, Turns: d.Turns, Own: !d.By.IsZero() && d.By == own,
	}
	switch {
	case !d.Ended.IsZero():
		out.State = "ended"
	case !d.Handed.IsZero():
		out.State = "handed_over"
	case !d.Confirmed.IsZero():
		out.State = "confirmed"
	}
	if d.Hash != [32]byte{} {
		out.Hash = hexOf(d.Hash)
	}
	return out
}

func (a *API) proposeDisclosure(c *call) *refusal {
	d := Disclosure{
		Basis: c.body.text("basis"), Case: c.body.text("case"), Subject: c.body.text("subject"),
		From: c.body.time("from"), To: c.body.time("to"), By: c.who.key,
	}
	if of := c.body.text("session"); of != "" {
		id, ok := session.ParseID(of)
		if !ok {
			return wrongFields(Problem{Key: "session", Text: "this is no session; write its id, as transcripts have it"})
		}
		d.Session = id
	}
	if d.Session.IsZero() && d.Subject == "" && (d.From.IsZero() || d.To.IsZero()) {
		return wrongFields(Problem{Text: "nothing says what is disclosed; state session or subject, or from and to"})
	}
	if !d.From.IsZero() && !d.To.IsZero() && !d.From.Before(d.To) {
		return wrongFields(Problem{Key: "to", Text: "this is not after from; nothing lies between"})
	}
	if d.To.After(c.now.Add(time.Minute)) { // clocks differ
		return wrongFields(Problem{Key: "to", Text: "this is yet to come; a disclosure is of what there is when it is proposed, so let it end now or before"})
	}
	id, err := a.options.Store.ProposeDisclosure(c.r.Context(), c.tenant(), d)
	if err != nil {
		return refusalOf(err)
	}
	return c.sendAs(http.StatusCreated, createdAnswer{id.String()})
}

// confirmDisclosure is the second person's word. The host has none, and neither
// has a credential that was made since: whoever proposed it could have made it.
func (a *API) confirmDisclosure(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	if c.who.host() {
		return refuse("other_admin_required")
	}
	all, err := a.options.Store.Disclosures(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	for _, d := range all {
		if d.ID != id {
			continue
		}
		own, err := a.descends(c, d.By)
		if err != nil {
			return refusalOf(err)
		}
		made, err := a.madeAt(c)
		if err != nil {
			return refusalOf(err)
		}
		// Links are the operator's to make, at any time before, too.
		byLink := !c.who.signIn.IsZero() && c.who.name == ""
		if own || !made.Before(d.Proposed) || d.By.IsZero() && byLink {
			return refuse("other_admin_required")
		}
	}
	if err := a.options.Store.ConfirmDisclosure(c.r.Context(), c.tenant(), id, c.who.key); err != nil {
		return refusalOf(err)
	}
	return c.done()
}

// madeAt is when the caller's credential was made. It is zero for one of the
// configuration file, and for a sign-in by a provider, which knows people by
// itself.
func (a *API) madeAt(c *call) (at time.Time, err error) {
	if !c.who.signIn.IsZero() {
		if c.who.name != "" {
			return time.Time{}, nil
		}
		return c.who.signIn, nil
	}
	all, err := a.options.Store.Keys(c.r.Context(), c.tenant())
	for _, k := range all {
		if k.ID == c.who.key {
			at = k.Made
		}
	}
	return at, err
}

func (a *API) endDisclosure(c *call) *refusal {
	id, bad := c.id("id")
	if bad != nil {
		return bad
	}
	if err := a.options.Store.EndDisclosure(c.r.Context(), c.tenant(), id, c.who.key); err != nil {
		return refusalOf(err)
	}
	return c.done()
}
