package recorder

import (
	"context"
	"database/sql"
	"errors"

	"mayfly/recorder/store"
	"mayfly/session"
)

// The states of a drill that is noted in the table of settings.
const (
	drillStaged = 1
	drillTold   = 2 // its fact is in the log, and something of it is left
)

// BeginDrill notes which tenant a drill makes for itself. It is durable when
// this returns: whatever becomes of the process, the next one knows what to
// take away. ErrExists: something of another is left.
func (r *Recorder) BeginDrill(ctx context.Context, tenant string) error {
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		res, err := tx.Exec("INSERT INTO setting (name, value, note) VALUES ('drill', $1, $2) ON CONFLICT (name) DO NOTHING", drillStaged, tenant)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
		return ErrExists
	})
}

// StagedDrill is the tenant of the drill that is noted; empty: there is none.
func (r *Recorder) StagedDrill(ctx context.Context) (tenant string, err error) {
	err = r.store.DB().QueryRowContext(ctx, "SELECT note FROM setting WHERE name = 'drill'").Scan(&tenant)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return tenant, err
}

// ClearDrill closes what a drill opened, of whatever tenant, and ends the
// tenant that was made for it. What is done already is no error.
func (r *Recorder) ClearDrill(ctx context.Context, tenant string) error {
	rows, err := r.store.DB().QueryContext(ctx, incidentColumns+" WHERE drill = 1 AND state <> 'closed'")
	open, err := all(rows, err, scanIncident)
	failed := []error{err}
	for i := range open {
		failed = append(failed, r.StepIncident(ctx, open[i].Tenant, open[i].ID, IncidentStep{What: "closed", Choice: "drill"}))
	}
	_, err = r.RemoveTenant(ctx, tenant, session.ID{})
	if errors.Is(err, ErrUnknown) {
		err = nil
	}
	return errors.Join(append(failed, err)...)
}

// EndDrill notes how many steps of the drill with a tenant went well, of how
// many, and which incident it opened first. If it is cleared away it is forgotten in the same
// transaction: each drill has one fact, however it ended.
func (r *Recorder) EndDrill(ctx context.Context, tenant string, cleared bool, good, of uint64, incident session.ID) error {
	return r.store.DoJob(ctx, store.Job{Urgent: true, Run: func(tx *sql.Tx) error {
		var state int64
		err := tx.QueryRow("SELECT value FROM setting WHERE name = 'drill' AND note = $1", tenant).Scan(&state)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if state != drillTold {
			if err := r.fact(tx, "", session.Fact{Kind: session.DrillRun, Count: good, Before: of, Object: incident}); err != nil {
				return err
			}
		}
		if cleared {
			_, err = tx.Exec("DELETE FROM setting WHERE name = 'drill' AND note = $1", tenant)
		} else {
			_, err = tx.Exec("UPDATE setting SET value = $1 WHERE name = 'drill' AND note = $2", drillTold, tenant)
		}
		return err
	}})
}
