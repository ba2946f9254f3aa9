package gateway

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"mayfly/gateway/avatar"
	"mayfly/gateway/realtime"
	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/redact"
	"mayfly/session"
)

// outgoing is how many bytes of events may wait for a client that does not
// read, beside a conversation that is replayed to it. More closes with "slow".
const outgoing = 512 << 10

// pingEvery is how often a silent client is asked for a sign of life.
const pingEvery = 15 * time.Second

// pongWithin is how long the sign of life may take.
const pongWithin = 10 * time.Second

// conn is one session and the connection that carries it. It costs one
// goroutine while idle, the reader of its carrier. Everything that happens to
// it comes in through deliver.
type conn struct {
	// Static after construction.
	server *Server
	tenant *tenant.Tenant
	avatar *tenant.Avatar
	cast   *Cast
	id     string     // of the session; made here, never the client's
	uuid   session.ID // the same, for facts
	began  time.Time
	ctx    context.Context // ends with the session
	stop   context.CancelFunc
	alarm  alarm
	slot   avatar.Slot   // of engines: what they keep between turns
	inlet  *rate.Limiter // of messages from the client

	token [sha256.Size]byte // Guarded by registry.mu: the key under which a resume finds it.

	mu       sync.Mutex
	key      [sha256.Size]byte // of the credential that opened it, or that it was resumed with
	words    *tenant.Tenant    // whose words are in the notice: the tenant as the person knows it
	minor    bool              // the person turned out to be a child
	durable  *sync.Cond        // on mu: a fact that inputs wait for is durable
	session  *session.Session
	config   realtime.Config
	ids      *realtime.IDs
	wire     wire
	pending  *realtime.Frames // what has not been sent
	replayed int              // bytes of pending that a resume replays, however many
	out      *realtime.Frames // what is being sent, by whoever writes
	carrier  carrier          // nil: none, or lost
	call     *rtcCarrier      // the call that carries it, or did last; nil: a WebSocket
	writing  bool
	pingDue  bool
	pingAt   time.Time
	ended    bool // the session is closed; the carrier closes when all is sent
	reason   session.Reason
	verdict  string // what the close says, where it is more than the reason
	released bool
	turn     turn
	ladder   ladder
	resume   resume

	policy    tenant.Policy         // what the session began with; of redaction: what hides most since
	redactor  *redact.Redactor      // of what is kept
	purposes  []string              // of a recording: "audit", "quality", "learning"
	claim     realtime.ConsentClaim // of the client secret; zero: none
	opener    session.ID            // names the key that opened it, or that the secret was made with; zero: none
	rules     session.Policy        // that the session began with, as it was narrowed since
	recording recording
	reports   reports
	sounds    sounds
	uploading bool // a file is on its way
	ear       ear
	human     handoff
	story     story
	next      []session.Input // what the effects under way make happen at once
	errors    int             // error events that were sent
}

// writer says who is asking for a flush.
type writer bool

const (
	// mine: the caller's goroutine serves this connection alone and may
	// write to its socket.
	mine writer = true
	// shared: the caller serves many connections and must not wait for one.
	shared writer = false
)

// deliver lets one thing happen to the session and sends what comes of it.
// The error is the session's refusal.
func (c *conn) deliver(in session.Input, who writer) error {
	c.mu.Lock()
	if c.session == nil {
		c.mu.Unlock()
		if _, over := in.(session.HungUp); over {
			c.abandon()
		}
		return nil // it has not begun
	}
	err := c.apply(time.Now(), in)
	c.flush(who)
	return err
}

// apply lets one thing happen and carries out the effects that are memory
// only. Called with mu held.
func (c *conn) apply(now time.Time, in session.Input) error {
	c.foresee(in)
	effects, err := c.session.Apply(now, in)
	c.carry(now, effects)
	c.settle(now)
	return err
}

// settle applies what effects made happen at once: a fact that is durable
// already, a turn that cannot be kept. Called with mu held.
func (c *conn) settle(now time.Time) {
	for len(c.next) > 0 {
		in := c.next[0]
		c.next = c.next[1:]
		c.foresee(in)
		effects, _ := c.session.Apply(now, in)
		c.carry(now, effects)
	}
	c.next = nil
	c.obeyRules()
	c.wake(now)
}

