package tenant

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mayfly/session"
)

// Directory finds tenants by their keys and ids. It holds one immutable
// snapshot that is exchanged as a whole, so that a reader sees the old tenants
// or the new ones and never a mixture. It is safe for concurrent use.
//
// Tenants come from the configuration file (Replace) and from a database
// (Load, Follow); one id is in one of them. The demonstration exists only
// while no other tenant does: with one, its keys and its id are unknown here.
type Directory struct {
	current atomic.Pointer[snapshot]

	own []string // origins of the gateway's own page; static once SetOwn

	mu      sync.Mutex // held by whoever makes the next snapshot
	files   []Tenant   // Guarded by mu. As they were given.
	stored  []Stored   // Guarded by mu. As they were loaded last.
	source  Source     // Guarded by mu. nil: there is no database.
	mark    uint64     // Guarded by mu. Of what was loaded last.
	trouble error      // Guarded by mu. What is wrong with what was loaded last.
	renewed []func()   // Guarded by mu. Told of every exchange.

	asked     atomic.Bool               // a database was asked at least once
	confirmed atomic.Pointer[time.Time] // when the database last said that this is it, on the clock that is not set; nil: never
}

// snapshot is static after construction, as is all that it points to.
type snapshot struct {
	own     []string
	tenants []*Tenant
	ids     map[string]*Tenant
	keys    map[[sha256.Size]byte]credential
}

type credential struct {
	key    Key
	tenant *Tenant
}

// Access is what a key opens.
type Access struct {
	Tenant *Tenant
	Role   Role
	Key    [sha256.Size]byte // the key's hash: names the key in limiters, never in logs
	ID     session.ID        // names the key in facts
	Name   string            // the key's, for people
	Ends   time.Time         // zero: never
}

// SetOwn says under which origins the gateway's own page is reached: public
// tenants let it call. It is said once, before the first tenants.
func (d *Directory) SetOwn(origins []string) { d.own = origins }

// NewDirectory makes a directory of the tenants. See Replace for the errors.
func NewDirectory(tenants []Tenant) (*Directory, error) {
	d := &Directory{}
	if err := d.Replace(tenants); err != nil {
		return nil, err
	}
	return d, nil
}

// Replace puts the tenants in place of all former ones that a file named, or
// changes nothing and returns an error: two tenants with one id, one of which
// may be in the database, two keys with one hash, an origin that is none. The
// tenants are copied as far as they can be changed here.
func (d *Directory) Replace(tenants []Tenant) error {
	d.mu.Lock()
	s, _, err := build(tenants, d.stored, d.current.Load(), d.own)
	if err != nil {
		d.mu.Unlock()
		return err
	}
	d.files = slices.Clone(tenants)
	d.current.Store(s)
	tell := d.renewed
	d.mu.Unlock()
	for _, f := range tell {
		f()
	}
	return nil
}

// OnRenewal has somebody told after every exchange of the tenants, also one of
// which no session notices anything: a key may be gone. f waits for nothing.
func (d *Directory) OnRenewal(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.renewed = append(slices.Clip(d.renewed), f)
}

// build makes a snapshot of the tenants of the file and of the database. What
// is wrong with the file's is an error. What is wrong with one of the database
// is trouble: that tenant stays as it was, and the others are served.
func build(files []Tenant, stored []Stored, last *snapshot, own []string) (s *snapshot, trouble, err error) {
	s = &snapshot{own: own, ids: map[string]*Tenant{}, keys: map[[sha256.Size]byte]credential{}}
	real := slices.ContainsFunc(files, func(t Tenant) bool { return !t.Demo }) ||
		slices.ContainsFunc(stored, func(st Stored) bool { return st.Source == SourceStore })
	var all Stored // of the whole gateway
	rows := map[string]*Stored{}
	for i := range stored {
		if stored[i].ID == "" {
			all = stored[i]
			continue
		}
		rows[stored[i].ID] = &stored[i]
	}
	for i := range files {
		if files[i].Demo && real {
			continue
		}
		t := files[i]
		t.Source = SourceFile
		row := rows[t.ID]
		if row != nil && row.Source == SourceStore {
			where := "in the configuration file"
			if t.Line > 0 {
				where = fmt.Sprintf("in line %d of the configuration file", t.Line)
			}
			return nil, nil, fault(fmt.Sprintf("the tenant %q is %s and in the database", t.ID, where), "take it out of the file, or end the one in the database (mayfly tenant remove)")
		}
		switch {
		case row != nil && row.Source == SourceDemo && t.Demo:
			t = row.demonstration(t)
		case row != nil:
			row.apply(&t)
		}
		t.forceOff(all)
		if err := s.add(&t); err != nil {
			return nil, nil, fmt.Errorf("tenant %d: %w", i, err)
		}
	}
	var wrong []error
	for i := range stored {
		row := &stored[i]
		if row.ID == "" || row.Source != SourceStore {
			continue
		}
		t, err := row.tenant()
		if err != nil {
			wrong = append(wrong, fmt.Errorf("the document of tenant %q in the database cannot be used, so the last good one counts: %w", row.ID, err))
			if t = last.good(row.ID); t == nil {
				continue
			}
			t.ForcedOff, t.ForcedReason = true, "its document cannot be read"
		}
		t.forceOff(all)
		if err := s.add(t); err != nil {
			wrong = append(wrong, fmt.Errorf("tenant %q: %w", row.ID, err))
		}
	}
	return s, errors.Join(wrong...), nil
}

