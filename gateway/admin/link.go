package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Links are one-time links into the administration page. They live in memory:
// a restart ends them all.
type Links struct {
	mu    sync.Mutex
	links map[[sha256.Size]byte]link // Guarded by mu.
}

type link struct {
	tenant string
	role   tenant.Role
	person Person
	until  time.Time
}

// Person is who a provider says signs in. The zero Person is whoever has the
// link.
type Person struct {
	ID session.ID // under which the sign-in acts, the same each time
	By string     // the provider's name
}

// LinkTime is how long a link works.
const LinkTime = 15 * time.Minute

// maxLinks bounds the links that nobody has used yet.
const maxLinks = 1000

// linkPrefix begins every link's secret, so that scanners for leaked
// credentials can know it.
const linkPrefix = "mfl_"

// ErrLinks says that too many links wait to be used.
var ErrLinks = errors.New("1,000 links wait to be used; use one, or wait 15 minutes")

// New makes the secret of a link into a tenant: "mfl_" and 256 random bits in
// base64url. It works once, before it is LinkTime old.
func (l *Links) New(tenantID string, role tenant.Role, now time.Time) (secret string, err error) {
	return l.NewFor(Person{}, tenantID, role, now)
}

// NewFor is New for a person that is known.
func (l *Links) NewFor(p Person, tenantID string, role tenant.Role, now time.Time) (secret string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.links) >= maxLinks {
		for k, v := range l.links {
			if !now.Before(v.until) {
				delete(l.links, k)
			}
		}
		if len(l.links) >= maxLinks {
			return "", ErrLinks
		}
	}
	secret, hash := newSecret(linkPrefix)
	if l.links == nil {
		l.links = make(map[[sha256.Size]byte]link)
	}
	l.links[hash] = link{tenantID, role, p, now.Add(LinkTime)}
	return secret, nil
}

// NewLink makes the secret of a link that no gateway knows yet, and the hash by
// which Take makes it known to one.
func NewLink() (secret string, hash [sha256.Size]byte) { return newSecret(linkPrefix) }

// Take makes a link known that was made while no gateway ran. One that has
// ended, or that would be one too many, is not taken.
func (l *Links) Take(hash [sha256.Size]byte, tenantID string, role tenant.Role, until, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.links) >= maxLinks || !now.Before(until) || until.Sub(now) > LinkTime {
		return
	}
	if l.links == nil {
		l.links = make(map[[sha256.Size]byte]link)
	}
	l.links[hash] = link{tenant: tenantID, role: role, until: until}
}

// redeem uses a link up. Of any number at once one gets it.
func (l *Links) redeem(secret string, now time.Time) (link, bool) {
	hash := sha256.Sum256([]byte(secret))
	l.mu.Lock()
	defer l.mu.Unlock()
	found, ok := l.links[hash]
	delete(l.links, hash)
	return found, ok && now.Before(found.until)
}

// newSecret makes a secret of 256 random bits, and its hash.
func newSecret(prefix string) (secret string, hash [sha256.Size]byte) {
	var b [32]byte
	rand.Read(b[:])
	secret = prefix + base64.RawURLEncoding.EncodeToString(b[:])
	return secret, sha256.Sum256([]byte(secret))
}
