package recorder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"mayfly/recorder/export"
	"mayfly/recorder/store"
	"mayfly/session"
)

// Disclosure is that an authority is given what is stored of a tenant. It takes
// two people: one proposes it, the operator or an admin, and an admin who is
// not that one confirms it. What it is about is as narrow as somebody can say.
type Disclosure struct {
	ID      session.ID
	Tenant  string
	Basis   string     // one of DisclosureBases
	Case    string     // 1 to 64 of A-Z a-z 0-9 . _ / -
	Session session.ID // zero: not of one session only
	Subject string     // pseudonym; empty: not of one person only; Forgotten after the last step
	From    time.Time  // begun then or later; zero: at any time
	To      time.Time  // begun before; zero: until it was proposed

	Proposed  time.Time
	By        session.ID // zero: the operator
	Confirmed time.Time
	Second    session.ID // zero: nobody yet
	Handed    time.Time  // zero: nothing was handed over
	Ended     time.Time  // zero: it was not taken back

	Sessions, Turns int      // that were handed over
	Hash            [32]byte // SHA-256 of the manifest of what was; zero: it is not all there
	folder          []byte   // SHA-256 of its path; empty: none yet
}

// DisclosureBases is the closed list of what obliges or allows a disclosure.
// Facts carry the number, from 1, as their turn.
var DisclosureBases = []string{"court_order", "warrant", "subpoena", "statutory_request", "emergency", "supervisory_authority"}

// The steps of a disclosure, as the number Before of its facts.
const (
	disclosureProposed = iota + 1
	disclosureConfirmed
	disclosureHanded
	disclosureEnded
)

// DisclosureTime is how long after it was confirmed something may be handed
// over.
const DisclosureTime = 30 * 24 * time.Hour

// Forgotten is the subject of a disclosure that is over: that it was of one
// person stays, and whom it was of is not needed any more.
const Forgotten = "-"

const forgetting = "subject = CASE subject WHEN '' THEN '' ELSE '-' END"

// ErrUnconfirmed means that nobody confirmed a disclosure, or too long ago.
var ErrUnconfirmed = errors.New("an admin of the tenant who did not propose it has to confirm it, 30 days at most before it is handed over")

func (d *Disclosure) check() error {
	switch {
	case d.ID.IsZero():
		return fmt.Errorf("%w: a disclosure has an id", ErrInvalid)
	case !slices.Contains(DisclosureBases, d.Basis):
		return fmt.Errorf("%w: the basis of a disclosure is one of %q", ErrInvalid, DisclosureBases)
	case !isCase(d.Case):
		return fmt.Errorf("%w: %w", ErrInvalid, errCase)
	case len(d.Subject) > 256 || d.Subject == Forgotten:
		return fmt.Errorf("%w: this is no pseudonym", ErrInvalid)
	case d.Session.IsZero() && d.Subject == "" && (d.From.IsZero() || d.To.IsZero()):
		return fmt.Errorf("%w: say what it is of: a session, a person, or from when to when", ErrInvalid)
	case !d.From.IsZero() && !d.To.IsZero() && !d.From.Before(d.To):
		return fmt.Errorf("%w: it ends before it begins", ErrInvalid)
	}
	return nil
}

func (d *Disclosure) query() Query {
	return Query{Tenant: d.Tenant, Session: d.Session, Subject: d.Subject, From: d.From, To: d.To}
}

func (d *Disclosure) fact(step uint64, by session.ID, count int) session.Fact {
	return session.Fact{
		Kind: session.AuthorityDisclosure, Object: d.ID, Session: d.Session, Actor: by, Before: step, Count: uint64(count),
		Turn: session.TurnNo(slices.Index(DisclosureBases, d.Basis) + 1),
	}
}

// ErrOtherFolder means that a disclosure that was cut off was begun elsewhere.
var ErrOtherFolder = errors.New("it was begun in another folder; it goes on there, and nowhere else")

