package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"mayfly/recorder/audit"
	"mayfly/recorder/store"
	"mayfly/session"
)

// Tenant is a tenant at one version.
type Tenant struct {
	ID           string
	Number       uint64
	At           time.Time
	By           session.ID
	Source       string // "file", "store" or "demo"
	Document     []byte
	Hash         [32]byte
	ForcedOff    bool // of now, whatever the version
	ForcedReason string
}

// Version is a tenant as it was.
type Version = Tenant

// Change is the next version of a tenant.
type Change struct {
	Tenant    string
	Base      uint64 // the version that it changes; 0: there must be none
	Source    string
	Document  []byte
	Hash      [32]byte
	By        session.ID
	Recording map[string]bool // by avatar: transcripts are allowed
	Sound     map[string]bool // by avatar: the sound of turns is allowed beside them
	// Permissions are when each permission for a likeness ends. What is stored
	// of one that is not there ends now.
	Permissions map[string]time.Time
	// Register is who may be sent something from then on: its Hash and
	// Document. Without a Document nothing is known of it, and no version of it
	// made.
	Register Register
	Facts    []session.Fact
	Urgent   bool // it may use the last room on a full disk
}

const tenantColumns = `SELECT v.tenant, v.number, v.at, v.actor, v.source, v.document, v.hash, t.forced_off, t.forced_reason
	FROM tenant t JOIN tenant_version v ON v.tenant = t.id`

func scanTenant(t *Tenant, scan func(...any) error) error {
	var at int64
	var by, hash []byte
	var off int
	err := scan(&t.ID, &t.Number, &at, &by, &t.Source, &t.Document, &hash, &off, &t.ForcedReason)
	t.At, t.By, t.ForcedOff = moment(at), idOf(by), off != 0
	copy(t.Hash[:], hash)
	return err
}

// Tenants are all tenants, at their last version.
func (r *Recorder) Tenants(ctx context.Context) ([]Tenant, error) {
	rows, err := r.store.DB().QueryContext(ctx, tenantColumns+" AND v.number = t.number WHERE t.ended = 0 ORDER BY t.id")
	return all(rows, err, scanTenant)
}

// Tenant is one tenant at its last version.
func (r *Recorder) Tenant(ctx context.Context, id string) (Tenant, error) {
	return r.one(ctx, tenantColumns+" AND v.number = t.number WHERE t.ended = 0 AND t.id = $1", id)
}

