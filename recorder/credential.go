package recorder

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"mayfly/session"
)

// Key is a credential of a tenant. What it is made of is known to its holder
// alone.
type Key struct {
	ID      session.ID
	Tenant  string
	Hash    [32]byte // SHA-256
	Role    string
	Name    string
	Made    time.Time
	Expires time.Time // zero: never
	Revoked time.Time // zero: it counts
	By      session.ID
	Reason  string // of a key that was issued on the host
}

// Keys are the keys of a tenant, revoked ones too, or of all tenants if it is
// empty; oldest first.
func (r *Recorder) Keys(ctx context.Context, tenant string) ([]Key, error) {
	rows, err := r.store.DB().QueryContext(ctx, `SELECT id, tenant, hash, role, name, made, expires, revoked, actor, reason
		FROM credential WHERE $1 = '' OR tenant = $1 ORDER BY made, id`, tenant)
	return all(rows, err, func(k *Key, scan func(...any) error) error {
		var id, hash, by []byte
		var made, expires, revoked int64
		err := scan(&id, &k.Tenant, &hash, &k.Role, &k.Name, &made, &expires, &revoked, &by, &k.Reason)
		k.ID, k.By, k.Made, k.Expires, k.Revoked = idOf(id), idOf(by), moment(made), moment(expires), moment(revoked)
		copy(k.Hash[:], hash)
		return err
	})
}

// AddKey adds a key. Made is now.
func (r *Recorder) AddKey(ctx context.Context, k Key) error {
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		if err := exists(tx, k.Tenant); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO credential (id, tenant, hash, role, name, made, expires, revoked, actor, reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)`,
			k.ID[:], k.Tenant, k.Hash[:], k.Role, k.Name, millis(r.now()), millis(k.Expires), k.By[:], k.Reason)
		if err != nil && strings.Contains(err.Error(), "UNIQUE") {
			return ErrExists
		}
		if err != nil {
			return err
		}
		if err := r.fact(tx, k.Tenant, session.Fact{Kind: session.KeyIssued, Object: k.ID, Actor: k.By}); err != nil {
			return err
		}
		return mark(tx)
	})
}

// RevokeKey revokes a key. The last key of an admin that still counts is
// refused with ErrLastKey.
func (r *Recorder) RevokeKey(ctx context.Context, tenant string, id, by session.ID) error {
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		now := millis(r.now())
		var role string
		err := tx.QueryRow("SELECT role FROM credential WHERE tenant = $1 AND id = $2 AND revoked = 0", tenant, id[:]).Scan(&role)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUnknown
		}
		if err != nil {
			return err
		}
		var others int
		if err := tx.QueryRow(`SELECT count(*) FROM credential WHERE tenant = $1 AND id <> $2 AND role = 'admin'
			AND revoked = 0 AND (expires = 0 OR expires > $3)`, tenant, id[:], now).Scan(&others); err != nil {
			return err
		}
		if role == "admin" && others == 0 {
			return ErrLastKey
		}
		if _, err := tx.Exec("UPDATE credential SET revoked = $1 WHERE id = $2", now, id[:]); err != nil {
			return err
		}
		if err := r.fact(tx, tenant, session.Fact{Kind: session.KeyRevoked, Object: id, Actor: by}); err != nil {
			return err
		}
		return mark(tx)
	})
}
