package recorder

import (
	"context"
	"database/sql"
	"time"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// Statement is what a tenant's audit log says about a time: how many sessions
// there were, and what was stored of them. It is computed from facts and from
// the rows that are there, never from what the policy says.
type Statement struct {
	Tenant string
	From   time.Time // included
	To     time.Time // not included
	At     time.Time // when it was computed

	Sessions   int // that began
	Recorded   int // sessions that were recorded at some moment
	Turns      int // that were stored
	Sounds     int // turns that were stored with their sound
	Erased     int // turns, of these or older sessions, that were erased in that time
	Expired    int // turns that reached their end in that time
	Left       int // turns stored in that time that are there still
	SoundsLeft int // of those with their sound
	Held       int // sessions with such turns that a hold keeps
	Reported   int // answers that people reported in that time; they are stored whether it was recorded or not
	// ReportsLeft are those that are there still.
	ReportsLeft int
	// Gone counts sessions that began in that time and whose turns were removed
	// at any later time: something had been stored of them.
	Gone int

	Entries int    // of the logs below that were read
	Lost    uint64 // facts that never reached the log
	Kills   int    // times that the gateway ended without saying so: facts of its last half second may be missing
	Pruned  bool   // entries of that time are past their own retention and gone
	Rewound bool   // a backup was restored since: facts between may be missing
	Logs    []StatementLog
}

// StatementLog is one log that a Statement was computed from, as it was then.
// The same log can be exported and verified, and has to come to the same.
type StatementLog struct {
	Name string // tenant/2026-11
	Size int64
	Root [32]byte
}

// Nothing says that nothing was stored, as far as the log tells.
func (s *Statement) Nothing() bool {
	return s.Recorded == 0 && s.Turns == 0 && s.Left == 0 && s.Gone == 0 &&
		s.Reported == 0 && s.ReportsLeft == 0
}

// Whole says that no fact of that time is known to be missing.
func (s *Statement) Whole() bool { return s.Lost == 0 && !s.Pruned && !s.Rewound }

// State computes what a tenant's log says about a time. running says that a
// gateway uses this recorder now. ErrUnknown: the tenant never had a log.
func (r *Recorder) State(ctx context.Context, tenant string, from, to time.Time, running bool) (*Statement, error) {
	// What waits to be written is part of the answer.
	r.flush()
	if err := r.probe(ctx); err != nil {
		return nil, err
	}
	tx, err := r.store.DB().BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	s := &stating{Statement: Statement{Tenant: tenant, From: from.UTC(), To: to.UTC(), At: r.now().UTC()}, recorded: map[session.ID]bool{}, gone: map[session.ID]bool{}}
	if err := s.log(ctx, tx); err != nil {
		return nil, err
	}
	if err := s.gateway(ctx, tx, running); err != nil {
		return nil, err
	}
	s.Recorded, s.Gone = len(s.recorded), len(s.gone)
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM turn WHERE tenant = $1 AND at >= $2 AND at < $3", tenant, millis(from), millis(to)).Scan(&s.Left)
	if err != nil {
		return nil, err
	}
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT DISTINCT session, turn FROM sound WHERE tenant = $1 AND at >= $2 AND at < $3) AS x", tenant, millis(from), millis(to)).Scan(&s.SoundsLeft)
	if err != nil {
		return nil, err
	}
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM report WHERE tenant = $1 AND at >= $2 AND at < $3", tenant, millis(from), millis(to)).Scan(&s.ReportsLeft)
	if err != nil {
		return nil, err
	}
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM conversation c WHERE c.tenant = $1 AND "+heldBy+
		" AND EXISTS (SELECT 1 FROM turn t WHERE t.tenant = c.tenant AND t.session = c.session AND t.at >= $2 AND t.at < $3)", tenant, millis(from), millis(to)).Scan(&s.Held)
	return &s.Statement, err
}

