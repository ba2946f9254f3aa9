package seal

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"mayfly/session"
)

// cached is how long the key of a session that says nothing stays in memory.
const cached = 2 * time.Hour

// Keys are all keys, under one master key.
type Keys struct {
	db   *sql.DB
	file string // of the master key

	// rotating is held while the master key changes, and for reading by who
	// reads keys outside the writer.
	rotating sync.RWMutex
	wrapper  atomic.Pointer[Wrapper]
	state    atomic.Pointer[error]

	mu   sync.Mutex
	live map[ref]*Key // guarded by mu

	pseudonyms sync.Map // tenant: the key that its pseudonyms are made with
	tokens     sync.Map // tenant: the key that it hashes personal data with
}

type ref struct {
	tenant  string
	session session.ID
}

// Open reads the master key and checks that it is the one of this database. A
// master key that is lost or wrong is no error: State says so. It is made if
// make is true, which it may be only when there is no database yet.
func Open(ctx context.Context, db *sql.DB, file string, fresh bool) (*Keys, error) {
	k := &Keys{db: db, file: file, live: map[ref]*Key{}}
	known, checked, err := k.known(ctx)
	if err != nil {
		return nil, err
	}
	w, err := k.load(known, fresh)
	if err == nil && known == "" {
		if !fresh {
			err = fmt.Errorf("the database of keys is empty, but there is one of transcripts: what was recorded cannot be read, and nothing is recorded. Restore keys.db from a backup, or begin with an empty data folder")
		} else if e := k.check(ctx, w); e != nil {
			return nil, e
		}
	}
	if err == nil && known != "" {
		if _, e := w.Unwrap(checked, checkData(known)); e != nil {
			err = wrong(file, known, w.ID())
		}
	}
	if err != nil {
		k.state.Store(&err)
		return k, nil
	}
	k.wrapper.Store(&w)
	return k, nil
}

func checkData(id string) []byte { return []byte("master key " + id) }

func wrong(file, want, have string) error {
	return fmt.Errorf("%w: the database was made with master key %s and %s holds %s. What was recorded cannot be read, and nothing is recorded. Put the right key back, or name its file", ErrWrongMaster, want, file, have)
}

// ErrWrongMaster means that the master key is one, but not of this database.
var ErrWrongMaster = errors.New("this is another master key")

// known is which master key the database was made with, "" if none.
func (k *Keys) known(ctx context.Context) (id string, checked []byte, err error) {
	err = k.db.QueryRowContext(ctx, "SELECT id, checked FROM master WHERE one = 1").Scan(&id, &checked)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, checked, err
}

// load reads the master key. A rotation that stopped half way is ended: the
// database says which of two keys counts.
func (k *Keys) load(known string, fresh bool) (Wrapper, error) {
	if next, err := LoadMaster(k.file + nextFile); err == nil && known != "" && next.ID() == known {
		if err := os.Rename(k.file+nextFile, k.file); err != nil {
			return nil, err
		}
		return next, syncFolder(k.file)
	}
	w, err := LoadMaster(k.file)
	switch {
	case errors.Is(err, ErrNoMaster) && fresh:
		return MakeMaster(k.file)
	case errors.Is(err, ErrNoMaster):
		return nil, fmt.Errorf("%w. What was recorded cannot be read, and nothing is recorded. Put the key back from where you keep it, or name its file; without it nobody can read what was recorded", err)
	case err != nil:
		return nil, fmt.Errorf("%w. Nothing is recorded until then", err)
	case known != "" && w.ID() != known:
		return nil, wrong(k.file, known, w.ID())
	}
	_ = os.Remove(k.file + nextFile) // a rotation that never became one
	return w, nil
}

// check writes the row that knows the master key.
func (k *Keys) check(ctx context.Context, w Wrapper) error {
	sealed, err := w.Wrap([]byte("mayfly"), checkData(w.ID()))
	if err == nil {
		_, err = k.db.ExecContext(ctx, "INSERT INTO master (one, id, checked) VALUES (1, $1, $2)", w.ID(), sealed)
	}
	return err
}