func (r *Recorder) one(ctx context.Context, query string, args ...any) (Tenant, error) {
	var t Tenant
	err := scanTenant(&t, r.store.DB().QueryRowContext(ctx, query, args...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	return t, err
}

// Versions are versions of a tenant, newest first: those with a number below
// before (zero: the newest), at most limit.
func (r *Recorder) Versions(ctx context.Context, tenant string, before uint64, limit int) ([]Version, error) {
	if before == 0 {
		before = 1 << 62
	}
	rows, err := r.store.DB().QueryContext(ctx, tenantColumns+" WHERE t.ended = 0 AND t.id = $1 AND v.number < $2 ORDER BY v.number DESC LIMIT $3", tenant, int64(before), limit)
	return all(rows, err, scanTenant)
}

// Version is one version of a tenant.
func (r *Recorder) Version(ctx context.Context, tenant string, number uint64) (Version, error) {
	return r.one(ctx, tenantColumns+" WHERE t.ended = 0 AND t.id = $1 AND v.number = $2", tenant, int64(number))
}

// ChangeTenant makes the next version of a tenant. When it returns, the version,
// what it allows to be recorded and the facts are durable, together, and no turn
// that it forbids can be stored any more.
func (r *Recorder) ChangeTenant(ctx context.Context, c Change) (number uint64, err error) {
	err = r.store.DoJob(ctx, store.Job{Urgent: c.Urgent, Run: func(tx *sql.Tx) error {
		have, ended, err := lastVersion(tx, c.Tenant)
		if err != nil {
			return err
		}
		switch {
		case c.Base == 0 && (have != 0 || ended):
			return ErrExists
		case c.Base != 0 && have == 0:
			return ErrUnknown
		case c.Base != have:
			return ErrStale{Have: have}
		}
		number = have + 1
		if err := r.endDemonstration(tx, c); err != nil {
			return err
		}
		if err := r.change(tx, c, number); err != nil {
			return err
		}
		return mark(tx)
	}})
	return number, err
}

// demonstration is the source of a tenant that anybody on the machine could
// sign in to.
const demonstration = "demo"

// endDemonstration ends the keys of the demonstration when a tenant takes its
// id: they were given to anybody, and open nothing of that tenant.
func (r *Recorder) endDemonstration(tx *sql.Tx, c Change) error {
	if c.Base == 0 || c.Source == demonstration {
		return nil
	}
	var source string
	err := tx.QueryRow("SELECT source FROM tenant_version WHERE tenant = $1 AND number = $2", c.Tenant, int64(c.Base)).Scan(&source)
	if err != nil || source != demonstration {
		return err
	}
	rows, err := tx.Query("UPDATE credential SET revoked = $1 WHERE tenant = $2 AND revoked = 0 RETURNING id", millis(r.now()), c.Tenant)
	ids, err := all(rows, err, scanID)
	for _, id := range ids {
		if err == nil {
			err = r.fact(tx, c.Tenant, session.Fact{Kind: session.KeyRevoked, Object: id, Actor: c.By})
		}
	}
	return err
}

// lastVersion is the number of a tenant's last version, zero if there is none.
// A tenant that ended has none; its id is never given again.
func lastVersion(tx *sql.Tx, tenant string) (number uint64, ended bool, err error) {
	err = tx.QueryRow("SELECT number, ended <> 0 FROM tenant WHERE id = $1", tenant).Scan(&number, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if ended {
		number = 0
	}
	return number, ended, err
}

// exists is ErrUnknown unless there is such a tenant.
func exists(tx *sql.Tx, tenant string) error {
	number, _, err := lastVersion(tx, tenant)
	if err == nil && number == 0 {
		err = ErrUnknown
	}
	return err
}

func (r *Recorder) change(tx *sql.Tx, c Change, number uint64) error {
	now := r.now()
	for _, q := range []struct {
		text string
		args []any
	}{
		{"INSERT INTO tenant (id, number) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET number = excluded.number", []any{c.Tenant, int64(number)}},
		{"INSERT INTO tenant_version (tenant, number, at, actor, source, document, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			[]any{c.Tenant, int64(number), now.UnixMilli(), c.By[:], c.Source, c.Document, c.Hash[:]}},
		{"DELETE FROM recording WHERE tenant = $1", []any{c.Tenant}},
	} {
		if _, err := tx.Exec(q.text, q.args...); err != nil {
			return err
		}
	}
	for avatar, allowed := range c.Recording {
		value, sound := 0, 0
		if allowed {
			value = 1
			if c.Sound[avatar] {
				sound = 1
			}
		}
		if _, err := tx.Exec("INSERT INTO recording (tenant, avatar, allowed, sound) VALUES ($1, $2, $3, $4)", c.Tenant, avatar, value, sound); err != nil {
			return err
		}
	}
	if err := r.followPermissions(tx, c.Tenant, c.Permissions); err != nil {
		return err
	}
	if c.Register.Document != nil {
		c.Register.Policy, c.Register.At = number, now
		if err := followRegister(tx, c.Tenant, &c.Register); err != nil {
			return err
		}
	}
	kind := session.TenantChanged
	if number == 1 {
		kind = session.TenantAdded
	}
	facts := c.Facts
	if !slices.ContainsFunc(facts, func(f session.Fact) bool { return f.Kind == kind }) {
		facts = append([]session.Fact{{Kind: kind}}, facts...)
	}
	for _, f := range facts {
		f.Actor, f.Policy, f.Before = c.By, number, number-1
		if f.Hash == [32]byte{} {
			f.Hash = c.Hash
		}
		if err := r.fact(tx, c.Tenant, f); err != nil {
			return err
		}
	}
	return nil
}

// ForceOff switches recording off whatever the policy says, or lets the policy
// count again: of a tenant, or with an empty one of the whole gateway. When it
// returns, no turn that it forbids can be stored any more.
func (r *Recorder) ForceOff(ctx context.Context, tenant string, off bool, reason string, by session.ID) error {
	value, kind := 0, session.RecordingReleased
	if off {
		value, kind = 1, session.RecordingForcedOff
	} else {
		reason = ""
	}
	return r.store.DoJob(ctx, store.Job{Urgent: off, Run: func(tx *sql.Tx) error {
		var res sql.Result
		var err error
		if tenant == "" {
			res, err = tx.Exec("UPDATE setting SET value = $1, note = $2 WHERE name = 'off'", value, reason)
		} else {
			res, err = tx.Exec("UPDATE tenant SET forced_off = $1, forced_reason = $2 WHERE id = $3 AND ended = 0", value, reason, tenant)
		}
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrUnknown)
		}
		if err := r.fact(tx, tenant, session.Fact{Kind: kind, Actor: by}); err != nil {
			return err
		}
		return mark(tx)
	}})
}

// Off says whether recording is forced off for the whole gateway, and why.
func (r *Recorder) Off(ctx context.Context) (off bool, reason string, err error) {
	var value int
	err = r.store.DB().QueryRowContext(ctx, "SELECT value, note FROM setting WHERE name = 'off'").Scan(&value, &reason)
	return value != 0, reason, err
}

// Mark grows with every change of a tenant, a key, or of what is forced off.
func (r *Recorder) Mark(ctx context.Context) (mark uint64, err error) {
	err = r.store.DB().QueryRowContext(ctx, "SELECT value FROM setting WHERE name = 'mark'").Scan(&mark)
	return mark, err
}

// RemoveTenant ends a tenant: its keys are destroyed, and with them everything
// that is stored for it, then the rows go. It is refused with ErrHeld while
// something is held. The id is not given again.
func (r *Recorder) RemoveTenant(ctx context.Context, tenant string, by session.ID) (Report, error) {
	var rep Report
	err := r.store.DoJob(ctx, store.Job{
		Urgent: true,
		Run: func(tx *sql.Tx) error {
			rep = Report{Unreached: unreached}
			if err := exists(tx, tenant); err != nil {
				return err
			}
			if err := tx.QueryRow("SELECT count(*) FROM hold WHERE tenant = $1 AND lifted = 0", tenant).Scan(&rep.Held); err != nil {
				return err
			}
			if rep.Held > 0 {
				return ErrHeld
			}
			return r.end(tx, tenant, by, &rep)
		},
		Shred: func(keys *sql.Tx) (err error) {
			rep.Keys, err = r.keys.ShredTenant(keys, tenant)
			return err
		},
	})
	r.dirty.rows.Store(true)
	r.dirty.page.Store(true)
	if err == nil {
		rep.Stays, err = r.stays(ctx, tenant)
	}
	return rep, err
}

// stays is what is left of a tenant that ended, and until when.
func (r *Recorder) stays(ctx context.Context, tenant string) ([]string, error) {
	logs, err := audit.Logs(ctx, r.store.DB(), tenant)
	if err != nil {
		return nil, err
	}
	var facts uint64
	for _, l := range logs {
		facts = l.Base + uint64(l.Size)
	}
	last := r.now().Add(audit.Retention).Format("2006-01-02")
	return []string{
		fmt.Sprintf("%d facts in its audit log, ids and numbers without words: the last of them goes on %s", facts, last),
		"the id of the tenant, which is not given again, and that it ended: a backup may not bring it back",
	}, nil
}

// end takes all rows of a tenant but its facts.
func (r *Recorder) end(tx *sql.Tx, tenant string, by session.ID, rep *Report) error {
	var turns, sessions int
	if err := tx.QueryRow("SELECT count(DISTINCT session), count(*) FROM turn WHERE tenant = $1", tenant).Scan(&sessions, &turns); err != nil {
		return err
	}
	if err := tx.QueryRow("SELECT count(*) FROM report WHERE tenant = $1", tenant).Scan(&rep.Reports); err != nil {
		return err
	}
	rep.Sessions, rep.Turns = sessions, turns
	r.keys.ForgetTenant(tenant)
	now := millis(r.now())
	for _, table := range []string{"turn", "correction", "conversation", "recording", "request", "credential", "file_key", "tenant_version", "register_version", "proposal", "hold", "report", "likeness", "knowledge", "usage", "incident_step", "incident", "operator_access", "authority_disclosure"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE tenant = $1", tenant); err != nil {
			return err
		}
	}
	if _, err := tx.Exec("UPDATE tenant SET ended = $1, forced_off = 1 WHERE id = $2", now, tenant); err != nil {
		return err
	}
	if err := bury(tx, tenant, session.ID{}, 0, 0, now); err != nil {
		return err
	}
	if err := r.fact(tx, tenant, session.Fact{Kind: session.TenantEnded, Actor: by, Count: uint64(turns)}); err != nil {
		return err
	}
	return mark(tx)
}
