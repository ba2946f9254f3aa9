package recorder

import (
	"context"
	"database/sql"
	"time"

	"mayfly/session"
)

// Expiry is what of a tenant goes on one day (UTC).
type Expiry struct {
	Day   time.Time
	Class string // of what: "transcript", "audio", "report"
	Count int    // conversations whose last of it goes then, or reports
	Held  int    // of them, those that a hold covers
}

// maxExpiries bounds the list.
const maxExpiries = 1000

// expiries are the days and what goes on them: of conversations by the last of
// their turns, of reports each by its own.
const expiries = `SELECT day, class, count(*), count(*) FILTER (WHERE held) FROM (
		SELECT 'transcript' AS class, max(t.until) / 86400000 AS day, ` + heldBy + ` AS held
			FROM conversation c JOIN turn t ON t.tenant = c.tenant AND t.session = c.session WHERE c.tenant = $1 GROUP BY c.tenant, c.session
		UNION ALL SELECT 'audio', max(t.until) / 86400000, ` + heldBy + `
			FROM conversation c JOIN sound t ON t.tenant = c.tenant AND t.session = c.session WHERE c.tenant = $1 GROUP BY c.tenant, c.session
		UNION ALL SELECT 'report', c.until / 86400000, ` + heldBy + ` FROM report c WHERE c.tenant = $1) AS x
	GROUP BY day, class ORDER BY day, class LIMIT $2`

// Expiries are the days on which something of a tenant goes, soonest first.
// That somebody asks is a fact before it is answered.
func (r *Recorder) Expiries(ctx context.Context, tenant string, who Access) ([]Expiry, error) {
	if err := r.store.Do(ctx, func(tx *sql.Tx) error {
		return r.fact(tx, tenant, session.Fact{Kind: session.TranscriptListed, Actor: who.Actor})
	}); err != nil {
		return nil, err
	}
	rows, err := r.store.DB().QueryContext(ctx, expiries, tenant, maxExpiries)
	return all(rows, err, func(e *Expiry, scan func(...any) error) error {
		var day int64
		err := scan(&day, &e.Class, &e.Count, &e.Held)
		e.Day = time.Unix(day*daySeconds, 0).UTC()
		return err
	})
}
