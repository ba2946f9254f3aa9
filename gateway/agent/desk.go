package agent

import (
	"slices"
	"sync"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

const (
	// talkTime is how long a talk is taken to last before any was measured.
	talkTime = 3 * time.Minute
	// answerTime is how long a person has to say whether the human who is there
	// may read and hear them.
	answerTime = 90 * time.Second
	// mostAgents is how many agents one desk takes.
	mostAgents = 500
	// returnTime is how long an agent whose line broke is waited for. It is
	// enough to open the page anew and sign in.
	returnTime = 45 * time.Second
)

// desk is one tenant's.
type desk struct {
	desks  *Desks
	tenant string

	mu      sync.Mutex
	closed  bool
	waiting []*Talk         // oldest first; those that are offered to somebody too
	agents  map[*Agent]bool // who is connected
	gone    map[*Agent]bool // whose line broke, and who is waited for
	talks   []*Talk         // taken: the person is asked, or talks
	mean    time.Duration   // that a talk lasts, of those that were
	timer   *time.Timer     // of the next deadline; nil: none
	changed bool            // what agents see of the desk is not what they were told
	calls   []func()        // to be made without the lock, in order
	calling bool            // somebody makes them
}

// with does something under the lock, and what follows from it.
func (d *desk) with(do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
	d.settle(time.Now())
}

// call has something done without the lock, after what was asked for before.
func (d *desk) call(f func()) {
	d.calls = append(d.calls, f)
	if d.calling {
		return
	}
	d.calling = true
	d.desks.work.Go(func() {
		d.mu.Lock()
		for len(d.calls) > 0 {
			calls := d.calls
			d.calls = nil
			d.mu.Unlock()
			for _, f := range calls {
				f()
			}
			d.mu.Lock()
		}
		d.calling = false
		d.mu.Unlock()
	})
}

// rules is what the tenant says of its desk now; nil: it has none.
func (d *desk) rules() *tenant.Handoff {
	if t := d.desks.options.Tenant(d.tenant); t != nil {
		return t.Handoff
	}
	return nil
}

// settle does what is due and tells everybody where they are. Called with mu
// held.
func (d *desk) settle(now time.Time) {
	rules := d.rules()
	if rules == nil {
		d.shut()
		return
	}
	d.expire(now, rules)
	d.match(now, rules)
	d.tellPlaces(rules)
	if d.changed {
		d.changed = false
		for a := range d.agents {
			a.send(d.state(now, a, rules))
		}
	}
	d.wake(now, rules)
}

// shut sends everybody away: the tenant has no desk any more. Called with mu
// held.
func (d *desk) shut() {
	for _, t := range slices.Clone(d.waiting) {
		d.miss(t, session.NoDesk)
	}
	for _, t := range slices.Clone(d.talks) {
		d.release(t)
		d.leave(t, session.NoDesk, false)
	}
	for a := range d.agents {
		a.out.close("no_desk")
	}
	d.stopTimer()
}

// check has every agent's credential asked for anew. Who is waited for is
// asked for it when they come back, and before: nobody waits for an agent who
// was sent away.
func (d *desk) check() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	for a := range d.agents {
		a.doubt()
	}
	for a := range d.gone {
		d.desks.work.Go(func() {
			if !a.good() {
				d.with(func() { d.giveUp(a) })
			}
		})
	}
}

func (d *desk) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for a := range d.agents {
		a.out.close("draining")
	}
	d.stopTimer()
}

func (d *desk) stopTimer() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

// expire ends what took too long.
func (d *desk) expire(now time.Time, rules *tenant.Handoff) {
	for _, t := range slices.Clone(d.waiting) {
		if a := t.offered; a != nil && !now.Before(t.by) {
			// They are not there, whatever they said.
			t.passed[a], t.offered, a.offer, a.free = true, nil, nil, false
			d.changed = true
			a.send(offerOver(t, "timed_out"))
		}
		if !now.Before(t.asked.Add(rules.WaitMost())) {
			d.miss(t, session.TookTooLong)
		}
	}
	for _, t := range slices.Clone(d.talks) {
		if t.joined.IsZero() && !now.Before(t.by) {
			a := t.agent
			d.release(t)
			a.send(over(t, "no_answer"))
			d.missed(t, session.TookTooLong)
		}
		if t.cut && !now.Before(t.by) {
			d.release(t)
			d.leave(t, session.HumanLost, !d.closed)
		}
	}
}

// giveUp stops waiting for an agent whose line broke.
func (d *desk) giveUp(a *Agent) {
	for t := range a.talks {
		d.release(t)
		d.leave(t, session.HumanLost, !d.closed)
	}
}

