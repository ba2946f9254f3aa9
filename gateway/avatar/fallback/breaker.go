package fallback

import "time"

// State is what a Breaker thinks of its server.
type State uint8

// The states.
const (
	Closed   State = iota // it is asked
	Open                  // it rests: it did not answer, and nobody asks it
	HalfOpen              // it has rested: one request tries it
)

// String names the state.
func (s State) String() string { return [...]string{"closed", "open", "half_open"}[s] }

// Rules say when a server rests. The zero value means the defaults named.
type Rules struct {
	Failures int           // so many without an answer between them open it; zero means 3
	Window   time.Duration // in which they must lie; zero means 30 seconds
	Rest     time.Duration // before one request tries again; zero means 10 seconds
	Longest  time.Duration // rest that a server may ask for (Retry-After); zero means 1 minute
}

func (r Rules) orDefaults() Rules {
	if r.Failures == 0 {
		r.Failures = 3
	}
	if r.Window == 0 {
		r.Window = 30 * time.Second
	}
	if r.Rest == 0 {
		r.Rest = 10 * time.Second
	}
	if r.Longest == 0 {
		r.Longest = time.Minute
	}
	return r
}

// Breaker decides whether a server is worth asking. It has no clock and no
// lock: every call is told the time, which never runs backwards.
type Breaker struct {
	rules   Rules
	state   State
	failed  []time.Time // without an answer between them, the oldest first
	since   time.Time   // of the first of them; zero: it answers
	until   time.Time   // it rests, while Open
	trying  bool        // the one request of HalfOpen is under way
	opening uint64      // how often the state changed: tickets of before count no more
}

// NewBreaker makes one that is closed.
func NewBreaker(r Rules) *Breaker { return &Breaker{rules: r.orDefaults()} }

// Ticket is the permission for one request. Every one is given back with
// exactly one of Answered, Failed and Abandoned.
type Ticket struct {
	opening uint64
	trial   bool
}

// Ask says whether the server may be asked now.
func (b *Breaker) Ask(now time.Time) (Ticket, bool) {
	if b.state == Open && !now.Before(b.until) {
		b.become(HalfOpen)
	}
	switch b.state {
	case Closed:
		return Ticket{opening: b.opening}, true
	case HalfOpen:
		if !b.trying {
			b.trying = true
			return Ticket{opening: b.opening, trial: true}, true
		}
	}
	return Ticket{}, false
}

// Began is told when the answer begins. A trial is over then: the server is
// asked by everybody again, and rests at once if this answer breaks off. It
// returns the ticket that counts from now on.
func (b *Breaker) Began(now time.Time, t Ticket) Ticket {
	if !t.trial || t.opening != b.opening {
		return t
	}
	b.become(Closed)
	b.failed = b.failed[:0]
	for range b.rules.Failures - 1 {
		b.failed = append(b.failed, now)
	}
	return Ticket{opening: b.opening}
}

// Answered is told when the server has answered.
func (b *Breaker) Answered(t Ticket) {
	if t.opening != b.opening {
		return
	}
	if b.state == HalfOpen {
		b.become(Closed)
	}
	b.failed, b.since = b.failed[:0], time.Time{}
}

// Failed is told when it has not. A server that said when to come back rests
// until then, within bounds, however few its failures; zero: it said nothing.
func (b *Breaker) Failed(now time.Time, t Ticket, after time.Duration) {
	if t.opening != b.opening {
		return
	}
	if b.since.IsZero() {
		b.since = now
	}
	for len(b.failed) > 0 && now.Sub(b.failed[0]) >= b.rules.Window {
		b.failed = append(b.failed[:0], b.failed[1:]...)
	}
	b.failed = append(b.failed, now)
	if after <= 0 && !t.trial && len(b.failed) < b.rules.Failures {
		return
	}
	b.become(Open)
	b.failed = b.failed[:0]
	b.until = now.Add(max(b.rules.Rest, min(after, b.rules.Longest)))
}

// Abandoned is told when nobody waited for the answer: that says nothing about
// the server.
func (b *Breaker) Abandoned(t Ticket) {
	if t.trial && t.opening == b.opening {
		b.trying = false // another may try
	}
}

// State is what it thinks now. An Open one that has rested long enough becomes
// HalfOpen when somebody asks.
func (b *Breaker) State() State { return b.state }

// Since is when the failures began that no answer has ended; zero: it answers.
func (b *Breaker) Since() time.Time { return b.since }

func (b *Breaker) become(s State) {
	b.state, b.trying = s, false
	b.opening++
}
