package audit

import (
	"context"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"mayfly/session"
)

// Entry is one entry of a tenant's logs, as it is read.
type Entry struct {
	Number uint64 // from 1, through all logs of the tenant
	Log    string // its name, tenant/2026-11
	Month  Month  // of that log
	Index  int64  // in that log, from 0
	// Damaged says that the leaf is not one that mayfly wrote, so that nothing is
	// known of what it said. Only an Index returns such an entry.
	Damaged bool
	Leaf
}

// maxEntries is the most that one reading returns.
const maxEntries = 1000

// Entries reads a tenant's entries, newest first: those with a number below
// before, or the newest if before is zero; at most limit, and never more than
// 1000. Entries that were dropped at the end of their retention are not there.
func Entries(ctx context.Context, tx Tx, tenant string, before uint64, limit int) ([]Entry, error) {
	if limit <= 0 || limit > maxEntries {
		limit = maxEntries
	}
	logs, err := Logs(ctx, tx, tenant)
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, l := range slices.Backward(logs) {
		end := l.Size
		if before != 0 {
			if before <= l.Base+1 {
				continue
			}
			end = min(end, int64(before-l.Base-1))
		}
		if out, err = appendEntries(ctx, tx, out, l, end, limit-len(out)); err != nil {
			return nil, err
		}
		if len(out) >= limit {
			break
		}
	}
	return out, nil
}

func appendEntries(ctx context.Context, tx Tx, out []Entry, l Log, end int64, limit int) ([]Entry, error) {
	rows, err := tx.QueryContext(ctx, `SELECT n, leaf FROM audit_entry WHERE log = $1 AND n >= $2 AND n < $3 AND leaf IS NOT NULL ORDER BY n DESC LIMIT $4`, l.id, l.Dropped, end, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		e := Entry{Log: l.Name(), Month: l.Month}
		var data []byte
		if err := rows.Scan(&e.Index, &data); err != nil {
			return nil, err
		}
		e.Number = l.Base + uint64(e.Index) + 1
		if e.Leaf, err = ParseLeaf(data); err != nil {
			return nil, &BadEntry{Log: e.Log, Index: e.Index, Why: err}
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// OfSession reads the entries of a tenant that are about one session, oldest
// first: the newest limit of them. Entries that were dropped at the end of
// their retention are not there.
func OfSession(ctx context.Context, tx Tx, tenant string, id session.ID, limit int) ([]Entry, error) {
	rows, err := tx.QueryContext(ctx, `SELECT l.id, l.tenant, l.month, l.base, l.size, l.dropped, e.n, e.leaf FROM audit_entry e JOIN audit_log l ON l.id = e.log
		WHERE e.session = $1 AND l.tenant = $2 AND e.leaf IS NOT NULL ORDER BY l.month DESC, e.n DESC LIMIT $3`, id[:], tenant, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		var l Log
		var e Entry
		var data []byte
		if err := rows.Scan(&l.id, &l.Tenant, &l.Month, &l.Base, &l.Size, &l.Dropped, &e.Index, &data); err != nil {
			return nil, err
		}
		e.Log, e.Month, e.Number = l.Name(), l.Month, l.Base+uint64(e.Index)+1
		if e.Leaf, err = ParseLeaf(data); err != nil {
			return nil, &BadEntry{Log: e.Log, Index: e.Index, Why: err}
		}
		if e.Fact.Session == id { // what the leaf says counts: the column is not proved
			out = append(out, e)
		}
	}
	slices.Reverse(out)
	return out, rows.Err()
}

// HeadOf is what a log came to so far, its root computed from stored hashes.
func HeadOf(ctx context.Context, tx Tx, l Log) (Head, error) {
	root, err := tlog.TreeHash(l.Size, hashesOf(ctx, tx, l))
	return Head{Month: l.Month, Size: l.Size, Root: root}, err
}

// ProveEntry proves that the log of the given size has the entry n in it.
func ProveEntry(ctx context.Context, tx Tx, l Log, size, n int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(size, n, hashesOf(ctx, tx, l))
}

// ProveGrowth proves that the log of the given size begins with all that it
// had when its size was from.
func ProveGrowth(ctx context.Context, tx Tx, l Log, size, from int64) (tlog.TreeProof, error) {
	return tlog.ProveTree(size, from, hashesOf(ctx, tx, l))
}
