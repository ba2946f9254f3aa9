package admin

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Answers to a change.
type (
	changeAnswer struct {
		Number   uint64          `json:"number" doc:"Of the version in force now."`
		SHA256   string          `json:"sha256"`
		Changed  []changedAnswer `json:"changed"`
		Applied  appliedAnswer   `json:"applied"`
		Proposal uint64          `json:"proposal,omitempty" doc:"The change waits for a second admin under this number. Nothing is changed yet."`
		Needs    []string        `json:"needs,omitempty" doc:"Why a second admin is needed."`
	}
	changedAnswer struct {
		Key    string `json:"key" doc:"policy.transcript, avatars[ada].name"`
		Before string `json:"before,omitempty" doc:"None: it was not there."`
		After  string `json:"after,omitempty" doc:"None: it is not there any more."`
	}
	appliedAnswer struct {
		Live           int     `json:"live" doc:"Sessions that go on now."`
		Narrowed       int     `json:"narrowed" doc:"Of them, those that were told of the change."`
		Ended          int     `json:"ended,omitempty" doc:"Sessions that ended because their avatar is switched off."`
		StayUnrecorded int     `json:"stay_unrecorded" doc:"Of them, those that stay unrecorded although recording is on now; new ones will be asked."`
		TookMS         float64 `json:"took_ms" doc:"From the request to the last session."`
	}
	forcedAnswer struct {
		ForcedOff bool          `json:"forced_off"`
		Reason    string        `json:"reason,omitempty"`
		Applied   appliedAnswer `json:"applied"`
	}
)

// change saves a document as a new version: all of it or nothing. What it
// allows and forbids is durable before any session, or whoever asked, hears
// of it.
func (a *API) change(c *call, now Version, document []byte) *refusal {
	after, bad := a.parse(c, document)
	if bad != nil {
		return bad
	}
	canonical, err := tenant.Document(after)
	if err != nil {
		return refuse("internal_error")
	}
	if bytes.Equal(canonical, now.Document) {
		c.w.Header().Set("ETag", etag(now.Number))
		return c.sendAs(0, changeAnswer{Number: now.Number, SHA256: hexOf(now.Hash), Changed: []changedAnswer{}, Applied: a.untouched(c)})
	}
	before := inForce(now)
	if needs := needsSecond(before, after, c.now); len(needs) > 0 {
		return a.propose(c, now, canonical, needs)
	}
	return a.save(c, now, before, after, canonical, session.ID{})
}

// parse reads a document as the caller's tenant. The id in it cannot make it
// another's.
func (a *API) parse(c *call, document []byte) (*tenant.Tenant, *refusal) {
	t, err := tenant.ParseDocument(document)
	if err != nil {
		if all := problemsOf(err); all != nil {
			return nil, wrongFields(all...)
		}
		return nil, refuse("internal_error")
	}
	if t.ID != c.tenant() {
		return nil, wrongFields(Problem{Key: "id", Text: "the id of a tenant cannot change; write " + c.tenant()})
	}
	t.Source = tenant.SourceStore
	if bad := a.workable(t); bad != nil {
		return nil, bad
	}
	return t, nil
}

// save is change once it is known to be right and allowed. proposer is who
// proposed it, where the caller confirms.
func (a *API) save(c *call, now Version, before, after *tenant.Tenant, canonical []byte, proposer session.ID) *refusal {
	hash := tenant.DocumentHash(canonical)
	allowed, was := after.Recording(), before.Recording()
	facts := []session.Fact{{Kind: session.TenantChanged, Actor: c.who.key, Object: proposer, Before: now.Number, Policy: now.Number + 1, Hash: hash}}
	switched, on, off := tenant.RecordingFacts(was, allowed, c.who.key, now.Number+1)
	facts = append(facts, switched...)
	sound, muted := tenant.SoundFacts(before.SoundRecording(), after.SoundRecording(), c.who.key, now.Number+1)
	facts = append(facts, sound...)
	facts = append(facts, tenant.DisclosureFacts(before, after, c.now, c.who.key, now.Number+1)...)
	facts = append(facts, tenant.RecipientFacts(before, after, c.who.key, now.Number+1)...)
	number, err := a.options.Store.Change(c.r.Context(), Change{
		Tenant: c.tenant(), Base: now.Number, Document: canonical, Hash: hash, By: c.who.key, Recording: allowed, Sound: after.SoundRecording(), Facts: facts,
	})
	if err != nil {
		return refusalOf(err)
	}
	ended := a.talkingWithOff(c, after)
	applied := a.apply(c, off+muted > 0)
	applied.Ended = ended
	if on > 0 {
		for _, s := range a.options.Live.Sessions(c.tenant()) {
			if s.Recording != recordingOn && allowed[s.Avatar] && !was[s.Avatar] {
				applied.StayUnrecorded++
			}
		}
	}
	c.w.Header().Set("ETag", etag(number))
	return c.sendAs(0, changeAnswer{Number: number, SHA256: hexOf(hash), Changed: changedFrom(now.Document, canonical), Applied: applied})
}

