package tenant

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// Directory finds tenants by their keys and ids. It holds one immutable
// snapshot that Replace exchanges as a whole, so that a reader sees the old
// tenants or the new ones and never a mixture. It is safe for concurrent use.
//
// The demonstration exists only while no other tenant does: with one, its keys
// and its id are unknown here.
type Directory struct {
	current atomic.Pointer[snapshot]
}

// snapshot is static after construction, as is all that it points to.
type snapshot struct {
	tenants []*Tenant
	ids     map[string]*Tenant
	keys    map[[sha256.Size]byte]credential
}

type credential struct {
	hash    [sha256.Size]byte
	role    Role
	expires time.Time
	tenant  *Tenant
}

// Access is what a key opens.
type Access struct {
	Tenant *Tenant
	Role   Role
	Key    [sha256.Size]byte // the key's hash: names the key in limiters, never in logs
}

// NewDirectory makes a directory of the tenants. See Replace for the errors.
func NewDirectory(tenants []Tenant) (*Directory, error) {
	d := &Directory{}
	if err := d.Replace(tenants); err != nil {
		return nil, err
	}
	return d, nil
}

// Replace puts the tenants in place of all former ones, or changes nothing and
// returns an error: two tenants with one id, two keys with one hash, an origin
// that is none. The tenants are copied as far as they can be changed here.
func (d *Directory) Replace(tenants []Tenant) error {
	s := &snapshot{ids: map[string]*Tenant{}, keys: map[[sha256.Size]byte]credential{}}
	real := slices.ContainsFunc(tenants, func(t Tenant) bool { return !t.Demo })
	for i := range tenants {
		if tenants[i].Demo && real {
			continue
		}
		t := tenants[i]
		if err := s.add(&t); err != nil {
			return fmt.Errorf("tenant %d: %w", i, err)
		}
	}
	d.current.Store(s)
	return nil
}

func (s *snapshot) add(t *Tenant) error {
	if _, twice := s.ids[t.ID]; twice || t.ID == "" {
		return fault("its id is empty or another's", "give each its own")
	}
	t.Keys, t.Avatars = slices.Clone(t.Keys), slices.Clone(t.Avatars)
	t.Origins, t.Frames = slices.Clone(t.Origins), slices.Clone(t.Frames)
	for i, o := range t.Origins {
		normal, err := ParseOrigin(o)
		if err != nil {
			return err
		}
		t.Origins[i] = normal
	}
	for _, k := range t.Keys {
		if _, twice := s.keys[k.Hash]; twice || k.Hash == [sha256.Size]byte{} {
			return fault("the hash of a key is empty or another's", "make a key for each use")
		}
		s.keys[k.Hash] = credential{k.Hash, k.Role, k.Expires, t}
	}
	s.tenants = append(s.tenants, t)
	s.ids[t.ID] = t
	return nil
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
	same := subtle.ConstantTimeCompare(hash[:], c.hash[:]) == 1
	live := c.expires.IsZero() || now.Before(c.expires)
	if !known || !same || !live {
		return Access{}, false
	}
	return Access{Tenant: c.tenant, Role: c.role, Key: c.hash}, true
}

// Tenant returns the tenant with the id, or nil.
func (d *Directory) Tenant(id string) *Tenant {
	return d.current.Load().ids[id]
}

// Tenants returns all tenants in the file's order. The caller must not change them.
func (d *Directory) Tenants() []*Tenant {
	return d.current.Load().tenants
}

// Demo says whether the demonstration is what there is.
func (d *Directory) Demo() bool {
	all := d.Tenants()
	return len(all) == 1 && all[0].Demo
}