// State is nil when keys can be used, or says what happened and what to do.
func (k *Keys) State() error {
	if p := k.state.Load(); p != nil {
		return *p
	}
	return nil
}

// For is the key that a session seals with. It touches no disk: a new one has
// to be stored, with Store, before what it sealed is.
func (k *Keys) For(tenant string, id session.ID, until time.Time) *Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, now := ref{tenant, id}, time.Now().Unix()
	key := k.live[r]
	if key == nil {
		key = newKey(tenant, id, EpochOf(until))
		k.live[r] = key
	}
	key.used.Store(now)
	return key
}

// Postpone remembers that nothing of a session is due before a time, in
// milliseconds. Only who writes to the database calls it.
func (k *Keys) Postpone(tenant string, id session.ID, due int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key := k.live[ref{tenant, id}]; key != nil {
		key.due.Store(due)
	}
}

// Tidy lets go of the keys of sessions that have said nothing for long.
func (k *Keys) Tidy() {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := time.Now().Add(-cached).Unix()
	for r, key := range k.live {
		if key.used.Load() < before {
			delete(k.live, r)
		}
	}
}

// Store adds a key, and that of its epoch if need be. It may be called again.
func (k *Keys) Store(tx *sql.Tx, key *Key) error {
	w := k.wrapper.Load()
	if w == nil {
		return k.State()
	}
	epoch, err := epochKey(tx, *w, key.Tenant, key.Epoch)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO session_key (id, tenant, session, epoch, wrapped) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING",
		key.ID[:], key.Tenant, key.Session[:], key.Epoch, epoch.Seal(nil, nil, key.secret[:], keyData(key)))
	return err
}

// keyData binds a session's key to where it belongs.
func keyData(key *Key) []byte {
	p := Place{0, key.Tenant, key.Session, uint64(key.Epoch)}
	return append(p.appendTo(nil), key.ID[:]...)
}

func epochData(tenant string, epoch int) []byte {
	return append(binary.BigEndian.AppendUint32([]byte("epoch key "), uint32(epoch)), tenant...)
}

