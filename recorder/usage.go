package recorder

import (
	"context"
	"database/sql"
	"time"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// Day is what a tenant used on one day (UTC), in numbers.
type Day struct {
	Day      time.Time
	Avatar   string // empty: one that the tenant has no longer
	Sessions int
	Minutes  int // rounded up
	Turns    int // replies that an engine was asked for
	Tokens   int // that servers took and gave, where they are bounded
}

const daySeconds = 24 * 60 * 60

// use counts what facts say about use.
func use(tx *sql.Tx, records []audit.Record) error {
	type key struct {
		tenant string
		avatar session.ID
		day    int64
	}
	type sum struct{ sessions, seconds, turns, tokens int64 }
	sums := map[key]sum{}
	for _, rec := range records {
		k := key{rec.Tenant, rec.Fact.Object, rec.At.Unix() / daySeconds}
		s := sums[k]
		switch rec.Fact.Kind {
		case session.SessionEnded:
			s.sessions++
			s.seconds += int64(rec.Fact.Count)
		case session.EngineAsked:
			s.turns++
		case session.TokensUsed:
			s.tokens += int64(rec.Fact.Count)
		default:
			continue
		}
		sums[k] = s
	}
	for k, s := range sums {
		_, err := tx.Exec(`INSERT INTO usage (tenant, day, avatar, sessions, seconds, turns, tokens) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (tenant, day, avatar) DO UPDATE SET sessions = usage.sessions + excluded.sessions,
			seconds = usage.seconds + excluded.seconds, turns = usage.turns + excluded.turns,
			tokens = usage.tokens + excluded.tokens`, k.tenant, k.day, k.avatar[:], s.sessions, s.seconds, s.turns, s.tokens)
		if err != nil {
			return err
		}
	}
	return nil
}

// Usage is what a tenant used, by day and avatar, from and to included.
func (r *Recorder) Usage(ctx context.Context, tenant string, from, to time.Time) ([]Day, error) {
	names, err := r.avatars(ctx, tenant)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.DB().QueryContext(ctx, `SELECT day, avatar, sessions, seconds, turns, tokens FROM usage
		WHERE tenant = $1 AND day >= $2 AND day <= $3 ORDER BY day, avatar`, tenant, from.Unix()/daySeconds, to.Unix()/daySeconds)
	return all(rows, err, func(d *Day, scan func(...any) error) error {
		var day, seconds int64
		var avatar []byte
		err := scan(&day, &avatar, &d.Sessions, &seconds, &d.Turns, &d.Tokens)
		d.Day, d.Avatar, d.Minutes = time.Unix(day*daySeconds, 0).UTC(), names[idOf(avatar)], int((seconds+59)/60)
		return err
	})
}

// avatars are a tenant's avatars by the id that facts have of them.
func (r *Recorder) avatars(ctx context.Context, tenant string) (map[session.ID]string, error) {
	rows, err := r.store.DB().QueryContext(ctx, "SELECT avatar FROM recording WHERE tenant = $1", tenant)
	names, err := all(rows, err, func(s *string, scan func(...any) error) error { return scan(s) })
	byID := map[session.ID]string{}
	for _, name := range names {
		byID[session.NameID(tenant, name)] = name
	}
	return byID, err
}

// Facts are entries of a tenant's log, newest first: those with a number below
// before (zero: the newest), at most limit.
func (r *Recorder) Facts(ctx context.Context, tenant string, before uint64, limit int) ([]audit.Entry, error) {
	return audit.Entries(ctx, r.store.DB(), tenant, before, limit)
}

// all reads all rows.
func all[T any](rows *sql.Rows, err error, read func(*T, func(...any) error) error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := read(&v, rows.Scan); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
