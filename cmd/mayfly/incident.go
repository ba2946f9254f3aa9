package main

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"sync"
	"time"

	"mayfly/gateway"
	"mayfly/gateway/again"
	"mayfly/gateway/egress"
	"mayfly/recorder"
	"mayfly/recorder/audit"
	"mayfly/session"
)

const (
	// incidentsEvery is how often what was noticed is written down: a storm of
	// the same is one transaction.
	incidentsEvery = time.Second
	// watchEvery is how often the connections of the process are looked at.
	watchEvery = 5 * time.Second
	// lateEvery is how often it is looked whether a clock has run out.
	lateEvery = 10 * time.Second
	// mostCauses is how many incidents may wait to be written. What comes then
	// is counted in one that waits for the gateway itself.
	mostCauses = 1000
)

// incidents notices what goes wrong by itself, and opens an incident of it.
type incidents struct {
	recorder *recorder.Recorder
	log      *slog.Logger
	watch    *egress.Watch // nil: nobody watches

	mu      sync.Mutex
	waiting map[noticed]*seen   // Guarded by mu.
	drills  map[string]string   // addresses that a drill dials, and for which tenant. Guarded by mu.
	alerts  map[session.ID]bool // the drill's own that the log was told of. Guarded by mu.

	looking sync.Mutex // held by a look at the connections
	looked  time.Time  // when the last one began. Guarded by looking.
	blind   bool       // it was told that nobody can look. Guarded by looking.
}

// noticed is what makes two things that were noticed the same.
type noticed struct {
	tenant string // empty: the gateway itself
	kind   session.Reason
	cause  string
	drill  bool
}

type seen struct {
	times    uint64
	from, to time.Time
}

func newIncidents(r *recorder.Recorder, log *slog.Logger, watch *egress.Watch) *incidents {
	return &incidents{recorder: r, log: log, watch: watch, waiting: map[noticed]*seen{}, drills: map[string]string{}, alerts: map[session.ID]bool{}}
}

// watcher is who is told of connections; nil: nobody.
func (n *incidents) watcher() *egress.Watch {
	if n == nil {
		return nil
	}
	return n.watch
}

// notice takes in that something happened. It waits for nothing.
func (n *incidents) notice(what noticed, from time.Time) {
	if n == nil {
		return
	}
	now := time.Now()
	if from.IsZero() {
		from = now
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.waiting[what] == nil && len(n.waiting) >= mostCauses {
		what = noticed{kind: session.OtherIncident, cause: "too many"}
	}
	s := n.waiting[what]
	if s == nil {
		s = &seen{from: from, to: now}
		n.waiting[what] = s
	}
	s.times++
	if from.Before(s.from) {
		s.from = from
	}
	s.to = now
}

// refused is told of what the way out did not let out. Only what was led to a
// place that nobody registered is an incident: that a registered one has an
// address that may not be reached, or a key that cannot be read, is not.
func (n *incidents) refused(tenantID string) func(*egress.Refusal) {
	return func(r *egress.Refusal) {
		if r.Reason == egress.OtherHost || r.Reason == egress.Unregistered {
			n.notice(noticed{tenant: tenantID, kind: session.UndeclaredEgress, cause: "refused " + r.Recipient}, time.Time{})
		}
	}
}

// disagrees is told of what is wrong with audit logs. Which sessions that
// concerns nobody can say: all of the month.
func (n *incidents) disagrees(log string) {
	tenant, month, err := audit.ParseName(log)
	if err != nil {
		return
	}
	n.notice(noticed{tenant: tenant, kind: session.AuditDisagrees, cause: log}, month.Begin())
}

// badLogs are the logs that errors say are not what was published of them.
func badLogs(err error) (all []string) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range several.Unwrap() {
			all = append(all, badLogs(e)...)
		}
		return all
	}
	if bad, ok := errors.AsType[*audit.BadEntry](err); ok {
		all = append(all, bad.Log)
	}
	return all
}

// watchedFacts are facts on their way to the log, of which some are incidents
// too.
type watchedFacts struct {
	gateway.Facts
	to *incidents
}

// Note implements gateway.Facts. A server that the tenant does not list was
// about to be sent something.
func (w watchedFacts) Note(tenantID string, f session.Fact, done func(error)) {
	if f.Kind == session.DialRefused && f.Reason == session.NotOnList {
		w.to.notice(noticed{tenant: tenantID, kind: session.UndeclaredEgress, cause: "not listed " + hex.EncodeToString(f.Hash[:])}, time.Time{})
	}
	w.Facts.Note(tenantID, f, done)
}

// run writes down what was noticed, and looks for more, until ctx ends.
func (n *incidents) run(ctx context.Context) {
	var watched, late time.Time
	n.lostKey()
	again.Every(ctx, incidentsEvery, func(now time.Time) {
		if now.Sub(watched) >= watchEvery {
			watched = now
			n.look()
		}
		n.flush(ctx)
		if now.Sub(late) >= lateEvery {
			late = now
			n.late(ctx)
		}
	})
	n.flush(context.WithoutCancel(ctx))
}

