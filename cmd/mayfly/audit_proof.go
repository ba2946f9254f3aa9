package main

import (
	"context"
	"errors"
	"strings"

	"mayfly/gateway/admin"
	"mayfly/recorder"
	"mayfly/recorder/audit"
)

// AuditProof implements admin.Audit.
func (a *auditLog) AuditProof(ctx context.Context, tenantID, month string, index int64) (admin.FactProof, error) {
	l, err := a.one(ctx, tenantID, month)
	if err != nil {
		return admin.FactProof{}, err
	}
	p, err := a.recorder.ProveFact(ctx, l, index, a.to, a.tell)
	if errors.Is(err, recorder.ErrUnknown) {
		return admin.FactProof{}, admin.ErrNoEntry
	}
	out := admin.FactProof{
		Log: p.Log, Leaf: p.Bytes, Hash: p.Hash, Size: p.Head.Size, Root: p.Head.Root, Checkpoint: p.Signed,
		Dropped: p.Dropped, Wrong: wrongWord(p.Wrong),
	}
	for _, h := range p.Path {
		out.Path = append(out.Path, h)
	}
	if p.Bytes != nil && !p.Damaged {
		fact := loggedFact(&p.Entry)
		out.Fact = &fact
	}
	if p.DroppedBy != nil {
		by := loggedFact(p.DroppedBy)
		out.DroppedBy = &by
	}
	return out, adminError(err)
}

// AuditCheckpoints implements admin.Audit.
func (a *auditLog) AuditCheckpoints(_ context.Context, tenantID string) (all []admin.KeptCheckpoint, err error) {
	kept, err := a.to.Kept(tenantID)
	for _, k := range kept {
		all = append(all, admin.KeptCheckpoint{Month: k.Month.String(), Day: k.Day, Size: k.Size, Root: k.Root, Note: k.Signed})
	}
	return all, adminError(err)
}

// VerifyAudit implements admin.Audit.
func (a *auditLog) VerifyAudit(ctx context.Context, tenantID string) (admin.Verified, error) {
	r, bad, err := a.recorder.VerifyAudit(ctx, tenantID, a.to, a.tell)
	if err != nil {
		return admin.Verified{}, adminError(err)
	}
	out := admin.Verified{Recomputed: r.Recomputed, Dropped: r.Dropped, Stored: r.Stored, Checkpoints: r.Agreed, Newest: r.Newest}
	for _, d := range r.DroppedBy {
		out.DroppedBy = append(out.DroppedBy, admin.Drop(d))
	}
	for _, s := range r.SetBack {
		out.SetBack = append(out.SetBack, admin.SetBack(s))
	}
	if bad == nil {
		return out, nil
	}
	out.Bad = &admin.BadEntry{Index: -1, Number: 1, Why: wrongWord(bad)}
	if entry, found := errors.AsType[*audit.BadEntry](bad); found {
		out.Bad.Log, out.Bad.Index = entry.Log, entry.Index
		_, out.Bad.Month, _ = strings.Cut(entry.Log, "/")
		// What was changed below the newest checkpoint no publishing meets.
		if a.disagrees != nil && !errors.Is(bad, audit.ErrNewer) {
			a.disagrees(entry.Log)
		}
		logs, err := a.recorder.AuditLogs(ctx, tenantID)
		if err != nil {
			return admin.Verified{}, adminError(err)
		}
		for _, l := range logs {
			if l.Name() == entry.Log {
				out.Bad.Number = l.Base + uint64(max(entry.Index, 0)) + 1
			}
		}
	}
	return out, nil
}

// wrongWord is the word of the admin API for what is wrong with a log; empty
// for nil.
func wrongWord(err error) string {
	if err == nil {
		return ""
	}
	for _, w := range []struct {
		err  error
		word string
	}{
		{audit.ErrChanged, "entry_changed"}, {audit.ErrMissing, "entry_missing"}, {audit.ErrEarly, "dropped_early"}, {audit.ErrTree, "tree_damaged"}, {audit.ErrRoot, "root_wrong"},
		{audit.ErrGap, "log_missing"}, {audit.ErrPrior, "prior_wrong"}, {audit.ErrDisagrees, "log_disagrees"}, {audit.ErrUnsigned, "not_signed"},
		{audit.ErrCheckpoint, "not_signed"}, {audit.ErrNewer, "newer"},
	} {
		if errors.Is(err, w.err) {
			return w.word
		}
	}
	return "malformed"
}
