package recorder

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"mayfly/recorder/audit"
	"mayfly/recorder/store"
	"mayfly/session"
)

// Incident is something that went wrong, or may have: when, how much of it, and
// what was done. It has no word that somebody said.
type Incident struct {
	ID      session.ID
	Tenant  string // empty: the gateway itself
	Kind    session.Reason
	Drill   bool
	Opened  time.Time
	Noticed time.Time
	From    time.Time // the time that it concerns
	To      time.Time
	Times   uint64 // how often it was seen
	// Sessions is how many it may concern: at most, see Affected.
	Sessions int
	State    string // open, reported, closed
	History  []IncidentStep
}

// IncidentStep is what was done about an incident.
type IncidentStep struct {
	At     time.Time
	What   string // opened, noted, reported, closed
	Actor  session.ID
	Choice string // from the list of what
	Note   string
}

// ReportWithin is how long somebody has, from when an incident was noticed, to
// tell the authority (GDPR art. 33).
const ReportWithin = 72 * time.Hour

// Due is when it has to have been reported.
func (i *Incident) Due() time.Time { return i.Noticed.Add(ReportWithin) }

// Overdue says that nobody reported it in time, and it is still open.
func (i *Incident) Overdue(now time.Time) bool {
	return i.State == "open" && !i.Drill && now.After(i.Due())
}

// incidentKept is how long an incident is kept after it was noticed: as long as
// it can be asked for how it was dealt with. One that is not closed stays.
const incidentKept = 5 * 365 * 24 * time.Hour

// MaxIncidentNote is the longest note, in bytes.
const MaxIncidentNote = 500

// openIncidents is how many of a tenant may be open that are not the same:
// whatever causes them does not fill a disk. What comes then is counted in the
// newest of its kind.
const openIncidents = 100

// incidentSteps are what can be done, with the choices of each and the state
// that it leads to from which.
var incidentSteps = map[string]struct {
	choices []string
	from    []string
	to      string
	fact    session.FactKind
}{
	"noted":    {[]string{"contained", "under_investigation", "people_informed", "false_alarm_suspected", "other"}, []string{"open", "reported", "closed"}, "", 0},
	"reported": {[]string{"authority", "controller", "people_concerned", "not_required"}, []string{"open"}, "reported", session.IncidentReported},
	"closed":   {[]string{"resolved", "false_alarm", "duplicate", "drill"}, []string{"open", "reported"}, "closed", session.IncidentClosed},
}

// IncidentCause names what makes two incidents of a kind the same.
func IncidentCause(what string) [32]byte { return sha256.Sum256([]byte(what)) }

// IncidentReport is that something was noticed, once or often.
type IncidentReport struct {
	ID       session.ID // of the incident, if it is a new one
	Tenant   string
	Kind     session.Reason
	Cause    [32]byte // of what is the same as before, IncidentCause
	Drill    bool
	Noticed  time.Time // zero: now
	From, To time.Time // what it concerns; zero: when it was noticed
	Times    uint64
	Actor    session.ID // who noticed it; zero: the gateway
	Note     string     // at most MaxIncidentNote bytes
	// Urgent may use the last room on a full disk: what the gateway noticed by
	// itself, once, where people could open any number.
	Urgent bool
}

// sameIncident finds the incident in which one like it is counted.
const sameIncident = `SELECT id FROM incident WHERE tenant = $1 AND kind = $2 AND drill = $3 AND state <> 'closed'
	AND (cause = $4 OR (SELECT count(*) FROM incident WHERE tenant = $1 AND state <> 'closed') >= $5) ORDER BY cause = $4 DESC, noticed DESC, id DESC LIMIT 1`