// ErrToCome means that somebody wants what was not said yet.
var ErrToCome = fmt.Errorf("%w: a disclosure is of what there is when it is proposed; let it end now or before", ErrInvalid)

// ProposeDisclosure notes what an authority wants, and who says so. Nothing is
// handed over. Conversations that begin later are not in it: whoever confirms
// knows what there is.
func (r *Recorder) ProposeDisclosure(ctx context.Context, d Disclosure) error {
	now := r.now()
	if d.To.IsZero() && (!d.Session.IsZero() || d.Subject != "") {
		d.To = now.Add(time.Millisecond)
	}
	if err := d.check(); err != nil {
		return err
	}
	if d.To.After(now.Add(time.Minute)) { // clocks differ
		return ErrToCome
	}
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		if err := exists(tx, d.Tenant); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO authority_disclosure (id, tenant, basis, file, session, subject, begins, ends, proposed, actor, second, hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			d.ID[:], d.Tenant, d.Basis, d.Case, d.Session[:], d.Subject, millis(d.From), millis(d.To), millis(now), d.By[:], make([]byte, 16), make([]byte, 32))
		if err != nil {
			return err
		}
		return r.fact(tx, d.Tenant, d.fact(disclosureProposed, d.By, 0))
	})
}

const disclosureColumns = `SELECT id, tenant, basis, file, session, subject, begins, ends, proposed, actor, confirmed, second, handed, ended, sessions, turns, hash, folder FROM authority_disclosure`

func scanDisclosure(d *Disclosure, scan func(...any) error) error {
	var id, of, by, second, hash []byte
	var from, to, proposed, confirmed, handed, ended int64
	err := scan(&id, &d.Tenant, &d.Basis, &d.Case, &of, &d.Subject, &from, &to, &proposed, &by, &confirmed, &second, &handed, &ended, &d.Sessions, &d.Turns, &hash, &d.folder)
	d.ID, d.Session, d.By, d.Second = idOf(id), idOf(of), idOf(by), idOf(second)
	d.From, d.To, d.Proposed, d.Confirmed, d.Handed, d.Ended = moment(from), moment(to), moment(proposed), moment(confirmed), moment(handed), moment(ended)
	copy(d.Hash[:], hash)
	return err
}

// Disclosures are a tenant's disclosures, newest first.
func (r *Recorder) Disclosures(ctx context.Context, tenant string) ([]Disclosure, error) {
	rows, err := r.store.DB().QueryContext(ctx, disclosureColumns+" WHERE tenant = $1 ORDER BY proposed DESC, id", tenant)
	return all(rows, err, scanDisclosure)
}

// pending is a disclosure that was not taken back.
func pending(tx *sql.Tx, tenant string, id session.ID) (d Disclosure, err error) {
	err = scanDisclosure(&d, tx.QueryRow(disclosureColumns+" WHERE tenant = $1 AND id = $2 AND ended = 0", tenant, id[:]).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	return d, err
}

// ConfirmDisclosure is the second person's word. It is ErrSecond from nobody and
// from the one who proposed it, and ErrExists when it was given already.
func (r *Recorder) ConfirmDisclosure(ctx context.Context, tenant string, id, by session.ID) error {
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		d, err := pending(tx, tenant, id)
		switch {
		case err != nil:
			return err
		case by.IsZero() || by == d.By:
			return ErrSecond
		case !d.Second.IsZero():
			return ErrExists
		}
		if _, err := tx.Exec("UPDATE authority_disclosure SET second = $1, confirmed = $2 WHERE id = $3", by[:], millis(r.now()), id[:]); err != nil {
			return err
		}
		return r.fact(tx, tenant, d.fact(disclosureConfirmed, by, 0))
	})
}

