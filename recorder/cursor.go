package recorder

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// Cursor is how far a tenant's receiver was told of the facts in its log.
type Cursor struct {
	Tenant  string
	Last    uint64    // number of the last entry in the log
	There   bool      // there is a cursor
	Number  uint64    // of the last entry that needs no telling any more
	Failing time.Time // since when nothing was taken; zero: it is
}

// Cursors are those of all tenants that have a log.
func (r *Recorder) Cursors(ctx context.Context) ([]Cursor, error) {
	rows, err := r.store.DB().QueryContext(ctx, `SELECT l.tenant, max(l.base + l.size), c.number, c.failing
		FROM audit_log l LEFT JOIN webhook_cursor c ON c.tenant = l.tenant WHERE l.tenant <> '' GROUP BY l.tenant, c.number, c.failing`)
	return all(rows, err, func(c *Cursor, scan func(...any) error) error {
		var number, failing sql.NullInt64
		err := scan(&c.Tenant, &c.Last, &number, &failing)
		c.There, c.Number, c.Failing = number.Valid, uint64(number.Int64), moment(failing.Int64)
		return err
	})
}

// BeginCursor makes a tenant's cursor, if there is none. It stands before the
// last change of the tenant: whoever is told from now on is told of that, and
// of all that followed.
func (r *Recorder) BeginCursor(ctx context.Context, tenant string) error {
	number, err := r.beforeChange(ctx, tenant)
	if err != nil {
		return err
	}
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO webhook_cursor (tenant, number, failing) VALUES ($1, $2, 0) ON CONFLICT (tenant) DO NOTHING", tenant, int64(number))
		return err
	})
}

// beforeChange is the number of the entry before the last change of a tenant.
func (r *Recorder) beforeChange(ctx context.Context, tenant string) (uint64, error) {
	for before := uint64(0); ; {
		page, err := r.Facts(ctx, tenant, before, 0)
		if err != nil || len(page) == 0 {
			return 0, err
		}
		for _, e := range page {
			if e.Fact.Kind == session.TenantChanged || e.Fact.Kind == session.TenantAdded {
				return e.Number - 1, nil
			}
		}
		before = page[len(page)-1].Number
	}
}

// ErrNoCursor means that a cursor to be moved is not there.
var ErrNoCursor = errors.New("there is no cursor")

// MoveCursor moves a tenant's cursor on, never back. given, if not zero, is how
// many facts on the way were given up, which is a fact of its own in the same
// transaction.
func (r *Recorder) MoveCursor(ctx context.Context, tenant string, number uint64, failing time.Time, given uint64) error {
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		res, err := tx.Exec("UPDATE webhook_cursor SET number = $1, failing = $2 WHERE tenant = $3 AND number <= $1", int64(number), millis(failing), tenant)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, ErrNoCursor)
		}
		if given == 0 {
			return nil
		}
		return r.fact(tx, tenant, session.Fact{Kind: session.WebhookGivenUp, Before: number, Count: given})
	})
}

// DropCursor takes the cursor of a tenant away that has no receiver any more.
func (r *Recorder) DropCursor(ctx context.Context, tenant string) error {
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE FROM webhook_cursor WHERE tenant = $1", tenant)
		return err
	})
}

// FactsAfter are a tenant's entries with a number above after, oldest first, at
// most limit. Entries past their retention are not there.
func (r *Recorder) FactsAfter(ctx context.Context, tenant string, after uint64, limit int) ([]audit.Entry, error) {
	rows, err := r.store.DB().QueryContext(ctx, `SELECT l.base + e.n + 1, e.n, e.leaf FROM audit_log l JOIN audit_entry e ON e.log = l.id
		WHERE l.tenant = $1 AND l.base + l.size > $2 AND e.n >= $2 - l.base AND e.leaf IS NOT NULL ORDER BY l.month, e.n LIMIT $3`, tenant, int64(after), limit)
	return all(rows, err, func(e *audit.Entry, scan func(...any) error) error {
		var data []byte
		if err := scan(&e.Number, &e.Index, &data); err != nil {
			return err
		}
		var err error
		e.Leaf, err = audit.ParseLeaf(data)
		return err
	})
}
