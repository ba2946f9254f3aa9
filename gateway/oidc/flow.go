package oidc

import (
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// flows are sign-ins that wait for the provider.
type flows struct {
	mu   sync.Mutex
	all  map[[sha256.Size]byte]*flow // by the hash of their state. Guarded by mu.
	from map[netip.Prefix]int        // how many there are of an address. Guarded by mu.
}

// flow is one sign-in between the page and the provider's answer.
type flow struct {
	challenge string // the page's
	nonce     string
	verifier  string // of the code
	from      netip.Prefix
	until     time.Time
}

const (
	flowTime      = 10 * time.Minute
	flowsMost     = 10_000
	flowsFromMost = 100 // of one address: an office behind one
)

// begin makes a flow and its state: 256 random bits, as are nonce and
// verifier. It is nil where too many wait.
func (f *flows) begin(challenge string, from netip.Prefix, now time.Time) (state string, begun *flow) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.all) >= flowsMost || f.from[from] >= flowsFromMost {
		return "", nil
	}
	if f.all == nil {
		f.all, f.from = make(map[[sha256.Size]byte]*flow), make(map[netip.Prefix]int)
	}
	state = oauth2.GenerateVerifier()
	begun = &flow{challenge: challenge, nonce: oauth2.GenerateVerifier(), verifier: oauth2.GenerateVerifier(), from: from, until: now.Add(flowTime)}
	key := sha256.Sum256([]byte(state))
	f.all[key] = begun
	f.from[from]++
	time.AfterFunc(flowTime, func() { f.forget(key) })
	return state, begun
}

// take uses a state up: of any number at once one gets it. It is nil where
// there is none, or none any more.
func (f *flows) take(state string, now time.Time) *flow {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := sha256.Sum256([]byte(state))
	found := f.all[key]
	if found == nil {
		return nil
	}
	f.drop(key, found)
	if !now.Before(found.until) {
		return nil
	}
	return found
}

// forget forgets a flow whose answer has not come.
func (f *flows) forget(key [sha256.Size]byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if found := f.all[key]; found != nil {
		f.drop(key, found)
	}
}

// drop forgets a flow. Called with mu held.
func (f *flows) drop(key [sha256.Size]byte, of *flow) {
	delete(f.all, key)
	if f.from[of.from]--; f.from[of.from] == 0 {
		delete(f.from, of.from)
	}
}
