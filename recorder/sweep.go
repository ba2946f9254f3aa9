package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"mayfly/recorder/audit"
	"mayfly/recorder/seal"
	"mayfly/recorder/store"
	"mayfly/session"
)

const (
	// sweepEvery is how often Run sweeps.
	sweepEvery = time.Minute
	// swept is how many turns one transaction of a sweep takes, about, so
	// that those that wait to be stored do not wait long.
	swept = 16
	// pruned is how many entries of an audit log go in one transaction, with
	// one fact.
	pruned = 200
	// sweepRest is how many times as long as it worked a sweep rests between
	// two transactions: the disk is there for those who talk.
	sweepRest = 9
	// rewriteEvery is how often the database of keys is written anew at most,
	// which keeps turns waiting: some 10 ms for 10,000 keys.
	rewriteEvery = time.Hour
	// tombstoneKept is how long it is known what must not come back from a
	// backup. Older backups are not restored.
	tombstoneKept = audit.Retention
)

// Run sweeps from time to time until ctx ends. failed, which may be nil, is
// told when a sweep could not be finished; the next one goes on where it was.
func (r *Recorder) Run(ctx context.Context, failed func(error)) {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		if _, err := r.Sweep(ctx); err != nil && ctx.Err() == nil && failed != nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Sweep removes what is past its time by the recorder's clock and is not held:
// turns, with the keys of sessions of which nothing is left; requests; entries
// of audit logs; keys of months that are over; tombstones. Each has its fact in
// the same transaction. A clock that went back removes nothing. A chore that
// fails does not keep the others from being done.
func (r *Recorder) Sweep(ctx context.Context) (Report, error) {
	r.sweeping.Lock()
	defer r.sweeping.Unlock()
	rep, now := Report{Unreached: unreached}, r.now()
	var failed []error
	for _, chore := range []struct {
		name string
		do   func(context.Context, time.Time, *Report) error
	}{
		{"holds", func(ctx context.Context, now time.Time, _ *Report) error { return r.liftUnconfirmed(ctx, now) }},
		{"accesses of the operator", func(ctx context.Context, now time.Time, _ *Report) error { return r.sweepAccesses(ctx, now) }},
		{"turns", r.sweepTurns},
		{"sound", r.sweepSound},
		{"their keys", r.sweepDoomed},
		{"reports", r.sweepReports},
		{"requests", r.sweepRequests},
		{"likenesses", r.sweepLikeness},
		{"incidents", r.sweepIncidents},
		{"documents", r.sweepDocuments},
		{"audit logs", r.sweepAudit},
		{"keys of past months and tombstones", r.sweepKeys},
	} {
		if err := chore.do(ctx, now, &rep); err != nil {
			rep.Failed = append(rep.Failed, chore.name)
			failed = append(failed, fmt.Errorf("the sweep of %s stopped: %w", chore.name, err))
			if ctx.Err() != nil {
				break
			}
		}
	}
	err := r.store.DB().QueryRowContext(ctx, "SELECT count(*) FROM conversation c WHERE "+heldBy+" AND EXISTS (SELECT 1 FROM turn t WHERE t.tenant = c.tenant AND t.session = c.session AND t.until <= $1)", millis(now)).Scan(&rep.Held)
	if err == nil && rep.Turns+rep.Sounds+rep.Entries+rep.Requests+rep.Reports+rep.Likenesses+rep.Documents > 0 {
		err = r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
			return r.fact(tx, "", session.Fact{Kind: session.Swept, Count: uint64(rep.Turns)})
		})
	}
	return rep, errors.Join(append(failed, err)...)
}

// inBatches calls do until it says that nothing is left, and rests in between.
// It moves the write-ahead log into the database meanwhile, beside the writer,
// which would keep turns waiting for it otherwise.
func (r *Recorder) inBatches(ctx context.Context, do func() (more bool, err error)) error {
	for n := 1; ; n++ {
		began := time.Now()
		more, err := do()
		if err != nil || !more {
			return err
		}
		if n%16 == 0 {
			if _, err := r.store.DB().ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(sweepRest * time.Since(began)):
		}
	}
}

