package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// tokens are the sign-ins that one-time links opened. They live in memory.
type tokens struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]token // Guarded by mu.
}

// token is one sign-in. It acts under an id of its own, like a key; those of
// one person share it, and end together.
type token struct {
	id     session.ID
	by     string // the provider that said who it is; empty: a link
	tenant string
	role   tenant.Role
	began  time.Time
	until  time.Time
}

const (
	tokenTime   = 8 * time.Hour
	tokenPrefix = "mft_"
	maxTokens   = 10_000
)

func newTokens() *tokens { return &tokens{all: make(map[[sha256.Size]byte]token)} }

// open begins a sign-in, or says that there are too many.
func (t *tokens) open(l link, now time.Time) (secret string, opened token, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.all) >= maxTokens {
		t.sweep(now)
		if len(t.all) >= maxTokens {
			return "", token{}, false
		}
	}
	secret, hash := newSecret(tokenPrefix)
	id := l.person.ID
	if id.IsZero() {
		id = newID()
	}
	opened = token{id: id, by: l.person.By, tenant: l.tenant, role: l.role, began: now, until: now.Add(tokenTime)}
	t.all[hash] = opened
	return secret, opened, true
}

func (t *tokens) sweep(now time.Time) {
	for k, v := range t.all {
		if !now.Before(v.until) {
			delete(t.all, k)
		}
	}
}

func (t *tokens) look(secret string, now time.Time) (token, bool) {
	hash := sha256.Sum256([]byte(secret))
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.all[hash]
	return found, ok && now.Before(found.until)
}

// of lists a tenant's sign-ins.
func (t *tokens) of(tenantID string, now time.Time) []token {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweep(now)
	var all []token
	for _, v := range t.all {
		if v.tenant == tenantID {
			all = append(all, v)
		}
	}
	return all
}

// has says whether the sign-in is the tenant's.
func (t *tokens) has(tenantID string, id session.ID, now time.Time) bool {
	for _, v := range t.of(tenantID, now) {
		if v.id == id {
			return true
		}
	}
	return false
}

// end ends a tenant's sign-in.
func (t *tokens) end(tenantID string, id session.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, v := range t.all {
		if v.tenant == tenantID && v.id == id {
			delete(t.all, k)
		}
	}
}

// newID is a random UUID (version 4).
func newID() session.ID {
	var id session.ID
	rand.Read(id[:])
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}
