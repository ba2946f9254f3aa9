package recorder

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"
)

// Register is who may be sent something of a tenant's sessions, at one version.
type Register struct {
	Number   uint64 // 1, 2, ... of the register alone
	Policy   uint64 // the version of the tenant that made it
	At       time.Time
	Hash     [32]byte
	Document []byte // no secrets
}

func scanRegister(g *Register, scan func(...any) error) error {
	var at int64
	var hash []byte
	err := scan(&g.Number, &g.Policy, &at, &hash, &g.Document)
	g.At = moment(at)
	copy(g.Hash[:], hash)
	return err
}

// Registers are versions of a tenant's register, newest first: those with a
// number below before (zero: the newest), at most limit.
func (r *Recorder) Registers(ctx context.Context, tenant string, before uint64, limit int) ([]Register, error) {
	if before == 0 {
		before = 1 << 62
	}
	rows, err := r.store.DB().QueryContext(ctx, "SELECT number, policy, at, hash, document FROM register_version WHERE tenant = $1 AND number < $2 ORDER BY number DESC LIMIT $3", tenant, int64(before), limit)
	return all(rows, err, scanRegister)
}

// BeginRegister stores the versions of a tenant's register, oldest first, where
// none is stored: those of a database that was written before there were any. It
// is done at the start, which a full disk does not prevent.
func (r *Recorder) BeginRegister(ctx context.Context, tenant string, versions []Register) error {
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		if err := exists(tx, tenant); err != nil {
			return err
		}
		have, _, err := lastRegister(tx, tenant)
		if err != nil || have != 0 {
			return err
		}
		for i := range versions {
			if err := followRegister(tx, tenant, &versions[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// followRegister stores a register as the next version, unless it is the last
// one again.
func followRegister(tx *sql.Tx, tenant string, g *Register) error {
	have, hash, err := lastRegister(tx, tenant)
	if err != nil || have != 0 && bytes.Equal(hash, g.Hash[:]) {
		return err
	}
	_, err = tx.Exec("INSERT INTO register_version (tenant, number, policy, at, hash, document) VALUES ($1, $2, $3, $4, $5, $6)",
		tenant, int64(have+1), int64(g.Policy), g.At.UnixMilli(), g.Hash[:], g.Document)
	return err
}

// lastRegister is the number and hash of a register's last version; zero:
// there is none.
func lastRegister(tx *sql.Tx, tenant string) (number uint64, hash []byte, err error) {
	err = tx.QueryRow("SELECT number, hash FROM register_version WHERE tenant = $1 ORDER BY number DESC LIMIT 1", tenant).Scan(&number, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return number, hash, err
}
