package agent

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// Socket is an agent's connection. Read and Write are called by one goroutine
// each; an error of either is the end. That of Read is ErrLeft where the agent
// closed it and means to be gone; any other may be a line that broke.
type Socket interface {
	Read() ([]byte, error) // the message is the caller's
	Write(message []byte) error
	Ping() error
	Close(reason string)
}

// Who is who is connected.
type Who struct {
	Tenant string
	ID     session.ID // of the key or the sign-in, as facts name it
	Name   string     // of it, for people
}

// Agent is a human who answers, on one connection.
type Agent struct {
	desk   *desk
	who    Who
	out    *outbox
	good   func() bool // whether the credential still is
	doubts chan struct{}

	// Guarded by desk.mu.
	seat  string // by which the same page takes up its talks on another connection
	name  string // that people are told
	free  bool   // takes talks
	since time.Time
	talks map[*Talk]bool
	offer *Talk // that may be taken now
}

// ErrLeft says that an agent closed their connection and means to be gone.
var ErrLeft = errors.New("agent: they left")

// ErrFull says that as many agents are connected as one desk takes.
var ErrFull = errors.New("agent: as many are connected as one desk takes")

const (
	pingEvery = 15 * time.Second
	// An agent may send so many messages, and so much sound faster than it is
	// spoken.
	messagesPerSecond, messageBurst = 20, 100
	soundPerSecond, soundBurst      = 2 * 24000, 10 * 24000 // samples
)

// Serve carries one agent's connection until it ends. good is asked now and
// then whether the credential still is.
func (s *Desks) Serve(who Who, on Socket, good func() bool) error {
	d := s.of(who.Tenant)
	if d == nil {
		on.Close("draining")
		return nil
	}
	a := &Agent{desk: d, who: who, out: newOutbox(), talks: map[*Talk]bool{}, since: time.Now(), seat: rand.Text(), good: good, doubts: make(chan struct{}, 1)}
	full := false
	d.with(func() {
		if full = d.closed || len(d.agents) >= mostAgents; full {
			return
		}
		d.agents[a] = true
		d.changed = true
		a.send(ready(a, d))
	})
	if full {
		on.Close("overloaded")
		return ErrFull
	}
	ended := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() { a.write(on, ended) })
	left := errors.Is(a.read(on), ErrLeft)
	a.lost(left)
	close(ended)
	work.Wait()
	return nil
}

// send gives the agent a message. It may be called with desk.mu held.
func (a *Agent) send(line []byte)  { a.out.add(line, false) }
func (a *Agent) sound(line []byte) { a.out.add(line, true) }

// write sends what waits until there is nothing more to come.
func (a *Agent) write(on Socket, ended <-chan struct{}) {
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		lines, reason := a.out.take()
		for _, line := range lines {
			err := on.Write(line)
			clear(line)
			if err != nil {
				on.Close("")
				return
			}
		}
		if reason != "" {
			on.Close(reason)
			return
		}
		select {
		case <-a.out.more:
		case <-a.doubts:
			if !a.good() {
				a.out.close("invalid_credential")
			}
		case <-ping.C:
			if !a.good() {
				a.out.close("invalid_credential")
				continue
			}
			if on.Ping() != nil {
				on.Close("")
				return
			}
		case <-ended:
			lines, why := a.out.take()
			for _, line := range lines {
				clear(line)
			}
			on.Close(why)
			return
		}
	}
}

// doubt has the agent's credential asked for anew.
func (a *Agent) doubt() {
	select {
	case a.doubts <- struct{}{}:
	default:
	}
}

// read does what the agent wants until the connection ends.
func (a *Agent) read(on Socket) error {
	messages := rate.NewLimiter(messagesPerSecond, messageBurst)
	sound := rate.NewLimiter(soundPerSecond, soundBurst)
	for {
		b, err := on.Read()
		if err != nil {
			return err
		}
		if a.out.closed() { // whoever does not go when they are told to says nothing more
			clear(b)
			return nil
		}
		m, ok := decode(b)
		clear(b)
		switch {
		case !ok:
			a.send(problem("invalid_message"))
		case m.kind == "sound":
			if sound.AllowN(time.Now(), max(len(m.pcm), 1)) {
				a.speak(m)
			}
		case !messages.Allow():
			m.forget()
			a.out.close("message_rate_exceeded")
			return nil
		default:
			if code := a.do(m); code != "" {
				a.send(problem(code))
			}
		}
		m.forget()
	}
}

// lost is the end of the connection. Whoever the agent talked with waits for
// them, if they may come back; else, and where the person has not agreed yet,
// for somebody else.
func (a *Agent) lost(left bool) {
	d := a.desk
	d.with(func() {
		reason := a.out.end()
		delete(d.agents, a)
		d.changed = true
		if t := a.offer; t != nil {
			a.offer, t.offered = nil, nil
		}
		back := !left && !d.closed && (reason == "" || reason == "slow")
		for t := range a.talks {
			if back && !t.joined.IsZero() {
				d.gone[a] = true
				t.cut, t.by = true, time.Now().Add(returnTime)
				d.call(t.person.Cut)
				continue
			}
			d.release(t)
			d.leave(t, session.HumanLost, !d.closed)
		}
	})
}

