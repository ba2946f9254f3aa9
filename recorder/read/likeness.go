package read

import (
	"context"
	"fmt"

	"mayfly/recorder/seal"
	"mayfly/session"
)

// SealLikeness seals a file of a permission, whose id stands for the key's
// session. number is that of its kind.
func SealLikeness(key *seal.Key, number uint64, data []byte) []byte {
	return key.Seal(seal.Place{Kind: seal.Likeness, Tenant: key.Tenant, Session: key.Session, Number: number}, data)
}

// OpenLikeness opens it. Whoever calls has noted that it is read.
func OpenLikeness(ctx context.Context, keys *seal.Keys, tenant string, id, keyID session.ID, number uint64, sealed []byte) ([]byte, error) {
	key, err := keys.Read(ctx, tenant, id, keyID)
	if err != nil {
		return nil, err
	}
	plain, err := key.Unseal(seal.Place{Kind: seal.Likeness, Tenant: tenant, Session: id, Number: number}, sealed)
	if err != nil {
		return nil, DamagedError{fmt.Sprintf("a file of permission %s", id), err}
	}
	return plain, nil
}