// lostKey notices that what is stored cannot be read.
func (n *incidents) lostKey() {
	if n.recorder.KeyState() != nil {
		n.notice(noticed{kind: session.MasterKeyLost}, time.Time{})
	}
}

// look notices connections that nobody declared.
func (n *incidents) look() {
	if n.watch == nil {
		return
	}
	n.looking.Lock()
	defer n.looking.Unlock()
	// What is there now began after the last look.
	since, now := n.looked, time.Now()
	if since.IsZero() {
		since = now
	}
	all, err := n.watch.Undeclared()
	if err != nil {
		if !n.blind {
			n.log.Warn("the connections of the process cannot be looked at: one that nobody declared opens no incident")
		}
		n.blind = true
		return
	}
	n.looked, n.blind = now, false
	for _, to := range all {
		what := noticed{kind: session.UndeclaredEgress, cause: "connection " + to.String()}
		n.mu.Lock()
		tenant, drill := n.drills[to.String()]
		n.mu.Unlock()
		if drill {
			what.tenant, what.drill = tenant, true
		}
		n.notice(what, since)
	}
}

// flush writes down what was noticed. What cannot be written waits.
func (n *incidents) flush(ctx context.Context) {
	n.mu.Lock()
	all := n.waiting
	n.waiting = map[noticed]*seen{}
	n.mu.Unlock()
	for what, s := range all {
		if err := n.open(ctx, what, s); err != nil {
			n.again(what, s)
		}
	}
}

func (n *incidents) open(ctx context.Context, what noticed, s *seen) error {
	i, opened, err := n.recorder.OpenIncident(ctx, recorder.IncidentReport{
		ID: newID(), Tenant: what.tenant, Kind: what.kind, Cause: recorder.IncidentCause(what.cause), Drill: what.drill,
		From: s.from, To: s.to, Times: s.times, Urgent: true,
	})
	if err != nil && what.kind == session.AuditDisagrees && what.tenant != "" {
		// A log that was cut takes no entry any more: then the gateway's own
		// says it.
		what.tenant = ""
		return n.open(ctx, what, s)
	}
	if err != nil || !opened {
		return err
	}
	n.alert(&i)
	return nil
}

// again puts back what could not be written.
func (n *incidents) again(what noticed, s *seen) {
	n.mu.Lock()
	defer n.mu.Unlock()
	later := n.waiting[what]
	switch {
	case later != nil:
		s.times += later.times
		s.to = later.to
		if later.from.Before(s.from) {
			s.from = later.from
		}
	case len(n.waiting) >= mostCauses:
		return
	}
	n.waiting[what] = s
}

// alert tells the log. Collectors and the tenant's webhook are told by the
// fact.
func (n *incidents) alert(i *recorder.Incident) {
	if i.Drill {
		n.mu.Lock()
		n.alerts[i.ID] = true
		n.mu.Unlock()
		n.log.Warn("an incident was opened, in a drill", "tenant", logTenant(i.Tenant), "incident", i.ID.String(), "kind", i.Kind.String(), "count", i.Sessions)
		return
	}
	n.log.Error("an incident was opened: it has to be reported within 72 hours if people may be harmed", "tenant", logTenant(i.Tenant), "incident", i.ID.String(), "kind", i.Kind.String(), "count", i.Sessions)
}

// told says whether the log was told of an incident of the drill that is under
// way.
func (n *incidents) told(id session.ID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.alerts[id]
}

// drilling says that a connection to an address is a drill's, and of which
// tenant the incident is.
func (n *incidents) drilling(address, tenantID string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.drills[address] = tenantID
}

// drilled says that the drill's connection has ended. A look that still saw it
// is over, and written down, when it returns.
func (n *incidents) drilled(ctx context.Context, address string) {
	n.looking.Lock()
	n.mu.Lock()
	delete(n.drills, address)
	clear(n.alerts)
	n.mu.Unlock()
	n.looking.Unlock()
	n.flush(ctx)
}

// late tells once of each incident that nobody reported in time.
func (n *incidents) late(ctx context.Context) {
	all, err := n.recorder.LateIncidents(ctx)
	if err != nil {
		return // it is told of when it can be noted that it was
	}
	for i := range all {
		n.log.Error("an incident was not reported within 72 hours", "tenant", logTenant(all[i].Tenant), "incident", all[i].ID.String(), "kind", all[i].Kind.String(), "count", all[i].Sessions)
	}
}

func logTenant(id string) string {
	if id == "" {
		return gatewaysOwn
	}
	return id
}

// counts are for the metrics.
func (n *incidents) counts() (open, overdue int, ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	open, overdue, err := n.recorder.IncidentCounts(ctx)
	return open, overdue, err == nil
}
