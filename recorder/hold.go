package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"mayfly/session"
)

// Hold keeps what is stored from being erased or swept: of a session, of a
// person by their pseudonym, or of an avatar.
type Hold struct {
	ID     session.ID
	Tenant string
	Kind   string // session, subject, avatar
	Value  string // the session's id, the pseudonym, the avatar's id
	Reason string // legal_claim, authority, complaint, security
	Case   string // the tenant's reference: 1 to 64 of A-Z a-z 0-9 . _ / -
	Review time.Time
	Placed time.Time
	Lifted time.Time // zero: in force
	By     session.ID
	Second session.ID // zero: nobody confirmed it yet
}

// HoldReasons is the closed list of what a hold is for. Facts carry the number,
// from 1.
var HoldReasons = []string{"legal_claim", "authority", "complaint", "security"}

var holdKinds = []string{"session", "subject", "avatar"}

const (
	// HoldConfirm is how long a hold lasts that no second admin confirmed.
	HoldConfirm = 72 * time.Hour
	// HoldReview is the farthest away that its review may be.
	HoldReview = 366 * 24 * time.Hour
)

// ErrSecond means that a hold needs another admin than the one who placed it.
var ErrSecond = errors.New("a second admin has to confirm it, not the one who placed it")

// HeldError is ErrHeld, with the day on which the hold is to be reviewed.
type HeldError struct{ Until time.Time }

func (e HeldError) Error() string {
	return "it is held until " + e.Until.Format("2006-01-02") + " and cannot be erased before the hold is lifted"
}

// Is makes it an ErrHeld.
func (e HeldError) Is(target error) bool { return target == ErrHeld }

const heldCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-"

func (h *Hold) check(now time.Time) error {
	switch {
	case h.ID.IsZero() || h.By.IsZero():
		return fmt.Errorf("%w: a hold has an id, and an admin who places it", ErrInvalid)
	case !slices.Contains(holdKinds, h.Kind):
		return fmt.Errorf("%w: a hold is of one of %q", ErrInvalid, holdKinds)
	case h.Value == "" || len(h.Value) > 256:
		return fmt.Errorf("%w: say which %s is held", ErrInvalid, h.Kind)
	case !slices.Contains(HoldReasons, h.Reason):
		return fmt.Errorf("%w: the reason of a hold is one of %q", ErrInvalid, HoldReasons)
	case !isCase(h.Case):
		return fmt.Errorf("%w: %w", ErrInvalid, errCase)
	case !h.Review.After(now) || h.Review.After(now.Add(HoldReview)):
		return fmt.Errorf("%w: the review is after today and within a year", ErrInvalid)
	}
	if h.Kind == "session" {
		if _, ok := session.ParseID(h.Value); !ok {
			return fmt.Errorf("%w: a session is named by its id", ErrInvalid)
		}
	}
	return nil
}

// of is the session of a hold, zero if it is of something else.
func (h *Hold) of() session.ID {
	if h.Kind != "session" {
		return session.ID{}
	}
	id, _ := session.ParseID(h.Value)
	return id
}

// PlaceHold holds something from now on. Another admin has to confirm it within
// HoldConfirm, or it ends. Its id is made by who calls.
func (r *Recorder) PlaceHold(ctx context.Context, h Hold) error {
	now := r.now()
	if err := h.check(now); err != nil {
		return err
	}
	of := h.of()
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM hold WHERE id = $1", h.ID[:]).Scan(&n); err != nil || n > 0 {
			return errors.Join(err, ErrExists)
		}
		_, err := tx.Exec(`INSERT INTO hold (id, tenant, kind, value, session, reason, file, review, placed, lifted, actor, second)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)`,
			h.ID[:], h.Tenant, h.Kind, h.Value, of[:], h.Reason, h.Case, millis(h.Review), millis(now), h.By[:], make([]byte, 16))
		if err != nil {
			return err
		}
		return r.fact(tx, h.Tenant, h.fact(session.HoldPlaced, h.By))
	})
}

func (h *Hold) fact(kind session.FactKind, by session.ID) session.Fact {
	return session.Fact{Kind: kind, Object: h.ID, Session: h.of(), Actor: by, Count: uint64(slices.Index(HoldReasons, h.Reason) + 1)}
}

