package recorder

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"mayfly/recorder/read"
	"mayfly/recorder/seal"
	"mayfly/session"
)

// Likeness is what a person gave for their likeness to be used: the signed
// permission, or what a voice or a picture is made from.
type Likeness struct {
	Tenant     string
	Permission string // its id
	Kind       string // evidence, voice, picture
	Name       string // of the file
	At         time.Time
	Until      time.Time // the permission's end: then its key is destroyed
	Hash       [32]byte  // SHA-256 of the bytes
	Size       int
}

// LikenessKinds are the kinds of it.
func LikenessKinds() []string { return []string{"evidence", "voice", "picture"} }

// MostLikeness is the largest that is stored, in bytes.
const MostLikeness = 32 << 20

// permissionID names a permission in facts, tombstones and keys.
func permissionID(tenant, permission string) session.ID {
	return session.NameID(tenant, "permission", permission)
}

// number is that of its kind.
func (l *Likeness) number() uint64 { return uint64(slices.Index(LikenessKinds(), l.Kind)) }

// PutLikeness stores what belongs to a permission, sealed under a key of its
// own, in place of what was there of that kind. Tenant, Permission, Kind, Name
// and Until count.
func (r *Recorder) PutLikeness(ctx context.Context, l Likeness, data []byte, by session.ID) error {
	now := r.now()
	switch {
	case !slices.Contains(LikenessKinds(), l.Kind):
		return fmt.Errorf("%w: it is one of %q", ErrInvalid, LikenessKinds())
	case len(data) == 0 || len(data) > MostLikeness:
		return fmt.Errorf("%w: a file has 1 byte to %d MiB", ErrInvalid, MostLikeness>>20)
	case !now.Before(l.Until):
		return fmt.Errorf("%w: the permission has ended", ErrInvalid)
	}
	if err := r.keys.State(); err != nil {
		return err
	}
	id := permissionID(l.Tenant, l.Permission)
	key := r.keys.Fresh(l.Tenant, id, l.Until)
	sealed, hash := read.SealLikeness(key, l.number(), data), sha256.Sum256(data)
	return r.storeSealed(ctx, key, func(tx *sql.Tx) ([]removed, error) {
		gone, err := removeLikeness(tx, millis(now)-1, "tenant = $1 AND permission = $2 AND kind = $3", l.Tenant, l.Permission, l.Kind)
		if err != nil {
			return nil, err
		}
		_, err = tx.Exec(`INSERT INTO likeness (tenant, permission, kind, id, name, at, until, hash, size, key, sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			l.Tenant, l.Permission, l.Kind, id[:], l.Name, millis(now), millis(l.Until), hash[:], len(data), key.ID[:], sealed)
		if err != nil {
			return nil, err
		}
		return gone, r.fact(tx, l.Tenant, session.Fact{Kind: session.LikenessStored, Object: id, Actor: by, Count: uint64(len(data)), Hash: hash})
	})
}

const likenessColumns = "SELECT tenant, permission, kind, name, at, until, hash, size FROM likeness WHERE until > $1 AND tenant = $2"

func scanLikeness(l *Likeness, scan func(...any) error) error {
	var at, until int64
	var hash []byte
	err := scan(&l.Tenant, &l.Permission, &l.Kind, &l.Name, &at, &until, &hash, &l.Size)
	l.At, l.Until = moment(at), moment(until)
	copy(l.Hash[:], hash)
	return err
}

// Likenesses are what is stored of a tenant's permissions that have not ended.
func (r *Recorder) Likenesses(ctx context.Context, tenant string) ([]Likeness, error) {
	rows, err := r.store.DB().QueryContext(ctx, likenessColumns+" ORDER BY permission, kind", millis(r.now()), tenant)
	return all(rows, err, scanLikeness)
}

// ReadLikeness gives what is stored, as long as its permission lasts. That it
// was read is durable before. ErrUnknown: it is not there, or not any more.
func (r *Recorder) ReadLikeness(ctx context.Context, tenant, permission, kind string, by session.ID) (l Likeness, data []byte, err error) {
	var keyID, sealed []byte
	err = r.store.Do(ctx, func(tx *sql.Tx) error {
		row := tx.QueryRow(likenessColumns+" AND permission = $3 AND kind = $4", millis(r.now()), tenant, permission, kind)
		if err := scanLikeness(&l, row.Scan); err != nil {
			return err
		}
		if err := tx.QueryRow("SELECT key, sealed FROM likeness WHERE tenant = $1 AND permission = $2 AND kind = $3", tenant, permission, kind).Scan(&keyID, &sealed); err != nil {
			return err
		}
		return r.fact(tx, tenant, session.Fact{Kind: session.LikenessRead, Object: permissionID(tenant, permission), Actor: by, Hash: l.Hash})
	})
	if errors.Is(err, sql.ErrNoRows) {
		return l, nil, ErrUnknown
	}
	if err != nil {
		return l, nil, err
	}
	data, err = read.OpenLikeness(ctx, r.keys, tenant, permissionID(tenant, permission), idOf(keyID), l.number(), sealed)
	if errors.Is(err, seal.ErrNoKey) {
		err = ErrUnknown
	}
	return l, data, err
}

// DestroyLikeness destroys what is stored of a permission, all of it, and says
// how much that was.
func (r *Recorder) DestroyLikeness(ctx context.Context, tenant, permission string, by session.ID) (int, error) {
	n, err := r.destroyLikeness(ctx, by, "tenant = $1 AND permission = $2", tenant, permission)
	if err == nil && n == 0 {
		err = ErrUnknown
	}
	return n, err
}

// sweepLikeness destroys what belongs to permissions that have ended.
func (r *Recorder) sweepLikeness(ctx context.Context, now time.Time, rep *Report) error {
	n, err := r.destroyLikeness(ctx, session.ID{}, "until <= $1", millis(now))
	rep.Likenesses += n
	return err
}

func (r *Recorder) destroyLikeness(ctx context.Context, by session.ID, where string, args ...any) (int, error) {
	return r.destroySealed(ctx, by, likenessDestroyed, func(tx *sql.Tx) ([]removed, error) {
		return removeLikeness(tx, millis(r.now()), where, args...)
	}, "SELECT EXISTS (SELECT 1 FROM likeness WHERE "+where+")", args)
}

func likenessDestroyed(g removed) session.Fact {
	return session.Fact{Kind: session.LikenessDestroyed, Object: g.id}
}

func removeLikeness(tx *sql.Tx, at int64, where string, args ...any) ([]removed, error) {
	return removeSealed(tx, at, "DELETE FROM likeness WHERE "+where+" RETURNING tenant, permission, id, key, hash", args)
}

// followPermissions makes what is stored of a tenant's permissions end with
// them: those of the document in force end when it says, others now. What has
// ended stays ended, also if the sweep has not come to it.
func (r *Recorder) followPermissions(tx *sql.Tx, tenant string, ends map[string]time.Time) error {
	rows, err := tx.Query("SELECT DISTINCT permission FROM likeness WHERE tenant = $1", tenant)
	have, err := all(rows, err, func(s *string, scan func(...any) error) error { return scan(s) })
	for _, permission := range have {
		until := r.now()
		if end, permitted := ends[permission]; permitted {
			until = end
		}
		if err == nil {
			_, err = tx.Exec("UPDATE likeness SET until = $1 WHERE tenant = $2 AND permission = $3 AND until > $4", millis(until), tenant, permission, millis(r.now()))
		}
	}
	return err
}

// forgetLikeness removes what is stored of all permissions: nobody knows which
// ended since a backup was made.
func (r *Recorder) forgetLikeness(tx *sql.Tx) (int, error) {
	gone, err := removeLikeness(tx, millis(r.now()), "1 = 1")
	if err == nil {
		err = r.removedFacts(tx, gone, session.ID{}, likenessDestroyed)
	}
	return len(gone), err
}
