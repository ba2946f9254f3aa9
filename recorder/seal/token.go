package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"mayfly/redact"
)

// tokenKey makes a tenant's tokens of personal data that is hidden.
type tokenKey []byte

// Token implements redact.Keyer: 64 bits of HMAC-SHA-256.
func (k tokenKey) Token(kind redact.Kind, value []byte) uint64 {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte{byte(kind)})
	mac.Write(value)
	return binary.BigEndian.Uint64(mac.Sum(nil))
}

// Keyer is what a tenant hashes personal data with: the same as long as the
// tenant is, whatever becomes of the master key, and another for each tenant.
// It goes with the tenant. It is nil until Prepare was called.
func (k *Keys) Keyer(tenant string) redact.Keyer {
	key, known := k.tokens.Load(tenant)
	if !known {
		return nil
	}
	return tokenKey(key.([]byte))
}