// OpenIncident opens an incident, or counts it in the one that is open for the
// same cause: a storm of the same is one incident, with a count. That it was
// opened is a fact in the same transaction; only where the gateway's own log
// was cut, so that it takes no entry, it is opened without.
func (r *Recorder) OpenIncident(ctx context.Context, n IncidentReport) (i Incident, opened bool, err error) {
	now := r.now()
	if n.Noticed.IsZero() {
		n.Noticed = now
	}
	if n.From.IsZero() {
		n.From = n.Noticed
	}
	if n.To.IsZero() {
		n.To = n.Noticed
	}
	if err := checkNote(n.Note); err != nil {
		return i, false, err
	}
	n.Times = max(n.Times, 1)
	i = Incident{ID: n.ID, Tenant: n.Tenant, Kind: n.Kind, Drill: n.Drill, Opened: now, Noticed: n.Noticed, From: n.From, To: n.To, Times: n.Times, State: "open"}
	drill := 0
	if n.Drill {
		drill = 1
	}
	like := []any{n.Tenant, n.Kind.String(), drill, n.Cause[:], openIncidents}
	var same []byte
	err = r.store.DB().QueryRowContext(ctx, sameIncident, like...).Scan(&same)
	isNew := errors.Is(err, sql.ErrNoRows)
	switch {
	case isNew:
		// What it concerns is counted from the log: what waits goes there first,
		// if the disk takes it. Of a storm this is done once.
		r.flush()
		_ = r.store.Do(ctx, func(*sql.Tx) error { return nil })
		if i.Sessions, err = r.Affected(ctx, &i); err != nil {
			return i, false, err
		}
	case err != nil:
		return i, false, err
	}
	var unlogged error // why its fact could not be written
	bare := false      // it is written without
	open := store.Job{Urgent: n.Urgent, Run: func(tx *sql.Tx) error {
		opened, unlogged = false, nil
		err := tx.QueryRow(sameIncident, like...).Scan(&same)
		if err == nil {
			i.ID = idOf(same)
			_, err = tx.Exec(`UPDATE incident SET times = times + $1, first = CASE WHEN first < $2 THEN first ELSE $2 END,
				last = CASE WHEN last > $3 THEN last ELSE $3 END WHERE id = $4`, int64(n.Times), millis(n.From), millis(n.To), same)
			return err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if !isNew {
			return errClosedMeanwhile
		}
		opened = true
		if _, err := tx.Exec(`INSERT INTO incident (id, tenant, kind, cause, drill, opened, noticed, first, last, times, sessions, state, late)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open', 0)`,
			i.ID[:], n.Tenant, n.Kind.String(), n.Cause[:], drill, millis(now), millis(n.Noticed), millis(n.From), millis(n.To), int64(n.Times), i.Sessions); err != nil {
			return err
		}
		if err := incidentStep(tx, n.Tenant, i.ID, IncidentStep{At: now, What: "opened", Actor: n.Actor, Note: n.Note}); err != nil {
			return err
		}
		if bare {
			return nil
		}
		unlogged = r.fact(tx, n.Tenant, session.Fact{Kind: session.IncidentOpened, Object: i.ID, Actor: n.Actor, Reason: n.Kind, Count: uint64(i.Sessions), Before: uint64(drill)})
		return unlogged
	}}
	err = r.store.DoJob(ctx, open)
	if err != nil && unlogged != nil && n.Tenant == "" && r.store.Trouble() == nil {
		bare = true
		err = r.store.DoJob(ctx, open)
	}
	if errors.Is(err, errClosedMeanwhile) {
		return r.OpenIncident(ctx, n)
	}
	return i, opened && err == nil, err
}

// errClosedMeanwhile means that the incident that was to count is closed: it is
// a new one now.
var errClosedMeanwhile = errors.New("the incident was closed meanwhile")

// checkNote refuses what is not one line of text.
func checkNote(note string) error {
	if len(note) > MaxIncidentNote || !utf8.ValidString(note) || strings.ContainsFunc(note, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return fmt.Errorf("%w: a note is one line of text, of at most %d bytes", ErrInvalid, MaxIncidentNote)
	}
	return nil
}

func incidentStep(tx *sql.Tx, tenant string, id session.ID, s IncidentStep) error {
	_, err := tx.Exec(`INSERT INTO incident_step (incident, n, tenant, at, what, actor, choice, note)
		VALUES ($1, (SELECT count(*) FROM incident_step WHERE incident = $1), $2, $3, $4, $5, $6, $7)`,
		id[:], tenant, millis(s.At), s.What, s.Actor[:], s.Choice, s.Note)
	return err
}

// StepIncident notes something about an incident, or moves it on: to reported,
// to closed. It is ErrExists where its state does not allow that any more.
func (r *Recorder) StepIncident(ctx context.Context, tenant string, id session.ID, s IncidentStep) error {
	step, known := incidentSteps[s.What]
	if !known || !slices.Contains(step.choices, s.Choice) {
		return fmt.Errorf("%w: there is no such step about an incident", ErrInvalid)
	}
	if err := checkNote(s.Note); err != nil {
		return err
	}
	i, err := r.Incident(ctx, tenant, id)
	if err != nil {
		return err
	}
	s.At = r.now()
	return r.store.Do(ctx, func(tx *sql.Tx) error {
		var state string
		err := tx.QueryRow("SELECT state FROM incident WHERE tenant = $1 AND id = $2", tenant, id[:]).Scan(&state)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return ErrUnknown
		case err != nil:
			return err
		case !slices.Contains(step.from, state):
			return ErrExists
		}
		if err := incidentStep(tx, tenant, id, s); err != nil || step.to == "" {
			return err
		}
		// How many it concerned stands as it was then: the log goes in time.
		if _, err := tx.Exec("UPDATE incident SET state = $1, sessions = $2 WHERE id = $3", step.to, i.Sessions, id[:]); err != nil {
			return err
		}
		before := uint64(0)
		if i.Drill {
			before = 1
		}
		return r.fact(tx, tenant, session.Fact{Kind: step.fact, Object: id, Actor: s.Actor, Reason: i.Kind, Count: uint64(i.Sessions), Before: before})
	})
}

