package recorder

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"mayfly/recorder/read"
	"mayfly/recorder/store"
	"mayfly/redact"
	"mayfly/session"
)

// AnswerReport is an answer that a person reported, without its words.
type AnswerReport struct {
	ID         session.ID
	Tenant     string
	Session    session.ID
	Avatar     string
	Locale     string
	Subject    string    // the tenant's keyed pseudonym of the person; empty: none
	Began      time.Time // the session
	Policy     uint64
	At         time.Time
	Until      time.Time // when it goes
	Reason     string    // wrong, harmful, offensive, privacy, other
	Lines      int
	State      string // open, answered
	Done       time.Time
	By         session.ID // who answered
	Answer     string     // as the person reads it
	Held       bool
	Restricted bool
}

// ReportQuery chooses reports. What is zero chooses all.
type ReportQuery struct {
	Tenant  string // needed, unless Receipt is given
	Session session.ID
	Receipt [32]byte
	State   string
	After   session.ID // the last one of the page before
	Limit   int        // zero: 100; at most 1000
}

// The states of a report.
const (
	reportOpen     = "open"
	reportAnswered = "answered"
)

// answerable bounds what is answered to a report, in bytes.
const answerable = 4 << 10

// The statement stores a report only where nothing forbids all of it.
const keepReport = `INSERT INTO report (id, tenant, session, avatar, began, locale, subject, receipt, at, until, policy, reason, lines, state, done, actor, answer, key, sealed)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'open', 0, $14, '', $15, $16
WHERE EXISTS (SELECT 1 FROM tenant t WHERE t.id = $2 AND t.forced_off = 0 AND t.ended = 0)
	AND EXISTS (SELECT 1 FROM setting WHERE name = 'off' AND value = 0)`

// KeepReport stores a report, whole or not at all, with its fact. done is
// called as Keep calls it. The report is sealed and forgotten before KeepReport
// returns, which waits for no disk.
func (r *Recorder) KeepReport(ctx context.Context, c Conversation, t redact.Report, f session.Fact, done func(error)) {
	if !t.Grant().Valid() || t.Grant().Retention() <= 0 || f.Kind != session.ReportMade || f.Object.IsZero() {
		t.Forget()
		done(redact.ErrNoGrant)
		return
	}
	if err := r.keys.State(); err != nil {
		t.Forget()
		done(err)
		return
	}
	grant, id, now := t.Grant(), f.Object, r.now()
	until := now.Add(grant.Retention())
	reason, lines := t.Reason().String(), t.Lines()
	key := r.keys.Fresh(c.Tenant, id, until)
	sealed := key.SealReport(t)
	r.store.Put(ctx, store.Job{
		Prepare: func(keys *sql.Tx) error { return r.keys.Store(keys, key) },
		Run: func(tx *sql.Tx) error {
			if ctx.Err() != nil {
				return ErrDropped
			}
			res, err := tx.Exec(keepReport, id[:], c.Tenant, c.Session[:], c.Avatar, c.Began.UnixMilli(), c.Locale, c.Subject, c.Receipt[:],
				millis(now), millis(until), int64(grant.Policy()), reason, int64(lines), make([]byte, 16), key.ID[:], sealed)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				return errors.Join(err, ErrDropped)
			}
			return r.fact(tx, c.Tenant, f)
		},
		Undo: func(tx *sql.Tx) error {
			_, err := r.removeReports(tx, "c.tenant = $1 AND c.id = $2", []any{c.Tenant, id[:]}, session.Fact{Kind: session.ReportErased})
			r.dirty.rows.Store(true)
			r.dirty.keys.Store(true)
			return err
		},
		Done: func(err error) { done(dropped(err)) },
	})
}

// where is the condition of a query on reports c.
func (q ReportQuery) where() (string, []any, error) {
	of := Query{Tenant: q.Tenant, Session: q.Session, Receipt: q.Receipt}
	text, args, err := of.where()
	add := func(condition string, arg any) {
		args = append(args, arg)
		text += " AND " + condition + "$" + strconv.Itoa(len(args))
	}
	if q.State != "" {
		add("c.state = ", q.State)
	}
	if !q.After.IsZero() {
		add("c.id < ", q.After[:])
	}
	return text, args, err
}