// carry carries out effects. Called with mu held.
func (c *conn) carry(now time.Time, effects []session.Effect) {
	for _, e := range effects {
		c.overhear(e)
		switch e := e.(type) {
		case session.TranscriptGuess:
			c.emit(now, e)
			e.Words.Forget()
		case session.RecordingIs:
			c.recorded(now, e)
			c.emit(now, e)
		case *session.TurnSound:
			c.spoken(e)
			c.emit(now, e)
		case session.Committed:
			c.committed(now, e)
		case session.TurnWithheld:
			if c.carrier != nil {
				c.pending.TranscriptWithheld(e.Items, now)
			}
		case session.Event:
			c.emit(now, e)
		case session.Ask:
			c.ask(e)
		case session.Recite:
			if !c.recite(e) {
				c.next = append(c.next, session.HungUp{Reason: session.NoticeFailed})
			}
		case session.Cancel:
			c.turn.cancel()
		case session.Keep:
			c.keep(now, e)
		case session.KeepReport:
			c.keepReport(now, e)
		case session.Note:
			c.note(now, e)
		case session.Close:
			c.halt()
			c.ended, c.reason = true, e.Reason
		}
		c.handOver(now, e)
	}
}

// recorded remembers whether turns are kept, and since when.
func (c *conn) recorded(now time.Time, is session.RecordingIs) {
	r := &c.recording
	if r.since.IsZero() || r.stands != is {
		r.stands, r.since = is, now
		tell(&c.story.recording, receipt.Recording{At: at(now), State: recordingWord(is), Reason: recordingReason(is.Why)})
	}
	if !is.On {
		c.halt()
	}
	kept := c.sounds.voice
	c.sounds.follow(is)
	if l := c.ear.hearer; l != nil && c.sounds.voice && !kept {
		l.agreed = l.heard + len(l.part)
	}
}

// note passes a fact on. A fact of the class Gate holds the session until it
// is durable, or known to be lost. Called with mu held.
func (c *conn) note(now time.Time, n session.Note) {
	if n.Fact.Kind == session.EngineAsked {
		switch {
		case !c.mayDial(c.avatar.BackEnd):
			r := c.avatar.BackEnd.Registered(tenant.Answering, tenant.Words)
			refused := c.refusedDial(now, &r)
			n.Fact.Kind, n.Fact.Reason, n.Fact.Hash = refused.Kind, refused.Reason, refused.Hash
		case c.spent(now):
			return // nobody is asked
		case c.avatar.BackEnd != nil:
			r := c.avatar.BackEnd.Registered(tenant.Answering, tenant.Words)
			n.Fact.Hash = r.Hash()
		}
	}
	if n.Fact.Kind == session.AttachmentsShown && (!c.mayDial(c.avatar.BackEnd) || c.spent(now)) {
		return // nobody was
	}
	if n.Fact.Kind == session.SessionEnded {
		c.tellOdd(now)
		c.tellUndeclared(now)
	}
	f := c.witness(now, n.Fact)
	if f.Kind.Class() != session.Gate {
		c.chapter(now, f)
		c.log(f, nil)
		return
	}
	r := &c.recording
	no := f.Kind == session.PersonOptedOut || f.Kind == session.ConsentWithdrawn || f.Kind == session.MinorDeclared
	c.answer(func(done func(error)) {
		c.log(f, done)
	}, func(err error) {
		noted := session.Noted{Seq: n.Seq, Lost: err != nil}
		if err == nil {
			c.chapter(now, f)
		}
		if !no {
			c.next = append(c.next, noted)
			return
		}
		r.refused = append(r.refused, noted)
		c.refuse()
	})
}

// fault sends an error event. Called with mu held.
func (c *conn) fault(p realtime.Problem) {
	c.errors++
	c.pending.Error(p)
}

// wake asks the wheel for the next moment at which time alone changes
// something. Called with mu held.
func (c *conn) wake(now time.Time) {
	if c.ended {
		return
	}
	next := c.session.Next()
	if c.session.Waiting() && !next.After(now) {
		next = time.Time{} // it was told, and acts when its fact is durable
	}
	if c.carrier != nil && (next.IsZero() || c.pingAt.Before(next)) {
		next = c.pingAt
	}
	if w := c.recording.waiting; len(w) > 0 && (next.IsZero() || w[0].due.Before(next)) {
		next = w[0].due
	}
	if w := c.reports.waiting; len(w) > 0 && (next.IsZero() || w[0].due.Before(next)) {
		next = w[0].due
	}
	if at := c.quietAt(); !at.IsZero() && (next.IsZero() || at.Before(next)) {
		next = at
	}
	c.server.wheel.set(&c.alarm, next)
}

