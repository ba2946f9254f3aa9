package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mayfly/recorder/store"
	"mayfly/session"
)

// RestoreOptions say what is restored and where to.
type RestoreOptions struct {
	From string // the folder of the backup
	Keys string // the folder of its keys; empty: the one in From
	To   string // a folder that is not there, or empty
	// Tombstones is what must not come back: a file that Tombstones wrote, or
	// the data folder that was lost. Without it nobody knows what was erased
	// since: then no transcript and no report is restored, and every key of a person ends.
	Tombstones string
	MasterKey  string           // a file; empty: master.key in To, later
	Now        func() time.Time // nil: time.Now
	// Whole says whether a file that is kept beside the keys is one, so that
	// what the lost folder has of it, which is younger, is taken instead. Nil:
	// it never is.
	Whole func(name string, text []byte) bool
}

// ErrTooOld means that it is no longer known what was erased since.
var ErrTooOld = errors.New("the backup is older than what is known about erasures")

// Restore makes a data folder from a backup. Before anything else can use it,
// what was erased, revoked or has expired since is removed again. Recording is
// forced off for the whole gateway until somebody releases it, since policies
// may have been narrowed in what is lost. What is lost has a fact in every log.
// It is all or nothing: To is there when it is done.
func Restore(ctx context.Context, o RestoreOptions) (Report, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Keys == "" {
		o.Keys = filepath.Join(o.From, backupKeys)
	}
	if err := emptyFolder(o.To); err != nil {
		return Report{}, err
	}
	m, hash, err := readManifest(o.From, o.Keys)
	if err != nil {
		return Report{}, err
	}
	now := o.Now()
	if now.Sub(m.Made) > tombstoneKept {
		return Report{}, fmt.Errorf("%w: it is of %s, and tombstones are kept for %d days. Restore a younger one",
			ErrTooOld, m.Made.Format("2006-01-02"), int(tombstoneKept.Hours()/24))
	}
	part := filepath.Clean(o.To) + ".restoring"
	if err := os.RemoveAll(part); err != nil { // of a restore that was cut off
		return Report{}, err
	}
	if err := os.MkdirAll(part, 0o700); err != nil {
		return Report{}, err
	}
	rep, err := restoreInto(ctx, o, part, m, hash)
	if err != nil {
		return Report{}, errors.Join(err, os.RemoveAll(part))
	}
	if err := os.Remove(o.To); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Report{}, errors.Join(err, os.RemoveAll(part))
	}
	if err := os.Rename(part, o.To); err != nil {
		return Report{}, errors.Join(err, os.RemoveAll(part))
	}
	return rep, syncPath(filepath.Dir(filepath.Clean(o.To)))
}

