package agent

import (
	"time"

	"mayfly/session"
)

// About is what an agent knows of a talk before anything is said in it.
type About struct {
	Session session.ID
	Avatar  string // its name
	Locale  string // that the person reads, BCP 47
}

// Talk is one person who wants a human, from when they asked until it is over.
// Its methods are the session's side: they wait for nothing.
type Talk struct {
	about  About
	person Person
	desk   *desk

	// Guarded by desk.mu.
	asked   time.Time
	told    place
	offered *Agent          // who may take it now; nil: nobody
	passed  map[*Agent]bool // who did not take it
	agent   *Agent          // who took it; nil: nobody yet
	taken   int             // how often it was
	by      time.Time       // offered: until when; taken: until when the person may answer; cut: until when the agent may come back
	cut     bool            // the line of who talks with them broke
	joined  time.Time       // zero: the person did not agree yet
	state   State
	done    bool
}

// place is where somebody waits.
type place struct {
	position int
	wait     time.Duration
}

// State is what an agent is told of a session while they are in it.
type State struct {
	Recorded   bool   // what is said is kept, by the organisation's rule and the person's yes
	Microphone bool   // the person's voice may reach the agent
	Context    bool   // what was said before was given
	Written    bool   // what the agent says aloud is written down for the person, and kept where what they write is
	WrittenBy  string // who else does that; empty: nobody else
}

// Ask puts a person into the queue. It is nil where there is no desk that they
// could wait at; then they are told why.
func (s *Desks) Ask(tenantID string, about About, p Person) *Talk {
	d := s.of(tenantID)
	if d == nil {
		return nil
	}
	now := time.Now()
	t := &Talk{about: about, person: p, desk: d, asked: now, passed: map[*Agent]bool{}}
	d.with(func() {
		rules := d.rules()
		switch {
		case rules == nil:
			d.missed(t, session.NoDesk)
		case !rules.Open(now):
			d.missed(t, session.DeskClosed)
		case len(d.waiting) >= rules.QueueMost():
			d.missed(t, session.QueueFull)
		default:
			d.waiting = append(d.waiting, t)
			d.changed = true
		}
	})
	return t
}

// Joined: the person agreed to what they were offered, and that human may read
// and hear them. If it crossed with the end of that, nobody joins: another human
// is looked for, or the avatar answers again.
func (t *Talk) Joined(offer int, s State) {
	d := t.desk
	d.with(func() {
		if t.agent == nil || t.done || t.taken != offer {
			again := !t.done
			d.call(func() { t.person.Left(session.HumanLost, again) })
			t.told = place{}
			if rules := d.rules(); t.agent != nil && rules != nil {
				t.agent.introduce(t, rules)
			}
			return
		}
		if !t.joined.IsZero() {
			return
		}
		t.joined, t.state = time.Now(), s
		d.changed = true
		d.desks.options.Joined(d.tenant, t.joined.Sub(t.asked))
		t.agent.send(joined(t))
	})
}

// Returned: the session has the human back, who may go on, and reads what
// follows. It answers Person.Back, and may be late: then nobody is there to go
// on, or another line of the same agent, to which it is said as well.
func (t *Talk) Returned(s State) {
	d := t.desk
	d.with(func() {
		a := t.agent
		if t.done || a == nil || t.joined.IsZero() || !d.agents[a] {
			return
		}
		t.cut, t.state = false, s
		d.changed = true
		a.send(joined(t))
	})
}

// Tell gives the agent what was said. The words are copied, and stay the
// session's.
func (t *Talk) Tell(items []session.Item) {
	t.desk.mu.Lock()
	defer t.desk.mu.Unlock()
	if a := t.hearer(); a != nil {
		for i := range items {
			a.send(said(t, &items[i]))
		}
	}
}

// Hear gives the agent the person's voice: mono at a rate in hertz. The samples
// are copied.
func (t *Talk) Hear(pcm []int16, rate int) {
	t.desk.mu.Lock()
	defer t.desk.mu.Unlock()
	if a := t.hearer(); a != nil {
		a.sound(heard(t, pcm, rate))
	}
}

// Is tells the agent how the session stands.
func (t *Talk) Is(s State) {
	t.desk.mu.Lock()
	defer t.desk.mu.Unlock()
	if t.state != s {
		t.state = s
		if a := t.hearer(); a != nil {
			a.send(stands(t))
		}
	}
}

// hearer is the agent who may read and hear the person now; nil: nobody. Called
// with the desk's mu held.
func (t *Talk) hearer() *Agent {
	if t.joined.IsZero() || t.cut {
		return nil
	}
	return t.agent
}

// Over: the person does not want a human any more, or the session is over. It
// may be said more than once.
func (t *Talk) Over(why string) {
	d := t.desk
	d.with(func() {
		if t.done {
			return
		}
		t.done = true
		d.desks.options.Outcome(why)
		if t.agent == nil {
			d.unqueue(t)
			return
		}
		a := t.agent
		d.release(t)
		a.send(over(t, why))
	})
}
