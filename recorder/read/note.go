package read

import (
	"context"
	"fmt"

	"mayfly/recorder/seal"
	"mayfly/session"
)

// SealNote seals the words of a request, whose id is the key's session.
func SealNote(key *seal.Key, words []byte) []byte {
	return key.Seal(seal.Place{Kind: seal.Note, Tenant: key.Tenant, Session: key.Session}, words)
}

// OpenNote opens the words of a request.
func OpenNote(ctx context.Context, keys *seal.Keys, tenant string, id, keyID session.ID, sealed []byte) ([]byte, error) {
	row := fmt.Sprintf("the note of request %s", id)
	key, err := keys.Read(ctx, tenant, id, keyID)
	if err != nil {
		return nil, DamagedError{row, err}
	}
	plain, err := key.Unseal(seal.Place{Kind: seal.Note, Tenant: tenant, Session: id}, sealed)
	if err != nil {
		return nil, DamagedError{row, err}
	}
	return plain, nil
}
