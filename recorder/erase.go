package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"mayfly/recorder/read"
	"mayfly/recorder/seal"
	"mayfly/recorder/store"
	"mayfly/session"
)

// dirty says what is still to be done after rows were deleted.
type dirty struct {
	keys atomic.Bool // keys may be doomed and not yet destroyed
	rows atomic.Bool // the write-ahead log may hold rows that were deleted
	page atomic.Bool // pages may hold keys that were moved and then destroyed
}

// erasable is how many sessions one transaction erases, so that turns that wait
// meanwhile do not wait long.
const erasable = 50

// destroyable is how many doomed keys are looked at at a time.
const destroyable = 200

// Erased is how much an erasure removed.
type Erased struct{ Turns, Reports int }

// Erase removes what is stored of a session: all rows, what the person
// reported too, and the keys that sealed them. It returns how much that was,
// when all of it is durable. What is held is not removed: ErrHeld.
func (r *Recorder) Erase(ctx context.Context, tenant string, id session.ID, who Access) (n Erased, err error) {
	var reports []session.ID
	err = r.store.DoJob(ctx, store.Job{
		Urgent: true,
		Run: func(tx *sql.Tx) (err error) {
			n = Erased{}
			const its = "c.tenant = $1 AND c.session = $2"
			if err := errors.Join(held(tx, tenant, id), heldReports(tx, its, tenant, id[:])); err != nil {
				return err
			}
			if reports, err = r.removeReports(tx, its, []any{tenant, id[:]}, session.Fact{Kind: session.ReportErased, Actor: who.Actor}); err != nil {
				return err
			}
			n.Reports = len(reports)
			if n.Turns, err = r.remove(tx, tenant, id); err != nil || n.Turns == 0 {
				return err
			}
			return r.fact(tx, tenant, session.Fact{Kind: session.TranscriptErased, Session: id, Actor: who.Actor, Count: uint64(n.Turns)})
		},
		Shred: func(keys *sql.Tx) error {
			if err := r.shredAll(&reports)(keys); err != nil {
				return err
			}
			return r.keys.ShredSession(keys, tenant, id)
		},
	})
	r.dirty.rows.Store(true)
	if err != nil {
		r.dirty.keys.Store(true)
	}
	return n, err
}

// remove deletes the rows of a session, dooms its keys and buries it: it does
// not come back from a backup. It returns how many turns there were; the fact
// is the caller's.
func (r *Recorder) remove(tx *sql.Tx, tenant string, id session.ID) (turns int, err error) {
	r.keys.Forget(tenant, id)
	for _, table := range []string{"turn", "correction"} {
		if _, err := tx.Exec("INSERT INTO doomed (key) SELECT DISTINCT key FROM "+table+" WHERE tenant = $1 AND session = $2 ON CONFLICT (key) DO NOTHING", tenant, id[:]); err != nil {
			return 0, err
		}
		res, err := tx.Exec("DELETE FROM "+table+" WHERE tenant = $1 AND session = $2", tenant, id[:])
		if err != nil {
			return 0, err
		}
		if n, _ := res.RowsAffected(); table == "turn" {
			turns = int(n)
		}
	}
	if _, err := tx.Exec("DELETE FROM conversation WHERE tenant = $1 AND session = $2", tenant, id[:]); err != nil || turns == 0 {
		return turns, err
	}
	return turns, bury(tx, tenant, id, 0, 0, millis(r.now()))
}

// bury makes sure that something does not come back from a backup.
func bury(tx *sql.Tx, tenant string, id session.ID, turn, item uint64, at int64) error {
	_, err := tx.Exec(`INSERT INTO tombstone (tenant, session, turn, item, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, session, turn, item) DO UPDATE SET at = excluded.at`, tenant, id[:], int64(turn), int64(item), at)
	return err
}

