// Package store is where the recorder's rows are: a database for what is kept,
// a second one for the keys that it is sealed with, and one writer for both.
//
// It knows neither turns nor facts. What is told apart by a tenant has the
// tenant in its key and in every statement.
package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Store is an open pair of databases.
type Store struct {
	folder   string
	fresh    bool    // neither database was there
	keysLost bool    // there was a database, but no keys
	db       *sql.DB // readers
	w        *sql.DB // one connection, used by the writer only
	keys     *sql.DB // one connection

	queue   chan *job
	stop    chan struct{}
	running sync.WaitGroup
	closing sync.RWMutex // held for reading while something is put into queue
	closed  bool         // guarded by closing

	owed    []*job                // owned by the writer: to be taken back, and could not be
	short   bool                  // owned by the writer: the ballast is gone
	tried   time.Time             // owned by the writer: when it was last put back, or let go
	trouble atomic.Pointer[error] // why the last batch was not stored

	opened time.Time
	began  atomic.Int64 // nanoseconds from opened to when the batch under way began; zero: there is none
}

// stillAfter is how long a batch may take before the disk counts as one that
// does not answer: sooner than the first turn that waits for it has failed.
const stillAfter = 1500 * time.Millisecond

// Fresh says that Open made both databases.
func (s *Store) Fresh() bool { return s.fresh }

// KeysLost says that there was a database but the one with the keys was gone.
func (s *Store) KeysLost() bool { return s.keysLost }

// Folder is where the files are.
func (s *Store) Folder() string { return s.folder }

// DB reads. It cannot write.
func (s *Store) DB() *sql.DB { return s.db }

// Keys is the database of keys. It has one connection: whoever holds rows or a
// transaction of it keeps the writer waiting.
func (s *Store) Keys() *sql.DB { return s.keys }

// Trouble is why nothing is stored now: the last batch could not be, or the one
// under way takes too long. Nil: there is none.
func (s *Store) Trouble() error {
	if began := s.began.Load(); began != 0 && time.Since(s.opened)-time.Duration(began) > stillAfter {
		return ErrStill
	}
	if p := s.trouble.Load(); p != nil {
		return *p
	}
	return nil
}

// Checkpoint moves everything from the write-ahead log of the data into the
// database and empties it. False: readers were in the way.
func (s *Store) Checkpoint(ctx context.Context) (bool, error) {
	var done bool
	err := s.Idle(ctx, func(w *sql.DB) (err error) {
		done, err = truncate(ctx, w)
		return err
	})
	return done, err
}

// truncate empties a database's write-ahead log: what was deleted is then gone
// from it too.
func truncate(ctx context.Context, db *sql.DB) (bool, error) {
	var busy, pages, moved int
	if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil {
		return false, err
	}
	return busy == 0, nil
}

// Close stores what waits, and closes the databases.
func (s *Store) Close() error {
	s.closing.Lock()
	if s.closed {
		s.closing.Unlock()
		return nil
	}
	s.closed = true
	s.closing.Unlock()
	close(s.stop)
	s.running.Wait()
	return s.closeFiles()
}

func (s *Store) closeFiles() error {
	var errs []error
	for _, db := range []*sql.DB{s.db, s.w, s.keys} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

func (s *Store) path(name string) string { return filepath.Join(s.folder, name) }
