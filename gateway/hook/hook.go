// Package hook tells a tenant's own server what happens: facts of the tenant's
// audit log, in their order, without a word that was said.
//
// How far a receiver was told is kept beside the log, so that nothing is lost
// over a restart; what is sent twice has the same id twice. A receiver that
// takes nothing is tried again with growing pauses for a day, then the facts
// are given up, which is a fact itself. It never sends to a private address
// for a tenant of the database, and follows no redirect.
package hook

import (
	"context"
	"crypto/x509"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"

	"mayfly/gateway/again"
	"mayfly/gateway/egress"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Cursor is how far a tenant's receiver was told.
type Cursor struct {
	Tenant  string
	Last    uint64 // number of the last entry in the log
	There   bool   // there is a cursor
	Number  uint64 // of the last entry that needs no telling any more
	Failing time.Time
}

// Log is the audit log, and the cursors beside it.
type Log interface {
	// Cursors are those of all tenants that have a log.
	Cursors(ctx context.Context) ([]Cursor, error)
	// Begin makes a cursor before the last change of the tenant.
	Begin(ctx context.Context, tenant string) error
	// Drop takes a cursor away.
	Drop(ctx context.Context, tenant string) error
	// Move moves a cursor on. given is how many facts were given up, which is
	// then a fact too.
	Move(ctx context.Context, tenant string, number uint64, failing time.Time, given uint64) error
	// After are entries with a number above after, oldest first.
	After(ctx context.Context, tenant string, after uint64, limit int) ([]Entry, error)
}

// Outcome is what became of facts that a receiver is to be told.
type Outcome string

// The outcomes.
const (
	Taken   Outcome = "taken"
	Refused Outcome = "refused" // and tried again
	GivenUp Outcome = "given_up"
)

// Options make a Teller.
type Options struct {
	Log     Log
	Tenants func() []*tenant.Tenant
	Signer  receipt.Signer
	Count   func(o Outcome, facts int)
	Hosts   []string // the only ones that tenants of the database may name; empty: any
	Trouble func()   // the log cannot be read or written

	Resolver *net.Resolver  // nil: the system's
	Roots    *x509.CertPool // nil: the system's
	Watch    *egress.Watch  // is told of connections; nil: nobody watches
}

const (
	// lookEvery is how often the logs are looked at.
	lookEvery = time.Second
	// together is how many facts one delivery holds at most.
	together = 100
	// atOnce is how many receivers are told at the same time at most.
	atOnce = 32
	// answerTime is how long a receiver has for its answer.
	answerTime = 10 * time.Second
	// patience is how long a receiver may take nothing before what waits for
	// it is given up.
	patience = 24 * time.Hour
	// stretch is how many entries that nobody is told of are read anew after a
	// restart at most.
	stretch = 1000
)

// pauses are those between two attempts.
var pauses = again.Pauses{First: time.Second, Most: 5 * time.Minute}

// Teller tells receivers.
type Teller struct {
	options Options
	answer  time.Duration // that a receiver has; tests are impatient
	work    sync.WaitGroup

	mu      sync.Mutex
	ways    map[string]*way
	telling int
	round   uint64 // of looking
}

// way is what is known of one receiver. Guarded by the Teller's mu, but for
// seen, which its one worker owns.
type way struct {
	url      string
	busy     bool
	attempts int       // in a row that failed
	next     time.Time // not before
	round    uint64    // in which the last telling ended: cursors read then may be from before it
	seen     uint64    // entries up to it hold nothing to tell
}

// New makes a Teller.
func New(o Options) *Teller {
	return &Teller{options: o, answer: answerTime, ways: map[string]*way{}}
}

// Run tells until ctx ends.
func (t *Teller) Run(ctx context.Context) {
	defer t.work.Wait()
	again.Every(ctx, lookEvery, func(now time.Time) {
		if err := t.look(ctx, now); err != nil && ctx.Err() == nil {
			t.options.Trouble()
		}
	})
}

// look starts telling whoever has something to be told.
func (t *Teller) look(ctx context.Context, now time.Time) error {
	tenants := map[string]*tenant.Tenant{}
	for _, one := range t.options.Tenants() {
		tenants[one.ID] = one
	}
	t.mu.Lock()
	t.round++
	t.mu.Unlock()
	cursors, err := t.options.Log.Cursors(ctx)
	if err != nil {
		return err
	}
	// Nobody is first every time.
	rand.Shuffle(len(cursors), func(i, j int) { cursors[i], cursors[j] = cursors[j], cursors[i] })
	for _, c := range cursors {
		of := tenants[c.Tenant]
		switch {
		case of == nil: // one whose document cannot be read now
		case of.Webhook == nil && c.There:
			err = t.options.Log.Drop(ctx, c.Tenant)
		case of.Webhook == nil:
		case !c.There:
			err = t.options.Log.Begin(ctx, c.Tenant)
		case c.Last > c.Number:
			t.start(ctx, now, of, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// start begins to tell one receiver, if it is time.
func (t *Teller) start(ctx context.Context, now time.Time, of *tenant.Tenant, c Cursor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.ways[of.ID]
	if w == nil || w.url != of.Webhook.URL.String() {
		if w != nil && w.busy {
			return
		}
		w = &way{url: of.Webhook.URL.String()}
		t.ways[of.ID] = w
	}
	if w.busy || w.round == t.round || now.Before(w.next) || t.telling >= atOnce || max(w.seen, c.Number) >= c.Last {
		return
	}
	w.busy = true
	t.telling++
	t.work.Go(func() {
		failed, err := t.tell(ctx, now, of, c, w)
		t.mu.Lock()
		defer t.mu.Unlock()
		w.busy, w.round = false, t.round
		t.telling--
		switch {
		case ctx.Err() != nil:
		case err != nil:
			w.next = now.Add(pauses.Most)
			t.options.Trouble()
		case failed:
			w.next = now.Add(pauses.Apart(w.attempts))
			w.attempts++
		default:
			w.attempts, w.next = 0, time.Time{}
		}
	})
}

// tell tells a receiver all that is there, a delivery at a time. failed says
// that it did not take one; err is the log's.
func (t *Teller) tell(ctx context.Context, now time.Time, of *tenant.Tenant, c Cursor, w *way) (failed bool, err error) {
	c.Number = max(c.Number, w.seen)
	from := c.Number
	for ctx.Err() == nil {
		entries, err := t.options.Log.After(ctx, c.Tenant, c.Number, together)
		if err != nil {
			return false, err
		}
		if len(entries) == 0 { // what is left is past its retention
			w.seen = c.Last
			break
		}
		last := entries[len(entries)-1].Number
		chosen := chosenOf(entries, of.Webhook.Kinds)
		if len(chosen) > 0 {
			if !t.deliver(ctx, of, chosen) {
				return true, t.refused(ctx, now, of, c, from, len(chosen))
			}
			t.options.Count(Taken, len(chosen))
			c.Failing = time.Time{}
		}
		if len(chosen) > 0 || last-from >= stretch {
			if err := t.options.Log.Move(ctx, c.Tenant, last, c.Failing, 0); err != nil {
				return false, err
			}
			from = last
		}
		c.Number, w.seen = last, last
		if len(entries) < together {
			break
		}
	}
	return false, nil
}

// refused notes that a receiver took nothing, and gives up what waits for it
// when that lasts too long.
func (t *Teller) refused(ctx context.Context, now time.Time, of *tenant.Tenant, c Cursor, from uint64, facts int) error {
	if ctx.Err() != nil {
		return nil
	}
	switch {
	case c.Failing.IsZero():
		t.options.Count(Refused, facts)
		return t.options.Log.Move(ctx, c.Tenant, from, now, 0)
	case now.Sub(c.Failing) < patience:
		t.options.Count(Refused, facts)
		return nil
	}
	given := 0
	last := c.Number
	for last < c.Last {
		entries, err := t.options.Log.After(ctx, c.Tenant, last, together)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			break
		}
		given += len(chosenOf(entries, of.Webhook.Kinds))
		last = entries[len(entries)-1].Number
	}
	if err := t.options.Log.Move(ctx, c.Tenant, last, time.Time{}, uint64(given)); err != nil {
		return err
	}
	t.options.Count(GivenUp, given)
	return nil
}

// chosenOf are the entries that a receiver wants. That something was given up,
// and of incidents, it is always told.
func chosenOf(entries []Entry, kinds []string) (chosen []Entry) {
	for _, e := range entries {
		always := false
		switch e.Fact.Kind {
		case session.WebhookGivenUp, session.IncidentOpened, session.IncidentReported, session.IncidentClosed:
			always = true
		}
		if always || slices.Contains(kinds, e.Fact.Kind.String()) {
			chosen = append(chosen, e)
		}
	}
	return chosen
}
