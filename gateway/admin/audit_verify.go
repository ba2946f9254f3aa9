package admin

import (
	"context"
	"time"

	"mayfly/session"
)

// Answers of a proof run.
type (
	verifiedAnswer struct {
		Result      string       `json:"result" enum:"good,bad"`
		Entries     uint64       `json:"entries" doc:"That were right: the sum of the three counts."`
		Recomputed  uint64       `json:"recomputed" doc:"The entry is there, and the tree follows from it."`
		Dropped     uint64       `json:"dropped" doc:"The entry was dropped, and a fact in the log says so."`
		Stored      uint64       `json:"stored" doc:"The entry was dropped by a fact that was dropped itself since: its hash alone is left."`
		DroppedBy   []dropRow    `json:"dropped_by"`
		Checkpoints int          `json:"checkpoints" doc:"How many of those that are kept agree."`
		Newest      *time.Time   `json:"newest,omitempty" doc:"When the newest entry was noted."`
		SetBack     []setBackRow `json:"set_back" doc:"Where the machine's clock was set back. That is no error."`
		Bad         *badEntryRow `json:"bad,omitempty" doc:"The first entry that is wrong."`
	}
	dropRow struct {
		Fact  uint64 `json:"fact" doc:"The number of the fact that says so."`
		Count uint64 `json:"count"`
	}
	setBackRow struct {
		Number  uint64 `json:"number" doc:"Of the entry that is earlier than the one before it."`
		Seconds int64  `json:"seconds"`
	}
	badEntryRow struct {
		Log   string `json:"log,omitempty"`
		Month string `json:"month,omitempty"`
		Index *int64 `json:"index,omitempty" doc:"In its month, from 0. Not there: the log as a whole."`
		Why   string `json:"why" enum:"entry_changed,entry_missing,dropped_early,tree_damaged,root_wrong,log_missing,prior_wrong,log_disagrees,not_signed,malformed,newer"`
	}
)

const (
	// verifyPause is between two proof runs of a tenant, and what somebody waits
	// who meets others.
	verifyPause = 10 * time.Second
	// verifyMost is how many run at once, each of another tenant: as many as
	// leave the smallest machine something for those who talk.
	verifyMost = 2
	// verifyWithin bounds one: a million entries take some ten seconds.
	verifyWithin = 5 * time.Minute
)

// verifyAudit computes the tenant's logs again, once at a time: it costs as much
// as the log is long. A tenant with a long one keeps no other waiting. That it was done, and what came out, is in
// the log before it is told.
func (a *API) verifyAudit(c *call) *refusal {
	if a.options.Audit == nil {
		return refuse("nothing_here")
	}
	if !a.verifying.begin(c.tenant()) {
		return &refusal{code: "rate_limit_exceeded", wait: verifyPause}
	}
	defer a.verifying.end(c.tenant())
	if wait, ok := a.tests.begin("verify "+c.tenant(), c.now, verifyPause); !ok {
		return &refusal{code: "rate_limit_exceeded", wait: wait}
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), verifyWithin)
	defer cancel()
	v, err := a.options.Audit.VerifyAudit(ctx, c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	f := session.Fact{Kind: session.AuditVerified, Actor: c.who.key, Reason: session.AuditHolds, Count: v.Recomputed + v.Dropped + v.Stored}
	out := verifiedAnswer{
		Result: "good", Entries: f.Count, Recomputed: v.Recomputed, Dropped: v.Dropped, Stored: v.Stored,
		DroppedBy: []dropRow{}, Checkpoints: v.Checkpoints, SetBack: []setBackRow{},
	}
	for _, d := range v.DroppedBy {
		out.DroppedBy = append(out.DroppedBy, dropRow(d))
	}
	for _, s := range v.SetBack {
		out.SetBack = append(out.SetBack, setBackRow{s.Number, int64(s.By / time.Second)})
	}
	if !v.Newest.IsZero() {
		newest := v.Newest.UTC()
		out.Newest = &newest
	}
	if bad := v.Bad; bad != nil {
		f.Reason, f.Before = session.AuditFails, bad.Number
		out.Result, out.Bad = "bad", &badEntryRow{Log: bad.Log, Month: bad.Month, Why: bad.Why}
		if bad.Index >= 0 {
			out.Bad.Index = &bad.Index
		}
	}
	if bad := a.note(c, c.tenant(), f); bad != nil {
		return bad
	}
	return c.send(out)
}
