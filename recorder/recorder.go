// Package recorder keeps what may be kept: turns that a session granted and
// redact made, sealed; what tenants decided; and the facts about both. It is
// the only code of Mayfly that writes to a database.
//
// Everything fails closed. A turn is stored only if, in the transaction that
// stores it, the tenant's policy allows it, nobody forced recording off, and
// the session still wants it.
package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"mayfly/recorder/audit"
	"mayfly/recorder/seal"
	"mayfly/recorder/store"
	"mayfly/session"
)

// Options say where a Recorder keeps its files.
type Options struct {
	// Folder holds the databases. It must exist.
	Folder string
	// MasterKey is a file; empty means master.key in Folder. It is made if
	// there is no database yet.
	MasterKey string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Sign signs what is said of a file of sound that is exported, and returns
	// a JWS with that in it; nil: no sound is exported.
	Sign func(manifest []byte) (jws string, err error)
}

// Recorder is an open recorder.
type Recorder struct {
	store *store.Store
	keys  *seal.Keys
	now   func() time.Time
	sign  func([]byte) (string, error)

	counts   counts
	dirty    dirty
	index    audit.Index // of the logs, to find facts in them
	affected affected

	sweeping  sync.Mutex // held by Sweep
	rewritten time.Time  // guarded by sweeping: when the database of keys was written anew
	stop      context.CancelFunc
	loop      sync.WaitGroup
}

// Errors of a Recorder. Those of the store are ErrNewer, ErrFull and so on.
var (
	ErrDropped    = errors.New("the turn may not be kept any more")
	ErrHeld       = errors.New("it is held and cannot be erased yet")
	ErrBusy       = store.ErrBusy
	ErrLocked     = store.ErrLocked
	ErrFull       = store.ErrFull
	ErrStill      = store.ErrStill
	ErrKeyKept    = store.ErrKeyKept
	ErrUnknown    = errors.New("there is no such thing")
	ErrExists     = errors.New("it exists already")
	ErrPurpose    = errors.New("the person did not agree to this purpose")
	ErrRestricted = errors.New("the person restricted what is stored of this session")
	ErrLastKey    = errors.New("it is the last key of an admin; make another first")
	ErrInvalid    = errors.New("it cannot be stored")
)

// ErrNewer means that the database was written by a newer program.
type ErrNewer = store.ErrNewer

// ErrStale means that a change was based on a version that is not the last.
type ErrStale struct{ Have uint64 }

func (e ErrStale) Error() string {
	return fmt.Sprintf("somebody else changed it: it is at version %d now", e.Have)
}

// Open opens what is in the folder, or makes it. A master key that is lost or
// wrong is no error: Ready says so, and nothing is recorded.
func Open(ctx context.Context, o Options) (*Recorder, error) {
	if o.MasterKey == "" {
		o.MasterKey = filepath.Join(o.Folder, "master.key")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s, err := store.Open(ctx, o.Folder)
	if err != nil {
		return nil, err
	}
	keys, err := seal.Open(ctx, s.Keys(), o.MasterKey, s.Fresh())
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	r := &Recorder{store: s, keys: keys, now: o.Now, sign: o.Sign}
	loop, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	r.loop.Go(func() { r.tend(loop) })
	return r, nil
}

// Close stores what waits and closes the databases.
func (r *Recorder) Close() error {
	r.stop()
	r.loop.Wait()
	r.flushLast()
	return r.store.Close()
}

// Ready is nil when turns can be kept. An error says why not, and what to do.
func (r *Recorder) Ready() error {
	if err := r.keys.State(); err != nil {
		return err
	}
	if err := r.store.Trouble(); err != nil {
		return fmt.Errorf("nothing can be stored: %w. Nothing is recorded until it can", err)
	}
	return nil
}

// Trouble is why nothing can be stored now: ErrFull, ErrLocked, ErrStill or
// another fault of the disk. Nil: there is none.
func (r *Recorder) Trouble() error { return r.store.Trouble() }

// tendEvery is how often counts are written and chores are done.
const tendEvery = 500 * time.Millisecond

// tend writes counts, destroys what is still to be destroyed, and finds out
// whether a disk that failed works again.
func (r *Recorder) tend(ctx context.Context) {
	t := time.NewTicker(tendEvery)
	defer t.Stop()
	r.dirty.keys.Store(true) // a process that died may have left some
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if r.store.Trouble() != nil {
			_ = r.probe(ctx)
		}
		r.flush()
		r.destroy(ctx)
		r.overwrite(ctx)
		if n%600 == 0 {
			r.keys.Tidy()
		}
	}
}

// probe writes a row as it is.
func (r *Recorder) probe(ctx context.Context) error {
	return r.store.DoJob(ctx, store.Job{Run: func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE setting SET value = value WHERE name = 'off'")
		return err
	}})
}

// fact appends a fact to a tenant's log, in the transaction of what it is
// about.
func (r *Recorder) fact(tx *sql.Tx, tenant string, f session.Fact) error {
	_, err := audit.Append(context.Background(), tx, tenant, r.now(), f)
	return err
}

// mark makes the gateway look again.
func mark(tx *sql.Tx) error {
	_, err := tx.Exec("UPDATE setting SET value = value + 1 WHERE name = 'mark'")
	return err
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// idOf reads an id from a column.
func idOf(b []byte) (id session.ID) {
	copy(id[:], b)
	return id
}
