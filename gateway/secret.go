package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"time"

	"mayfly/gateway/realtime"
	"mayfly/session"
)

// Grant is what a client secret permits.
type Grant struct {
	Tenant  string
	Avatar  string
	Origins []string // if any, only from these
	Expires time.Time
	Single  bool       // it opens one session
	Key     session.ID // names the key that it was made with, in facts; zero: it was made with none
	// Session is the configuration that the secret was made with.
	Session realtime.Update
}

// Tokens keeps client secrets and resume tokens. What is here keeps them in
// the memory of one process; a gateway of many nodes brings its own, so
// nothing else may assume that the node that made a token redeems it.
type Tokens interface {
	// Issue makes a secret for a grant.
	Issue(now time.Time, g Grant) (secret string, err error)
	// Look returns the grant of a live secret and uses nothing up.
	Look(now time.Time, secret string) (Grant, bool)
	// Redeem says whether a session may begin with a secret. A single-use
	// secret is redeemed once, however many ask at the same time.
	Redeem(now time.Time, secret string) bool
}

// errTokensFull says that as many secrets are alive as fit.
var errTokensFull = errors.New("gateway: too many live client secrets")

// secretPrefix is what published clients test a browser's credential for.
const secretPrefix = "ek_"

// memoryTokens is Tokens in memory: bounded, hashed, and swept as it is used.
type memoryTokens struct {
	most int

	mu     sync.Mutex
	grants map[[sha256.Size]byte]Grant // Guarded by mu.
	swept  time.Time
}

// newMemoryTokens keeps at most most live secrets.
func newMemoryTokens(most int) *memoryTokens {
	return &memoryTokens{most: most, grants: make(map[[sha256.Size]byte]Grant)}
}

// newSecret is 256 random bits.
func newSecret(prefix string) string {
	var b [32]byte
	rand.Read(b[:]) // never fails: it ends the process instead
	return prefix + base64.RawURLEncoding.EncodeToString(b[:])
}

// Issue makes a secret.
func (m *memoryTokens) Issue(now time.Time, g Grant) (string, error) {
	secret := newSecret(secretPrefix)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.grants) >= m.most || now.Sub(m.swept) > time.Minute {
		m.swept = now
		for k, g := range m.grants {
			if !now.Before(g.Expires) {
				delete(m.grants, k)
			}
		}
	}
	if len(m.grants) >= m.most {
		return "", errTokensFull
	}
	m.grants[sha256.Sum256([]byte(secret))] = g
	return secret, nil
}

// Look finds a secret by its hash, so the time it takes says nothing about
// which bytes of it are right.
func (m *memoryTokens) Look(now time.Time, secret string) (Grant, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.live(now, sha256.Sum256([]byte(secret)))
}

// Redeem uses a secret up if it is for one session only.
func (m *memoryTokens) Redeem(now time.Time, secret string) bool {
	key := sha256.Sum256([]byte(secret))
	m.mu.Lock()
	defer m.mu.Unlock()
	g, ok := m.live(now, key)
	if ok && g.Single {
		delete(m.grants, key)
	}
	return ok
}

// live is the grant under a key, unless its time is over. Called with mu held.
func (m *memoryTokens) live(now time.Time, key [sha256.Size]byte) (Grant, bool) {
	g, ok := m.grants[key]
	if ok && !now.Before(g.Expires) {
		delete(m.grants, key)
		return Grant{}, false
	}
	return g, ok
}
