package recorder

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"mayfly/session"
)

// Proposal is a change of a tenant that waits for a second admin.
type Proposal struct {
	Number   uint64 // 1, 2, ... within the tenant
	Base     uint64 // the version that it changes
	At       time.Time
	By       session.ID
	Document []byte
	Needs    []string // why it waits
}

// Propose stores a proposal and numbers it. Its time is now.
func (r *Recorder) Propose(ctx context.Context, tenant string, p Proposal) (number uint64, err error) {
	err = r.store.Do(ctx, func(tx *sql.Tx) error {
		return tx.QueryRow(`INSERT INTO proposal (tenant, number, base, at, actor, document, needs)
			SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6 FROM proposal WHERE tenant = $1 RETURNING number`,
			tenant, p.Base, millis(r.now()), p.By[:], p.Document, strings.Join(p.Needs, " ")).Scan(&number)
	})
	return number, err
}

// Proposals are the proposals of a tenant, oldest first.
func (r *Recorder) Proposals(ctx context.Context, tenant string) ([]Proposal, error) {
	rows, err := r.store.DB().QueryContext(ctx, "SELECT number, base, at, actor, document, needs FROM proposal WHERE tenant = $1 ORDER BY number", tenant)
	return all(rows, err, func(p *Proposal, scan func(...any) error) error {
		var at int64
		var by []byte
		var needs string
		err := scan(&p.Number, &p.Base, &at, &by, &p.Document, &needs)
		p.At, p.By, p.Needs = moment(at), idOf(by), strings.Fields(needs)
		return err
	})
}

// EndProposal removes a proposal, carried out or not.
func (r *Recorder) EndProposal(ctx context.Context, tenant string, number uint64) error {
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		done, err := tx.Exec("DELETE FROM proposal WHERE tenant = $1 AND number = $2", tenant, number)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return ErrUnknown
		}
		return nil
	})
}
