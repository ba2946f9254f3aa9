package recorder

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mayfly/recorder/export"
	"mayfly/recorder/read"
	"mayfly/recorder/seal"
	"mayfly/recorder/store"
	"mayfly/session"
)

// Transfer is what an export or an import did.
type Transfer struct {
	Sessions int
	Turns    int
	Items    int
	Sounds   int
	LeftOut  int // of an export: sessions whose use the person restricted
	Expired  int // of an import: turns past their time
	Erased   int // of an import: turns that were erased here before
	There    int // of an import: sessions that are here already
	Manifest [32]byte
}

// ErrMayNotKeep means that an avatar may not be recorded, and so nothing of it
// imported.
var ErrMayNotKeep = errors.New("the policy in force does not let it be recorded: switch that on before you import")

// exported is how many sessions get their facts in one transaction.
const exported = 20

// Export writes the sessions that a query chooses into a folder: for each a
// file of JSON Lines, which Import takes, one of text and one of captions, and
// a manifest with counts and checksums. That a session is exported is durable
// before a byte of it is written. If it is cut off, another Export into the
// same folder goes on. progress, which may be nil, is told how many sessions
// are done, of how many.
func (r *Recorder) Export(ctx context.Context, q Query, who Access, folder string, progress func(done, of int)) (Transfer, error) {
	return r.exportTo(ctx, q, who, progress, func() (export.Place, error) { return export.Create(folder, q.Tenant) })
}

// ExportSealed is Export to a bucket of the tenant: each file is sealed to its
// public key before it leaves. What is done is in a file at path until the end,
// which belongs to this tenant, bucket and key alone.
func (r *Recorder) ExportSealed(ctx context.Context, q Query, who Access, objects export.Objects, to export.Recipient, path string, progress func(done, of int)) (Transfer, error) {
	return r.exportTo(ctx, q, who, progress, func() (export.Place, error) {
		return export.CreateBucket(ctx, objects, to, q.Tenant, path)
	})
}

func (r *Recorder) exportTo(ctx context.Context, q Query, who Access, progress func(done, of int), create func() (export.Place, error)) (Transfer, error) {
	var out Transfer
	ids, err := r.exportable(ctx, q)
	if err != nil {
		return out, err
	}
	f, err := create()
	if err != nil {
		return out, err
	}
	var names []string
	for from := 0; from < len(ids); from += exported {
		batch := ids[from:min(from+exported, len(ids))]
		some, leftOut, err := r.exportSome(ctx, f, q.Tenant, batch, who)
		if err != nil {
			return out, errors.Join(err, f.Close())
		}
		names = append(names, some...)
		out.LeftOut += leftOut
		if progress != nil {
			progress(from+len(batch), len(ids))
		}
	}
	m, hash, err := f.Finish(ctx, names, out.LeftOut, r.now())
	if err != nil {
		return out, errors.Join(err, f.Close())
	}
	out.Sessions, out.Turns, out.Items, out.Sounds, out.Manifest = m.Sessions, m.Turns, m.Items, m.Sounds, hash
	return out, nil
}

// exportable are the sessions that a query chooses, oldest first.
func (r *Recorder) exportable(ctx context.Context, q Query) ([]session.ID, error) {
	q.After = session.ID{}
	where, args, err := q.where()
	if err != nil || q.Tenant == "" {
		return nil, errors.Join(err, ErrUnknown)
	}
	rows, err := r.store.DB().QueryContext(ctx, "SELECT c.session FROM conversation c WHERE "+where+" ORDER BY c.session", args...)
	return all(rows, err, scanID)
}

