package oidc

import (
	"crypto/sha256"
	"crypto/subtle"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// offers are sign-ins that the provider answered and that wait for their page.
type offers struct {
	mu  sync.Mutex
	all map[[sha256.Size]byte]offer // by the hash of their secret. Guarded by mu.
}

// offer is what somebody may open, for the page that can show the secret of
// its challenge.
type offer struct {
	challenge string
	people    []Person // one for each tenant: the provider's name of them is not kept
	until     time.Time
}

const (
	offerTime   = 5 * time.Minute // to choose among tenants
	offersMost  = 10_000
	offerPrefix = "mfo_" // so that scanners for leaked credentials can know it
)

// make keeps an offer and makes its secret, or says that there are too many.
func (o *offers) make(of offer, now time.Time) (secret string, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.all) >= offersMost {
		return "", false
	}
	if o.all == nil {
		o.all = make(map[[sha256.Size]byte]offer)
	}
	secret = offerPrefix + oauth2.GenerateVerifier()
	key := sha256.Sum256([]byte(secret))
	of.until = now.Add(offerTime)
	o.all[key] = of
	time.AfterFunc(offerTime, func() { o.forget(key) })
	return secret, true
}

// forget forgets an offer that nobody took.
func (o *offers) forget(key [sha256.Size]byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.all, key)
}

// redeem uses an offer up, whether the verifier is right or not.
func (o *offers) redeem(secret, verifier string, now time.Time) (offer, bool) {
	key := sha256.Sum256([]byte(secret))
	o.mu.Lock()
	found, ok := o.all[key]
	delete(o.all, key)
	o.mu.Unlock()
	right := subtle.ConstantTimeCompare([]byte(oauth2.S256ChallengeFromVerifier(verifier)), []byte(found.challenge)) == 1
	return found, ok && right && now.Before(found.until)
}
