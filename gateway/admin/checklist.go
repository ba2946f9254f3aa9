package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"mayfly/gateway/notice"
	"mayfly/gateway/tenant"
)

// Answers of the checklist.
type (
	checklistAnswer struct {
		OK   bool       `json:"ok" doc:"Every row is."`
		Rows []checkRow `json:"rows"`
	}
	checkRow struct {
		Key    string `json:"key" enum:"origin,key,token,disclosure,contact,recorder,terms,backend,answer"`
		OK     bool   `json:"ok"`
		Text   string `json:"text" doc:"How it is."`
		Remedy string `json:"remedy,omitempty" doc:"What to do, where it is not as it should be."`
	}
)

// checklist says what is there of what an avatar needs before people meet it,
// as it is now. It dials nothing.
func (a *API) checklist(c *call) *refusal {
	t := c.who.tenant
	out := checklistAnswer{OK: true}
	add := func(key string, ok bool, text, remedy string) {
		if ok {
			remedy = ""
		}
		out.OK = out.OK && ok
		out.Rows = append(out.Rows, checkRow{key, ok, text, remedy})
	}
	switch {
	case t.Public: // the gateway's own origins are among those that may call
		add("origin", true, "The gateway's own page is public.", "")
	case len(t.Origins) > 0:
		add("origin", true, fmt.Sprintf("Pages of %d origins may call from a browser.", len(t.Origins)), "")
	default:
		add("origin", false, "No page may call from a browser.", "Add the address of your site to origins, or make the page public.")
	}
	keys, err := a.openers(c)
	if err != nil {
		return refusalOf(err)
	}
	switch {
	case t.Public && keys == 0:
		add("key", true, "The gateway's own page needs no key.", "")
	default:
		add("key", keys > 0, fmt.Sprintf("%d keys that work may open sessions.", keys), "Issue a key of the role caller for your server, or make the page public.")
	}
	code := a.options.Live.Offers(c.tenant())
	_, _, why := a.options.Problem(code)
	if code == "" {
		add("token", true, "A client secret was made, and taken back.", "")
	} else {
		add("token", false, "No client secret can be made.", why)
	}
	if without := withoutNotice(t); len(without) > 0 {
		add("disclosure", false, "The notice is in English for "+strings.Join(without, ", ")+".", "Write the disclosure in these languages, or take them off the avatars.")
	} else {
		add("disclosure", true, "The notice is there in every language of every avatar.", "")
	}
	var missing []string
	if t.Contact.Email == "" {
		missing = append(missing, "contact.email")
	}
	if t.Contact.Complaint == "" {
		missing = append(missing, "contact.complaint")
	}
	if len(missing) > 0 {
		add("contact", false, "People are not told whom to ask, or where to complain.", "Set "+strings.Join(missing, " and ")+".")
	} else {
		add("contact", true, "People are told whom to ask and where to complain.", "")
	}
	if err := a.options.Store.Ready(); err != nil {
		add("recorder", false, err.Error(), "Sessions run and nothing is kept until whoever runs the gateway has put that right.")
	} else {
		add("recorder", true, "What may be kept can be kept.", "")
	}
	row := a.reached.row(t)
	add(row.Key, row.OK, row.Text, row.Remedy)
	add(statedRow(t))
	now := c.now.UTC()
	days, err := a.options.Store.Usage(c.r.Context(), c.tenant(), now.AddDate(0, 0, 1-usageDays), now)
	if err != nil {
		return refusalOf(err)
	}
	heard := slices.ContainsFunc(days, func(d Day) bool { return d.Turns > 0 })
	text := "Somebody got an answer in the last 30 days."
	if !heard {
		text = "Nobody got an answer in the last 30 days."
	}
	add("answer", heard, text, "Open the page, press Start and ask something.")
	return c.send(out)
}

// testChecklist asks the servers behind the avatars whether they are there,
// and answers with the list.
func (a *API) testChecklist(c *call) *refusal {
	if wait, ok := a.reached.begin(c.tenant(), c.now); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), reachWithin)
	defer cancel()
	all := []Reached{}
	t := c.who.tenant
	for i := range t.Avatars {
		all = append(all, a.options.Reach.Reach(ctx, t, &t.Avatars[i])...)
	}
	a.reached.put(t, all)
	return a.checklist(c)
}

