package seal

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
)

// alwaysEpoch is the epoch of a tenant's key that no month ends: it goes with
// the tenant.
const alwaysEpoch = 999912

// What a tenant's key that no month ends is made into.
const (
	pseudonymsOf = "mayfly makes pseudonyms"
	tokensOf     = "mayfly hashes what it hides"
)

// pseudonymPrefix begins every pseudonym.
const pseudonymPrefix = "sub_"

// Prepare makes a tenant's pseudonyms and tokens possible: it reads the key
// that they are made with, or makes it.
func (k *Keys) Prepare(ctx context.Context, tenant string) error {
	_, named := k.pseudonyms.Load(tenant)
	if _, hashed := k.tokens.Load(tenant); named && hashed {
		return nil
	}
	k.rotating.RLock()
	defer k.rotating.RUnlock()
	if err := k.State(); err != nil {
		return err
	}
	w := *k.wrapper.Load()
	tx, err := k.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	secret, err := alwaysKey(tx, w, tenant)
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	defer clear(secret)
	for purpose, keys := range map[string]*sync.Map{tokensOf: &k.tokens, pseudonymsOf: &k.pseudonyms} {
		key, err := hkdf.Key(sha256.New, secret, nil, purpose, sha256.Size)
		if err != nil {
			return err
		}
		keys.Store(tenant, key)
	}
	return nil
}

func alwaysKey(tx *sql.Tx, w Wrapper, tenant string) ([]byte, error) {
	var wrapped []byte
	err := tx.QueryRow("SELECT wrapped FROM epoch_key WHERE tenant = $1 AND epoch = $2", tenant, alwaysEpoch).Scan(&wrapped)
	if err == nil {
		secret, err := w.Unwrap(wrapped, epochData(tenant, alwaysEpoch))
		if err != nil {
			return nil, fmt.Errorf("the key of tenant %s for pseudonyms: %w", tenant, ErrDamaged)
		}
		return secret, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	fresh := newKey(tenant, [16]byte{}, alwaysEpoch).secret
	if wrapped, err = w.Wrap(fresh[:], epochData(tenant, alwaysEpoch)); err != nil {
		return nil, err
	}
	_, err = tx.Exec("INSERT INTO epoch_key (tenant, epoch, wrapped) VALUES ($1, $2, $3)", tenant, alwaysEpoch, wrapped)
	return fresh[:], err
}

// Pseudonym is what stands for the name by which a tenant knows a person:
// "sub_" and 128 bits of HMAC-SHA-256 in base64url. The same name of another
// tenant gives another. It is empty until Prepare was called.
func (k *Keys) Pseudonym(tenant string, name []byte) string {
	key, known := k.pseudonyms.Load(tenant)
	if !known || len(name) == 0 {
		return ""
	}
	mac := hmac.New(sha256.New, key.([]byte))
	mac.Write(name)
	return pseudonymPrefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}
