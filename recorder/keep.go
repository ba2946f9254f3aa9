package recorder

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"mayfly/recorder/store"
	"mayfly/redact"
	"mayfly/session"
)

// Conversation says which session a turn belongs to.
type Conversation struct {
	Tenant   string
	Avatar   string
	Session  session.ID
	Began    time.Time
	Locale   string
	Subject  string   // the tenant's keyed pseudonym of the person; empty: none
	Receipt  [32]byte // SHA-256 of the receipt key
	Purposes []string // of the recording, as the person was told; fewer once the tenant dropped one
	Source   string   // digital source type of what answered in this turn
}

// The statement stores a turn only where recording is allowed: a row that says
// so, and nothing that forbids it.
const keepTurn = `INSERT INTO turn (tenant, session, turn, at, until, policy, items, key, sealed, source)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $11
WHERE EXISTS (SELECT 1 FROM recording r JOIN tenant t ON t.id = r.tenant
		WHERE r.tenant = $1 AND r.avatar = $10 AND r.allowed = 1 AND t.forced_off = 0 AND t.ended = 0)
	AND EXISTS (SELECT 1 FROM setting WHERE name = 'off' AND value = 0)`

const keepConversation = `INSERT INTO conversation (tenant, session, avatar, began, locale, subject, receipt, purposes, due)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, session) DO UPDATE SET purposes = excluded.purposes,
	due = CASE WHEN excluded.due < conversation.due THEN excluded.due ELSE conversation.due END`

// Keep stores a turn, whole or not at all. done is called once: with nil when
// it is durable, with ErrSoundDropped when it is, without its sound, which is not
// allowed any more; with ErrDropped when it is not allowed any more, or ctx
// ended, before it was; with another error when it could not be stored. The
// turn is sealed and forgotten before Keep returns, which waits for no disk.
func (r *Recorder) Keep(ctx context.Context, c Conversation, t redact.Turn, done func(error)) {
	if err := r.keepable(t); err != nil {
		t.Forget()
		done(err)
		return
	}
	grant, items := t.Grant(), t.Items()
	now := r.now()
	until := now.Add(grant.Retention())
	sound := r.soundOf(c.Tenant, c.Session, t, now, until)
	key := r.keys.For(c.Tenant, c.Session, until)
	sealed := key.SealTurn(t)
	// A tenant may have dropped a purpose since the last turn.
	purposes := strings.Join(c.Purposes, " ")
	first := !key.Stored() || !key.Beside(purposes)
	j := store.Job{Single: !first && sound == nil, Done: func(err error) {
		if err == nil {
			key.MarkStored(purposes, until.UnixMilli())
		}
		if err == nil && sound != nil && sound.dropped {
			r.dirty.keys.Store(true)
			err = ErrSoundDropped
		}
		done(dropped(err))
	}}
	if first || sound != nil {
		j.Prepare = func(keys *sql.Tx) error {
			if key.Dead() {
				return ErrDropped
			}
			if first {
				if err := r.keys.Store(keys, key); err != nil {
					return err
				}
			}
			if sound == nil {
				return nil
			}
			return r.keys.Store(keys, sound.key)
		}
	}
	j.Run = func(tx *sql.Tx) error {
		if key.Dead() || ctx.Err() != nil {
			return ErrDropped
		}
		if !first && until.UnixMilli() < key.Due() { // sooner than those before it
			if err := sooner(tx, c.Tenant, c.Session, until.UnixMilli()); err != nil {
				return err
			}
		}
		res, err := tx.Exec(keepTurn, c.Tenant, c.Session[:], int64(grant.Turn()), now.UnixMilli(), until.UnixMilli(),
			int64(grant.Policy()), int64(items), key.ID[:], sealed, c.Avatar, c.Source)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrDropped)
		}
		if sound != nil {
			if err := sound.store(tx, c.Avatar, uint64(grant.Turn()), now); err != nil {
				return err
			}
		}
		if first {
			_, err = tx.Exec(keepConversation, c.Tenant, c.Session[:], c.Avatar, c.Began.UnixMilli(), c.Locale, c.Subject, c.Receipt[:], purposes, until.UnixMilli())
		}
		return err
	}
	j.Undo = func(tx *sql.Tx) error { return r.unkeep(tx, c.Tenant, c.Session, uint32(grant.Turn())) }
	r.store.Put(ctx, j)
}

// sooner makes a sweep look at a session at a time, if it would later. If what
// it is for is not stored after all, it looks for nothing.
func sooner(tx *sql.Tx, tenant string, id session.ID, due int64) error {
	_, err := tx.Exec("UPDATE conversation SET due = $1 WHERE tenant = $2 AND session = $3 AND due > $1", due, tenant, id[:])
	return err
}

// unkeep removes a turn that was called back while the disk was at it.
func (r *Recorder) unkeep(tx *sql.Tx, tenant string, id session.ID, turn uint32) error {
	if _, err := tx.Exec("DELETE FROM turn WHERE tenant = $1 AND session = $2 AND turn = $3", tenant, id[:], turn); err != nil {
		return err
	}
	r.dirty.rows.Store(true)
	r.dirty.keys.Store(true)
	return r.recount(tx, tenant, id)
}

func (r *Recorder) keepable(t redact.Turn) error {
	if !t.Grant().Valid() || t.Grant().Retention() <= 0 {
		return redact.ErrNoGrant
	}
	return r.keys.State()
}

// dropped says that a turn whose session no longer wants it was dropped.
func dropped(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return ErrDropped
	}
	return err
}