func restoreInto(ctx context.Context, o RestoreOptions, part string, m manifest, hash [32]byte) (rep Report, err error) {
	var s *stones
	if o.Tombstones != "" {
		if s, err = readStones(ctx, o.Tombstones, filepath.Join(part, "lost")); err != nil {
			return rep, err
		}
		if !s.asOf.IsZero() && s.asOf.Before(m.Made) {
			return rep, fmt.Errorf("%w: they were written on %s, before the backup was made, and say nothing about what was erased since", ErrBadStones, s.asOf.Format(time.RFC3339))
		}
	}
	if err := copyFile(filepath.Join(o.From, store.DataFile), filepath.Join(part, store.DataFile)); err != nil {
		return rep, err
	}
	if err := copyFile(filepath.Join(o.Keys, store.KeysFile), filepath.Join(part, store.KeysFile)); err != nil {
		return rep, err
	}
	for name := range m.Beside {
		if err := copyFile(o.beside(name), filepath.Join(part, name)); err != nil {
			return rep, err
		}
	}
	r, err := Open(ctx, Options{Folder: part, MasterKey: o.MasterKey, Now: o.Now})
	if err != nil {
		return rep, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if state := r.keys.State(); o.MasterKey != "" && state != nil {
		return rep, fmt.Errorf("%w. Name the master key that was in use when the backup was made", state)
	}
	rep.Unreached = []string{"what was stored after " + m.Made.Format(time.RFC3339) + " is lost"}
	if s == nil {
		err = r.forgetAll(ctx, &rep)
	} else {
		if !s.asOf.IsZero() {
			rep.Unreached = append(rep.Unreached, "what was erased after "+s.asOf.Format(time.RFC3339)+", when the tombstones were written, is not known: what of it was in the backup came back")
		}
		err = r.replay(ctx, s, &rep)
	}
	if err != nil {
		return rep, err
	}
	if err := r.removeKeyless(ctx, &rep); err != nil {
		return rep, err
	}
	if _, err := r.Sweep(ctx); err != nil {
		return rep, err
	}
	if err := r.noteRestored(ctx, m, hash); err != nil {
		return rep, err
	}
	for _, q := range []struct {
		text string
		into *int
	}{{"SELECT count(*) FROM conversation", &rep.Sessions}, {"SELECT count(*) FROM turn", &rep.Turns}} {
		if err := r.store.DB().QueryRowContext(ctx, q.text).Scan(q.into); err != nil {
			return rep, err
		}
	}
	return rep, r.rewrite(ctx)
}

// beside is where a file that is kept beside the keys is taken from.
func (o *RestoreOptions) beside(name string) string {
	lost := filepath.Join(o.Tombstones, name)
	if o.Tombstones != "" && o.Whole != nil {
		if text, err := os.ReadFile(lost); err == nil && o.Whole(name, text) {
			return lost
		}
	}
	return filepath.Join(o.Keys, name)
}

// rewrite writes both databases anew, so that pages hold nothing but what is
// there: SQLite overwrites what is deleted, but not the places from which it
// moved rows before.
func (r *Recorder) rewrite(ctx context.Context) error {
	if err := r.store.Idle(ctx, func(w *sql.DB) error {
		_, err := w.ExecContext(ctx, "VACUUM")
		return err
	}); err != nil {
		return err
	}
	if err := r.rewriteKeys(ctx); err != nil {
		return err
	}
	if done, err := r.store.Checkpoint(ctx); err != nil || !done {
		return errors.Join(err, errors.New("what was erased could not be overwritten: restore again"))
	}
	return nil
}

// replay removes again what was erased, has expired or was revoked.
func (r *Recorder) replay(ctx context.Context, s *stones, rep *Report) error {
	for _, t := range s.erased {
		var n int
		err := r.store.DoJob(ctx, store.Job{
			Urgent: true,
			Run: func(tx *sql.Tx) (err error) {
				if n, err = r.rebury(tx, t); err != nil {
					return err
				}
				return bury(tx, t.Tenant, t.id, t.Turn, t.Item, t.At)
			},
			Shred: func(keys *sql.Tx) error {
				if t.id.IsZero() {
					_, err := r.keys.ShredTenant(keys, t.Tenant)
					return err
				}
				return nil
			},
		})
		if err != nil {
			return err
		}
		rep.Removed += n
	}
	if err := r.sweepDoomed(ctx, r.now(), rep); err != nil {
		return err
	}
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		for _, k := range s.revoked {
			if _, err := tx.Exec("UPDATE credential SET revoked = $1 WHERE id = $2 AND revoked = 0", k.At, k.id[:]); err != nil {
				return err
			}
		}
		return mark(tx)
	})
}