// epochKey reads a tenant's key of an epoch, or makes it.
func epochKey(tx *sql.Tx, w Wrapper, tenant string, epoch int) (sealer, error) {
	var wrapped []byte
	err := tx.QueryRow("SELECT wrapped FROM epoch_key WHERE tenant = $1 AND epoch = $2", tenant, epoch).Scan(&wrapped)
	if err == nil {
		return openEpoch(w, tenant, epoch, wrapped)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	secret := newKey(tenant, session.ID{}, epoch).secret
	defer clear(secret[:])
	if wrapped, err = w.Wrap(secret[:], epochData(tenant, epoch)); err != nil {
		return nil, err
	}
	_, err = tx.Exec("INSERT INTO epoch_key (tenant, epoch, wrapped) VALUES ($1, $2, $3)", tenant, epoch, wrapped)
	return newSealer(secret[:]), err
}

func openEpoch(w Wrapper, tenant string, epoch int, wrapped []byte) (sealer, error) {
	secret, err := w.Unwrap(wrapped, epochData(tenant, epoch))
	if err != nil {
		return nil, fmt.Errorf("the key of %d of tenant %s: %w", epoch, tenant, ErrDamaged)
	}
	defer clear(secret)
	return newSealer(secret), nil
}

// ErrNoKey means that a key was destroyed, and with it what it sealed.
var ErrNoKey = errors.New("its key was destroyed")

// Read is a key that was stored. It is not cached.
func (k *Keys) Read(ctx context.Context, tenant string, id, keyID session.ID) (*Key, error) {
	k.rotating.RLock()
	defer k.rotating.RUnlock()
	w := k.wrapper.Load()
	if w == nil {
		return nil, k.State()
	}
	key := &Key{ID: keyID, Tenant: tenant, Session: id}
	var wrapped, epochWrapped []byte
	err := k.db.QueryRowContext(ctx, `SELECT s.epoch, s.wrapped, e.wrapped FROM session_key s
		JOIN epoch_key e ON e.tenant = s.tenant AND e.epoch = s.epoch
		WHERE s.id = $1 AND s.tenant = $2 AND s.session = $3`, keyID[:], tenant, id[:]).Scan(&key.Epoch, &wrapped, &epochWrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoKey
	}
	if err != nil {
		return nil, err
	}
	epoch, err := openEpoch(*w, tenant, key.Epoch, epochWrapped)
	if err != nil {
		return nil, err
	}
	secret, err := epoch.Open(nil, nil, wrapped, keyData(key))
	if err != nil || len(secret) != len(key.secret) {
		return nil, fmt.Errorf("the key of session %s: %w", id, ErrDamaged)
	}
	copy(key.secret[:], secret)
	clear(secret)
	key.aead = newSealer(key.secret[:])
	key.stored.Store(true)
	return key, nil
}

// Forget makes sure that what the session's key in memory sealed is not
// stored any more. The next turn gets a new one.
func (k *Keys) Forget(tenant string, id session.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key := k.live[ref{tenant, id}]; key != nil {
		key.dead.Store(true)
		delete(k.live, ref{tenant, id})
	}
}

// Fresh is a second key for a session. Nothing uses it until Replace.
func (k *Keys) Fresh(tenant string, id session.ID, until time.Time) *Key {
	return newKey(tenant, id, EpochOf(until))
}

// Replace makes a key the one that its session seals with. What another one
// sealed and is not stored yet will not be.
func (k *Keys) Replace(key *Key) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r := ref{key.Tenant, key.Session}
	if old := k.live[r]; old != nil && old != key {
		old.dead.Store(true)
	}
	key.used.Store(time.Now().Unix())
	k.live[r] = key
}

// ForgetTenant is Forget for all sessions of a tenant.
func (k *Keys) ForgetTenant(tenant string) {
	k.pseudonyms.Delete(tenant)
	k.tokens.Delete(tenant)
	k.mu.Lock()
	defer k.mu.Unlock()
	for r, key := range k.live {
		if r.tenant == tenant {
			key.dead.Store(true)
			delete(k.live, r)
		}
	}
}

// ShredSession destroys all keys of a session.
func (k *Keys) ShredSession(tx *sql.Tx, tenant string, id session.ID) error {
	_, err := tx.Exec("DELETE FROM session_key WHERE tenant = $1 AND session = $2", tenant, id[:])
	return err
}

// ShredTenant destroys all keys of a tenant and says how many there were.
func (k *Keys) ShredTenant(tx *sql.Tx, tenant string) (int64, error) {
	res, err := tx.Exec("DELETE FROM session_key WHERE tenant = $1", tenant)
	if err != nil {
		return 0, err
	}
	n, _ := res.RowsAffected()
	_, err = tx.Exec("DELETE FROM epoch_key WHERE tenant = $1", tenant)
	return n, err
}

// Shred destroys one key.
func (k *Keys) Shred(tx *sql.Tx, id session.ID) error {
	_, err := tx.Exec("DELETE FROM session_key WHERE id = $1", id[:])
	return err
}

// ShredEpochs destroys the keys of months that are over and protect nothing
// any more.
func (k *Keys) ShredEpochs(tx *sql.Tx, now time.Time) error {
	_, err := tx.Exec(`DELETE FROM epoch_key WHERE epoch < $1 AND NOT EXISTS
		(SELECT 1 FROM session_key s WHERE s.tenant = epoch_key.tenant AND s.epoch = epoch_key.epoch)`, EpochOf(now))
	return err
}