// mostIncidents bounds a list: the newest count.
const mostIncidents = 1000

// Incidents are those of a tenant, newest first: in a state, or all if it is
// empty. An empty tenant is the gateway itself.
func (r *Recorder) Incidents(ctx context.Context, tenant, state string) ([]Incident, error) {
	rows, err := r.store.DB().QueryContext(ctx, incidentColumns+" WHERE tenant = $1 AND ($2 = '' OR state = $2) ORDER BY noticed DESC, id DESC LIMIT $3", tenant, state, mostIncidents)
	out, err := all(rows, err, scanIncident)
	for i := range out {
		if err == nil {
			err = r.completeIncident(ctx, &out[i])
		}
	}
	return out, err
}

// Incident is one of a tenant's.
func (r *Recorder) Incident(ctx context.Context, tenant string, id session.ID) (i Incident, err error) {
	err = scanIncident(&i, r.store.DB().QueryRowContext(ctx, incidentColumns+" WHERE tenant = $1 AND id = $2", tenant, id[:]).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Incident{}, ErrUnknown
	}
	if err == nil {
		err = r.completeIncident(ctx, &i)
	}
	return i, err
}

const incidentColumns = "SELECT id, tenant, kind, drill, opened, noticed, first, last, times, sessions, state FROM incident"

func scanIncident(i *Incident, scan func(...any) error) error {
	var id []byte
	var kind string
	var drill, opened, noticed, first, last, times int64
	err := scan(&id, &i.Tenant, &kind, &drill, &opened, &noticed, &first, &last, &times, &i.Sessions, &i.State)
	i.ID, i.Drill, i.Opened, i.Noticed, i.From, i.To, i.Times = idOf(id), drill != 0, moment(opened), moment(noticed), moment(first), moment(last), uint64(times)
	for _, reason := range session.Reasons() {
		if reason.String() == kind {
			i.Kind = reason
		}
	}
	return err
}

// completeIncident adds what was done, and while it is open how many sessions
// it concerns by now.
func (r *Recorder) completeIncident(ctx context.Context, i *Incident) error {
	rows, err := r.store.DB().QueryContext(ctx, "SELECT at, what, actor, choice, note FROM incident_step WHERE incident = $1 ORDER BY n", i.ID[:])
	i.History, err = all(rows, err, func(s *IncidentStep, scan func(...any) error) error {
		var at int64
		var by []byte
		err := scan(&at, &s.What, &by, &s.Choice, &s.Note)
		s.At, s.Actor = moment(at), idOf(by)
		return err
	})
	if err == nil && i.State == "open" {
		var n int
		n, err = r.affectedOnce(ctx, i)
		i.Sessions = max(i.Sessions, n)
	}
	return err
}

const (
	// affectedSettles is how long after the time that an incident concerns all
	// facts of it are in the log.
	affectedSettles = 10 * time.Minute
	// mostAffected bounds how many counts are remembered.
	mostAffected = 1000
)

// affected remembers how many sessions open incidents concern, where that does
// not change any more: counting reads the log.
type affected struct {
	mu sync.Mutex
	of map[session.ID]affectedCount // Guarded by mu.
}

type affectedCount struct {
	from, to time.Time
	n        int
}

// affectedOnce is Affected, once it is settled without reading the log again.
func (r *Recorder) affectedOnce(ctx context.Context, i *Incident) (int, error) {
	r.affected.mu.Lock()
	known, ok := r.affected.of[i.ID]
	r.affected.mu.Unlock()
	if ok && known.from.Equal(i.From) && known.to.Equal(i.To) {
		return known.n, nil
	}
	settled := i.Kind != session.MasterKeyLost && r.now().After(i.To.Add(affectedSettles))
	n, err := r.Affected(ctx, i)
	if err != nil || !settled {
		return n, err
	}
	r.affected.mu.Lock()
	defer r.affected.mu.Unlock()
	if r.affected.of == nil || len(r.affected.of) >= mostAffected {
		r.affected.of = map[session.ID]affectedCount{}
	}
	r.affected.of[i.ID] = affectedCount{i.From, i.To, n}
	return n, nil
}

