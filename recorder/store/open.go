package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
)

// The files of a store in its folder.
const (
	DataFile    = "mayfly.db"
	KeysFile    = "keys.db"
	ballastFile = "ballast"
)

//go:embed migrations
var migrations embed.FS

// pragmas hold for every connection. What is deleted is overwritten; a commit
// that returned is on the disk; nothing is sorted in a file.
var pragmas = []string{
	"journal_mode(WAL)",
	"synchronous(FULL)",
	"secure_delete(ON)",
	"temp_store(MEMORY)",
	"trusted_schema(OFF)",
	"cache_size(-16384)",
	"wal_autocheckpoint(4000)",
	"journal_size_limit(67108864)",
}

// readOnly is the pragma of connections that only read.
const readOnly = "query_only(ON)"

// exclusive is the pragma of a database that no second process may open. It
// comes before all others.
const exclusive = "locking_mode(EXCLUSIVE)"

// unmapped is the part of SQLite that keeps the index of the write-ahead log
// in memory, for all connections of one process, and no second process in the
// database. Without it the index is a mapped file: on a disk that stands
// still a thread that writes to it stands still too, unseen by the scheduler,
// and with it every session, once the garbage collector wants all threads.
const unmapped = "unix-excl"

// dsn names a database file for the driver.
func dsn(file string, more ...string) string {
	wait := "busy_timeout(5000)"
	if slices.Contains(more, exclusive) {
		wait = "busy_timeout(200)" // who has it keeps it
	}
	all := slices.Concat(more, []string{wait}, pragmas)
	q := url.Values{"_pragma": all}
	if runtime.GOOS != "windows" {
		q.Set("vfs", unmapped)
	}
	if !slices.Contains(more, readOnly) {
		q.Set("_txlock", "immediate")
	}
	return (&url.URL{Scheme: "file", Path: file, RawQuery: q.Encode()}).String()
}

// Open opens the databases in a folder, makes those that are not there and
// brings their schema up to date.
func Open(ctx context.Context, folder string) (*Store, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	s := &Store{folder: folder, queue: make(chan *job, queued), stop: make(chan struct{}), opened: time.Now()}
	s.fresh = !exists(filepath.Join(folder, DataFile)) && !exists(filepath.Join(folder, KeysFile))
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.closeFiles())
	}
	if s.short = !s.ballast(); s.short {
		full := ErrFull
		s.trouble.Store(&full)
	}
	s.running.Go(s.writer)
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	data, keys := filepath.Join(s.folder, DataFile), filepath.Join(s.folder, KeysFile)
	s.keysLost = !s.fresh && !exists(keys)
	if err := errors.Join(makeFile(keys), makeFile(data)); err != nil {
		return err
	}
	// Whoever has the keys has both: no second process may cache them.
	if s.keys, err = openFile(ctx, keys, 1, exclusive); err != nil {
		return err
	}
	if err = migrate(ctx, s.keys, keys, "migrations/keys"); err != nil {
		return err
	}
	if s.w, err = openFile(ctx, data, 1); err != nil {
		return err
	}
	if err = migrate(ctx, s.w, data, "migrations/sqlite"); err != nil {
		return err
	}
	s.db, err = openFile(ctx, data, 4, readOnly)
	return err
}

// makeFile makes a database file, if there is none, that only its owner may
// read. It is for before the first connection: with any file that is closed the
// process loses all its locks on it (POSIX), and with them what keeps other
// processes out of the database.
func makeFile(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("the database cannot be opened: %w", err)
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}

// openFile opens one database file.
func openFile(ctx context.Context, file string, conns int, more ...string) (*sql.DB, error) {
	c, err := newPrepared(dsn(file, more...))
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the database %s cannot be opened: %w", file, named(err)), db.Close())
	}
	return db, nil
}

// migrate brings a schema up to date, and refuses one that is newer.
func migrate(ctx context.Context, db *sql.DB, file, folder string) error {
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	sources := p.ListSources()
	knows := sources[len(sources)-1].Version
	has, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("the database %s cannot be read: %w", path.Base(file), named(err))
	}
	if has > knows {
		e := ErrNewer{File: file, Has: has, Knows: knows, Wanted: "that wrote it"}
		_ = db.QueryRowContext(ctx, "SELECT version FROM written_by").Scan(&e.Wanted)
		return e
	}
	if has == knows {
		return nil
	}
	if _, err = p.Up(ctx); err != nil {
		return fmt.Errorf("the schema of %s cannot be brought up to date: %w", file, named(err))
	}
	for _, q := range []string{"CREATE TABLE IF NOT EXISTS written_by (version TEXT NOT NULL)", "DELETE FROM written_by"} {
		if _, err = db.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	_, err = db.ExecContext(ctx, "INSERT INTO written_by (version) VALUES ($1)", program())
	return err
}

// program is the version of this program.
func program() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}
