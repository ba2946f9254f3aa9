package oidc

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"mayfly/session"
)

// namer makes pseudonyms under a key that is the process's own and is nowhere
// else: when it ends, nobody can tell any more whose they were.
type namer struct{ key []byte }

func newNamer() namer {
	key := make([]byte, 32)
	rand.Read(key)
	return namer{key}
}

// of is somebody at a tenant: at another they are somebody else. It has the
// form of a UUID of version 8.
func (n namer) of(tenantID, issuer, subject string) session.ID {
	mac := hmac.New(sha256.New, n.key)
	for _, part := range []string{tenantID, issuer, subject} {
		_ = binary.Write(mac, binary.BigEndian, uint64(len(part)))
		mac.Write([]byte(part))
	}
	id := session.ID(mac.Sum(nil)[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id
}