const reportColumns = `SELECT c.id, c.tenant, c.session, c.avatar, c.locale, c.subject, c.began, c.policy, c.at, c.until, c.reason, c.lines, c.state, c.done, c.actor, c.answer, c.restricted, ` + heldBy + ` FROM report c`

func scanReport(a *AnswerReport, scan func(...any) error) error {
	var id, of, by []byte
	var began, at, until, done int64
	err := scan(&id, &a.Tenant, &of, &a.Avatar, &a.Locale, &a.Subject, &began, &a.Policy, &at, &until, &a.Reason, &a.Lines, &a.State, &done, &by, &a.Answer, &a.Restricted, &a.Held)
	a.ID, a.Session, a.By = idOf(id), idOf(of), idOf(by)
	a.Began, a.At, a.Until, a.Done = moment(began), moment(at), moment(until), moment(done)
	return err
}

// AnswerReports are reports, newest first. If somebody asks who is not the
// person, that is a fact before it is answered.
func (r *Recorder) AnswerReports(ctx context.Context, q ReportQuery, who Access) ([]AnswerReport, error) {
	where, args, err := q.where()
	if err != nil {
		return nil, err
	}
	if !who.Self {
		if err := r.store.Do(ctx, func(tx *sql.Tx) error {
			return r.fact(tx, q.Tenant, session.Fact{Kind: session.ReportsListed, Actor: who.Actor, Session: q.Session})
		}); err != nil {
			return nil, err
		}
	}
	rows, err := r.store.DB().QueryContext(ctx, reportColumns+" WHERE "+where+" ORDER BY c.id DESC LIMIT "+strconv.Itoa(Query{Limit: q.Limit}.limit()), args...)
	return all(rows, err, scanReport)
}

// ReadReport writes a report with its words, as JSON. That it is read is
// durable before the first byte. What is past its time is not opened, swept or
// not, unless it is held.
func (r *Recorder) ReadReport(ctx context.Context, tenant string, id session.ID, who Access, to io.Writer) error {
	var a AnswerReport
	var key, sealed []byte
	db := r.store.DB()
	err := scanReport(&a, db.QueryRowContext(ctx, reportColumns+" WHERE c.tenant = $1 AND c.id = $2", tenant, id[:]).Scan)
	if err == nil {
		err = db.QueryRowContext(ctx, "SELECT key, sealed FROM report WHERE tenant = $1 AND id = $2", tenant, id[:]).Scan(&key, &sealed)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && !a.Held && !a.Until.After(r.now()):
		return ErrUnknown
	case err != nil:
		return err
	case a.Restricted && !who.Self:
		return ErrRestricted
	}
	opened := read.Report{Report: id.String(), Session: a.Session.String(), Avatar: a.Avatar, At: a.At, Until: a.Until, Reason: a.Reason}
	if err := opened.Open(ctx, r.keys, tenant, id, idOf(key), sealed); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := opened.Write(&out); err != nil {
		return err
	}
	defer func() { clear(out.Bytes()[:cap(out.Bytes())]) }()
	if err := r.store.Do(ctx, func(tx *sql.Tx) error {
		return r.fact(tx, tenant, session.Fact{Kind: session.ReportRead, Session: a.Session, Object: id, Actor: who.Actor})
	}); err != nil {
		return err
	}
	_, err = to.Write(out.Bytes())
	return err
}

