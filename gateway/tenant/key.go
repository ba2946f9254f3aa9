package tenant

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// keyPrefix begins every key that is made here, so that scanners for leaked
// credentials can know it.
const keyPrefix = "mf_"

// NewKey makes a secret of 256 random bits, "mf_" and 43 characters of
// base64url, and its hash. Only the hash is to be stored. A slow hash would
// protect a secret that can be guessed; this one cannot.
func NewKey() (secret string, hash [sha256.Size]byte) {
	var b [32]byte
	rand.Read(b[:])
	secret = keyPrefix + base64.RawURLEncoding.EncodeToString(b[:])
	return secret, HashKey(secret)
}

// HashKey is the SHA-256 under which a key is stored and found.
func HashKey(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }

// String is the role's name in files and facts.
func (r Role) String() string {
	switch r {
	case Caller:
		return "caller"
	case Admin:
		return "admin"
	case Reviewer:
		return "reviewer"
	case Agent:
		return "agent"
	}
	return "unknown"
}
