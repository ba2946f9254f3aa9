package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"mayfly/recorder/read"
	"mayfly/recorder/seal"
	"mayfly/recorder/store"
	"mayfly/redact"
	"mayfly/session"
)

// ErrSoundDropped means that a turn is durable and its sound was not allowed
// any more.
var ErrSoundDropped = errors.New("the sound of the turn may not be kept any more")

// sounding is the sound of a turn on its way to the disk. It has a key of its
// own: what ends before its turn does then opens in no copy.
type sounding struct {
	key     *seal.Key
	until   time.Time
	ms      [2]int
	chunks  [2][][]byte // by side
	dropped bool        // guarded by the writer
}

// soundOf seals the sound of a turn; nil if there is none. The turn may be kept
// until then.
func (r *Recorder) soundOf(tenant string, id session.ID, t redact.Turn, now, until time.Time) *sounding {
	s := &sounding{until: now.Add(t.Grant().Sound())}
	if s.until.After(until) {
		s.until = until
	}
	for _, side := range redact.Sides() {
		ms, size := t.Sound(side)
		if size == 0 {
			continue
		}
		if s.key == nil {
			s.key = r.keys.Fresh(tenant, id, s.until)
		}
		s.ms[side], s.chunks[side] = ms, s.key.SealSound(t, side)
	}
	if s.key == nil {
		return nil
	}
	return s
}

// The statement stores sound only beside its turn, and where sound is allowed.
const keepSound = `INSERT INTO sound (tenant, session, turn, side, chunk, at, until, ms, key, sealed)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
WHERE EXISTS (SELECT 1 FROM recording r WHERE r.tenant = $1 AND r.avatar = $11 AND r.sound = 1)
	AND EXISTS (SELECT 1 FROM turn t WHERE t.tenant = $1 AND t.session = $2 AND t.turn = $3)`

// store stores the sound of a turn that has just been stored, all or none.
func (s *sounding) store(tx *sql.Tx, avatar string, turn uint64, at time.Time) error {
	s.dropped = false
	for side, chunks := range s.chunks {
		for n, sealed := range chunks {
			res, err := tx.Exec(keepSound, s.key.Tenant, s.key.Session[:], int64(turn), side, n, millis(at), millis(s.until), s.ms[side], s.key.ID[:], sealed, avatar)
			if err != nil {
				return err
			}
			stored, err := res.RowsAffected()
			if err != nil {
				return err
			}
			if stored == 0 {
				s.dropped = true
				_, err := tx.Exec("INSERT INTO doomed (key) VALUES ($1) ON CONFLICT (key) DO NOTHING", s.key.ID[:])
				return err
			}
		}
	}
	return nil
}

// Sound is the stored sound of one side of a turn, without what is heard.
type Sound struct {
	Turn  uint64
	Side  redact.Side
	At    time.Time
	Until time.Time
	MS    int
	Bytes int // sealed
}

// Sounds are the sounds that are stored of a session, in their order. What is
// past its time is not among them, swept or not, unless it is held.
func (r *Recorder) Sounds(ctx context.Context, tenant string, id session.ID) ([]Sound, error) {
	k, err := r.kept(ctx, tenant, id)
	if err != nil {
		return nil, err
	}
	return r.sounds(ctx, k)
}

func (r *Recorder) sounds(ctx context.Context, k Kept) ([]Sound, error) {
	rows, err := r.store.DB().QueryContext(ctx, `SELECT turn, side, min(at), min(until), min(ms), sum(length(sealed)) FROM sound
		WHERE tenant = $1 AND session = $2 AND until > $3 GROUP BY turn, side ORDER BY turn, side DESC`, k.Tenant, k.Session[:], millis(r.past(k)))
	return all(rows, err, func(s *Sound, scan func(...any) error) error {
		var at, until int64
		err := scan(&s.Turn, &s.Side, &at, &until, &s.MS, &s.Bytes)
		s.At, s.Until = moment(at), moment(until)
		return err
	})
}

// past is the moment up to which what is stored of a session is not opened any
// more.
func (r *Recorder) past(k Kept) time.Time {
	if k.Held {
		return time.Time{}
	}
	return r.now()
}

