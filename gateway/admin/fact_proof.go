package admin

import (
	"encoding/base64"
	"errors"
	"strconv"
)

// factProofAnswer is one fact and what proves that it is in the log. Hashes are
// SHA-256 as RFC 6962 has them, in base64.
type (
	factProofAnswer struct {
		Fact       *factRow      `json:"fact,omitempty" doc:"Not there: the leaf is gone or cannot be read."`
		Log        string        `json:"log" doc:"Its name: acme/2026-11."`
		Leaf       string        `json:"leaf" doc:"The bytes of the leaf as they are stored, in base64. Empty: it is gone."`
		LeafHash   string        `json:"leaf_hash" doc:"The hash that the tree has of it."`
		Proof      []string      `json:"proof" doc:"The way from it to the root, from below."`
		Size       int64         `json:"size" doc:"Of the log, in entries, when the checkpoint was signed."`
		Root       string        `json:"root"`
		Checkpoint string        `json:"checkpoint" doc:"A signed note of that size and root. Empty: none reaches to the entry."`
		Dropped    bool          `json:"dropped" doc:"The leaf went at the end of its retention."`
		DroppedBy  *droppedByRow `json:"dropped_by,omitempty" doc:"The fact that says so. Not there: that was dropped too."`
		Wrong      string        `json:"wrong,omitempty" enum:"entry_changed,entry_missing,dropped_early,tree_damaged,log_disagrees" doc:"What does not agree. What is there is given as it is."`
	}
	droppedByRow struct {
		Number uint64 `json:"number"`
		Month  string `json:"month"`
		Index  int64  `json:"index"`
	}
)

func (a *API) factProof(c *call) *refusal {
	if a.options.Audit == nil {
		return refuse("nothing_here")
	}
	noEntry := &refusal{code: "nothing_here", problems: []Problem{{Key: "index", Text: "the log of this month has no such entry; take the index of a fact from the list"}}}
	index := c.r.PathValue("index")
	n, err := strconv.ParseInt(index, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != index {
		return noEntry
	}
	if bad := a.reading(c); bad != nil {
		return bad
	}
	p, err := a.options.Audit.AuditProof(c.r.Context(), c.tenant(), c.r.PathValue("month"), n)
	switch {
	case errors.Is(err, ErrNoEntry):
		return noEntry
	case errors.Is(err, ErrUnknown):
		return &refusal{code: "nothing_here", problems: []Problem{{Key: "month", Text: "there is no log of this month; write one like 2026-11 in which something happened"}}}
	case err != nil:
		return refusalOf(err)
	}
	base := base64.StdEncoding.EncodeToString
	out := factProofAnswer{
		Log: p.Log, Leaf: base(p.Leaf), LeafHash: base(p.Hash[:]), Proof: []string{},
		Size: p.Size, Root: base(p.Root[:]), Checkpoint: string(p.Checkpoint), Dropped: p.Dropped, Wrong: p.Wrong,
	}
	if p.Fact != nil {
		row := factRowOf(p.Fact, a.avatarIDs(c.tenant()))
		out.Fact = &row
	}
	for _, h := range p.Path {
		out.Proof = append(out.Proof, base(h[:]))
	}
	if by := p.DroppedBy; by != nil {
		out.DroppedBy = &droppedByRow{by.Number, by.Month, by.Index}
	}
	return c.send(out)
}
