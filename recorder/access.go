package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mayfly/recorder/store"
	"mayfly/session"
)

// OperatorAccess is a time in which the operator may reach what is stored for
// a tenant. Facts of what is done under it have its id as their actor.
type OperatorAccess struct {
	ID     session.ID
	Tenant string
	Reason string // one of AccessReasons
	Case   string // the operator's reference: 1 to 64 of A-Z a-z 0-9 . _ / -
	Opened time.Time
	Until  time.Time // AccessLeast to AccessMost after it was opened
	Ended  time.Time // zero: not yet
	Used   int       // readings and changes
}

// AccessReasons is the closed list of what an access is for. Facts carry the
// number, from 1.
var AccessReasons = []string{"support", "security", "authority", "rights"}

// The shortest and the longest that an access may be.
const (
	AccessLeast = time.Minute
	AccessMost  = 8 * time.Hour
)

// accessEver is longer than any clock is wrong.
const accessEver = 200 * 365 * 24 * time.Hour

// ErrNoAccess means that no access of the operator is open.
var ErrNoAccess = errors.New("no access of the operator is open")

func (a *OperatorAccess) check(now time.Time) error {
	takes := a.Until.Sub(now)
	switch {
	case a.ID.IsZero() || a.Tenant == "":
		return fmt.Errorf("%w: an access has an id and a tenant", ErrInvalid)
	case !slices.Contains(AccessReasons, a.Reason):
		return fmt.Errorf("%w: the reason of an access is one of %q", ErrInvalid, AccessReasons)
	case !isCase(a.Case):
		return fmt.Errorf("%w: %w", ErrInvalid, errCase)
	case takes < AccessLeast || takes > AccessMost:
		return fmt.Errorf("%w: an access is of one minute to eight hours", ErrInvalid)
	}
	return nil
}

var errCase = errors.New("the case is the number under which you keep it, 1 to 64 of A-Z a-z 0-9 . _ / -, not a description")

func isCase(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, heldCase) == ""
}

// OpenAccess opens an access. It is durable, with its fact, when this returns.
// ErrExists: one is open.
func (r *Recorder) OpenAccess(ctx context.Context, a OperatorAccess) error {
	now := r.now()
	if err := a.check(now); err != nil {
		return err
	}
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		if err := exists(tx, a.Tenant); err != nil {
			return err
		}
		_, err := openAccess(tx, a.Tenant, now)
		switch {
		case err == nil:
			return ErrExists
		case !errors.Is(err, ErrNoAccess):
			return err
		}
		// Those whose time is over, and those of before the clock was set back:
		// with this one there would be two when it is there again.
		if err := r.endAccesses(tx, a.Tenant, now.Add(accessEver), now); err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO operator_access (id, tenant, reason, file, opened, until) VALUES ($1, $2, $3, $4, $5, $6)",
			a.ID[:], a.Tenant, a.Reason, a.Case, millis(now), millis(a.Until))
		if err != nil {
			return err
		}
		return r.fact(tx, a.Tenant, session.Fact{
			Kind: session.OperatorAccessOpened, Object: a.ID, Count: uint64(slices.Index(AccessReasons, a.Reason) + 1),
			Before: uint64(a.Until.Sub(now).Round(time.Minute) / time.Minute),
		})
	})
}

const accessColumns = "SELECT id, tenant, reason, file, opened, until, ended, used FROM operator_access"

func scanAccess(a *OperatorAccess, scan func(...any) error) error {
	var id []byte
	var opened, until, ended int64
	err := scan(&id, &a.Tenant, &a.Reason, &a.Case, &opened, &until, &ended, &a.Used)
	a.ID, a.Opened, a.Until, a.Ended = idOf(id), moment(opened), moment(until), moment(ended)
	return err
}

// openAccess is the tenant's access that is open. A clock that was set back
// opens none again: it is shut before it was opened, too.
func openAccess(tx *sql.Tx, tenant string, now time.Time) (a OperatorAccess, err error) {
	err = scanAccess(&a, tx.QueryRow(accessColumns+" WHERE tenant = $1 AND ended = 0 AND opened <= $2 AND until > $2", tenant, millis(now)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoAccess
	}
	return a, err
}

// UseAccess counts one reading or change under the access that is open, before
// it is done, and is the access's id; or ErrNoAccess.
func (r *Recorder) UseAccess(ctx context.Context, tenant string) (id session.ID, err error) {
	now := r.now()
	// It may be an erasure. What is read is noted besides, and refused on a full disk.
	err = r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		a, err := openAccess(tx, tenant, now)
		if err != nil {
			return err
		}
		id = a.ID
		_, err = tx.Exec("UPDATE operator_access SET used = used + 1 WHERE id = $1", id[:])
		return err
	})
	return id, err
}

// EndAccess ends the access that is open, and is what it came to; or
// ErrNoAccess.
func (r *Recorder) EndAccess(ctx context.Context, tenant string) (a OperatorAccess, err error) {
	now := r.now()
	err = r.store.DoJob(ctx, store.Job{Urgent: true, Run: func(tx *sql.Tx) error {
		if a, err = openAccess(tx, tenant, now); err != nil {
			return err
		}
		return r.endAccess(tx, &a, now)
	}})
	return a, err
}

func (r *Recorder) endAccess(tx *sql.Tx, a *OperatorAccess, now time.Time) error {
	a.Ended = now
	if _, err := tx.Exec("UPDATE operator_access SET ended = $1 WHERE id = $2", millis(now), a.ID[:]); err != nil {
		return err
	}
	return r.fact(tx, a.Tenant, session.Fact{Kind: session.OperatorAccessEnded, Object: a.ID, Count: uint64(a.Used)})
}

// endAccesses ends those of a tenant that would be over at a time; of an empty
// one, all tenants'.
func (r *Recorder) endAccesses(tx *sql.Tx, tenant string, over, now time.Time) error {
	rows, err := tx.Query(accessColumns+" WHERE (tenant = $1 OR $1 = '') AND ended = 0 AND until <= $2 ORDER BY tenant, until", tenant, millis(over))
	ends, err := all(rows, err, scanAccess)
	if err != nil {
		return err
	}
	for i := range ends {
		if err := r.endAccess(tx, &ends[i], now); err != nil {
			return err
		}
	}
	return nil
}

// sweepAccesses notes the end of accesses whose time is over: they allowed
// nothing from then on already.
func (r *Recorder) sweepAccesses(ctx context.Context, now time.Time) error {
	var n int
	err := r.store.DB().QueryRowContext(ctx, "SELECT count(*) FROM operator_access WHERE ended = 0 AND until <= $1", millis(now)).Scan(&n)
	if err != nil || n == 0 {
		return err
	}
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error { return r.endAccesses(tx, "", now, now) })
}

// Accesses are a tenant's accesses, those that ended too, newest first.
func (r *Recorder) Accesses(ctx context.Context, tenant string) ([]OperatorAccess, error) {
	rows, err := r.store.DB().QueryContext(ctx, accessColumns+" WHERE tenant = $1 ORDER BY opened DESC, id", tenant)
	return all(rows, err, scanAccess)
}
