package receipt

import "sync/atomic"

// Rotating is a Signer whose key is replaced while it signs.
type Rotating struct{ ring atomic.Pointer[Keyring] }

// NewRotating signs with a ring until it gets another.
func NewRotating(k *Keyring) *Rotating {
	r := &Rotating{}
	r.ring.Store(k)
	return r
}

// Replace signs with another ring from now on. It knows the keys of the one
// before, so that what they signed verifies.
func (r *Rotating) Replace(k *Keyring) { r.ring.Store(k) }

// KeyID implements Signer.
func (r *Rotating) KeyID() string { return r.ring.Load().KeyID() }

// Sign implements Signer.
func (r *Rotating) Sign(message []byte) ([]byte, error) { return r.ring.Load().Sign(message) }

// Keys implements Signer.
func (r *Rotating) Keys() JWKS { return r.ring.Load().Keys() }

// Now implements Signer.
func (r *Rotating) Now() Signer { return r.ring.Load() }
