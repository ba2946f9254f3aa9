package recorder

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"mayfly/recorder/audit"
	"mayfly/recorder/siem"
	"mayfly/recorder/store"
)

// Behind is a log that a collector has not all of.
type Behind struct {
	Tenant string // empty: the gateway's own
	Last   uint64 // number of the last entry in the log
	Number uint64 // of the last entry that the collector took
	Link   siem.Link
}

// Behind are the logs that a collector has not all of: those of tenants that
// were ended too.
func (r *Recorder) Behind(ctx context.Context, collector string) ([]Behind, error) {
	rows, err := r.store.DB().QueryContext(ctx, `SELECT l.tenant, l.last, coalesce(c.number, 0), coalesce(c.uid, ''), coalesce(c.type, 0), c.hash
		FROM (SELECT tenant, max(base + size) AS last FROM audit_log GROUP BY tenant) l
		LEFT JOIN siem_cursor c ON c.tenant = l.tenant AND c.collector = $1 WHERE l.last > coalesce(c.number, 0)`, collector)
	return all(rows, err, func(b *Behind, scan func(...any) error) error {
		var hash []byte
		err := scan(&b.Tenant, &b.Last, &b.Number, &b.Link.UID, &b.Link.Type, &hash)
		copy(b.Link.Fingerprint[:], hash)
		return err
	})
}

// Stretch is a part of a tenant's log, as it is stored: entries with a number
// above after, oldest first, at most limit. Of those that were dropped at the
// end of their retention it has the numbers. What it lacks is not there.
func (r *Recorder) Stretch(ctx context.Context, tenant string, after uint64, limit int) ([]siem.Stored, error) {
	rows, err := r.store.DB().QueryContext(ctx, `SELECT l.month, l.base + e.n + 1, e.n, e.leaf, e.n < l.dropped, substr(e.hashes, 1, 32) FROM audit_log l JOIN audit_entry e ON e.log = l.id
		WHERE l.tenant = $1 AND l.base + l.size > $2 AND e.n >= $2 - l.base AND e.n < l.size ORDER BY l.month, e.n LIMIT $3`, tenant, int64(after), limit)
	return all(rows, err, func(s *siem.Stored, scan func(...any) error) error {
		l := audit.Log{Tenant: tenant}
		err := scan(&l.Month, &s.Number, &s.Index, &s.Leaf, &s.Dropped, &s.Hash)
		s.Log = l.Name()
		return err
	})
}

// Collected moves a collector's cursor in a tenant's log on, never back. The
// last room of a full disk is not for that.
func (r *Recorder) Collected(ctx context.Context, collector, tenant string, number uint64, link siem.Link) error {
	return r.store.DoJob(ctx, store.Job{Run: func(tx *sql.Tx) error {
		res, err := tx.Exec(`INSERT INTO siem_cursor (collector, tenant, number, uid, type, hash) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (collector, tenant) DO UPDATE SET number = excluded.number, uid = excluded.uid, type = excluded.type, hash = excluded.hash WHERE siem_cursor.number <= excluded.number`,
			collector, tenant, int64(number), link.UID, link.Type, link.Fingerprint[:])
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, ErrNoCursor)
		}
		return nil
	}})
}

// KeepCollectors forgets how far others were told than those that are named.
func (r *Recorder) KeepCollectors(ctx context.Context, names []string) error {
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query("SELECT DISTINCT collector FROM siem_cursor")
		had, err := all(rows, err, func(name *string, scan func(...any) error) error { return scan(name) })
		if err != nil {
			return err
		}
		for _, name := range had {
			if slices.Contains(names, name) {
				continue
			}
			if _, err := tx.Exec("DELETE FROM siem_cursor WHERE collector = $1", name); err != nil {
				return err
			}
		}
		return nil
	})
}