// EraseWhere erases all sessions that a query chooses and no hold covers. Its
// cursor and its limit do not count.
func (r *Recorder) EraseWhere(ctx context.Context, q Query, who Access) (Report, error) {
	rep := Report{Unreached: unreached}
	q.After = session.ID{}
	where, args, err := q.where()
	if err != nil || q.Tenant == "" {
		return rep, errors.Join(err, ErrUnknown)
	}
	if err := r.store.DB().QueryRowContext(ctx, `SELECT count(*) FROM (SELECT c.session FROM conversation c WHERE `+where+" AND "+heldBy+
		" UNION SELECT c.session FROM report c WHERE "+where+" AND "+heldBy+") AS x", args...).Scan(&rep.Held); err != nil {
		return rep, err
	}
	if err := r.eraseReports(ctx, where, args, who, &rep); err != nil {
		return rep, err
	}
	query := fmt.Sprintf("SELECT c.session FROM conversation c WHERE %s AND NOT %s LIMIT %d", where, heldBy, erasable)
	for {
		n, err := r.eraseSome(ctx, q.Tenant, who, &rep, query, args)
		if err != nil || n == 0 {
			return rep, err
		}
	}
}

// eraseReports erases the reports that a query chooses and no hold covers.
func (r *Recorder) eraseReports(ctx context.Context, where string, args []any, who Access, rep *Report) error {
	some := fmt.Sprintf("c.id IN (SELECT c.id FROM report c WHERE %s AND NOT %s LIMIT %d)", where, heldBy, erasable)
	for {
		var keys []session.ID
		err := r.store.DoJob(ctx, store.Job{
			Urgent: true,
			Run: func(tx *sql.Tx) (err error) {
				keys, err = r.removeReports(tx, some, args, session.Fact{Kind: session.ReportErased, Actor: who.Actor})
				return err
			},
			Shred: r.shredAll(&keys),
		})
		r.dirty.rows.Store(true)
		r.dirty.keys.Store(true)
		if err != nil && !errors.Is(err, store.ErrKeyKept) {
			return err
		}
		rep.Reports, rep.Keys = rep.Reports+len(keys), rep.Keys+int64(len(keys))
		if len(keys) == 0 {
			return nil
		}
	}
}

// eraseSome erases the sessions that a query yields in one transaction.
func (r *Recorder) eraseSome(ctx context.Context, tenant string, who Access, rep *Report, query string, args []any) (int, error) {
	var ids []session.ID
	var turns int
	err := r.store.DoJob(ctx, store.Job{
		Urgent: true,
		Run: func(tx *sql.Tx) error {
			turns = 0
			rows, err := tx.Query(query, args...)
			if ids, err = all(rows, err, scanID); err != nil {
				return err
			}
			for _, id := range ids {
				n, err := r.remove(tx, tenant, id)
				if err != nil {
					return err
				}
				turns += n
				if err := r.fact(tx, tenant, session.Fact{Kind: session.TranscriptErased, Session: id, Actor: who.Actor, Count: uint64(n)}); err != nil {
					return err
				}
			}
			return nil
		},
		Shred: func(keys *sql.Tx) error {
			for _, id := range ids {
				if err := r.keys.ShredSession(keys, tenant, id); err != nil {
					return err
				}
			}
			return nil
		},
	})
	r.dirty.rows.Store(true)
	r.dirty.keys.Store(true)
	if err != nil && !errors.Is(err, store.ErrKeyKept) {
		return 0, err
	}
	rep.Sessions, rep.Turns, rep.Keys = rep.Sessions+len(ids), rep.Turns+turns, rep.Keys+int64(len(ids))
	return len(ids), err
}

func scanID(id *session.ID, scan func(...any) error) error {
	var b []byte
	err := scan(&b)
	*id = idOf(b)
	return err
}

// EraseItem removes one item, with its turn if nothing else is in it. What is
// left of the session is sealed with a new key and the old one destroyed, so
// that no copy of the item opens. The sound of its turn goes too, of both sides:
// where in it the item is heard nobody knows.
func (r *Recorder) EraseItem(ctx context.Context, tenant string, id session.ID, item uint32, who Access) error {
	k, err := r.kept(ctx, tenant, id)
	if err != nil {
		return err
	}
	var old []session.ID
	key := r.keys.Fresh(tenant, id, k.Until)
	err = r.store.DoJob(ctx, store.Job{
		Urgent:  true,
		Prepare: func(keys *sql.Tx) error { return r.keys.Store(keys, key) },
		Run: func(tx *sql.Tx) (err error) {
			old, err = r.without(ctx, tx, tenant, id, item, key, who)
			return err
		},
		Shred: func(keys *sql.Tx) error {
			for _, id := range old {
				if err := r.keys.Shred(keys, id); err != nil {
					return err
				}
			}
			return nil
		},
	})
	r.dirty.rows.Store(true)
	r.dirty.keys.Store(true)
	return err
}

