// Package agent is the desk at which people of an organisation take over a
// talk: who waits for a human, who of the organisation is there, and what
// passes between the two.
//
// Everything is in memory and ends with the talk. An agent is given what the
// person agreed to give, by the session that is theirs: this package holds no
// word longer than it takes to send it. A desk is one tenant's; nothing in it
// names another.
package agent

import (
	"sync"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Person is the person's side of a talk: their session. Nothing of it waits,
// and it is called without a lock of the desk.
type Person interface {
	// Queued: they wait, in this place; wait is an estimate, or zero.
	Queued(position int, wait time.Duration)
	// Missed: no human comes.
	Missed(why session.HandoffWhy)
	// Offered: a human is there, of this name, and waits for the person's yes.
	// Each has a number, which Talk.Joined gives back.
	Offered(name string, offer int)
	// Cut: the human's line broke. They are waited for, and Back or Left follows.
	Cut()
	// Back: the same human is there again, and has nothing of what was said.
	// Talk.Returned is the answer, and what they may read follows it.
	Back()
	// Left: the human is gone. Again: another is looked for.
	Left(why session.HandoffWhy, again bool)
	// Said is what the human wrote. It says whether that reached the person.
	Said(words session.Speech) bool
	// Spoke is 24 kHz mono of the human's voice, valid during the call only,
	// and whether they paused after it.
	Spoke(pcm []int16, paused bool)
	// End ends the person's session.
	End()
}

// Options make Desks. The functions wait for nothing; each may be nil.
type Options struct {
	Tenant  func(id string) *tenant.Tenant            // nil: it is not there
	Joined  func(tenantID string, wait time.Duration) // how long a person waited for a human
	Outcome func(outcome string)                      // of a hand-off: Outcomes has them
}

// Outcomes are how a hand-off can end, for metrics: the reasons of a session,
// and that the person left.
func Outcomes() []string {
	out := []string{"person_left"}
	for _, w := range session.HandoffWhys() {
		if w != session.NoWhy {
			out = append(out, w.String())
		}
	}
	return out
}

// Desks are the desks of all tenants.
type Desks struct {
	options Options
	work    sync.WaitGroup

	mu     sync.Mutex
	desks  map[string]*desk
	closed bool
}

// New makes Desks. Close ends them.
func New(o Options) *Desks {
	if o.Joined == nil {
		o.Joined = func(string, time.Duration) {}
	}
	if o.Outcome == nil {
		o.Outcome = func(string) {}
	}
	return &Desks{options: o, desks: map[string]*desk{}}
}

// of is the desk of a tenant, made when it is needed, and nil once they are
// closed.
func (s *Desks) of(tenantID string) *desk {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	d := s.desks[tenantID]
	if d == nil {
		d = &desk{desks: s, tenant: tenantID, agents: map[*Agent]bool{}, gone: map[*Agent]bool{}, mean: talkTime}
		s.desks[tenantID] = d
	}
	return d
}

// Figures is what a tenant's desk stands at.
type Figures struct {
	Open      bool // by its hours
	Waiting   int  // people
	Agents    int  // connected
	Available int  // of them
	Talks     int  // people with a human, or being asked about one
}

// Figures is how a tenant's desk stands now. The zero Figures are those of no
// desk.
func (s *Desks) Figures(tenantID string) Figures {
	s.mu.Lock()
	d := s.desks[tenantID]
	s.mu.Unlock()
	var f Figures
	if t := s.options.Tenant(tenantID); t != nil && t.Handoff != nil {
		f.Open = t.Handoff.Open(time.Now())
	}
	if d != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		f.Waiting, f.Agents, f.Talks = len(d.waiting), len(d.agents), len(d.talks)
		for a := range d.agents {
			if a.free {
				f.Available++
			}
		}
	}
	return f
}

// Totals are the figures of all tenants together.
func (s *Desks) Totals() Figures {
	s.mu.Lock()
	var all []string
	for id := range s.desks {
		all = append(all, id)
	}
	s.mu.Unlock()
	var sum Figures
	for _, id := range all {
		f := s.Figures(id)
		sum.Waiting += f.Waiting
		sum.Agents += f.Agents
		sum.Available += f.Available
		sum.Talks += f.Talks
	}
	return sum
}

// Narrow applies a tenant's changed document: a desk that it has no more sends
// everybody back.
func (s *Desks) Narrow(tenantID string) {
	s.mu.Lock()
	d := s.desks[tenantID]
	s.mu.Unlock()
	if d != nil {
		d.with(func() { d.changed = true })
	}
}

// Check has the credential of every agent asked for anew, at once: one of them
// may have been taken back. It waits for nothing.
func (s *Desks) Check() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.desks {
		d.check()
	}
}

// Close sends every agent away and waits until nothing of the desks runs.
func (s *Desks) Close() {
	s.mu.Lock()
	s.closed = true
	var all []*desk
	for _, d := range s.desks {
		all = append(all, d)
	}
	s.mu.Unlock()
	for _, d := range all {
		d.close()
	}
	s.work.Wait()
}