// LateIncidents are those, of all tenants and of the gateway, that nobody
// reported in time and that were not told of as that before. Each is told of
// once, however the clock goes.
func (r *Recorder) LateIncidents(ctx context.Context) (late []Incident, err error) {
	due := millis(r.now().Add(-ReportWithin))
	const open = " WHERE state = 'open' AND drill = 0 AND late = 0 AND noticed < $1"
	rows, err := r.store.DB().QueryContext(ctx, incidentColumns+open, due)
	if late, err = all(rows, err, scanIncident); err != nil || len(late) == 0 {
		return nil, err
	}
	return late, r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		for _, i := range late {
			if _, err := tx.Exec("UPDATE incident SET late = 1 WHERE id = $1", i.ID[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// IncidentCounts are how many incidents, of all tenants and of the gateway, are
// open, and how many of them nobody reported in time. Drills do not count.
func (r *Recorder) IncidentCounts(ctx context.Context) (open, overdue int, err error) {
	err = r.store.DB().QueryRowContext(ctx, "SELECT count(*), count(*) FILTER (WHERE noticed < $1) FROM incident WHERE state = 'open' AND drill = 0", millis(r.now().Add(-ReportWithin))).Scan(&open, &overdue)
	return open, overdue, err
}

// longestSession bounds how long before a moment a session began that went on
// at that moment.
const longestSession = 24 * time.Hour

// mostPages bounds what of a log is read to count sessions: a million entries.
const mostPages = 1000

// Affected is how many sessions an incident may concern, from what is kept
// without content. Of a lost master key it is the sessions of which something
// is stored. Of all other kinds it is the sessions that went on in the time
// that it concerns, by the facts in the audit log: those with a fact in it or
// up to a day before, and not ended before it began. It is never too few but
// where the log was dropped, or is not what it was.
func (r *Recorder) Affected(ctx context.Context, i *Incident) (int, error) {
	if i.Kind == session.MasterKeyLost {
		var n int
		err := r.store.DB().QueryRowContext(ctx, "SELECT count(*) FROM conversation WHERE $1 = '' OR tenant = $1", i.Tenant).Scan(&n)
		return n, err
	}
	tenants := []string{i.Tenant}
	if i.Tenant == "" {
		rows, err := r.store.DB().QueryContext(ctx, "SELECT DISTINCT tenant FROM audit_log WHERE tenant <> ''")
		if tenants, err = all(rows, err, func(id *string, scan func(...any) error) error { return scan(id) }); err != nil {
			return 0, err
		}
	}
	n := 0
	for _, tenant := range tenants {
		live, err := r.sessionsBetween(ctx, tenant, i.From, i.To)
		if err != nil {
			return 0, err
		}
		n += live
	}
	return n, nil
}

func (r *Recorder) sessionsBetween(ctx context.Context, tenant string, from, to time.Time) (int, error) {
	seen, over := map[session.ID]bool{}, map[session.ID]bool{}
	before := uint64(0)
	for range mostPages {
		page, err := r.Facts(ctx, tenant, before, 0)
		if _, bad := errors.AsType[*audit.BadEntry](err); bad {
			break // it counts what can be read of it
		}
		if err != nil || len(page) == 0 {
			return len(seen), err
		}
		older := true
		for _, e := range page {
			id := e.Fact.Session
			older = older && e.At.Before(from.Add(-longestSession))
			switch {
			case id.IsZero() || e.At.After(to):
			case e.Fact.Kind == session.SessionEnded && e.At.Before(from):
				over[id] = true
			case !over[id] && !e.At.Before(from.Add(-longestSession)):
				seen[id] = true
			}
		}
		// A whole page of it: a clock that was set back for a while ends nothing.
		if older {
			break
		}
		before = page[len(page)-1].Number
	}
	return len(seen), nil
}

// sweepIncidents removes those whose time is over.
func (r *Recorder) sweepIncidents(ctx context.Context, now time.Time, _ *Report) error {
	until := millis(now.Add(-incidentKept))
	return r.store.DoUrgent(ctx, func(tx *sql.Tx) error {
		if _, err := tx.Exec("DELETE FROM incident_step WHERE incident IN (SELECT id FROM incident WHERE state = 'closed' AND noticed < $1)", until); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM incident WHERE state = 'closed' AND noticed < $1", until)
		return err
	})
}

// KeyState is nil when what is stored can be read, or says why not.
func (r *Recorder) KeyState() error { return r.keys.State() }
