package read

import (
	"context"
	"fmt"

	"mayfly/recorder/seal"
	"mayfly/session"
)

// SealDocument seals a document of a tenant's, whose id stands for the key's
// session.
func SealDocument(key *seal.Key, data []byte) []byte {
	return key.Seal(seal.Place{Kind: seal.Document, Tenant: key.Tenant, Session: key.Session}, data)
}

// OpenDocument opens it. It is the tenant's own, and nobody's words: that an
// avatar reads what it answers from is no fact.
func OpenDocument(ctx context.Context, keys *seal.Keys, tenant string, id, keyID session.ID, sealed []byte) ([]byte, error) {
	key, err := keys.Read(ctx, tenant, id, keyID)
	if err != nil {
		return nil, err
	}
	plain, err := key.Unseal(seal.Place{Kind: seal.Document, Tenant: tenant, Session: id}, sealed)
	if err != nil {
		return nil, DamagedError{fmt.Sprintf("document %s", id), err}
	}
	return plain, nil
}