// rebury removes what one tombstone stands for: what was stored up to its
// time. An item goes with its turn: there is more to gain from forgetting a
// sentence too many than from opening what has to go. A hold that the backup
// knows does not count: it was lifted before something was erased.
func (r *Recorder) rebury(tx *sql.Tx, t stone) (turns int, err error) {
	if t.id.IsZero() {
		return r.reburyTenant(tx, t)
	}
	var there, younger int
	if gone, err := removeLikeness(tx, t.At, "tenant = $1 AND id = $2 AND at <= $3", t.Tenant, t.id[:], t.At); err != nil || len(gone) > 0 {
		return len(gone), err
	}
	if gone, err := removeDocuments(tx, t.At, "tenant = $1 AND id = $2 AND at <= $3", t.Tenant, t.id[:], t.At); err != nil || len(gone) > 0 {
		return len(gone), err
	}
	if _, err := tx.Exec("INSERT INTO doomed (key) SELECT key FROM report WHERE tenant = $1 AND id = $2 AND at <= $3 ON CONFLICT (key) DO NOTHING", t.Tenant, t.id[:], t.At); err != nil {
		return 0, err
	}
	if res, err := tx.Exec("DELETE FROM report WHERE tenant = $1 AND id = $2 AND at <= $3", t.Tenant, t.id[:], t.At); err != nil {
		return 0, err
	} else if n, _ := res.RowsAffected(); n > 0 {
		return int(n), nil
	}
	if err := tx.QueryRow("SELECT count(*), count(*) FILTER (WHERE at > $3) FROM turn WHERE tenant = $1 AND session = $2", t.Tenant, t.id[:], t.At).Scan(&there, &younger); err != nil || there == 0 {
		return 0, err
	}
	if t.Turn == 0 && younger == 0 {
		return r.remove(tx, t.Tenant, t.id)
	}
	for _, q := range []string{
		"INSERT INTO doomed (key) SELECT DISTINCT key FROM turn WHERE tenant = $1 AND session = $2 AND (turn = $3 OR $3 = 0) AND at <= $4 AND key NOT IN (SELECT key FROM turn WHERE tenant = $1 AND session = $2 AND NOT ((turn = $3 OR $3 = 0) AND at <= $4)) ON CONFLICT (key) DO NOTHING",
		"DELETE FROM correction WHERE tenant = $1 AND session = $2 AND turn IN (SELECT turn FROM turn WHERE tenant = $1 AND session = $2 AND (turn = $3 OR $3 = 0) AND at <= $4)",
		"DELETE FROM turn WHERE tenant = $1 AND session = $2 AND (turn = $3 OR $3 = 0) AND at <= $4",
	} {
		res, err := tx.Exec(q, t.Tenant, t.id[:], int64(t.Turn), t.At)
		if err != nil {
			return 0, err
		}
		n, _ := res.RowsAffected()
		turns = int(n)
	}
	return turns, r.recount(tx, t.Tenant, t.id)
}

func (r *Recorder) reburyTenant(tx *sql.Tx, t stone) (int, error) {
	if have, _, err := lastVersion(tx, t.Tenant); err != nil || have == 0 {
		return 0, err // it had ended when the backup was made
	}
	var rep Report
	err := r.end(tx, t.Tenant, session.ID{}, &rep)
	return rep.Turns, err
}

// forgetAll removes every transcript, and ends every key of a person.
func (r *Recorder) forgetAll(ctx context.Context, rep *Report) error {
	type one struct {
		tenant string
		id     session.ID
	}
	rows, err := r.store.DB().QueryContext(ctx, "SELECT tenant, session FROM conversation ORDER BY tenant, session")
	sessions, err := all(rows, err, func(o *one, scan func(...any) error) error {
		var id []byte
		err := scan(&o.tenant, &id)
		o.id = idOf(id)
		return err
	})
	if err != nil {
		return err
	}
	for _, o := range sessions {
		if err := r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
			n, err := r.remove(tx, o.tenant, o.id)
			if err != nil {
				return err
			}
			rep.Removed += n
			return r.fact(tx, o.tenant, session.Fact{Kind: session.TranscriptErased, Session: o.id, Count: uint64(n)})
		}); err != nil {
			return err
		}
	}
	if err := r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		keys, err := r.removeReports(tx, "1 = 1", nil, session.Fact{Kind: session.ReportErased})
		if err != nil {
			return err
		}
		n, err := r.forgetLikeness(tx)
		if err != nil {
			return err
		}
		documents, err := r.forgetDocuments(tx)
		rep.Removed += len(keys) + n + documents
		return err
	}); err != nil {
		return err
	}
	rep.Unreached = append(rep.Unreached, "no tombstones were named, so nobody knows what was erased since: no transcript, no report and no document of an avatar came back, and every key has ended. Make one with mayfly key issue")
	if err := r.sweepDoomed(ctx, r.now(), rep); err != nil {
		return err
	}
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec("UPDATE credential SET revoked = $1 WHERE revoked = 0", millis(r.now())); err != nil {
			return err
		}
		return mark(tx)
	})
}