// EndDisclosure takes a disclosure back, confirmed or not. What was handed over
// cannot be: ErrExists.
func (r *Recorder) EndDisclosure(ctx context.Context, tenant string, id, by session.ID) error {
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		d, err := pending(tx, tenant, id)
		switch {
		case err != nil:
			return err
		case !d.Handed.IsZero():
			return ErrExists
		}
		if _, err := tx.Exec("UPDATE authority_disclosure SET ended = $1, "+forgetting+" WHERE id = $2", millis(r.now()), id[:]); err != nil {
			return err
		}
		return r.fact(tx, tenant, d.fact(disclosureEnded, by, 0))
	})
}

// HandDisclosure writes what was confirmed into a folder, as Export does. That
// it is handed over, and that there was one more this year, is durable before a
// byte is written. If it is cut off, another call into the same folder goes on,
// and one into another is ErrOtherFolder; when it is all there, once, it is
// ErrExists.
func (r *Recorder) HandDisclosure(ctx context.Context, tenant string, id session.ID, who Access, folder string, progress func(done, of int)) (Transfer, error) {
	var d Disclosure
	now, place := r.now(), sha256.Sum256([]byte(filepath.Clean(folder)))
	bind := func(tx *sql.Tx, to []byte) error {
		_, err := tx.Exec("UPDATE authority_disclosure SET folder = $1 WHERE id = $2", to, id[:])
		return err
	}
	err := r.store.Do(ctx, func(tx *sql.Tx) (err error) {
		d, err = pending(tx, tenant, id)
		switch {
		case err != nil:
			return err
		case d.Hash != [32]byte{}:
			return ErrExists
		case d.Second.IsZero() || now.Sub(d.Confirmed) > DisclosureTime:
			return ErrUnconfirmed
		case len(d.folder) > 0 && !bytes.Equal(d.folder, place[:]):
			return ErrOtherFolder
		}
		if err := bind(tx, place[:]); err != nil || !d.Handed.IsZero() {
			return err // it goes on
		}
		where, args, err := d.query().where()
		if err != nil {
			return err
		}
		if err := tx.QueryRow("SELECT count(*) FROM conversation c WHERE "+where, args...).Scan(&d.Sessions); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE authority_disclosure SET handed = $1, sessions = $2 WHERE id = $3", millis(now), int64(d.Sessions), id[:]); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO disclosure_year (year, count) VALUES ($1, 1) ON CONFLICT (year) DO UPDATE SET count = disclosure_year.count + 1", int64(now.UTC().Year())); err != nil {
			return err
		}
		return r.fact(tx, tenant, d.fact(disclosureHanded, who.Actor, d.Sessions))
	})
	if err != nil {
		return Transfer{}, err
	}
	begun := len(d.folder) > 0
	t, err := r.exportTo(ctx, d.query(), who, progress, func() (export.Place, error) {
		f, err := export.Create(folder, tenant)
		begun = begun || err == nil
		return f, err
	})
	if err != nil {
		if !begun { // nothing is there, so it may be somewhere else
			err = errors.Join(err, r.store.Do(context.WithoutCancel(ctx), func(tx *sql.Tx) error { return bind(tx, []byte{}) }))
		}
		return t, err
	}
	// All of it is written, so whoever goes away meanwhile does not matter.
	return t, r.store.DoJob(context.WithoutCancel(ctx), store.Job{Run: func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE authority_disclosure SET sessions = $1, turns = $2, hash = $3, "+forgetting+" WHERE id = $4", int64(t.Sessions), int64(t.Turns), t.Manifest[:], id[:])
		return err
	}})
}

// DisclosureYear is how many disclosures there were in a year, of all tenants.
type DisclosureYear struct{ Year, Count int }

// DisclosuresByYear are those with at least one, oldest first.
func (r *Recorder) DisclosuresByYear(ctx context.Context) ([]DisclosureYear, error) {
	rows, err := r.store.DB().QueryContext(ctx, "SELECT year, count FROM disclosure_year ORDER BY year")
	return all(rows, err, func(y *DisclosureYear, scan func(...any) error) error { return scan(&y.Year, &y.Count) })
}
