package admin

import (
	"encoding/json"
	"time"

	"mayfly/gateway/processing"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Answers about versions and proposals.
type (
	versionsAnswer struct {
		Versions []VersionRow `json:"versions"`
		Next     uint64       `json:"next,omitempty" doc:"Say it as before for the next page."`
	}
	VersionRow struct {
		Number uint64    `json:"number"`
		SHA256 string    `json:"sha256"`
		At     time.Time `json:"at"`
		By     string    `json:"by,omitempty"`
		Source string    `json:"source" enum:"file,store"`
	}
	versionAnswer struct {
		VersionRow
		Changed  []changedAnswer   `json:"changed" doc:"Against the version before."`
		Record   processing.Change `json:"record" doc:"What it did to the record of processing."`
		Document json.RawMessage   `json:"document"`
	}
	proposalsAnswer struct {
		Proposals []proposalRow `json:"proposals"`
	}
	proposalRow struct {
		Number     uint64          `json:"number"`
		Base       uint64          `json:"base" doc:"The version that it changes."`
		At         time.Time       `json:"at"`
		By         string          `json:"by,omitempty"`
		Own        bool            `json:"own" doc:"Proposed with this credential, which cannot confirm it."`
		Current    bool            `json:"current" doc:"The version that it changes is in force; else it has to be proposed again."`
		Needs      []string        `json:"needs"`
		Recipients []newRecipient  `json:"recipients" doc:"Who would be sent something of people's sessions that was not before, or more than before."`
		Changed    []changedAnswer `json:"changed"`
	}
)

// pageOf is how many rows a page has.
func pageOf(t taken) int {
	n := t.number("limit")
	if n == 0 {
		return 50
	}
	return int(min(n, 200))
}

func rowOf(v Version) VersionRow {
	return VersionRow{v.Number, hexOf(v.Hash), v.At.UTC(), idOf(v.By), v.Source}
}

func (a *API) versions(c *call) *refusal {
	most := pageOf(c.query)
	all, err := a.options.Store.Versions(c.r.Context(), c.tenant(), c.query.number("before"), most+1)
	if err != nil {
		return refusalOf(err)
	}
	out := versionsAnswer{Versions: []VersionRow{}}
	if len(all) > most {
		all = all[:most]
		out.Next = all[most-1].Number
	}
	for _, v := range all {
		out.Versions = append(out.Versions, rowOf(v))
	}
	return c.send(out)
}

func (a *API) version(c *call) *refusal {
	v, bad := a.versionAt(c)
	if bad != nil {
		return bad
	}
	out := versionAnswer{VersionRow: rowOf(v), Document: shownAs(v.Document), Changed: []changedAnswer{}}
	var was processing.Record
	if v.Number > 1 {
		before, err := a.options.Store.Version(c.r.Context(), c.tenant(), v.Number-1)
		if err != nil && !isUnknown(err) {
			return refusalOf(err)
		}
		if err == nil {
			out.Changed = changedFrom(before.Document, v.Document)
			was = a.recordAt(before)
		}
	}
	out.Record = processing.Compare(was, a.recordAt(v))
	return c.send(out)
}

// recordAt is the record of processing as a version of the tenant has it, at
// the time at which it came. What the host does is as it is now.
func (a *API) recordAt(v Version) processing.Record {
	return processing.Of(inForce(v), a.options.Host, v.At)
}

func (a *API) versionAt(c *call) (Version, *refusal) {
	n, bad := c.numbered("number")
	if bad != nil {
		return Version{}, bad
	}
	v, err := a.options.Store.Version(c.r.Context(), c.tenant(), n)
	return v, refused(err)
}

// restore saves what an earlier version said. History only grows.
func (a *API) restore(c *call) *refusal {
	v, bad := a.versionAt(c)
	if bad != nil {
		return bad
	}
	now, bad := a.editable(c)
	if bad != nil {
		return bad
	}
	return a.change(c, now, v.Document)
}

func (a *API) proposals(c *call) *refusal {
	now, err := a.options.Store.Tenant(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	all, err := a.options.Store.Proposals(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	out := proposalsAnswer{Proposals: []proposalRow{}}
	for _, p := range all {
		out.Proposals = append(out.Proposals, proposalRow{
			Number: p.Number, Base: p.Base, At: p.At.UTC(), By: idOf(p.By), Own: p.By == c.who.key, Current: p.Base == now.Number,
			Needs: p.Needs, Recipients: newRecipients(inForce(now), inForce(Version{Document: p.Document})), Changed: changedFrom(now.Document, p.Document),
		})
	}
	return c.send(out)
}

func (a *API) proposalAt(c *call) (Proposal, *refusal) {
	n, bad := c.numbered("number")
	if bad != nil {
		return Proposal{}, bad
	}
	all, err := a.options.Store.Proposals(c.r.Context(), c.tenant())
	if err != nil {
		return Proposal{}, refusalOf(err)
	}
	for _, p := range all {
		if p.Number == n {
			return p, nil
		}
	}
	return Proposal{}, refuse("nothing_here")
}

// descends says whether the caller's key is the one with the id, or was issued
// by it, or by one that was: a key that somebody issues to themselves makes no
// second person of them.
func (a *API) descends(c *call, from session.ID) (bool, error) {
	if c.who.key == from {
		return true, nil
	}
	all, err := a.options.Store.Keys(c.r.Context(), c.tenant())
	if err != nil {
		return false, err
	}
	by := map[session.ID]session.ID{}
	for _, k := range all {
		by[k.ID] = k.By
	}
	key := c.who.key
	for range all { // a chain has no more links than there are keys
		if key = by[key]; key.IsZero() {
			return false, nil
		}
		if key == from {
			return true, nil
		}
	}
	return false, nil
}

// confirm carries out what another admin proposed, as it was proposed: on the
// version that it was proposed on.
func (a *API) confirm(c *call) *refusal {
	p, bad := a.proposalAt(c)
	if bad != nil {
		return bad
	}
	if own, err := a.descends(c, p.By); err != nil {
		return refusalOf(err)
	} else if own {
		return refuse("other_admin_required")
	}
	c.base = p.Base
	now, bad := a.editable(c)
	if bad != nil {
		if bad.code == "version_stale" {
			bad.code = "proposal_outdated"
		}
		return bad
	}
	after, bad := a.parse(c, p.Document)
	if bad != nil {
		return bad
	}
	before, err := tenant.ParseDocument(now.Document)
	if err != nil {
		before = &tenant.Tenant{}
	}
	if bad := a.save(c, now, before, after, p.Document, p.By); bad != nil {
		return bad
	}
	// It cannot be carried out twice: the version that it changes is not in
	// force any more. To take it off the list may fail.
	_ = a.options.Store.EndProposal(c.r.Context(), c.tenant(), p.Number)
	return nil
}

func (a *API) endProposal(c *call) *refusal {
	p, bad := a.proposalAt(c)
	if bad != nil {
		return bad
	}
	if err := a.options.Store.EndProposal(c.r.Context(), c.tenant(), p.Number); err != nil {
		return refusalOf(err)
	}
	return c.done()
}