// good is a copy of the tenant of the database as it was, or nil.
func (s *snapshot) good(id string) *Tenant {
	if s == nil || s.ids[id] == nil || s.ids[id].Source != SourceStore {
		return nil
	}
	t := *s.ids[id]
	return &t
}

// add takes the tenant in whole, or changes nothing.
func (s *snapshot) add(t *Tenant) error {
	if _, twice := s.ids[t.ID]; twice || t.ID == "" {
		return fault("its id is empty or another's", "give each its own")
	}
	t.Keys, t.Avatars = slices.Clone(t.Keys), slices.Clone(t.Avatars)
	t.Origins, t.Frames = slices.Clone(t.Origins), slices.Clone(t.Frames)
	if t.Public {
		t.Origins = append(t.Origins, s.own...)
	}
	for i, o := range t.Origins {
		normal, err := ParseOrigin(o)
		if err != nil {
			return err
		}
		t.Origins[i] = normal
	}
	own := map[[sha256.Size]byte]bool{}
	for _, k := range t.Keys {
		if _, twice := s.keys[k.Hash]; twice || own[k.Hash] || k.Hash == [sha256.Size]byte{} {
			return fault("the hash of a key is empty or another's", "make a key for each use")
		}
		own[k.Hash] = true
	}
	for i := range t.Keys {
		t.Keys[i].ID = t.Keys[i].FactID()
		s.keys[t.Keys[i].Hash] = credential{t.Keys[i], t}
	}
	s.tenants = append(s.tenants, t)
	s.ids[t.ID] = t
	return nil
}

// FactID names a key in facts.
func (k *Key) FactID() session.ID {
	if k.ID.IsZero() {
		return idOf(k.Hash)
	}
	return k.ID
}

// idOf names a key of the file in facts. From the id nothing can be learnt
// about the key, or about its hash.
func idOf(hash [sha256.Size]byte) session.ID {
	sum := sha256.Sum256(append([]byte("mayfly key id\n"), hash[:]...))
	return session.ID(sum[:16])
}

// maxKey is the longest credential that is looked at, in bytes.
const maxKey = 512

// Lookup says what a key opens at the time now. A key that is unknown and one
// that has ended are refused alike, after the same work. The table is searched
// by the key's SHA-256: how long that takes tells about the hash of a guess,
// from which no better guess can be made.
func (d *Directory) Lookup(key string, now time.Time) (Access, bool) {
	if len(key) > maxKey {
		return Access{}, false
	}
	hash := HashKey(key)
	c, known := d.current.Load().keys[hash]
	same := subtle.ConstantTimeCompare(hash[:], c.key.Hash[:]) == 1
	live := c.key.Expires.IsZero() || now.Before(c.key.Expires)
	if !known || !same || !live {
		return Access{}, false
	}
	return Access{Tenant: c.tenant, Role: c.key.Role, Key: c.key.Hash, ID: c.key.ID, Name: c.key.Name, Ends: c.key.Expires}, true
}

// Tenant returns the tenant with the id, or nil.
func (d *Directory) Tenant(id string) *Tenant {
	return d.current.Load().ids[id]
}

// Tenants returns all tenants, those of the file first, in its order. The
// caller must not change them.
func (d *Directory) Tenants() []*Tenant {
	return d.current.Load().tenants
}

// Demo says whether the demonstration is what there is.
func (d *Directory) Demo() bool {
	all := d.Tenants()
	return len(all) == 1 && all[0].Demo
}