const holdColumns = `SELECT id, tenant, kind, value, reason, file, review, placed, lifted, actor, second FROM hold`

func scanHold(h *Hold, scan func(...any) error) error {
	var id, by, second []byte
	var review, placed, lifted int64
	err := scan(&id, &h.Tenant, &h.Kind, &h.Value, &h.Reason, &h.Case, &review, &placed, &lifted, &by, &second)
	h.ID, h.By, h.Second = idOf(id), idOf(by), idOf(second)
	h.Review, h.Placed, h.Lifted = moment(review), moment(placed), moment(lifted)
	return err
}

// Holds are a tenant's holds, those that were lifted too, newest first.
func (r *Recorder) Holds(ctx context.Context, tenant string) ([]Hold, error) {
	rows, err := r.store.DB().QueryContext(ctx, holdColumns+" WHERE tenant = $1 ORDER BY placed DESC, id", tenant)
	return all(rows, err, scanHold)
}

// inForce is a hold of the tenant that was not lifted.
func inForce(tx *sql.Tx, tenant string, id session.ID) (Hold, error) {
	var h Hold
	err := scanHold(&h, tx.QueryRow(holdColumns+" WHERE tenant = $1 AND id = $2 AND lifted = 0", tenant, id[:]).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	return h, err
}

// ConfirmHold is the second admin's word. It is ErrSecond from the one who
// placed the hold, and ErrExists when it was given already.
func (r *Recorder) ConfirmHold(ctx context.Context, tenant string, id, by session.ID) error {
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		h, err := inForce(tx, tenant, id)
		switch {
		case err != nil:
			return err
		case by.IsZero() || by == h.By:
			return ErrSecond
		case !h.Second.IsZero():
			return ErrExists
		}
		if _, err := tx.Exec("UPDATE hold SET second = $1 WHERE id = $2", by[:], id[:]); err != nil {
			return err
		}
		return r.fact(tx, tenant, h.fact(session.HoldConfirmed, by))
	})
}

// LiftHold ends a hold. What is past its time goes with the next sweep.
func (r *Recorder) LiftHold(ctx context.Context, tenant string, id, by session.ID) error {
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		h, err := inForce(tx, tenant, id)
		if err != nil {
			return err
		}
		return r.lift(tx, h, by)
	})
}

func (r *Recorder) lift(tx *sql.Tx, h Hold, by session.ID) error {
	if _, err := tx.Exec("UPDATE hold SET lifted = $1 WHERE id = $2", millis(r.now()), h.ID[:]); err != nil {
		return err
	}
	return r.fact(tx, h.Tenant, h.fact(session.HoldLifted, by))
}

// liftUnconfirmed ends the holds that no second admin confirmed in time.
func (r *Recorder) liftUnconfirmed(ctx context.Context, now time.Time) error {
	const due = " WHERE lifted = 0 AND second = $1 AND placed <= $2"
	nobody, before := make([]byte, 16), millis(now.Add(-HoldConfirm))
	var n int
	if err := r.store.DB().QueryRowContext(ctx, "SELECT count(*) FROM hold"+due, nobody, before).Scan(&n); err != nil || n == 0 {
		return err
	}
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		rows, err := tx.Query(holdColumns+due, nobody, before)
		holds, err := all(rows, err, scanHold)
		if err != nil {
			return err
		}
		for _, h := range holds {
			if err := r.lift(tx, h, session.ID{}); err != nil {
				return err
			}
		}
		return nil
	})
}

// held is a HeldError if a hold covers the session: the one to be reviewed
// last.
func held(tx *sql.Tx, tenant string, id session.ID) error {
	var until sql.NullInt64
	err := tx.QueryRow(`SELECT max(h.review) FROM hold h JOIN conversation c ON c.tenant = h.tenant
		WHERE c.tenant = $1 AND c.session = $2 AND h.lifted = 0 AND `+covers, tenant, id[:]).Scan(&until)
	if err != nil || !until.Valid {
		return err
	}
	return HeldError{Until: moment(until.Int64)}
}
