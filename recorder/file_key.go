package recorder

import (
	"context"
	"database/sql"
	"time"

	"mayfly/session"
)

// FileKey is a key that stands in the configuration file, or a rule there by
// which a provider's people are let in.
type FileKey struct {
	ID      session.ID
	Rule    bool
	Role    string
	Expires time.Time // zero: never
	Made    time.Time // when it was first seen there; zero: it came with its tenant
	gone    bool
}

// FollowFileKeys notes which keys the configuration file has of a tenant now.
// One that was not there before, or not with that role or that end, and one
// that is not there any more, is a fact like any other key: whoever writes the
// file does it unseen by nobody. The first keys come with the tenant, which has
// a fact itself.
func (r *Recorder) FollowFileKeys(ctx context.Context, tenant string, now []FileKey, first bool) error {
	return r.followFile(ctx, tenant, now, false, first)
}

// FollowFileRules does the same with the rules that open a tenant. They are of
// the process and not of the tenant, so the first of them are facts, too.
func (r *Recorder) FollowFileRules(ctx context.Context, tenant string, now []FileKey) error {
	return r.followFile(ctx, tenant, now, true, false)
}

// RuledTenants are those of which the configuration file had a rule last.
func (r *Recorder) RuledTenants(ctx context.Context) ([]string, error) {
	rows, err := r.store.DB().QueryContext(ctx, "SELECT DISTINCT tenant FROM file_key WHERE rule = 1 AND gone = 0 ORDER BY tenant")
	return all(rows, err, func(id *string, scan func(...any) error) error { return scan(id) })
}

func (r *Recorder) followFile(ctx context.Context, tenant string, now []FileKey, rules, first bool) error {
	kind := 0
	if rules {
		kind = 1
	}
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		had, err := fileKeys(tx.QueryContext(ctx, fileKeyColumns, tenant))
		if err != nil {
			return err
		}
		known := map[session.ID]FileKey{}
		for _, k := range had {
			if k.Rule == rules {
				known[k.ID] = k
			}
		}
		at := millis(r.now())
		for _, k := range now {
			was, there := known[k.ID]
			delete(known, k.ID)
			if there && !was.gone && was.Role == k.Role && millis(was.Expires) == millis(k.Expires) {
				continue
			}
			made := at
			if first {
				made = 0
			}
			if _, err := tx.Exec(`INSERT INTO file_key (tenant, id, rule, role, expires, made, gone) VALUES ($1, $2, $3, $4, $5, $6, 0)
				ON CONFLICT (tenant, id) DO UPDATE SET role = excluded.role, expires = excluded.expires, made = excluded.made, gone = 0`,
				tenant, k.ID[:], kind, k.Role, millis(k.Expires), made); err != nil {
				return err
			}
			if first {
				continue
			}
			if err := r.fact(tx, tenant, session.Fact{Kind: session.KeyIssued, Object: k.ID}); err != nil {
				return err
			}
		}
		for _, k := range known {
			if k.gone {
				continue
			}
			if _, err := tx.Exec("UPDATE file_key SET gone = $1 WHERE tenant = $2 AND id = $3", at, tenant, k.ID[:]); err != nil {
				return err
			}
			if err := r.fact(tx, tenant, session.Fact{Kind: session.KeyRevoked, Object: k.ID}); err != nil {
				return err
			}
		}
		return nil
	})
}

const fileKeyColumns = "SELECT id, rule, role, expires, made, gone FROM file_key WHERE tenant = $1 ORDER BY made, id"

func fileKeys(rows *sql.Rows, err error) ([]FileKey, error) {
	return all(rows, err, func(k *FileKey, scan func(...any) error) error {
		var id []byte
		var expires, made, gone int64
		err := scan(&id, &k.Rule, &k.Role, &expires, &made, &gone)
		k.ID, k.Expires, k.Made, k.gone = idOf(id), moment(expires), moment(made), gone != 0
		return err
	})
}

// FileKeys are the keys and rules that the configuration file has of a tenant.
func (r *Recorder) FileKeys(ctx context.Context, tenant string) ([]FileKey, error) {
	rows, err := r.store.DB().QueryContext(ctx, fileKeyColumns, tenant)
	all, err := fileKeys(rows, err)
	var there []FileKey
	for _, k := range all {
		if !k.gone {
			there = append(there, k)
		}
	}
	return there, err
}

// NoteLink notes that the host made a link that signs an admin in once: a key
// of the host's, listed with the others as one that is over. It is durable
// when this returns.
func (r *Recorder) NoteLink(ctx context.Context, tenant string, id session.ID, hash [32]byte, name, reason string) error {
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		if err := exists(tx, tenant); err != nil {
			return err
		}
		now := millis(r.now())
		if _, err := tx.Exec(`INSERT INTO credential (id, tenant, hash, role, name, made, expires, revoked, actor, reason)
			VALUES ($1, $2, $3, 'admin', $4, $5, $5, $5, $6, $7)`, id[:], tenant, hash[:], name, now, make([]byte, 16), reason); err != nil {
			return err
		}
		return r.fact(tx, tenant, session.Fact{Kind: session.KeyIssued, Object: id})
	})
}