const ofConversation = "JOIN conversation c ON c.tenant = t.tenant AND c.session = t.session"

// due are turns of one session that are past their time.
type due struct {
	tenant string
	id     session.ID
	turns  []int64
}

// dueTurns are turns that are past their time, by session: of those sessions
// that are longest past theirs. A session may have none: what it was looked for
// is gone already.
func dueTurns(tx *sql.Tx, now int64) ([]due, error) {
	rows, err := tx.Query(fmt.Sprintf("SELECT c.tenant, c.session FROM conversation c WHERE c.due <= $1 AND NOT %s ORDER BY c.due LIMIT %d", heldBy, swept), now)
	out, err := all(rows, err, func(d *due, scan func(...any) error) error {
		var id []byte
		err := scan(&d.tenant, &id)
		d.id = idOf(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	left := swept
	for i := range out {
		if left <= 0 {
			return out[:i], nil
		}
		d := &out[i]
		rows, err := tx.Query("SELECT turn FROM turn WHERE tenant = $1 AND session = $2 AND until <= $3 ORDER BY until LIMIT $4", d.tenant, d.id[:], now, left)
		if d.turns, err = all(rows, err, func(n *int64, scan func(...any) error) error { return scan(n) }); err != nil {
			return nil, err
		}
		left -= max(len(d.turns), 1)
	}
	return out, nil
}

// postpone notes when the first turn that is left of a session is due.
func (r *Recorder) postpone(tx *sql.Tx, d due) error {
	var next int64
	err := tx.QueryRow(`UPDATE conversation SET due = COALESCE((SELECT min(t.until) FROM turn t WHERE t.tenant = $1 AND t.session = $2), $3)
		WHERE tenant = $1 AND session = $2 RETURNING due`, d.tenant, d.id[:], int64(math.MaxInt64)).Scan(&next)
	if err == nil {
		r.keys.Postpone(d.tenant, d.id, next)
	}
	return err
}

// sweepTurns removes turns that are past their time. The key of a session is
// doomed with its last turn.
func (r *Recorder) sweepTurns(ctx context.Context, now time.Time, rep *Report) error {
	removed := false
	defer func() {
		if removed { // only now: overwriting is work that turns would wait for
			r.dirty.rows.Store(true)
			r.dirty.keys.Store(true)
		}
	}()
	return r.inBatches(ctx, func() (bool, error) {
		var looked, turns, sessions int
		err := r.store.DoJob(ctx, store.Job{Urgent: true, Run: func(tx *sql.Tx) error {
			turns, sessions = 0, 0
			all, err := dueTurns(tx, millis(now))
			if err != nil {
				return err
			}
			looked = len(all)
			for _, d := range all {
				n, last, err := r.expire(tx, d, now)
				if err != nil {
					return err
				}
				turns += n
				if last {
					sessions++
				}
			}
			return nil
		}})
		if err != nil {
			return false, err
		}
		removed = removed || turns > 0
		rep.Sessions, rep.Turns = rep.Sessions+sessions, rep.Turns+turns
		return looked > 0, nil
	})
}

// rewriteKeys writes the database of keys anew. SQLite overwrites a key that is
// deleted, but not the places in a page from which it moved it before: they
// hold nothing of it after this.
func (r *Recorder) rewriteKeys(ctx context.Context) error {
	return r.store.Idle(ctx, func(*sql.DB) error {
		for _, q := range []string{"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"} {
			if _, err := r.store.Keys().ExecContext(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
}

// sweepDoomed destroys the keys of what was removed.
func (r *Recorder) sweepDoomed(ctx context.Context, _ time.Time, rep *Report) error {
	err := r.inBatches(ctx, func() (bool, error) {
		rows, err := r.store.DB().QueryContext(ctx, fmt.Sprintf("SELECT key FROM doomed LIMIT %d", destroyable))
		ids, err := all(rows, err, scanID)
		if err == nil && len(ids) > 0 {
			err = r.destroyKeys(ctx, ids)
		}
		rep.Keys += int64(len(ids))
		return len(ids) > 0, err
	})
	if err != nil || time.Since(r.rewritten) < rewriteEvery || !r.dirty.page.Swap(false) {
		return err
	}
	r.rewritten = time.Now()
	if err := r.rewriteKeys(ctx); err != nil {
		r.dirty.page.Store(true)
		return err
	}
	return nil
}

// expire removes turns of a session whose time has come. last: nothing is left
// of it.
func (r *Recorder) expire(tx *sql.Tx, d due, now time.Time) (turns int, last bool, err error) {
	var younger int
	err = tx.QueryRow("SELECT count(*) FROM turn WHERE tenant = $1 AND session = $2 AND until > $3", d.tenant, d.id[:], millis(now)).Scan(&younger)
	if err != nil {
		return 0, false, err
	}
	if younger > 0 {
		for _, turn := range d.turns {
			if err := r.expireTurn(tx, d, turn); err != nil {
				return 0, false, err
			}
		}
		return len(d.turns), false, r.postpone(tx, d)
	}
	if turns, err = r.remove(tx, d.tenant, d.id); err != nil {
		return 0, false, err
	}
	// One stone for the session is enough.
	if _, err := tx.Exec("DELETE FROM tombstone WHERE tenant = $1 AND session = $2 AND turn > 0", d.tenant, d.id[:]); err != nil {
		return 0, false, err
	}
	return turns, true, r.fact(tx, d.tenant, session.Fact{Kind: session.TranscriptExpired, Session: d.id, Count: uint64(turns)})
}

// expireTurn removes one turn of a session that has younger ones.
func (r *Recorder) expireTurn(tx *sql.Tx, d due, turn int64) error {
	for _, q := range []string{
		"DELETE FROM turn WHERE tenant = $1 AND session = $2 AND turn = $3",
		"DELETE FROM correction WHERE tenant = $1 AND session = $2 AND turn = $3",
	} {
		if _, err := tx.Exec(q, d.tenant, d.id[:], turn); err != nil {
			return err
		}
	}
	if err := bury(tx, d.tenant, d.id, uint64(turn), 0, millis(r.now())); err != nil {
		return err
	}
	return r.fact(tx, d.tenant, session.Fact{Kind: session.TranscriptExpired, Session: d.id, Turn: session.TurnNo(turn), Count: 1})
}

// sweepReports removes reports of answers that are past their time.
func (r *Recorder) sweepReports(ctx context.Context, now time.Time, rep *Report) error {
	some := fmt.Sprintf("c.id IN (SELECT c.id FROM report c WHERE c.until <= $1 AND NOT %s ORDER BY c.until LIMIT %d)", heldBy, swept)
	return r.inBatches(ctx, func() (bool, error) {
		var keys []session.ID
		err := r.store.DoJob(ctx, store.Job{
			Urgent: true,
			Run: func(tx *sql.Tx) (err error) {
				keys, err = r.removeReports(tx, some, []any{millis(now)}, session.Fact{Kind: session.ReportExpired})
				return err
			},
			Shred: r.shredAll(&keys),
		})
		rep.Reports += len(keys)
		if len(keys) > 0 {
			r.dirty.rows.Store(true)
			r.dirty.keys.Store(true)
		}
		return len(keys) > 0, err
	})
}

// sweepRequests removes requests that are older than answers can be disputed.
func (r *Recorder) sweepRequests(ctx context.Context, now time.Time, rep *Report) error {
	before := millis(now.Add(-RequestKept))
	return r.inBatches(ctx, func() (bool, error) {
		var keys []session.ID
		err := r.store.DoJob(ctx, store.Job{
			Urgent: true,
			Run: func(tx *sql.Tx) error {
				rows, err := tx.Query(fmt.Sprintf("DELETE FROM request WHERE id IN (SELECT id FROM request WHERE at <= $1 LIMIT %d) RETURNING key", swept), before)
				keys, err = all(rows, err, scanID)
				return err
			},
			Shred: func(db *sql.Tx) error {
				for _, key := range keys {
					if err := r.keys.Shred(db, key); err != nil {
						return err
					}
				}
				return nil
			},
		})
		rep.Requests += len(keys)
		return len(keys) > 0, err
	})
}

// sweepAudit drops the leaves of audit logs that are past their own retention.
func (r *Recorder) sweepAudit(ctx context.Context, now time.Time, rep *Report) error {
	rows, err := r.store.DB().QueryContext(ctx, "SELECT DISTINCT tenant FROM audit_log")
	tenants, err := all(rows, err, func(s *string, scan func(...any) error) error { return scan(s) })
	if err != nil {
		return err
	}
	cutoff := now.Add(-audit.Retention)
	for _, tenant := range tenants {
		due, err := audit.Prunable(ctx, r.store.DB(), tenant, cutoff)
		if err != nil {
			return err
		}
		if !due {
			continue
		}
		if err := r.inBatches(ctx, func() (bool, error) {
			var n int
			err := r.store.DoUrgent(ctx, func(tx *sql.Tx) (err error) {
				n, err = audit.Prune(ctx, tx, tenant, now, cutoff, pruned)
				return err
			})
			rep.Entries += n
			return n == pruned, err
		}); err != nil {
			return err
		}
	}
	return nil
}

// sweepKeys destroys the keys of months that are over and protect nothing, and
// those of tenants that ended, should a process have died between the two; and
// removes tombstones of what no backup that may be restored has.
func (r *Recorder) sweepKeys(ctx context.Context, now time.Time, _ *Report) error {
	before := millis(now.Add(-tombstoneKept))
	var stones, epochs int
	if err := r.store.DB().QueryRowContext(ctx, "SELECT count(*) FROM tombstone WHERE at <= $1", before).Scan(&stones); err != nil {
		return err
	}
	if err := r.store.Keys().QueryRowContext(ctx, "SELECT count(*) FROM epoch_key WHERE epoch < $1", seal.EpochOf(now)).Scan(&epochs); err != nil {
		return err
	}
	ended, err := r.endedWithKeys(ctx)
	if err != nil || stones+epochs+len(ended) == 0 {
		return err
	}
	orphans, err := r.orphans(ctx, now)
	if err != nil {
		return err
	}
	return r.store.DoJob(ctx, store.Job{
		Urgent: true,
		Run: func(tx *sql.Tx) error {
			_, err := tx.Exec("DELETE FROM tombstone WHERE at <= $1", before)
			return err
		},
		Shred: func(keys *sql.Tx) error {
			for _, tenant := range ended {
				if _, err := r.keys.ShredTenant(keys, tenant); err != nil {
					return err
				}
			}
			for _, key := range orphans {
				if err := r.keys.Shred(keys, key); err != nil {
					return err
				}
			}
			return r.keys.ShredEpochs(keys, now)
		},
	})
}

// endedWithKeys are tenants that ended and still have keys.
func (r *Recorder) endedWithKeys(ctx context.Context) ([]string, error) {
	text := func(s *string, scan func(...any) error) error { return scan(s) }
	rows, err := r.store.DB().QueryContext(ctx, "SELECT id FROM tenant WHERE ended <> 0")
	ended, err := all(rows, err, text)
	if err != nil || len(ended) == 0 {
		return nil, err
	}
	rows, err = r.store.Keys().QueryContext(ctx, "SELECT DISTINCT tenant FROM epoch_key")
	with, err := all(rows, err, text)
	return slices.DeleteFunc(ended, func(s string) bool { return !slices.Contains(with, s) }), err
}
