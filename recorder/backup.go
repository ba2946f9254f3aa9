package recorder

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"mayfly/recorder/store"
	"mayfly/session"
)

// The files of a backup. Keys have a folder of their own, so that they can be
// kept elsewhere and for a shorter time. The manifest is written last: a
// folder without one is no backup.
const (
	backupKeys     = "keys"
	backupManifest = "manifest.json"
)

// manifest says what a backup is.
type manifest struct {
	Version  int       `json:"mayfly_backup"`
	Made     time.Time `json:"made_at"`
	Sessions int       `json:"sessions"`
	Turns    int       `json:"turns"`
	Keys     int       `json:"keys"`
	Data     fileSum   `json:"data"`
	KeyFile  fileSum   `json:"keys_file"`
	// Beside are files that go with the keys, by name.
	Beside map[string]fileSum `json:"beside,omitempty"`
}

type fileSum struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Errors of backups.
var (
	ErrNotEmpty  = errors.New("the folder is there and not empty: name one that is not, or is empty")
	ErrNoBackup  = errors.New("this is not a whole backup: it has no manifest.json. Take another one")
	ErrBadBackup = errors.New("the backup was damaged or changed: take another one, or get this one again from where it came from")
)

// Backup copies everything into a folder while the recorder goes on, and looks
// whether the copies are sound. It is all of one moment: keys that were
// destroyed while it was made are not in it. The master key is never in it.
// beside are names of small files of the data folder that are kept with the
// keys; one that is not there is left out.
func (r *Recorder) Backup(ctx context.Context, folder string, beside ...string) (Report, error) {
	rep := Report{Unreached: []string{
		"the master key is not in it: keep that apart, without it no backup can be read",
		filepath.Join(folder, backupKeys) + " holds the keys: keep it apart from the rest, and no longer than an erasure may take",
	}}
	if err := emptyFolder(folder); err != nil {
		return rep, err
	}
	keys := filepath.Join(folder, backupKeys)
	if err := os.MkdirAll(keys, 0o700); err != nil {
		return rep, err
	}
	m := manifest{Version: 1, Made: r.now().UTC()}
	// Rows first: a key may then be gone that a row needs, but no row can have
	// been erased whose key is there for ever.
	data, err := readOnlyFile(filepath.Join(r.store.Folder(), store.DataFile))
	if err != nil {
		return rep, err
	}
	defer data.Close()
	if m.Data, err = vacuumInto(ctx, data, filepath.Join(folder, store.DataFile)); err != nil {
		return rep, err
	}
	if err := r.store.Idle(ctx, func(*sql.DB) (err error) {
		m.KeyFile, err = vacuumInto(ctx, r.store.Keys(), filepath.Join(keys, store.KeysFile))
		return err
	}); err != nil {
		return rep, err
	}
	for _, name := range beside {
		err := copyFile(filepath.Join(r.store.Folder(), name), filepath.Join(keys, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return rep, err
		}
		if m.Beside == nil {
			m.Beside = map[string]fileSum{}
		}
		if m.Beside[name], err = sum(filepath.Join(keys, name)); err != nil {
			return rep, err
		}
	}
	if err := m.look(ctx, folder, keys); err != nil {
		return rep, err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return rep, err
	}
	if err := writeSynced(filepath.Join(folder, backupManifest), append(text, '\n')); err != nil {
		return rep, err
	}
	rep.Sessions, rep.Turns, rep.Keys = m.Sessions, m.Turns, int64(m.Keys)
	// The copy is there, on a full disk too: that it is must be in the log.
	return rep, r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		return r.fact(tx, "", session.Fact{Kind: session.BackedUp, Count: uint64(m.Data.Bytes + m.KeyFile.Bytes), Hash: sha256.Sum256(append(text, '\n'))})
	})
}

// emptyFolder is ErrNotEmpty if something is in the folder.
func emptyFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s: %w", folder, ErrNotEmpty)
	}
	return err
}

// readOnlyFile opens a database for reading beside who writes it.
func readOnlyFile(path string) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&_pragma=busy_timeout(5000)"}).String())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// vacuumInto copies a database as it is at one moment, without what was
// deleted, and makes the copy durable.
func vacuumInto(ctx context.Context, db *sql.DB, path string) (fileSum, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // only its owner may read it
	if err != nil {
		return fileSum{}, err
	}
	if err := f.Close(); err != nil {
		return fileSum{}, err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO $1", path); err != nil {
		return fileSum{}, fmt.Errorf("the database cannot be copied to %s: %w", path, err)
	}
	if err := syncPath(path); err != nil {
		return fileSum{}, err
	}
	return sum(path)
}

func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func writeSynced(path string, data []byte) error {
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return err
	}
	return errors.Join(syncPath(path), syncPath(filepath.Dir(path)))
}

func sum(path string) (fileSum, error) {
	f, err := os.Open(path)
	if err != nil {
		return fileSum{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return fileSum{Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))}, err
}

// look opens both copies, has SQLite check them, and counts.
func (m *manifest) look(ctx context.Context, folder, keys string) error {
	data, err := readOnlyFile(filepath.Join(folder, store.DataFile))
	if err != nil {
		return err
	}
	defer data.Close()
	keyFile, err := readOnlyFile(filepath.Join(keys, store.KeysFile))
	if err != nil {
		return err
	}
	defer keyFile.Close()
	for _, db := range []*sql.DB{data, keyFile} {
		var said string
		if err := db.QueryRowContext(ctx, "PRAGMA integrity_check").Scan(&said); err != nil || said != "ok" {
			return errors.Join(ErrBadBackup, err)
		}
	}
	for _, q := range []struct {
		db   *sql.DB
		text string
		into *int
	}{
		{data, "SELECT count(*) FROM conversation", &m.Sessions},
		{data, "SELECT count(*) FROM turn", &m.Turns},
		{keyFile, "SELECT count(*) FROM session_key", &m.Keys},
	} {
		if err := q.db.QueryRowContext(ctx, q.text).Scan(q.into); err != nil {
			return errors.Join(ErrBadBackup, err)
		}
	}
	return nil
}

// readManifest reads what a backup says of itself, and checks that its files
// are what it says.
func readManifest(folder, keys string) (m manifest, hash [32]byte, err error) {
	text, err := os.ReadFile(filepath.Join(folder, backupManifest))
	if errors.Is(err, fs.ErrNotExist) {
		return m, hash, fmt.Errorf("%s: %w", folder, ErrNoBackup)
	}
	if err != nil {
		return m, hash, err
	}
	if json.Unmarshal(text, &m) != nil || m.Version != 1 {
		return m, hash, fmt.Errorf("%s: %w", filepath.Join(folder, backupManifest), ErrBadBackup)
	}
	type claim struct {
		path string
		want fileSum
	}
	claims := []claim{{filepath.Join(folder, store.DataFile), m.Data}, {filepath.Join(keys, store.KeysFile), m.KeyFile}}
	for name, want := range m.Beside {
		if name != filepath.Base(name) || name == store.DataFile || name == store.KeysFile || name[0] == '.' {
			return m, hash, fmt.Errorf("%s: %w", filepath.Join(folder, backupManifest), ErrBadBackup)
		}
		claims = append(claims, claim{filepath.Join(keys, name), want})
	}
	for _, f := range claims {
		have, err := sum(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			return m, hash, fmt.Errorf("%s is missing: bring the whole backup together, or say where its keys are", f.path)
		}
		if err != nil {
			return m, hash, err
		}
		if have != f.want {
			return m, hash, fmt.Errorf("%s: %w", f.path, ErrBadBackup)
		}
	}
	return m, sha256.Sum256(text), nil
}