// AnswerToReport says what the tenant has to say about a report, as the person
// reads it; once. ErrExists: it was answered before.
func (r *Recorder) AnswerToReport(ctx context.Context, tenant string, id session.ID, answer string, by session.ID) error {
	if answer == "" || len(answer) > answerable || !utf8.ValidString(answer) {
		return fmt.Errorf("%w: an answer is text of 1 to %d bytes", ErrInvalid, answerable)
	}
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		var of []byte
		var state string
		err := tx.QueryRow("SELECT session, state FROM report WHERE tenant = $1 AND id = $2", tenant, id[:]).Scan(&of, &state)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrUnknown
		case err == nil && state != reportOpen:
			return ErrExists
		case err != nil:
			return err
		}
		if _, err := tx.Exec("UPDATE report SET state = $1, done = $2, actor = $3, answer = $4 WHERE tenant = $5 AND id = $6",
			reportAnswered, millis(r.now()), by[:], answer, tenant, id[:]); err != nil {
			return err
		}
		return r.fact(tx, tenant, session.Fact{Kind: session.ReportAnswered, Session: idOf(of), Object: id, Actor: by})
	})
}

// EraseReport removes one report and its key. What is held is not removed:
// ErrHeld.
func (r *Recorder) EraseReport(ctx context.Context, tenant string, id session.ID, who Access) error {
	var keys []session.ID
	err := r.store.DoJob(ctx, store.Job{
		Urgent: true,
		Run: func(tx *sql.Tx) (err error) {
			const this = "c.tenant = $1 AND c.id = $2"
			if err := heldReports(tx, this, tenant, id[:]); err != nil {
				return err
			}
			keys, err = r.removeReports(tx, this, []any{tenant, id[:]}, session.Fact{Kind: session.ReportErased, Actor: who.Actor})
			if err == nil && len(keys) == 0 {
				err = ErrUnknown
			}
			return err
		},
		Shred: r.shredAll(&keys),
	})
	r.dirty.rows.Store(true)
	r.dirty.keys.Store(true)
	return err
}

// shredAll destroys keys.
func (r *Recorder) shredAll(ids *[]session.ID) func(*sql.Tx) error {
	return func(keys *sql.Tx) error {
		for _, id := range *ids {
			if err := r.keys.Shred(keys, id); err != nil {
				return err
			}
		}
		return nil
	}
}

// heldReports is a HeldError if a hold covers a report c that the condition
// chooses.
func heldReports(tx *sql.Tx, where string, args ...any) error {
	var until sql.NullInt64
	err := tx.QueryRow("SELECT max(h.review) FROM hold h JOIN report c ON c.tenant = h.tenant WHERE h.lifted = 0 AND "+where+" AND "+covers, args...).Scan(&until)
	if err != nil || !until.Valid {
		return err
	}
	return HeldError{Until: moment(until.Int64)}
}

// removeReports removes the reports c that the condition chooses, dooms their
// keys and buries them: each has a fact of the kind and actor of f. It returns
// the keys.
func (r *Recorder) removeReports(tx *sql.Tx, where string, args []any, f session.Fact) ([]session.ID, error) {
	type one struct {
		id, session, key session.ID
		tenant           string
	}
	rows, err := tx.Query("SELECT c.id, c.session, c.key, c.tenant FROM report c WHERE "+where, args...)
	found, err := all(rows, err, func(o *one, scan func(...any) error) error {
		var id, of, key []byte
		err := scan(&id, &of, &key, &o.tenant)
		o.id, o.session, o.key = idOf(id), idOf(of), idOf(key)
		return err
	})
	if err != nil {
		return nil, err
	}
	var keys []session.ID
	for _, o := range found {
		if _, err := tx.Exec("INSERT INTO doomed (key) VALUES ($1) ON CONFLICT (key) DO NOTHING", o.key[:]); err != nil {
			return nil, err
		}
		if _, err := tx.Exec("DELETE FROM report WHERE id = $1", o.id[:]); err != nil {
			return nil, err
		}
		if err := bury(tx, o.tenant, o.id, 0, 0, millis(r.now())); err != nil {
			return nil, err
		}
		f.Session, f.Object, f.Count = o.session, o.id, 1
		if err := r.fact(tx, o.tenant, f); err != nil {
			return nil, err
		}
		keys = append(keys, o.key)
	}
	return keys, nil
}
