package audit

import (
	"context"
	"database/sql"
	"errors"

	"golang.org/x/mod/sumdb/tlog"

	"mayfly/session"
)

// Proof is one entry of a log and what proves that it is in it. Where Wrong is
// set, it does not: then it has what is there.
type Proof struct {
	Entry
	Bytes  []byte    // the leaf as it is stored; nil: it is gone
	Hash   tlog.Hash // of the leaf, as the tree has it
	Path   tlog.RecordProof
	Head   Checkpoint // what the proof leads to
	Signed []byte     // Head, signed; nil: nothing that was published reaches to the entry
	// Dropped says that the leaf went at the end of its retention, DroppedBy
	// the fact that says so; nil: that fact was dropped too.
	Dropped   bool
	DroppedBy *Entry
	Wrong     error // ErrChanged, ErrMissing, ErrEarly, ErrTree, ErrDisagrees; nil: nothing
}

// Prove proves that the log has the entry n in it, under a checkpoint of it
// that reaches so far. What it finds wrong is in the answer.
func (x *Index) Prove(ctx context.Context, tx Tx, l Log, n int64, c Checkpoint, signed []byte) (Proof, error) {
	p := Proof{Entry: Entry{Log: l.Name(), Month: l.Month, Index: n, Number: l.Base + uint64(n) + 1}}
	if n < c.Size {
		p.Head, p.Signed = c, signed
	}
	var hashes []byte
	err := tx.QueryRowContext(ctx, `SELECT hashes, leaf FROM audit_entry WHERE log = $1 AND n = $2`, l.id, n).Scan(&hashes, &p.Bytes)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, err
	}
	copy(p.Hash[:], hashes)
	switch {
	case len(hashes) < tlog.HashSize:
		p.Wrong = ErrMissing
	case p.Bytes != nil:
		p.Entry = entryOf(p.Entry, l, p.Bytes)
		if p.Damaged || tlog.RecordHash(p.Bytes) != p.Hash {
			p.Wrong = ErrChanged
		}
	case n < l.Dropped:
		if p.DroppedBy, p.Wrong, err = x.droppedBy(ctx, tx, l, p.Number); err != nil {
			return p, err
		}
		p.Dropped = p.Wrong == nil
	default:
		p.Wrong = ErrMissing
	}
	if p.Signed == nil {
		p.Wrong = cause(p.Wrong, ErrDisagrees)
		return p, nil
	}
	p.Path, err = ProveEntry(ctx, tx, l, c.Size, n)
	if Damaged(err) {
		p.Path, p.Wrong = nil, cause(p.Wrong, ErrTree)
		return p, nil
	}
	if err == nil && tlog.CheckRecord(p.Path, c.Size, c.Root, n, p.Hash) != nil {
		p.Wrong = cause(p.Wrong, ErrTree)
	}
	return p, err
}

// cause is the error that was found first.
func cause(first, then error) error {
	if first != nil {
		return first
	}
	return then
}

// droppedBy is the fact that says that the entry of that number was dropped,
// and what is wrong with that: facts are held to the retention as Verify does.
func (x *Index) droppedBy(ctx context.Context, tx Tx, l Log, number uint64) (by *Entry, wrong, err error) {
	start := l.Month.start()
	long := false // ago
	f := Filter{}
	f.Kinds.Add(session.AuditPruned)
	err = x.each(ctx, tx, l.Tenant, f, 0, func(e *Entry) bool {
		long = long || !e.At.Before(start.Add(2*Retention))
		if upTo := e.Fact.Before; number <= upTo && number > upTo-min(upTo, e.Fact.Count) {
			found := *e
			by = &found
		}
		return by == nil
	})
	switch {
	case by == nil && !long:
		wrong = ErrMissing
	case by != nil && by.Fact.Before-min(by.Fact.Before, by.Fact.Count) <= l.Base && by.At.Before(start.Add(Retention)):
		wrong = ErrEarly
	}
	return by, wrong, err
}