// exportSome exports some sessions. Those that are done already are named, too.
func (r *Recorder) exportSome(ctx context.Context, f export.Place, tenant string, ids []session.ID, who Access) (names []string, leftOut int, err error) {
	var open []Kept
	var facts []session.Fact
	for _, id := range ids {
		k, err := r.kept(ctx, tenant, id)
		if errors.Is(err, ErrUnknown) {
			continue // erased meanwhile
		}
		if err != nil {
			return nil, 0, err
		}
		use, err := who.use(k)
		if errors.Is(err, ErrRestricted) {
			leftOut++
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		had, err := r.had(ctx, f, k)
		if errors.Is(err, ErrUnknown) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		if had {
			names = append(names, id.String())
			continue
		}
		open = append(open, k)
		facts = append(facts, session.Fact{Kind: session.TranscriptExported, Session: id, Actor: who.Actor, Policy: k.Policy, Count: use})
	}
	if len(open) == 0 {
		return names, leftOut, nil
	}
	if err := r.store.Do(ctx, func(tx *sql.Tx) error {
		for _, fact := range facts {
			if err := r.fact(tx, tenant, fact); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return nil, 0, err
	}
	for _, k := range open {
		s, err := r.loadAll(ctx, k)
		if errors.Is(err, ErrUnknown) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		if err := r.exportOne(ctx, f, s); err != nil {
			return nil, 0, err
		}
		names = append(names, k.Session.String())
	}
	slices.Sort(names)
	return names, leftOut, nil
}

// had says that a session is done already, and has not changed since.
func (r *Recorder) had(ctx context.Context, f export.Place, k Kept) (bool, error) {
	there, err := f.Has(ctx, k.Session.String())
	if err != nil || !there {
		return false, err
	}
	s, err := r.loadAll(ctx, k)
	if err != nil {
		return false, err
	}
	files, err := r.filesOf(s)
	defer forget(files)
	return err == nil && f.Same(k.Session.String(), files), err
}

func (r *Recorder) exportOne(ctx context.Context, f export.Place, s *export.Session) error {
	files, err := r.filesOf(s)
	defer forget(files)
	if err != nil {
		return err
	}
	items := 0
	for _, t := range s.Turns {
		items += len(t.Items)
	}
	return f.Add(ctx, s.Transcript.Session.String(), len(s.Turns), items, s.Source(), files)
}

// filesOf are the files of a session, by their endings.
func (r *Recorder) filesOf(s *export.Session) (map[string][]byte, error) {
	files := map[string][]byte{}
	if err := r.soundFiles(s, files); err != nil {
		return files, err
	}
	for ending, write := range map[string]func(*bytes.Buffer) error{
		".jsonl": func(b *bytes.Buffer) error { return s.WriteLines(b) },
		".txt":   func(b *bytes.Buffer) error { return s.Write(b, Text) },
		".vtt":   func(b *bytes.Buffer) error { return s.Write(b, WebVTT) },
	} {
		var b bytes.Buffer
		err := write(&b)
		files[ending] = b.Bytes()
		if err != nil {
			return files, err
		}
	}
	return files, nil
}

func forget(files map[string][]byte) {
	for _, data := range files {
		clear(data)
	}
}

// loadAll opens all that is stored of a session.
func (r *Recorder) loadAll(ctx context.Context, k Kept) (*export.Session, error) {
	t, err := r.load(ctx, k)
	if err != nil {
		return nil, err
	}
	s := &export.Session{Transcript: t, Subject: k.Subject, Receipt: k.Receipt, Until: map[uint64]time.Time{}, Policies: map[uint64]uint64{}, Correctors: map[uint32]session.ID{}}
	rows, err := r.store.DB().QueryContext(ctx, "SELECT turn, until, policy FROM turn WHERE tenant = $1 AND session = $2", k.Tenant, k.Session[:])
	if _, err := all(rows, err, func(_ *struct{}, scan func(...any) error) error {
		var no, policy uint64
		var until int64
		err := scan(&no, &until, &policy)
		s.Until[no], s.Policies[no] = moment(until), policy
		return err
	}); err != nil {
		return nil, err
	}
	rows, err = r.store.DB().QueryContext(ctx, "SELECT item, actor FROM correction WHERE tenant = $1 AND session = $2", k.Tenant, k.Session[:])
	_, err = all(rows, err, func(_ *struct{}, scan func(...any) error) error {
		var item uint32
		var by []byte
		err := scan(&item, &by)
		s.Correctors[item] = idOf(by)
		return err
	})
	if err == nil {
		s.Sounds, err = r.loadSounds(ctx, k)
	}
	return s, err
}

// Import stores what Export wrote, for a tenant, with the times until which it
// was to be stored. All files are checked before anything is stored; when
// something goes wrong after that, what was stored is removed again. What is
// past its time, was erased here before, or is here already is not stored.
func (r *Recorder) Import(ctx context.Context, tenant, folder string, who Access, progress func(done, of int)) (Transfer, error) {
	var out Transfer
	m, hash, err := export.Open(folder)
	if err != nil {
		return out, err
	}
	out.Manifest = hash
	if err := m.Each(folder, func(s *export.Session) error { return r.importable(ctx, tenant, s) }); err != nil {
		return out, err
	}
	var stored []session.ID
	n := 0
	err = m.Each(folder, func(s *export.Session) error {
		turns, err := r.importOne(ctx, tenant, s, who, &out)
		if err == nil && turns > 0 {
			stored = append(stored, s.Transcript.Session)
		}
		n++
		if progress != nil {
			progress(n, m.Sessions)
		}
		return err
	})
	if err != nil {
		return Transfer{}, errors.Join(err, r.unimport(tenant, stored, who))
	}
	return out, nil
}

// importable is nil if a session may be stored.
func (r *Recorder) importable(ctx context.Context, tenant string, s *export.Session) error {
	db := r.store.DB()
	if err := errors.Join(mayImport(db.QueryRowContext(ctx, mayKeep, tenant, s.Avatar), s.Avatar), r.keys.State()); err != nil || len(s.Sounds) == 0 {
		return err
	}
	return mayHear(db.QueryRowContext(ctx, mayKeepSound, tenant, s.Avatar), s.Avatar)
}

// mayKeep counts the rows that let turns of an avatar be stored.
const mayKeep = `SELECT count(*) FROM recording r JOIN tenant t ON t.id = r.tenant
	WHERE r.tenant = $1 AND r.avatar = $2 AND r.allowed = 1 AND t.forced_off = 0 AND t.ended = 0
	AND EXISTS (SELECT 1 FROM setting WHERE name = 'off' AND value = 0)`

// mayImport is ErrMayNotKeep where mayKeep counted nothing.
func mayImport(row *sql.Row, avatar string) error {
	var n int
	err := row.Scan(&n)
	if err == nil && n == 0 {
		err = fmt.Errorf("avatar %.64q: %w", avatar, ErrMayNotKeep)
	}
	return err
}

// importOne stores one session, whole or not at all.
func (r *Recorder) importOne(ctx context.Context, tenant string, s *export.Session, who Access, out *Transfer) (turns int, err error) {
	id := s.Transcript.Session
	var last time.Time
	for _, until := range s.Until {
		if until.After(last) {
			last = until
		}
	}
	key := r.keys.Fresh(tenant, id, last)
	heard := r.soundsOf(tenant, s)
	var expired, erased, items, sounds int
	var there bool
	err = r.store.DoJob(ctx, store.Job{
		Prepare: func(keys *sql.Tx) error { return r.storeKeys(keys, key, heard) },
		Run: func(tx *sql.Tx) (err error) {
			turns, expired, erased, items, there = 0, 0, 0, 0, false
			sounds = 0
			due := int64(math.MaxInt64)
			for _, in := range heard {
				in.taken = false
			}
			// It may have been switched off since the files were checked.
			if err := mayImport(tx.QueryRow(mayKeep, tenant, s.Avatar), s.Avatar); err != nil {
				return err
			}
			if err := tx.QueryRow("SELECT count(*) > 0 FROM conversation WHERE tenant = $1 AND session = $2", tenant, id[:]).Scan(&there); err != nil || there {
				return err
			}
			for i := range s.Turns {
				turn := &s.Turns[i]
				if !s.Until[turn.No].After(r.now()) {
					expired++
					continue
				}
				buried, err := isBuried(tx, tenant, id, turn)
				if err != nil {
					return err
				}
				if buried {
					erased++
					continue
				}
				if err := importTurn(tx, key, s, turn); err != nil {
					return err
				}
				n, err := heard[turn.No].take(tx, s.Avatar, turn)
				if err != nil {
					return err
				}
				sounds += n
				due = min(due, millis(s.Until[turn.No]))
				turns++
				items += len(turn.Items)
			}
			if turns == 0 {
				return nil
			}
			if _, err := tx.Exec(keepConversation, tenant, id[:], s.Avatar, millis(s.Began), s.Locale, s.Subject, s.Receipt[:], strings.Join(s.Purposes, " "), due); err != nil {
				return err
			}
			return r.fact(tx, tenant, session.Fact{Kind: session.TranscriptImported, Session: id, Actor: who.Actor, Count: uint64(turns)})
		},
		Shred: func(keys *sql.Tx) error {
			return r.shredUnused(keys, key, turns > 0, heard)
		},
	})
	if err != nil {
		return 0, err
	}
	out.Expired, out.Erased = out.Expired+expired, out.Erased+erased
	if there {
		out.There++
	}
	if turns > 0 {
		out.Sessions, out.Turns, out.Items = out.Sessions+1, out.Turns+turns, out.Items+items
		out.Sounds += sounds
	}
	return turns, nil
}

// isBuried says that a turn, or an item of it, was erased here after it was
// stored.
func isBuried(tx *sql.Tx, tenant string, id session.ID, turn *read.Turn) (buried bool, err error) {
	err = tx.QueryRow("SELECT count(*) > 0 FROM tombstone WHERE tenant = $1 AND session = $2 AND (turn = 0 OR turn = $3) AND at >= $4",
		tenant, id[:], int64(turn.No), millis(turn.At)).Scan(&buried)
	return buried, err
}

func importTurn(tx *sql.Tx, key *seal.Key, s *export.Session, turn *read.Turn) error {
	sealed, err := export.SealTurn(key, turn)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO turn (tenant, session, turn, at, until, policy, items, key, sealed, source) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		key.Tenant, key.Session[:], int64(turn.No), millis(turn.At), millis(s.Until[turn.No]), int64(s.Policies[turn.No]), len(turn.Items), key.ID[:], sealed, turn.Source); err != nil {
		return err
	}
	for i := range turn.Items {
		it := &turn.Items[i]
		if it.Corrected == nil {
			continue
		}
		by := s.Correctors[it.No]
		if _, err := tx.Exec("INSERT INTO correction (tenant, session, item, at, actor, key, sealed, turn) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			key.Tenant, key.Session[:], it.No, millis(it.Corrected.At), by[:], key.ID[:], export.SealCorrection(key, it), int64(turn.No)); err != nil {
			return err
		}
	}
	return nil
}

// unimport removes what an import stored before it failed. It goes on when the
// caller has gone.
func (r *Recorder) unimport(tenant string, stored []session.ID, who Access) error {
	for _, id := range stored {
		err := r.store.DoJob(context.Background(), store.Job{
			Urgent: true,
			Run: func(tx *sql.Tx) error {
				const stone = " FROM tombstone WHERE tenant = $1 AND session = $2 AND turn = 0 AND item = 0"
				var before sql.NullInt64
				if err := tx.QueryRow("SELECT max(at)"+stone, tenant, id[:]).Scan(&before); err != nil {
					return err
				}
				n, err := r.remove(tx, tenant, id)
				if err != nil {
					return err
				}
				// It was never here: another import may bring it.
				if _, err := tx.Exec("DELETE"+stone, tenant, id[:]); err != nil {
					return err
				}
				if before.Valid {
					if err := bury(tx, tenant, id, 0, 0, before.Int64); err != nil {
						return err
					}
				}
				return r.fact(tx, tenant, session.Fact{Kind: session.TranscriptErased, Session: id, Actor: who.Actor, Count: uint64(n)})
			},
			Shred: func(keys *sql.Tx) error { return r.keys.ShredSession(keys, tenant, id) },
		})
		if err != nil {
			return err
		}
	}
	r.dirty.rows.Store(true)
	r.dirty.keys.Store(true)
	return nil
}
