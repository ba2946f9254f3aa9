package recorder

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"mayfly/recorder/read"
	"mayfly/recorder/store"
	"mayfly/session"
)

// Request is what a person asks of a tenant.
type Request struct {
	ID      session.ID
	Tenant  string
	Session session.ID
	Kind    string // access, correct, erase, restrict, object, appeal
	State   string // open, carried_out, refused
	At      time.Time
	Done    time.Time // zero while it is open
	By      session.ID
	Item    uint32 // zero: the whole session
	Note    []byte // the person's words; sealed where they are stored
	Reason  string // of the answer, as the person reads it
}

// Format implements fmt.Formatter: what a person asks does not print.
func (r Request) Format(to fmt.State, _ rune) { fmt.Fprintf(to, "request(%d)", len(r.Note)) }

var (
	requestKinds  = []string{"access", "correct", "erase", "restrict", "object", "appeal"}
	requestStates = []string{"carried_out", "refused"}
)

// RequestKept is how long a request is kept: as long as an answer to it can be
// disputed.
const RequestKept = 3 * 365 * 24 * time.Hour

// openRequests is how many requests of one session may wait for an answer: who
// has one receipt key does not fill a disk.
const openRequests = 20

// ErrMany means that as many requests of the session wait as may.
var ErrMany = errors.New("the tenant has not answered what was asked before; wait for that")

// MakeRequest stores a request. Its state is open, its time now. It is ErrMany
// while the tenant owes the session many answers.
func (r *Recorder) MakeRequest(ctx context.Context, q Request) error {
	if !slices.Contains(requestKinds, q.Kind) {
		return fmt.Errorf("%w: a request is one of %q", ErrInvalid, requestKinds)
	}
	if len(q.Note) > correctable || !utf8.Valid(q.Note) {
		return fmt.Errorf("%w: a note is text of at most %d bytes", ErrInvalid, correctable)
	}
	// Looked at here too, so that what is refused leaves no key behind.
	if err := few(r.store.DB().QueryRowContext(ctx, waiting, q.Tenant, q.Session[:])); err != nil {
		return err
	}
	key := r.keys.Fresh(q.Tenant, q.ID, r.now().Add(RequestKept))
	sealed := read.SealNote(key, q.Note)
	return r.store.DoJob(ctx, store.Job{
		Urgent: true,
		Prepare: func(keys *sql.Tx) error {
			return r.keys.Store(keys, key)
		},
		Run: func(tx *sql.Tx) error {
			if err := few(tx.QueryRow(waiting, q.Tenant, q.Session[:])); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO request (id, tenant, session, kind, state, at, done, actor, item, key, note)
				VALUES ($1, $2, $3, $4, 'open', $5, 0, $6, $7, $8, $9)`,
				q.ID[:], q.Tenant, q.Session[:], q.Kind, millis(r.now()), make([]byte, 16), q.Item, key.ID[:], sealed)
			if err != nil {
				return err
			}
			return r.fact(tx, q.Tenant, session.Fact{Kind: session.RequestMade, Session: q.Session, Object: q.ID})
		},
	})
}

const requestColumns = "SELECT id, tenant, session, kind, state, at, done, actor, item, key, note, reason FROM request"

// scanRequest reads a request, its note sealed still, and the note's key.
func scanRequest(q *Request, key *session.ID, scan func(...any) error) error {
	var id, of, by, keyID []byte
	var at, done int64
	err := scan(&id, &q.Tenant, &of, &q.Kind, &q.State, &at, &done, &by, &q.Item, &keyID, &q.Note, &q.Reason)
	q.ID, q.Session, q.By, q.At, q.Done, *key = idOf(id), idOf(of), idOf(by), moment(at), moment(done), idOf(keyID)
	return err
}

// Requests are a tenant's requests in a state, or all if it is empty, oldest
// first.
func (r *Recorder) Requests(ctx context.Context, tenant, state string) ([]Request, error) {
	rows, err := r.store.DB().QueryContext(ctx, requestColumns+" WHERE tenant = $1 AND ($2 = '' OR state = $2) ORDER BY at, id", tenant, state)
	var keys []session.ID
	out, err := all(rows, err, func(q *Request, scan func(...any) error) error {
		keys = append(keys, session.ID{})
		return scanRequest(q, &keys[len(keys)-1], scan)
	})
	for i := range out {
		q := &out[i]
		if q.Note, err = read.OpenNote(ctx, r.keys, q.Tenant, q.ID, keys[i], q.Note); err != nil {
			return nil, err
		}
	}
	return out, err
}

// Request is one request. Its note is opened only if it is needed: to carry out
// another kind than a correction takes no word of the person's.
func (r *Recorder) Request(ctx context.Context, tenant string, id session.ID) (q Request, err error) {
	var key session.ID
	err = scanRequest(&q, &key, r.store.DB().QueryRowContext(ctx, requestColumns+" WHERE tenant = $1 AND id = $2", tenant, id[:]).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Request{}, ErrUnknown
	}
	sealed := q.Note
	if q.Note = nil; err == nil && q.Kind == "correct" {
		q.Note, err = read.OpenNote(ctx, r.keys, tenant, id, key, sealed)
	}
	return q, err
}

const waiting = "SELECT count(*) FROM request WHERE tenant = $1 AND state = 'open' AND session = $2"

// few is ErrMany where as many requests wait as may.
func few(row *sql.Row) error {
	var open int
	err := row.Scan(&open)
	if err == nil && open >= openRequests {
		err = ErrMany
	}
	return err
}

// RequestsOf are the requests of one session, oldest first, without their
// notes: no key is needed for them, and nobody else's is opened.
func (r *Recorder) RequestsOf(ctx context.Context, tenant string, of session.ID) ([]Request, error) {
	rows, err := r.store.DB().QueryContext(ctx, `SELECT id, kind, state, at, done, item, reason FROM request
		WHERE tenant = $1 AND session = $2 ORDER BY at, id`, tenant, of[:])
	return all(rows, err, func(q *Request, scan func(...any) error) error {
		var id []byte
		var at, done int64
		err := scan(&id, &q.Kind, &q.State, &at, &done, &q.Item, &q.Reason)
		q.Tenant, q.Session, q.ID, q.At, q.Done = tenant, of, idOf(id), moment(at), moment(done)
		return err
	})
}

// AnswerRequest closes a request: carried_out or refused, with the reason that
// the person reads. What is to be carried out has been, by whoever calls.
func (r *Recorder) AnswerRequest(ctx context.Context, tenant string, id session.ID, state, reason string, by session.ID) error {
	if !slices.Contains(requestStates, state) {
		return fmt.Errorf("%w: an answer is one of %q", ErrInvalid, requestStates)
	}
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		var of []byte
		err := tx.QueryRow("UPDATE request SET state = $1, done = $2, actor = $3, reason = $4 WHERE tenant = $5 AND id = $6 AND state = 'open' RETURNING session",
			state, millis(r.now()), by[:], reason, tenant, id[:]).Scan(&of)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUnknown
		}
		if err != nil {
			return err
		}
		return r.fact(tx, tenant, session.Fact{Kind: session.RequestAnswered, Session: idOf(of), Object: id, Actor: by, Count: uint64(slices.Index(requestStates, state) + 1)})
	})
}