// applyWithin bounds how long a change that is durable waits to be seen.
const applyWithin = 2 * time.Second

// apply makes the live sessions follow what is durable. If the directory
// cannot see it, recording is switched off: nobody knows what counts.
func (a *API) apply(c *call, off bool) appliedAnswer {
	// What is durable is applied, also if whoever asked is gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), applyWithin)
	defer cancel()
	blind := a.options.Refresh(ctx) != nil
	out := a.untouched(c)
	out.Narrowed = a.options.Live.Narrow(c.tenant(), blind && off)
	out.TookMS = float64(a.options.Now().Sub(c.now).Microseconds()) / 1000
	return out
}

func (a *API) untouched(c *call) appliedAnswer {
	return appliedAnswer{Live: len(a.options.Live.Sessions(c.tenant()))}
}

// forceOff switches recording off from outside the document, also for tenants
// of the file.
func (a *API) forceOff(c *call) *refusal {
	reason := c.body.text("reason")
	if err := a.options.Store.ForceOff(c.r.Context(), c.tenant(), true, reason, c.who.key); err != nil {
		return refusalOf(err)
	}
	return c.send(forcedAnswer{ForcedOff: true, Reason: reason, Applied: a.apply(c, true)})
}

// release lets the document count again, for sessions that start from now on.
func (a *API) release(c *call) *refusal {
	if err := a.options.Store.ForceOff(c.r.Context(), c.tenant(), false, "", c.who.key); err != nil {
		return refusalOf(err)
	}
	a.refresh(c)
	return c.send(forcedAnswer{Applied: a.untouched(c)})
}

// refresh makes the directory look now. If it cannot, it looks again by
// itself, and until then believes what is narrower.
func (a *API) refresh(c *call) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), applyWithin)
	defer cancel()
	_ = a.options.Refresh(ctx)
}

// changedFrom is what differs between two documents.
func changedFrom(before, after []byte) []changedAnswer {
	out := []changedAnswer{}
	for _, d := range tenant.Diff(before, after) {
		out = append(out, changedAnswer(d))
	}
	return out
}

// needsSecond are the reasons for which a change needs a second admin, where
// the document in force demands one.
func needsSecond(before, after *tenant.Tenant, now time.Time) []string {
	var needs []string
	if before.Policy.SecondAdmin {
		_, words, _ := tenant.RecordingFacts(before.Recording(), after.Recording(), session.ID{}, 0)
		_, sound, _ := tenant.RecordingFacts(before.SoundRecording(), after.SoundRecording(), session.ID{}, 0)
		if words+sound > 0 {
			needs = append(needs, "recording_on")
		}
		if slices.ContainsFunc(tenant.DisclosureFacts(before, after, now, session.ID{}, 0), func(f session.Fact) bool { return f.Kind == session.DisclosureHidden }) {
			needs = append(needs, "disclosure_off")
		}
	}
	if before.Policy.SecondRecipients && len(tenant.NewRecipients(before, after)) > 0 {
		needs = append(needs, "recipient_new")
	}
	if before.Policy.SecondAdmin && !after.Policy.SecondAdmin || before.Policy.SecondRecipients && !after.Policy.SecondRecipients {
		needs = append(needs, "second_admin_off")
	}
	return needs
}

// propose keeps a change for a second admin.
func (a *API) propose(c *call, now Version, canonical []byte, needs []string) *refusal {
	number, err := a.options.Store.Propose(c.r.Context(), c.tenant(), Proposal{
		Base: now.Number, At: c.now, By: c.who.key, Document: canonical, Needs: needs,
	})
	if err != nil {
		return refusalOf(err)
	}
	c.w.Header().Set("ETag", etag(now.Number))
	return c.sendAs(http.StatusAccepted, changeAnswer{
		Number: now.Number, SHA256: hexOf(now.Hash), Changed: changedFrom(now.Document, canonical),
		Applied: a.untouched(c), Proposal: number, Needs: needs,
	})
}

func hexOf(hash [32]byte) string { return hex.EncodeToString(hash[:]) }

// idOf is an id as text; empty for none.
func idOf(id session.ID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// isUnknown says that the store has no such thing.
func isUnknown(err error) bool { return errors.Is(err, ErrUnknown) }
