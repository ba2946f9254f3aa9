package audit

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"mayfly/session"
)

// Record is a fact on its way into a tenant's log.
type Record struct {
	Tenant string // empty: the gateway itself
	At     time.Time
	Fact   session.Fact
}

// Append writes one fact into the tenant's log, in the transaction of what it
// is about, and returns its number: entries of a tenant are numbered from 1,
// through all its logs.
func Append(ctx context.Context, tx Tx, tenant string, at time.Time, f session.Fact) (number uint64, err error) {
	w, err := begin(ctx, tx, tenant, at)
	if err != nil {
		return 0, err
	}
	if err := w.add(at, f); err != nil {
		return 0, err
	}
	return w.log.Base + uint64(w.log.Size), w.end()
}

// AppendAll writes many facts, in their order, in one transaction. Logs are
// locked in the order of their tenants, so that two nodes never wait for each
// other.
func AppendAll(ctx context.Context, tx Tx, records []Record) error {
	sorted := slices.Clone(records)
	slices.SortStableFunc(sorted, func(a, b Record) int { return cmp.Compare(a.Tenant, b.Tenant) })
	var w *writer
	for _, r := range sorted {
		if w == nil || w.log.Tenant != r.Tenant || MonthOf(r.At) > w.log.Month {
			if w != nil {
				if err := w.end(); err != nil {
					return err
				}
			}
			var err error
			if w, err = begin(ctx, tx, r.Tenant, r.At); err != nil {
				return err
			}
		}
		if err := w.add(r.At, r.Fact); err != nil {
			return err
		}
	}
	if w == nil {
		return nil
	}
	return w.end()
}

const (
	rowsMax = 16       // of one statement: a driver looks long for the last of many arguments
	roomMax = 64 << 10 // bytes that entries are put together in
)

// writer appends to one log within one transaction.
type writer struct {
	ctx   context.Context
	tx    Tx
	log   Log
	from  int64 // size that the log had
	tree  frontier
	rows  []row
	room  []byte // for what rows hold
	prior Head
}

type row struct {
	n            int64
	hashes, leaf []byte
	session      []byte // that the fact is about; nil: none
}

// begin finds the log that a fact of that time goes into, and makes it if it
// is the first of its month. The log's row is locked until the transaction
// ends.
func begin(ctx context.Context, tx Tx, tenant string, at time.Time) (*writer, error) {
	w := &writer{ctx: ctx, tx: tx}
	last, err := lockNewest(ctx, tx, tenant)
	if err != nil && !errors.Is(err, ErrNoLog) {
		return nil, err
	}
	month := MonthOf(at)
	w.log = last
	if err != nil || month > last.Month {
		if err := w.open(last, Log{Tenant: tenant, Month: month}); err != nil {
			return nil, err
		}
	}
	w.from = w.log.Size
	w.tree, err = frontierOf(w.log.Size, hashesOf(ctx, tx, w.log))
	return w, err
}

// open makes the log of a new month. It begins with what the one before came
// to, which is final from now on.
func (w *writer) open(last, next Log) error {
	if last.Size > 0 {
		root, err := tlog.TreeHash(last.Size, hashesOf(w.ctx, w.tx, last))
		if err != nil {
			return err
		}
		next.Base = last.Base + uint64(last.Size)
		w.prior = Head{Month: last.Month, Size: last.Size, Root: root}
	}
	row := w.tx.QueryRowContext(w.ctx, `INSERT INTO audit_log (tenant, month, base, size) VALUES ($1, $2, $3, 0) RETURNING id`, next.Tenant, next.Month, next.Base)
	if err := row.Scan(&next.id); err != nil {
		return err
	}
	w.log = next
	return nil
}

// add appends a fact in memory.
func (w *writer) add(at time.Time, f session.Fact) error {
	l := Leaf{At: at, Fact: f}
	rand.Read(l.Salt[:])
	return w.addLeaf(l)
}

func (w *writer) addLeaf(l Leaf) error {
	l.Prior, w.prior = w.prior, Head{}
	if cap(w.room)-len(w.room) < leafMax {
		w.room = make([]byte, 0, max(leafMax, min(2*cap(w.room), roomMax)))
	}
	start := len(w.room)
	b, err := l.AppendTo(w.room)
	if err != nil {
		return err
	}
	end := len(b)
	for _, h := range w.tree.add(tlog.RecordHash(b[start:])) {
		b = append(b, h[:]...)
	}
	w.room = b
	r := row{n: w.log.Size, hashes: b[end:], leaf: b[start:end]}
	if id := l.Fact.Session; !id.IsZero() {
		r.session = id[:]
	}
	w.rows = append(w.rows, r)
	w.log.Size++
	return nil
}

// end writes what was added.
func (w *writer) end() error {
	if err := w.insert(); err != nil {
		return err
	}
	res, err := w.tx.ExecContext(w.ctx, `UPDATE audit_log SET size = $1 WHERE id = $2 AND size = $3`, w.log.Size, w.log.id, w.from)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return fmt.Errorf("audit: another writer appended to %s meanwhile (%d rows, %v)", w.log.Name(), n, err)
	}
	return nil
}

// insert writes the rows, many with one statement: for a database that is less
// work than many statements. There are as many texts as there are powers of two.
func (w *writer) insert() error {
	args := make([]any, 0, 1+4*min(len(w.rows), rowsMax))
	for rows := w.rows; len(rows) > 0; {
		n := 1
		for n < rowsMax && 2*n <= len(rows) {
			n *= 2
		}
		args = append(args[:0], w.log.id)
		for _, r := range rows[:n] {
			args = append(args, r.n, r.hashes, r.leaf, r.session)
		}
		if _, err := w.tx.ExecContext(w.ctx, inserting(n), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// inserting is the statement that writes n rows of one log.
func inserting(n int) string {
	text := []byte(`INSERT INTO audit_entry (log, n, hashes, leaf, session) VALUES `)
	for i := range n {
		if i > 0 {
			text = append(text, ", "...)
		}
		text = append(text, "($1"...)
		for k := range 4 {
			text = strconv.AppendInt(append(text, ", $"...), int64(4*i+2+k), 10)
		}
		text = append(text, ')')
	}
	return string(text)
}

var _ Tx = (*sql.Tx)(nil)
