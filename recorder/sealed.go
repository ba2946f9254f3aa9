package recorder

import (
	"context"
	"database/sql"

	"mayfly/recorder/seal"
	"mayfly/recorder/store"
	"mayfly/session"
)

// removed is something that was sealed under a key of its own: a document, or
// what belongs to a permission.
type removed struct {
	tenant, of string // of is the avatar, or the permission
	id, key    session.ID
	hash       [32]byte
}

// removeSealed removes rows by a statement that returns the fields of removed,
// dooms their keys, and buries them: what was stored up to a time does not come
// back from a backup.
func removeSealed(tx *sql.Tx, at int64, statement string, args []any) ([]removed, error) {
	rows, err := tx.Query(statement, args...)
	gone, err := all(rows, err, func(g *removed, scan func(...any) error) error {
		var id, key, hash []byte
		err := scan(&g.tenant, &g.of, &id, &key, &hash)
		g.id, g.key = idOf(id), idOf(key)
		copy(g.hash[:], hash)
		return err
	})
	for _, g := range gone {
		if err == nil {
			_, err = tx.Exec("INSERT INTO doomed (key) VALUES ($1) ON CONFLICT (key) DO NOTHING", g.key[:])
		}
		if err == nil {
			err = bury(tx, g.tenant, g.id, 0, 0, at)
		}
	}
	return gone, err
}

// removedFacts writes down who removed what, a fact of each.
func (r *Recorder) removedFacts(tx *sql.Tx, gone []removed, by session.ID, fact func(removed) session.Fact) error {
	for _, g := range gone {
		f := fact(g)
		f.Actor, f.Hash = by, g.hash
		if err := r.fact(tx, g.tenant, f); err != nil {
			return err
		}
	}
	return nil
}

// storeSealed stores what is sealed under a key, and destroys the keys of what
// put removed for it.
func (r *Recorder) storeSealed(ctx context.Context, key *seal.Key, put func(*sql.Tx) ([]removed, error)) error {
	return r.changeSealed(ctx, false, func(keys *sql.Tx) error { return r.keys.Store(keys, key) }, func(tx *sql.Tx) ([]removed, error) {
		if err := exists(tx, key.Tenant); err != nil {
			return nil, err
		}
		return put(tx)
	})
}

// destroySealed removes what there is, with a fact of each, destroys the keys,
// and says how many there were. there asks whether there are any.
func (r *Recorder) destroySealed(ctx context.Context, by session.ID, fact func(removed) session.Fact, remove func(tx *sql.Tx) ([]removed, error), there string, args []any) (n int, err error) {
	var some bool
	if err := r.store.DB().QueryRowContext(ctx, there, args...).Scan(&some); err != nil || !some {
		return 0, err
	}
	err = r.changeSealed(ctx, true, nil, func(tx *sql.Tx) ([]removed, error) {
		gone, err := remove(tx)
		if n = len(gone); err == nil {
			err = r.removedFacts(tx, gone, by, fact)
		}
		return gone, err
	})
	return n, err
}

// changeSealed runs a job, and destroys the keys of what it removed. An urgent
// one may use the last room on a full disk.
func (r *Recorder) changeSealed(ctx context.Context, urgent bool, prepare func(keys *sql.Tx) error, run func(*sql.Tx) ([]removed, error)) error {
	var keys []session.ID
	defer r.swept()
	return r.store.DoJob(ctx, store.Job{
		Urgent:  urgent,
		Prepare: prepare,
		Run: func(tx *sql.Tx) error {
			gone, err := run(tx)
			keys = nil
			for _, g := range gone {
				keys = append(keys, g.key)
			}
			return err
		},
		Shred: r.shredAll(&keys),
	})
}

// swept makes the logs and pages be cleared of what was removed.
func (r *Recorder) swept() {
	r.dirty.rows.Store(true)
	r.dirty.keys.Store(true)
	r.dirty.page.Store(true)
}
