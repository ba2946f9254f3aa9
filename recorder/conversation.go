package recorder

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"mayfly/session"
)

// Kept is what is stored of one session, without its words.
type Kept struct {
	Tenant     string
	Avatar     string
	Session    session.ID
	Began      time.Time
	Last       time.Time // when the last turn was stored
	Until      time.Time // when the last turn goes
	Turns      int
	Items      int
	Bytes      int // sealed
	Policy     uint64
	Locale     string
	Subject    string
	Receipt    [32]byte // SHA-256 of the receipt key
	Purposes   []string
	Held       bool
	Restricted bool
	Corrected  int // items
}

// Query chooses sessions. What is zero chooses all.
type Query struct {
	Tenant  string // needed, unless Receipt is given
	Avatar  string
	Subject string
	Session session.ID
	Receipt [32]byte
	From    time.Time // began then or later
	To      time.Time // began before
	After   session.ID
	Limit   int // zero: 100; at most 1000
}

// Access is who asks, and why.
type Access struct {
	Actor   session.ID
	Purpose string // audit, quality, learning; rights, export
	Self    bool   // the person, by the receipt key
}

// covers is true of a hold h and a conversation c of the same tenant.
const covers = `(
	(h.kind = 'session' AND h.session = c.session) OR
	(h.kind = 'subject' AND c.subject <> '' AND h.value = c.subject) OR
	(h.kind = 'avatar' AND h.value = c.avatar))`

// heldBy is true of a conversation c that a hold covers.
const heldBy = `EXISTS (SELECT 1 FROM hold h WHERE h.tenant = c.tenant AND h.lifted = 0 AND ` + covers + `)`

// where is the condition of a query on conversations c.
func (q Query) where() (string, []any, error) {
	if q.Tenant == "" && q.Receipt == [32]byte{} {
		return "", nil, ErrUnknown
	}
	var text strings.Builder
	var args []any
	add := func(condition string, arg any) {
		if text.Len() > 0 {
			text.WriteString(" AND ")
		}
		args = append(args, arg)
		text.WriteString(condition)
		text.WriteString("$" + strconv.Itoa(len(args)))
	}
	if q.Tenant != "" {
		add("c.tenant = ", q.Tenant)
	}
	if q.Avatar != "" {
		add("c.avatar = ", q.Avatar)
	}
	if q.Subject != "" {
		add("c.subject = ", q.Subject)
	}
	if !q.Session.IsZero() {
		add("c.session = ", q.Session[:])
	}
	if q.Receipt != [32]byte{} {
		add("c.receipt = ", q.Receipt[:])
	}
	if !q.From.IsZero() {
		add("c.began >= ", q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		add("c.began < ", q.To.UnixMilli())
	}
	if !q.After.IsZero() {
		add("c.session < ", q.After[:])
	}
	return text.String(), args, nil
}

func (q Query) limit() int {
	if q.Limit <= 0 {
		return 100
	}
	return min(q.Limit, 1000)
}

// List is what is stored, newest session first. If somebody asks who is not the
// person, that is a fact before it is answered.
func (r *Recorder) List(ctx context.Context, q Query, who Access) ([]Kept, error) {
	where, args, err := q.where()
	if err != nil {
		return nil, err
	}
	if !who.Self {
		if err := r.store.Do(ctx, func(tx *sql.Tx) error {
			return r.fact(tx, q.Tenant, session.Fact{Kind: session.TranscriptListed, Actor: who.Actor, Session: q.Session})
		}); err != nil {
			return nil, err
		}
	}
	rows, err := r.store.DB().QueryContext(ctx, keptColumns+" WHERE "+where+keptGroup+" ORDER BY c.session DESC LIMIT "+strconv.Itoa(q.limit()), args...)
	return all(rows, err, scanKept)
}

const keptColumns = `SELECT c.tenant, c.avatar, c.session, c.began, c.locale, c.subject, c.receipt, c.purposes, c.restricted, ` + heldBy + `,
	count(*), sum(t.items), sum(length(t.sealed)), max(t.at), max(t.until), max(t.policy),
	(SELECT count(*) FROM correction x WHERE x.tenant = c.tenant AND x.session = c.session)
	FROM conversation c JOIN turn t ON t.tenant = c.tenant AND t.session = c.session`

const keptGroup = " GROUP BY c.tenant, c.session"

func scanKept(k *Kept, scan func(...any) error) error {
	var id, receipt []byte
	var began, last, until int64
	var purposes string
	err := scan(&k.Tenant, &k.Avatar, &id, &began, &k.Locale, &k.Subject, &receipt, &purposes, &k.Restricted, &k.Held,
		&k.Turns, &k.Items, &k.Bytes, &last, &until, &k.Policy, &k.Corrected)
	k.Session, k.Began, k.Last, k.Until, k.Purposes = idOf(id), moment(began), moment(last), moment(until), strings.Fields(purposes)
	copy(k.Receipt[:], receipt)
	return err
}

// kept is what is stored of one session.
func (r *Recorder) kept(ctx context.Context, tenant string, id session.ID) (Kept, error) {
	var k Kept
	err := scanKept(&k, r.store.DB().QueryRowContext(ctx, keptColumns+" WHERE c.tenant = $1 AND c.session = $2"+keptGroup, tenant, id[:]).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	return k, err
}