// openers counts the keys that work and may open sessions.
func (a *API) openers(c *call) (n int, err error) {
	rows, err := a.options.Store.Keys(c.r.Context(), c.tenant())
	if err != nil {
		return 0, err
	}
	for _, k := range rows {
		if k.Role == tenant.Caller.String() && k.Revoked.IsZero() && (k.Expires.IsZero() || c.now.Before(k.Expires)) {
			n++
		}
	}
	for _, k := range c.who.tenant.Keys {
		// Those of the database are in the directory too.
		if k.ID.IsZero() && k.Role == tenant.Caller && (k.Expires.IsZero() || c.now.Before(k.Expires)) {
			n++
		}
	}
	return n, nil
}

// statedRow is whether all who are sent something have stated what they do with
// it.
func statedRow(t *tenant.Tenant) (key string, ok bool, text, remedy string) {
	all := t.Register()
	var silent, keep []string
	for i := range all {
		r := &all[i]
		switch {
		case r.Terms.Retention == nil || r.Terms.Training == nil:
			silent = append(silent, r.Name)
		case !r.Terms.KeepsNothing():
			keep = append(keep, r.Name)
		}
	}
	switch {
	case len(all) == 0:
		return "terms", true, "Nothing of a conversation leaves this gateway.", ""
	case len(silent) > 0:
		return "terms", false, "It is not stated whether they keep what they are sent, or train models with it: " + strings.Join(silent, ", ") + ". People are told so.", "Ask their operators, and write it down under terms, with the hash of what says so."
	case len(keep) > 0:
		return "terms", true, "They state that they keep something of what they are sent, or train with it or pass it on, and people are told: " + strings.Join(keep, ", ") + ".", ""
	}
	return "terms", true, "All who are sent something state that they keep nothing of it and train nothing with it.", ""
}

// withoutNotice are the languages of a tenant's avatars in which there is no
// notice: neither the gateway's own nor the tenant's.
func withoutNotice(t *tenant.Tenant) (all []string) {
	for i := range t.Avatars {
		for _, l := range t.Avatars[i].Languages {
			if _, own := notice.For(l); !own && t.Disclosure.Text(l, t.Audience) == nil && !slices.Contains(all, l) {
				all = append(all, l)
			}
		}
	}
	return all
}

const (
	// reachWithin bounds a test of all servers of a tenant.
	reachWithin = 10 * time.Second
	// reachPause is between two tests of a tenant.
	reachPause = 10 * time.Second
)

// reached remembers how the servers of tenants answered when they were tested
// last. A restart forgets it.
type reached struct {
	mu  sync.Mutex
	all map[string]*reachedOf // by tenant. Guarded by mu.
}

type reachedOf struct {
	began   time.Time
	servers string // that were there; others are not tested by it
	rows    []Reached
}

// begin says whether a test may begin, and else how long to wait.
func (r *reached) begin(tenantID string, now time.Time) (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[string]*reachedOf{}
	}
	of := r.all[tenantID]
	if of == nil {
		of = &reachedOf{}
		r.all[tenantID] = of
	} else if wait := of.began.Add(reachPause).Sub(now); wait > 0 {
		return wait, false
	}
	of.began = now
	return 0, true
}

func (r *reached) put(t *tenant.Tenant, rows []Reached) {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := r.all[t.ID]
	of.servers, of.rows = serversOf(t), rows
}

// row is the line of the checklist.
func (r *reached) row(t *tenant.Tenant) checkRow {
	servers := serversOf(t)
	if servers == "" {
		return checkRow{"backend", true, "Mayfly itself answers and speaks; no other server is asked.", ""}
	}
	const press = "Press Test: each server is asked once which models it has, and nothing else."
	r.mu.Lock()
	defer r.mu.Unlock()
	of := r.all[t.ID]
	if of == nil || of.servers != servers || len(of.rows) == 0 {
		return checkRow{"backend", false, "The servers behind the avatars were not tested as they are now.", press}
	}
	var good, bad []string
	for _, one := range of.rows {
		if one.Why != "" {
			bad = append(bad, one.Server+": "+one.Why)
		} else {
			good = append(good, one.Server+" "+one.Declares)
		}
	}
	if len(bad) > 0 {
		return checkRow{"backend", false, "Not every server can be used. " + strings.Join(bad, "; ") + ".", "Check its address, model and key, then press Test."}
	}
	return checkRow{"backend", true, "Every server answered. " + strings.Join(good, "; ") + ".", ""}
}

// serversOf are the servers behind a tenant's avatars, as one text.
func serversOf(t *tenant.Tenant) string {
	var b strings.Builder
	for i := range t.Avatars {
		for _, s := range []*tenant.BackEnd{t.Avatars[i].BackEnd, t.Avatars[i].Speech, t.Avatars[i].Transcriber} {
			if s != nil {
				fmt.Fprintf(&b, "%q %s %s\n", t.Avatars[i].ID, s.URL, s.Model)
			}
		}
	}
	return b.String()
}