// ReadSound writes the sound of one side of a turn, a file of Ogg Opus. That it
// is heard is durable before the first byte; nothing is written of a sound that
// is not whole.
func (r *Recorder) ReadSound(ctx context.Context, tenant string, id session.ID, turn uint64, side redact.Side, who Access, to io.Writer) error {
	k, err := r.kept(ctx, tenant, id)
	if err != nil {
		return err
	}
	use, err := who.use(k)
	if err != nil {
		return err
	}
	file, err := r.openSound(ctx, k, turn, side)
	if err != nil {
		return err
	}
	defer clear(file)
	if err := r.store.Do(ctx, func(tx *sql.Tx) error {
		return r.fact(tx, tenant, session.Fact{
			Kind: session.TranscriptRead, Session: id, Actor: who.Actor, Turn: session.TurnNo(turn),
			Purposes: session.AudioRecording, Policy: k.Policy, Count: use,
		})
	}); err != nil {
		return err
	}
	_, err = to.Write(file)
	return err
}

func (r *Recorder) openSound(ctx context.Context, k Kept, turn uint64, side redact.Side) ([]byte, error) {
	if turn == 0 || turn > 1<<32-1 || side > redact.Person {
		return nil, ErrUnknown
	}
	tx, err := r.store.DB().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	file, err := read.Sound(ctx, tx, r.keys, k.Tenant, k.Session, turn, side, r.past(k))
	if errors.Is(err, read.ErrNothing) {
		err = ErrUnknown
	}
	return file, err
}

// muted is how many turns one transaction of a sweep takes the sound from.
const muted = 8

// sweepSound removes sound that is past its time. The words are kept on.
func (r *Recorder) sweepSound(ctx context.Context, now time.Time, rep *Report) error {
	removed := false
	defer func() {
		if removed {
			r.dirty.rows.Store(true)
			r.dirty.keys.Store(true)
		}
	}()
	return r.inBatches(ctx, func() (bool, error) {
		var n int
		err := r.store.DoJob(ctx, store.Job{Urgent: true, Run: func(tx *sql.Tx) error {
			type one struct {
				tenant string
				id     session.ID
				turn   int64
			}
			rows, err := tx.Query(fmt.Sprintf("SELECT DISTINCT t.tenant, t.session, t.turn FROM sound t %s WHERE t.until <= $1 AND NOT %s LIMIT %d",
				ofConversation, heldBy, muted), millis(now))
			due, err := all(rows, err, func(o *one, scan func(...any) error) error {
				var id []byte
				err := scan(&o.tenant, &id, &o.turn)
				o.id = idOf(id)
				return err
			})
			n = len(due)
			for _, o := range due {
				if _, err := tx.Exec("DELETE FROM sound WHERE tenant = $1 AND session = $2 AND turn = $3", o.tenant, o.id[:], o.turn); err != nil {
					return err
				}
				if err := r.fact(tx, o.tenant, session.Fact{Kind: session.SoundExpired, Session: o.id, Turn: session.TurnNo(o.turn)}); err != nil {
					return err
				}
			}
			return err
		}})
		removed = removed || err == nil && n > 0
		rep.Sounds += n
		return n > 0, err
	})
}

// muteKeyless removes sound whose key is not among those that are known:
// nobody can open it.
func muteKeyless(tx *sql.Tx, known map[session.ID]bool) error {
	rows, err := tx.Query("SELECT DISTINCT key FROM sound")
	keys, err := all(rows, err, scanID)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if known[key] {
			continue
		}
		if _, err := tx.Exec("DELETE FROM sound WHERE key = $1", key[:]); err != nil {
			return err
		}
	}
	return nil
}

// soundKeys are the keys of the sounds of a session, by turn.
func soundKeys(tx *sql.Tx, tenant string, id session.ID) (map[uint64][]session.ID, error) {
	keys := map[uint64][]session.ID{}
	rows, err := tx.Query("SELECT DISTINCT turn, key FROM sound WHERE tenant = $1 AND session = $2", tenant, id[:])
	_, err = all(rows, err, func(_ *struct{}, scan func(...any) error) error {
		var turn uint64
		var key []byte
		err := scan(&turn, &key)
		keys[turn] = append(keys[turn], idOf(key))
		return err
	})
	return keys, err
}