// stating is a Statement under way.
type stating struct {
	Statement
	recorded map[session.ID]bool
	gone     map[session.ID]bool
}

func (s *stating) within(t time.Time) bool { return !t.Before(s.From) && t.Before(s.To) }

// log reads the tenant's own facts.
func (s *stating) log(ctx context.Context, tx *sql.Tx) error {
	logs, err := audit.Logs(ctx, tx, s.Tenant)
	if err != nil {
		return err
	}
	if len(logs) == 0 {
		return ErrUnknown
	}
	since := uint64(0) // entries before the logs that are read
	size := int64(0)
	for _, l := range logs {
		// A log is never of an earlier month than its entries.
		if l.Month < audit.MonthOf(s.From) {
			since = l.Base + uint64(l.Size)
			continue
		}
		head, err := audit.HeadOf(ctx, tx, l)
		if err != nil {
			return err
		}
		s.Logs = append(s.Logs, StatementLog{Name: l.Name(), Size: head.Size, Root: head.Root})
		size += l.Size
	}
	oldest := s.To
	err = walk(ctx, tx, s.Tenant, since, func(e *audit.Entry) {
		s.Entries++
		oldest = e.At
		s.fact(e.At, &e.Fact)
	})
	s.Pruned = int64(s.Entries) < size && s.From.Before(oldest)
	return err
}

// walk calls f for every entry with a number above since, newest first.
func walk(ctx context.Context, tx *sql.Tx, tenant string, since uint64, f func(*audit.Entry)) error {
	for before := uint64(0); ; {
		page, err := audit.Entries(ctx, tx, tenant, before, 0)
		if err != nil {
			return err
		}
		for i := range page {
			if page[i].Number <= since {
				return nil
			}
			f(&page[i])
		}
		if len(page) == 0 {
			return nil
		}
		before = page[len(page)-1].Number
	}
}

// fact counts one fact of the tenant.
func (s *stating) fact(at time.Time, f *session.Fact) {
	switch f.Kind {
	case session.FactsLost: // they happened before it was noticed
		if !at.Before(s.From) {
			s.Lost += f.Count
		}
		return
	case session.Restored:
		s.Rewound = s.Rewound || !at.Before(s.From)
		return
	case session.TranscriptErased, session.TranscriptExpired, session.SoundExpired, session.ReportErased, session.ReportExpired:
		if began := begun(f.Session); s.within(began) && !at.Before(began) {
			s.gone[f.Session] = true
		}
	}
	if !s.within(at) {
		return
	}
	switch f.Kind {
	case session.SessionStarted:
		s.Sessions++
	case session.RecordingStarted:
		s.recorded[f.Session] = true
	case session.TurnKept:
		s.recorded[f.Session] = true
		s.Turns++
		if f.Purposes.Has(session.AudioRecording) {
			s.Sounds++
		}
	case session.ReportMade:
		s.Reported++
	case session.TranscriptErased:
		s.Erased += int(f.Count)
	case session.TranscriptExpired:
		s.Expired += int(f.Count)
	}
}

// begun is when a session began, by its id: a UUID of version 7 begins with the
// time.
func begun(id session.ID) time.Time {
	if id[6]>>4 != 7 {
		return time.Time{}
	}
	var ms int64
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return time.UnixMilli(ms).UTC()
}

// gateway reads, in the gateway's own log, what may keep facts from that of the
// tenant.
func (s *stating) gateway(ctx context.Context, tx *sql.Tx, running bool) error {
	// Seen backwards: a start that no stop follows ended in a kill, but for the
	// one of now.
	ended := running
	return walk(ctx, tx, "", 0, func(e *audit.Entry) {
		switch e.Fact.Kind {
		case session.Restored:
			s.Rewound = s.Rewound || !e.At.Before(s.From)
		case session.GatewayStopped:
			ended = true
		case session.GatewayStarted:
			if !ended && s.within(e.At) {
				s.Kills++
			}
			ended = false
		}
	})
}