// without seals a session anew, without an item. It returns the keys that it
// doomed.
func (r *Recorder) without(ctx context.Context, tx *sql.Tx, tenant string, id session.ID, item uint32, key *seal.Key, who Access) ([]session.ID, error) {
	if err := held(tx, tenant, id); err != nil {
		return nil, err
	}
	rows, err := tx.Query(`SELECT key FROM turn WHERE tenant = $1 AND session = $2
		UNION SELECT key FROM correction WHERE tenant = $1 AND session = $2`, tenant, id[:])
	old, err := all(rows, err, scanID)
	if err != nil {
		return nil, err
	}
	heard, err := soundKeys(tx, tenant, id)
	if err != nil {
		return nil, err
	}
	turn, err := read.Without(ctx, tx, r.keys, tenant, id, item, key)
	if errors.Is(err, read.ErrNothing) {
		return nil, ErrUnknown
	}
	if err != nil {
		return nil, err
	}
	r.keys.Replace(key)
	old = append(old, heard[turn]...)
	if _, err := tx.Exec("DELETE FROM sound WHERE tenant = $1 AND session = $2 AND turn = $3", tenant, id[:], int64(turn)); err != nil {
		return nil, err
	}
	for _, doomed := range old {
		if _, err := tx.Exec("INSERT INTO doomed (key) VALUES ($1) ON CONFLICT (key) DO NOTHING", doomed[:]); err != nil {
			return nil, err
		}
	}
	if err := r.recount(tx, tenant, id); err != nil {
		return nil, err
	}
	if err := bury(tx, tenant, id, turn, uint64(item), millis(r.now())); err != nil {
		return nil, err
	}
	return old, r.fact(tx, tenant, session.Fact{Kind: session.TranscriptErased, Session: id, Actor: who.Actor, Turn: session.TurnNo(turn), Count: 1})
}

// recount takes away a session that has no turn left. Its key in memory goes
// too: the next turn, if there is one, begins it anew.
func (r *Recorder) recount(tx *sql.Tx, tenant string, id session.ID) error {
	res, err := tx.Exec(`DELETE FROM conversation WHERE tenant = $1 AND session = $2
		AND NOT EXISTS (SELECT 1 FROM turn t WHERE t.tenant = $1 AND t.session = $2)`, tenant, id[:])
	if err != nil {
		return err
	}
	if n, _ := res.RowsAffected(); n > 0 {
		r.keys.Forget(tenant, id)
	}
	return nil
}

// destroy destroys keys that are doomed and whose time was not yet.
func (r *Recorder) destroy(ctx context.Context) {
	if !r.dirty.keys.Swap(false) {
		return
	}
	rows, err := r.store.DB().QueryContext(ctx, fmt.Sprintf("SELECT key FROM doomed LIMIT %d", destroyable))
	ids, err := all(rows, err, scanID)
	if err == nil && len(ids) > 0 {
		err = r.destroyKeys(ctx, ids)
	}
	if err != nil || len(ids) == destroyable {
		r.dirty.keys.Store(true)
	}
}

func (r *Recorder) destroyKeys(ctx context.Context, ids []session.ID) error {
	r.dirty.page.Store(true)
	err := r.store.DoJob(ctx, store.Job{
		Urgent: true,
		Run:    func(*sql.Tx) error { return nil },
		Shred: func(keys *sql.Tx) error {
			for _, id := range ids {
				if err := r.keys.Shred(keys, id); err != nil {
					return err
				}
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.Exec("DELETE FROM doomed WHERE key = $1", id[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// overwrite empties the write-ahead log after rows were deleted, so that what
// they said outside of what was sealed is gone from it too.
func (r *Recorder) overwrite(ctx context.Context) {
	if !r.dirty.rows.Swap(false) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if done, err := r.store.Checkpoint(ctx); err != nil || !done {
		r.dirty.rows.Store(true)
	}
}
