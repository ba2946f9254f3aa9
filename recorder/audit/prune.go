package audit

import (
	"context"
	"time"

	"mayfly/session"
)

// Retention is how long entries are kept before their leaves are dropped:
// long enough to be asked about the year before.
const Retention = 400 * 24 * time.Hour

// Prune drops the leaves of a tenant's oldest entries that are from before
// cutoff, at most limit of them, and returns how many. Whoever verifies the log
// takes it that cutoff is Retention before now. Hashes stay, so that
// everything that was proved can still be proved. Entries go in their order:
// one that is too young keeps all that came after it. The same transaction
// gets a fact with the number of the last entry that went and with their
// count: what is missing without such a fact was not dropped by mayfly.
func Prune(ctx context.Context, tx Tx, tenant string, now, cutoff time.Time, limit int) (dropped int, err error) {
	logs, err := Logs(ctx, tx, tenant)
	if err != nil {
		return 0, err
	}
	var upTo uint64
	for _, l := range logs {
		n, end, err := prunable(ctx, tx, l, cutoff, limit-dropped)
		if err != nil {
			return 0, err
		}
		if n > 0 {
			if _, err := tx.ExecContext(ctx, `UPDATE audit_entry SET leaf = NULL, session = NULL WHERE log = $1 AND n >= $2 AND n < $3`, l.id, l.Dropped, end); err != nil {
				return 0, err
			}
			if _, err := tx.ExecContext(ctx, `UPDATE audit_log SET dropped = $1 WHERE id = $2`, end, l.id); err != nil {
				return 0, err
			}
			dropped += n
			upTo = l.Base + uint64(end)
		}
		if end < l.Size || dropped >= limit {
			break
		}
	}
	if dropped == 0 {
		return 0, nil
	}
	_, err = Append(ctx, tx, tenant, now, session.Fact{Kind: session.AuditPruned, Before: upTo, Count: uint64(dropped)})
	return dropped, err
}

// Prunable says that a tenant has entries from before cutoff that Prune would
// drop.
func Prunable(ctx context.Context, tx Tx, tenant string, cutoff time.Time) (bool, error) {
	logs, err := Logs(ctx, tx, tenant)
	if err != nil {
		return false, err
	}
	for _, l := range logs {
		if l.Dropped < l.Size {
			n, _, err := prunable(ctx, tx, l, cutoff, 1)
			return n > 0, err
		}
	}
	return false, nil
}

// prunable is how many of a log's leaves are from before cutoff, and the
// index after the last of them; the log's size if none is left.
func prunable(ctx context.Context, tx Tx, l Log, cutoff time.Time, limit int) (count int, end int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT n, leaf FROM audit_entry WHERE log = $1 AND n >= $2 AND leaf IS NOT NULL ORDER BY n LIMIT $3`, l.id, l.Dropped, limit)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	end = l.Size
	for rows.Next() {
		var n int64
		var data []byte
		if err := rows.Scan(&n, &data); err != nil {
			return 0, 0, err
		}
		leaf, err := ParseLeaf(data)
		if err != nil {
			return 0, 0, &BadEntry{Log: l.Name(), Index: n, Why: err}
		}
		if !leaf.At.Before(cutoff) {
			return count, n, rows.Err()
		}
		count++
		end = n + 1
	}
	return count, end, rows.Err()
}
