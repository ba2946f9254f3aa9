package recorder

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"mayfly/recorder/read"
	"mayfly/recorder/seal"
	"mayfly/recorder/store"
	"mayfly/session"
)

// Form is how a transcript is written.
type Form = read.Form

// The forms.
const (
	JSONLines = read.JSONLines
	JSON      = read.JSON
	Text      = read.Text
	WebVTT    = read.WebVTT
)

// purposes are the reasons to read, numbered in facts from 1. The first three
// need the person's yes; with the others the tenant answers for itself.
var purposes = []string{"audit", "quality", "learning", "rights", "export"}

// use is the number of an access's purpose.
func (a Access) use(of Kept) (uint64, error) {
	if a.Self {
		return uint64(slices.Index(purposes, "rights") + 1), nil
	}
	i := slices.Index(purposes, a.Purpose)
	switch {
	case i < 0:
		return 0, fmt.Errorf("%w: say why it is read: one of %q", ErrPurpose, purposes)
	case i < 3 && !slices.Contains(of.Purposes, a.Purpose):
		return 0, fmt.Errorf("%w: this session was recorded for %q", ErrPurpose, of.Purposes)
	case of.Restricted:
		return 0, ErrRestricted
	}
	return uint64(i + 1), nil
}

// Read writes what is stored of a session. That it is read is durable before
// the first byte. Everything is opened before anything is written: a damaged
// row is an error that names it, and no half transcript.
func (r *Recorder) Read(ctx context.Context, tenant string, id session.ID, who Access, form Form, to io.Writer) error {
	k, err := r.kept(ctx, tenant, id)
	if err != nil {
		return err
	}
	use, err := who.use(k)
	if err != nil {
		return err
	}
	t, err := r.load(ctx, k)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := t.Write(&out, form); err != nil {
		return err
	}
	defer func() { clear(out.Bytes()[:cap(out.Bytes())]) }()
	if err := r.store.Do(ctx, func(tx *sql.Tx) error {
		return r.fact(tx, tenant, session.Fact{Kind: session.TranscriptRead, Session: id, Actor: who.Actor, Policy: k.Policy, Count: use})
	}); err != nil {
		return err
	}
	_, err = to.Write(out.Bytes())
	return err
}

// load opens what is stored of a session. What is past its time is not opened,
// swept or not, unless it is held.
func (r *Recorder) load(ctx context.Context, k Kept) (*read.Transcript, error) {
	after := r.now()
	if k.Held {
		after = time.Time{}
	}
	tx, err := r.store.DB().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	t, err := read.Load(ctx, tx, r.keys, k.Tenant, k.Session, after)
	if errors.Is(err, read.ErrNothing) || err == nil && len(t.Turns) == 0 {
		return nil, ErrUnknown
	}
	return t, err
}

// correctable bounds a correction, in bytes.
const correctable = 64 << 10

// Correct lays a correction over an item. What was stored stays beside it.
func (r *Recorder) Correct(ctx context.Context, tenant string, id session.ID, item uint32, text []byte, who Access) error {
	if len(text) == 0 || len(text) > correctable || !utf8.Valid(text) {
		return fmt.Errorf("%w: a correction is text of 1 to %d bytes", ErrInvalid, correctable)
	}
	k, err := r.kept(ctx, tenant, id)
	if err != nil {
		return err
	}
	t, err := r.load(ctx, k)
	if err != nil {
		return err
	}
	it, turn := t.Item(item)
	if it == nil {
		return ErrUnknown
	}
	key := r.keys.For(tenant, id, k.Until)
	sealed := key.Seal(seal.Place{Kind: seal.Correction, Tenant: tenant, Session: id, Number: uint64(item)}, text)
	return r.store.DoJob(ctx, store.Job{
		Prepare: func(keys *sql.Tx) error { return r.keys.Store(keys, key) },
		Run: func(tx *sql.Tx) error {
			var n int
			err := tx.QueryRow("SELECT count(*) FROM conversation WHERE tenant = $1 AND session = $2", tenant, id[:]).Scan(&n)
			if err != nil || n == 0 || key.Dead() {
				return errors.Join(err, ErrUnknown)
			}
			_, err = tx.Exec(`INSERT INTO correction (tenant, session, item, at, actor, key, sealed, turn) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
				ON CONFLICT (tenant, session, item) DO UPDATE SET at = excluded.at, actor = excluded.actor, key = excluded.key, sealed = excluded.sealed`,
				tenant, id[:], item, millis(r.now()), who.Actor[:], key.ID[:], sealed, int64(turn))
			if err != nil {
				return err
			}
			return r.fact(tx, tenant, session.Fact{Kind: session.TranscriptCorrected, Session: id, Actor: who.Actor, Count: uint64(item)})
		},
	})
}

// Restrict keeps everybody but the person from reading, or lets them again.
func (r *Recorder) Restrict(ctx context.Context, tenant string, id session.ID, on bool, who Access) error {
	value := uint64(0)
	if on {
		value = 1
	}
	return r.store.DoJob(ctx, store.Job{Urgent: on, Run: func(tx *sql.Tx) error {
		res, err := tx.Exec("UPDATE conversation SET restricted = $1 WHERE tenant = $2 AND session = $3", int64(value), tenant, id[:])
		if err != nil {
			return err
		}
		reported, err := tx.Exec("UPDATE report SET restricted = $1 WHERE tenant = $2 AND session = $3", int64(value), tenant, id[:])
		if err != nil {
			return err
		}
		n, _ := res.RowsAffected()
		if m, _ := reported.RowsAffected(); n+m == 0 {
			return ErrUnknown
		}
		return r.fact(tx, tenant, session.Fact{Kind: session.TranscriptRestricted, Session: id, Actor: who.Actor, Count: value})
	}})
}