// rung is the wheel's call. It never touches the socket.
func (c *conn) rung(now time.Time) {
	c.mu.Lock()
	if c.released {
		c.mu.Unlock()
		return
	}
	if c.carrier != nil && !now.Before(c.pingAt) {
		c.pingDue, c.pingAt = true, now.Add(pingEvery)
	}
	c.overdue(now)
	c.beQuiet(now)
	c.overdueReports(now)
	_ = c.apply(now, session.Tick{})
	c.flush(shared)
}

// flush sends what is pending, unless somebody is at it, and unlocks mu.
func (c *conn) flush(who writer) {
	if c.writing && c.pending.Size() > outgoing+c.replayed { // what comes at once is bounded elsewhere
		c.overflow()
	}
	idle := c.pending.Count() == 0 && !c.pingDue && !c.ended
	switch {
	case c.writing || idle || c.released:
		c.mu.Unlock()
	case who == mine:
		c.writing = true
		c.write()
	default:
		c.writing = true
		c.server.work.Add(1)
		c.mu.Unlock()
		go func() {
			defer c.server.work.Done()
			c.mu.Lock()
			c.write()
		}()
	}
}

// write sends until nothing is pending. It is called with mu held and writing
// set, and returns with mu free and writing unset.
func (c *conn) write() {
	for c.carrier != nil && (c.pending.Count() > 0 || c.pingDue) {
		out, to, ping := c.out, c.carrier, c.pingDue
		out.Take(c.pending)
		c.pingDue, c.replayed = false, 0
		c.mu.Unlock()
		var err error
		if out.Count() > 0 {
			err = to.send(out)
			out.Reset()
		}
		if ping && err == nil {
			err = to.ping()
		}
		c.mu.Lock()
		if err != nil && c.carrier == to {
			c.lose(session.Lost)
		}
	}
	c.pending.Reset() // nobody is there to read it
	c.pingDue = false
	c.writing = false
	if !c.ended {
		c.mu.Unlock()
		return
	}
	c.release()
}

// overflow gives up on a client that does not read what it is sent.
func (c *conn) overflow() {
	c.pending.Reset()
	c.server.metrics.dropped.WithLabelValues("slow").Inc()
	_ = c.apply(time.Now(), session.HungUp{Reason: session.Slow})
	c.pending.Reset()
}

// lose is the carrier being gone. A session that can be resumed waits; any
// other is over. Called with mu held.
func (c *conn) lose(why session.Reason) {
	gone := c.carrier
	c.deafen()
	c.carrier = nil
	c.turn.cancel()
	c.hangUp(gone, why)
	if c.ended {
		return
	}
	if c.resume.possible() && why == session.Lost {
		c.forgo() // whoever comes back is told of anew
		_ = c.apply(time.Now(), session.Detached{})
		return
	}
	_ = c.apply(time.Now(), session.HungUp{Reason: why})
}

// board notes what carries the session now. A call that it has left cannot be
// reached any more: whoever has its address has another way, or none. Called
// with mu held.
func (c *conn) board(on carrier) {
	if c.call != nil {
		c.call.unlist()
	}
	c.call, _ = on.(*rtcCarrier)
}

// awaits says whether the session waits for the client of a call that is over.
func (c *conn) awaits(k *rtcCarrier) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.call == k && !c.ended && !c.released
}

// hangUp closes a carrier that the session has left, without waiting for it.
func (c *conn) hangUp(gone carrier, why session.Reason) {
	c.server.work.Add(1)
	go func() {
		defer c.server.work.Done()
		gone.close(lookupProblem(why.String()))
	}()
}

// release lets go of everything the session held, once. It is called with mu
// held and unlocks it.
func (c *conn) release() {
	if c.released {
		c.mu.Unlock()
		return
	}
	c.released = true
	c.stop()
	began := c.session != nil
	why, verdict, from := c.reason, c.verdict, c.carrier
	if verdict == "" {
		verdict = why.String()
	}
	c.carrier = nil
	c.board(nil)
	c.pending.Reset()
	c.config.Forget()
	c.ids.Forget()
	c.forgetVoice()
	c.wire.forget()
	clear(c.recording.key)
	c.sounds.drop()
	c.mu.Unlock()
	c.slot.Close()
	c.durable.Broadcast()
	if from != nil {
		from.close(lookupProblem(verdict))
	}
	c.server.wheel.drop(&c.alarm)
	now := time.Now()
	c.server.quotas.end(now, c.tenant, now.Sub(c.began), began)
	c.server.registry.remove(c, why)
}

// lost is a carrier's reader saying that it is over.
func (c *conn) lost(from carrier, why session.Reason) {
	c.mu.Lock()
	if c.carrier != from {
		c.mu.Unlock()
		return
	}
	c.lose(why)
	c.flush(mine)
}
