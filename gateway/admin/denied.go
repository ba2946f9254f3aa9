package admin

import (
	"sync"
	"time"

	"mayfly/session"
)

// denied notes attempts that were refused: the first of a kind at once, what
// follows within deniedEvery as one fact with their number, so that a flood
// is one line and never hides what else happened.
type denied struct {
	note func(tenantID string, f session.Fact, done func(error))

	mu     sync.Mutex
	counts map[attempt]uint64 // since the last fact of each. Guarded by mu.
	timer  *time.Timer        // runs while there is a count. Guarded by mu.
	closed bool
}

// attempt is who tried: a key of a tenant, or nobody known.
type attempt struct {
	tenant string
	actor  session.ID
}

const (
	deniedEvery = 10 * time.Second
	maxAttempts = 10_000 // beyond them all share one
)

func newDenied(note func(string, session.Fact, func(error))) *denied {
	return &denied{note: note, counts: make(map[attempt]uint64)}
}

// add counts an attempt. tenant and actor are zero where the credential is
// unknown.
func (d *denied) add(tenantID string, actor session.ID) {
	of := attempt{tenantID, actor}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	if _, known := d.counts[of]; !known {
		if len(d.counts) >= maxAttempts {
			of = attempt{}
		} else {
			d.counts[of] = 0
			d.say(of, 1)
			if d.timer == nil {
				d.timer = time.AfterFunc(deniedEvery, d.flush)
			}
			return
		}
	}
	d.counts[of]++
}

// Denied counts somebody whom a provider knows and who may do nothing here.
func (a *API) Denied(person session.ID) { a.denied.add("", person) }

func (d *denied) say(of attempt, n uint64) {
	d.note(of.tenant, session.Fact{Kind: session.AccessDenied, Actor: of.actor, Count: n}, nil)
}

// flush notes what was counted; who did not try again is forgotten.
func (d *denied) flush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for of, n := range d.counts {
		if n == 0 {
			delete(d.counts, of)
			continue
		}
		d.say(of, n)
		d.counts[of] = 0
	}
	d.timer = nil
	if len(d.counts) > 0 && !d.closed {
		d.timer = time.AfterFunc(deniedEvery, d.flush)
	}
}

// close notes the rest.
func (d *denied) close() {
	d.mu.Lock()
	d.closed = true
	if d.timer != nil {
		d.timer.Stop()
	}
	d.mu.Unlock()
	d.flush()
}