// match offers the talks that wait to agents who have room: the oldest first,
// to who has least to do and had longest nothing to.
func (d *desk) match(now time.Time, rules *tenant.Handoff) {
	for _, t := range d.waiting {
		if t.offered != nil {
			continue
		}
		var best *Agent
		for a := range d.agents {
			if !a.free || a.offer != nil || t.passed[a] || len(a.talks) >= rules.TalksMost() {
				continue
			}
			if best == nil || len(a.talks) < len(best.talks) || len(a.talks) == len(best.talks) && a.since.Before(best.since) {
				best = a
			}
		}
		if best == nil {
			continue
		}
		t.offered, best.offer, t.by = best, t, now.Add(rules.OfferTime())
		d.changed = true
		best.send(offerOf(t, rules.OfferTime()))
	}
}

// tellPlaces tells who waits where in the queue they are, if that changed.
func (d *desk) tellPlaces(rules *tenant.Handoff) {
	for i, t := range d.waiting {
		place := place{i + 1, d.estimate(i+1, rules)}
		if t.told == place {
			continue
		}
		t.told = place
		d.call(func() { t.person.Queued(place.position, place.wait) })
	}
}

// estimate is how long somebody in a place will wait: plain arithmetic from
// who is there, and zero where nobody is.
func (d *desk) estimate(position int, rules *tenant.Handoff) time.Duration {
	room, all := 0, 0
	for a := range d.agents {
		if a.free {
			all += rules.TalksMost()
			room += max(rules.TalksMost()-len(a.talks), 0)
		}
	}
	switch ahead := position - room; {
	case all == 0:
		return 0
	case ahead <= 0:
		return rules.OfferTime()
	default:
		return (time.Duration(ahead) * d.mean / time.Duration(all)).Round(10*time.Second) + 10*time.Second
	}
}

// measured takes the length of a talk into the mean.
func (d *desk) measured(took time.Duration) {
	d.mean += (min(max(took, 10*time.Second), time.Hour) - d.mean) / 8
}

// wake sets the timer for the next deadline.
func (d *desk) wake(now time.Time, rules *tenant.Handoff) {
	d.stopTimer()
	var next time.Time
	sooner := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	for _, t := range d.waiting {
		sooner(t.asked.Add(rules.WaitMost()))
		if t.offered != nil {
			sooner(t.by)
		}
	}
	for _, t := range d.talks {
		if t.joined.IsZero() || t.cut {
			sooner(t.by)
		}
	}
	if next.IsZero() || d.closed {
		return
	}
	d.timer = time.AfterFunc(max(next.Sub(now), 0), func() { d.with(func() {}) })
}

// unqueue takes a talk out of the queue.
func (d *desk) unqueue(t *Talk) {
	if a := t.offered; a != nil {
		t.offered, a.offer = nil, nil
		a.send(offerOver(t, "gone"))
	}
	d.waiting = slices.DeleteFunc(d.waiting, func(w *Talk) bool { return w == t })
	d.changed = true
}

// miss ends the wait of somebody.
func (d *desk) miss(t *Talk, why session.HandoffWhy) {
	d.unqueue(t)
	d.missed(t, why)
}

func (d *desk) missed(t *Talk, why session.HandoffWhy) {
	t.done = true
	d.desks.options.Outcome(why.String())
	d.call(func() { t.person.Missed(why) })
}

// release takes a talk from its agent.
func (d *desk) release(t *Talk) {
	a := t.agent
	d.talks = slices.DeleteFunc(d.talks, func(o *Talk) bool { return o == t })
	if a != nil {
		delete(a.talks, t)
		if len(a.talks) == 0 {
			delete(d.gone, a)
		}
		a.since = time.Now()
		t.agent, t.cut = nil, false
	}
	if !t.joined.IsZero() {
		d.measured(time.Since(t.joined))
	}
	d.changed = true
}

// leave sends the person of a talk back, to the avatar or to the queue.
func (d *desk) leave(t *Talk, why session.HandoffWhy, again bool) {
	joined := !t.joined.IsZero()
	t.joined = time.Time{}
	d.desks.options.Outcome(why.String())
	if again {
		t.asked = time.Now()
		t.told = place{}
		d.waiting = slices.Insert(d.waiting, 0, t) // they waited before
	} else {
		t.done = true
	}
	if joined {
		d.call(func() { t.person.Left(why, again) })
	} else if !again {
		d.call(func() { t.person.Missed(why) })
	}
}