// removeKeyless removes turns, reports and documents whose key was destroyed while the
// backup was made, or was not kept with it: nobody can read them.
func (r *Recorder) removeKeyless(ctx context.Context, rep *Report) error {
	rows, err := r.store.Keys().QueryContext(ctx, "SELECT id FROM session_key")
	ids, err := all(rows, err, scanID)
	if err != nil {
		return err
	}
	known := make(map[session.ID]bool, len(ids))
	for _, id := range ids {
		known[id] = true
	}
	type one struct {
		due
		key session.ID
	}
	rows, err = r.store.DB().QueryContext(ctx, "SELECT tenant, session, turn, key FROM turn")
	turns, err := all(rows, err, func(o *one, scan func(...any) error) error {
		var id, key []byte
		o.turns = make([]int64, 1)
		err := scan(&o.tenant, &id, &o.turns[0], &key)
		o.id, o.key = idOf(id), idOf(key)
		return err
	})
	if err != nil {
		return err
	}
	type reported struct{ id, key session.ID }
	rows, err = r.store.DB().QueryContext(ctx, "SELECT id, key FROM report UNION ALL SELECT id, key FROM knowledge")
	reports, err := all(rows, err, func(o *reported, scan func(...any) error) error {
		var id, key []byte
		err := scan(&id, &key)
		o.id, o.key = idOf(id), idOf(key)
		return err
	})
	if err != nil {
		return err
	}
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		if err := muteKeyless(tx, known); err != nil {
			return err
		}
		for _, o := range reports {
			if known[o.key] {
				continue
			}
			for _, table := range []string{"report", "knowledge"} {
				if _, err := tx.Exec("DELETE FROM "+table+" WHERE id = $1", o.id[:]); err != nil {
					return err
				}
			}
			rep.Removed++
		}
		for _, o := range turns {
			if known[o.key] {
				continue
			}
			for _, q := range []string{
				"DELETE FROM turn WHERE tenant = $1 AND session = $2 AND turn = $3",
				"DELETE FROM correction WHERE tenant = $1 AND session = $2 AND turn = $3",
			} {
				if _, err := tx.Exec(q, o.tenant, o.id[:], o.turns[0]); err != nil {
					return err
				}
			}
			rep.Removed++
			if err := r.recount(tx, o.tenant, o.id); err != nil {
				return err
			}
		}
		return nil
	})
}

// noteRestored writes the gap into every log: how many seconds are lost, and
// the hash of the backup's manifest. Recording is off until it is released.
func (r *Recorder) noteRestored(ctx context.Context, m manifest, hash [32]byte) error {
	rows, err := r.store.DB().QueryContext(ctx, "SELECT DISTINCT tenant FROM audit_log UNION SELECT ''")
	tenants, err := all(rows, err, func(s *string, scan func(...any) error) error { return scan(s) })
	if err != nil {
		return err
	}
	lost := max(r.now().Sub(m.Made), 0)
	if err := r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		for _, tenant := range tenants {
			if err := r.fact(tx, tenant, session.Fact{Kind: session.Restored, Count: uint64(lost / time.Second), Hash: hash}); err != nil {
				return err
			}
		}
		// One that was open then may have ended since: it opens nothing again.
		now := r.now()
		return r.endAccesses(tx, "", now.Add(AccessMost), now)
	}); err != nil {
		return err
	}
	return r.ForceOff(ctx, "", true, "restored from a backup: look at the policies, then release it", session.ID{})
}
