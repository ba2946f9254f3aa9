package recorder

import (
	"context"
	"errors"
	"io"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// mostFacts bounds the facts of one session that are read: the newest count.
const mostFacts = 10_000

// SessionFacts are the facts of one session, oldest first.
func (r *Recorder) SessionFacts(ctx context.Context, tenant string, id session.ID) ([]audit.Entry, error) {
	return audit.OfSession(ctx, r.store.DB(), tenant, id, mostFacts)
}

// SelectFacts are entries of a tenant's log that a filter picks, newest first:
// those with a number below before (zero: the newest), at most limit. Entries
// that cannot be read are among them, marked as damaged.
func (r *Recorder) SelectFacts(ctx context.Context, tenant string, f audit.Filter, before uint64, limit int) ([]audit.Entry, error) {
	return r.index.Select(ctx, r.store.DB(), tenant, f, before, limit)
}

// FactDays counts what a filter picks, by day and kind, oldest first.
func (r *Recorder) FactDays(ctx context.Context, tenant string, f audit.Filter) ([]audit.Day, error) {
	return r.index.Days(ctx, r.store.DB(), tenant, f)
}

// ProveFact proves that a log has the entry n in it, under a checkpoint that is
// published for it. A log that does not agree with what was published of it is
// no error: the answer says so, with the last checkpoint of it.
func (r *Recorder) ProveFact(ctx context.Context, l audit.Log, n int64, under *audit.Published, tell func(c audit.Checkpoint, signed []byte)) (audit.Proof, error) {
	if n < 0 || n >= l.Size {
		return audit.Proof{}, ErrUnknown
	}
	c, signed, grew, err := r.Checkpoint(ctx, l, under)
	var disagrees error
	if _, bad := errors.AsType[*audit.BadEntry](err); bad || audit.Damaged(err) {
		disagrees = err
		if signed, err = under.Last(l.Name()); err == nil && signed != nil {
			c, err = audit.OpenCheckpoint(signed, under.Known())
		}
	}
	if err != nil {
		return audit.Proof{}, err
	}
	if grew {
		tell(c, signed)
	}
	p, err := r.index.Prove(ctx, r.store.DB(), l, n, c, signed)
	if p.Wrong == nil && disagrees != nil {
		p.Wrong = audit.ErrDisagrees
	}
	return p, err
}

// VerifyAudit computes the logs of a tenant again from what is stored, as
// Verify does with an export, and holds them to every checkpoint that is kept.
// What is wrong with them is bad; err is why it could not be found out.
func (r *Recorder) VerifyAudit(ctx context.Context, tenant string, from *audit.Published, tell func(c audit.Checkpoint, signed []byte)) (report audit.Report, bad, err error) {
	kept, err := from.Kept(tenant)
	if err != nil {
		return report, nil, err
	}
	earlier := make([]audit.Checkpoint, len(kept))
	for i, k := range kept {
		earlier[i] = k.Checkpoint
	}
	in, out := io.Pipe()
	exported := make(chan error, 1)
	go func() {
		err := r.ExportAudit(ctx, tenant, from, tell, out)
		_ = out.CloseWithError(err)
		exported <- err
	}()
	report, bad = audit.Verify(in, from.Known(), earlier)
	_ = in.Close() // what is left of the export is not read
	err = <-exported
	switch {
	case errors.Is(err, ErrUnknown) && len(earlier) > 0: // all logs are gone
		return report, &audit.BadEntry{Log: earlier[0].Log, Index: -1, Why: audit.ErrGap}, nil
	case err != nil && !errors.Is(err, io.ErrClosedPipe):
		return report, nil, err
	}
	return report, bad, nil
}
