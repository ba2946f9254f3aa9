// Package audit is the tamper-evident log of what happened: facts, never
// words. It keeps one log per tenant and month, each a Merkle tree (RFC 6962)
// in the same database as what the facts are about, so that a change and its
// fact commit together. It knows neither who asks nor what was said, and it
// does no cryptography of its own: trees are golang.org/x/mod/sumdb/tlog's,
// signatures golang.org/x/mod/sumdb/note's.
package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// Tx is the transaction that a fact shares with what it is about: *sql.Tx.
// For reading, *sql.DB will do.
type Tx interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Month is a calendar month in UTC as a number: 202611.
type Month int

// MonthOf is the month of a moment.
func MonthOf(t time.Time) Month {
	t = t.UTC()
	return Month(t.Year()*100 + int(t.Month()))
}

// String is the month as it is written in names of logs: 2026-11.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/100, int(m)%100) }

// start is the first moment of the month.
func (m Month) start() time.Time {
	return time.Date(int(m)/100, time.Month(int(m)%100), 1, 0, 0, 0, 0, time.UTC)
}

// ParseMonth reads what String writes.
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return 0, fmt.Errorf("%.20q is not a month like 2026-11", s)
	}
	return MonthOf(t), nil
}

// Log is one log: what a tenant's facts of one month went into. Only the last
// log of a tenant is appended to. When the clock is set back, that is the log
// of a later month than the clock says: a log that has a successor is final.
type Log struct {
	Tenant string // empty: the gateway's own facts
	Month  Month
	Base   uint64 // entries in the tenant's logs before this one
	Size   int64  // entries, dropped ones included
	// Dropped is how many leaves went at the end of their retention: those of
	// the first entries.
	Dropped int64
	id      int64
}

// gatewaysOwn stands for the gateway in names of logs. No tenant can have it:
// an underscore never begins an id.
const gatewaysOwn = "~gateway"

// Name is the log's name, tenant/2026-11. The gateway's own is
// ~gateway/2026-11.
func (l Log) Name() string {
	return owner(l.Tenant) + "/" + l.Month.String()
}

// owner is how names of logs call a tenant.
func owner(tenant string) string {
	if tenant == "" {
		return gatewaysOwn
	}
	return tenant
}

func parseName(name string) (tenant string, m Month, err error) {
	tenant, month, ok := strings.Cut(name, "/")
	if !ok || tenant != gatewaysOwn && !named(tenant) {
		return "", 0, fmt.Errorf("%.80q is not the name of a log like acme/2026-11", name)
	}
	if m, err = ParseMonth(month); err != nil {
		return "", 0, err
	}
	if tenant == gatewaysOwn {
		tenant = ""
	}
	return tenant, m, nil
}

// named says whether a text can be the id of a tenant. What others hand us is
// printed, and names files.
func named(id string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	return id != "" && len(id) <= 128 && strings.Trim(id, letters) == ""
}

// ErrNoLog means that nothing was ever written for the tenant in that month.
var ErrNoLog = errors.New("there is no such log")

const logColumns = `SELECT id, tenant, month, base, size, dropped FROM audit_log `

func scanLog(row interface{ Scan(...any) error }) (l Log, err error) {
	err = row.Scan(&l.id, &l.Tenant, &l.Month, &l.Base, &l.Size, &l.Dropped)
	return l, err
}

// Logs are the tenant's logs, oldest first.
func Logs(ctx context.Context, tx Tx, tenant string) ([]Log, error) {
	return logsOf(tx.QueryContext(ctx, logColumns+`WHERE tenant = $1 ORDER BY month`, tenant))
}

func logsOf(rows *sql.Rows, err error) ([]Log, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var logs []Log
	for rows.Next() {
		l, err := scanLog(rows)
		if err != nil {
			return nil, err
		}
		logs = append(logs, l)
	}
	return logs, rows.Err()
}

// AllLogs are the logs of all tenants, oldest first.
func AllLogs(ctx context.Context, tx Tx) ([]Log, error) {
	return logsOf(tx.QueryContext(ctx, logColumns+`ORDER BY month, tenant`))
}

// Find is the tenant's log of a month.
func Find(ctx context.Context, tx Tx, tenant string, m Month) (Log, error) {
	l, err := scanLog(tx.QueryRowContext(ctx, logColumns+`WHERE tenant = $1 AND month = $2`, tenant, m))
	if errors.Is(err, sql.ErrNoRows) {
		return Log{}, ErrNoLog
	}
	return l, err
}

// lockNewest is the log that is appended to, its row locked until the
// transaction ends: updating what stays the same is the lock that both
// engines know.
func lockNewest(ctx context.Context, tx Tx, tenant string) (Log, error) {
	l, err := scanLog(tx.QueryRowContext(ctx, `UPDATE audit_log SET size = size
		WHERE id = (SELECT id FROM audit_log WHERE tenant = $1 ORDER BY month DESC LIMIT 1)
		RETURNING id, tenant, month, base, size, dropped`, tenant))
	if errors.Is(err, sql.ErrNoRows) {
		return Log{}, ErrNoLog
	}
	return l, err
}

// hashes reads the tree of one log. A hash is stored with the entry that
// completed it.
type hashes struct {
	ctx context.Context
	tx  Tx
	log int64
}

func hashesOf(ctx context.Context, tx Tx, l Log) *hashes {
	return &hashes{ctx: ctx, tx: tx, log: l.id}
}

// completedBy is the entry that completed the hash n of a level.
func completedBy(level int, n int64) int64 { return (n+1)<<level - 1 }

// missingHash says that a hash of the tree is not stored.
type missingHash struct{ entry int64 }

func (e *missingHash) Error() string {
	return fmt.Sprintf("audit: the hashes of entry %d are missing: the database was damaged or changed. Stop the gateway, keep a copy of its folder, and restore a backup", e.entry)
}

// Damaged says that an error is about a tree of which hashes are missing.
func Damaged(err error) bool {
	_, is := errors.AsType[*missingHash](err)
	return is
}

// ReadHashes is tlog.HashReader.
func (h *hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	if len(indexes) == 0 {
		return nil, nil
	}
	// The last is asked for again until they are a multiple of 16: so there are
	// few texts, and a database has them compiled.
	query := []byte(`SELECT n, hashes FROM audit_entry WHERE log = $1 AND n IN (`)
	args := make([]any, 1, 1+(len(indexes)+15)/16*16)
	args[0] = h.log
	for len(args) < cap(args) {
		if len(args) > 1 {
			query = append(query, ',')
		}
		args = append(args, completedBy(tlog.SplitStoredHashIndex(indexes[min(len(args), len(indexes))-1])))
		query = strconv.AppendInt(append(query, '$'), int64(len(args)), 10)
	}
	stored, err := numbered(h.tx.QueryContext(h.ctx, string(append(query, ')')), args...))
	if err != nil {
		return nil, err
	}
	out := make([]tlog.Hash, len(indexes))
	for i, idx := range indexes {
		level, n := tlog.SplitStoredHashIndex(idx)
		entry := completedBy(level, n)
		b := stored[entry]
		if len(b) < (level+1)*tlog.HashSize {
			return nil, &missingHash{entry}
		}
		copy(out[i][:], b[level*tlog.HashSize:])
	}
	return out, nil
}

// numbered reads rows of a number and bytes.
func numbered(rows *sql.Rows, err error) (map[int64][]byte, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64][]byte{}
	for rows.Next() {
		var n int64
		var data []byte
		if err := rows.Scan(&n, &data); err != nil {
			return nil, err
		}
		out[n] = data
	}
	return out, rows.Err()
}