// takeUp gives the agent what they had on another connection: the same page, by
// its seat, and the same credential. One that is still open is closed: who is
// there is the same human, and the gateway may not know yet that it broke.
// Called with the desk's mu held.
func (a *Agent) takeUp(seat string) (code string) {
	d := a.desk
	var was *Agent
	for _, all := range []map[*Agent]bool{d.gone, d.agents} {
		for o := range all {
			if o != a && o.who == a.who && subtle.ConstantTimeCompare([]byte(o.seat), []byte(seat)) == 1 {
				was = o
			}
		}
	}
	if was == nil || len(a.talks) > 0 {
		return "no_such_seat"
	}
	a.seat, a.name, a.free, a.since, d.changed = was.seat, was.name, was.free, was.since, true
	a.send(returned(was))
	if t := was.offer; t != nil {
		was.offer, t.offered = nil, nil
	}
	for t := range was.talks {
		delete(was.talks, t)
		a.talks[t], t.agent = true, a
		if t.joined.IsZero() {
			a.send(asking(t))
			continue
		}
		// It stays cut until the session says that they may go on.
		t.cut, t.by = true, time.Now().Add(returnTime)
		d.call(t.person.Back)
	}
	delete(d.gone, was)
	delete(d.agents, was)
	was.out.close("seat_taken")
	return ""
}

// speak lets the agent's voice out.
func (a *Agent) speak(m message) {
	d := a.desk
	d.mu.Lock()
	t := a.talk(m.talk)
	d.mu.Unlock()
	if t != nil {
		t.person.Spoke(m.pcm, m.paused)
	}
}

// talk is one of the agent's, in which the person agreed. Called with the
// desk's mu held.
func (a *Agent) talk(id session.ID) *Talk {
	for t := range a.talks {
		if t.about.Session == id && t.hearer() == a {
			return t
		}
	}
	return nil
}

// do does what an agent wants, and gives the code of a refusal.
func (a *Agent) do(m message) (code string) {
	d := a.desk
	var then func()
	d.with(func() {
		switch m.kind {
		case "available":
			if m.name != "" {
				a.name = m.name
			}
			a.free, d.changed = true, true
			for _, t := range d.waiting { // they are back: what they missed may be offered again
				delete(t.passed, a)
			}
		case "away":
			a.free, d.changed = false, true
		case "return":
			code = a.takeUp(m.seat)
		case "take":
			code = a.take(m.talk)
		case "decline":
			if t := a.offer; t != nil && t.about.Session == m.talk {
				t.passed[a], t.offered, a.offer = true, nil, nil
				d.changed = true
				a.send(offerOver(t, "declined"))
			}
		case "say":
			if t := a.talk(m.talk); t != nil {
				words := m.words
				then = func() {
					if !t.person.Said(session.NewSpeech(words)) {
						a.send(problem("not_said"))
					}
				}
			} else {
				code = "no_such_talk"
			}
		case "back", "end":
			t := a.talk(m.talk)
			if t == nil {
				t = a.asking(m.talk)
			}
			if t == nil {
				code = "no_such_talk"
				return
			}
			d.release(t)
			a.send(over(t, "handed_back"))
			if m.kind == "end" {
				t.done = true
				d.desks.options.Outcome("ended_by_human")
				then = t.person.End
				return
			}
			d.leave(t, session.HandedBack, false)
		default:
			code = "invalid_message"
		}
	})
	if then != nil {
		then()
	}
	return code
}

// asking is one of the agent's talks, in which the person has not answered
// yet.
func (a *Agent) asking(id session.ID) *Talk {
	for t := range a.talks {
		if t.about.Session == id {
			return t
		}
	}
	return nil
}

// take gives the agent somebody who waits. Called with the desk's mu held.
func (a *Agent) take(id session.ID) (code string) {
	d := a.desk
	rules := d.rules()
	for _, t := range d.waiting {
		switch {
		case t.about.Session != id || t.offered != nil && t.offered != a:
			continue
		case rules == nil:
			return "no_desk"
		case len(a.talks) >= rules.TalksMost():
			return "too_many_talks"
		}
		if t.offered == a {
			a.offer, t.offered = nil, nil
		}
		d.unqueue(t)
		t.agent, t.by = a, time.Now().Add(answerTime)
		t.taken++
		a.talks[t] = true
		d.talks = append(d.talks, t)
		a.send(asking(t))
		a.introduce(t, rules)
		return ""
	}
	return "no_such_talk"
}

// introduce has the person asked about the agent. Called with the desk's mu
// held.
func (a *Agent) introduce(t *Talk, rules *tenant.Handoff) {
	name, offer := a.shown(rules), t.taken
	a.desk.call(func() { t.person.Offered(name, offer) })
}
