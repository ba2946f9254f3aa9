package gateway

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"sync"
	"time"

	"mayfly/redact"
	"mayfly/session"
)

// keepWithin is how long a turn may take to be durable. After it the person is
// told that recording failed: two seconds after the disk stopped answering.
const keepWithin = 1800 * time.Millisecond

// eraseWithin bounds an erasure that a person waits for.
const eraseWithin = 10 * time.Second

// recording is what a connection has given to the recorder, and what it knows
// of it. Guarded by conn.mu.
type recording struct {
	stands session.RecordingIs // what the person was told last
	since  time.Time           // since when

	ctx     context.Context // ends when recording does; nil: nothing was kept since
	stop    context.CancelFunc
	waiting []keeping       // given and not answered yet, oldest first
	durable []keeping       // and not said yet
	refused []session.Noted // a no of the person whose fact is durable, and which is not said yet

	key   []byte // the receipt key; nil until something is kept
	told  bool   // the client has it
	turns int    // durable, and not erased
	// Values of personal data in the turns that were granted so far.
	values int
	until  time.Time // when the last that was given is gone
	// Turns whose sound is durable too, and not erased, and when the last of
	// that is gone.
	sounds     int
	mutedTurns int // whose sound was erased
	soundUntil time.Time

	erasing int  // times the person asked for what is stored to go, and it has not gone yet
	asked   int  // times that they asked
	gone    bool // it went
	erased  int  // turns
}

// keeping is a turn on its way to the disk.
type keeping struct {
	turn  session.TurnNo
	items []session.ItemNo
	due   time.Time // it has failed if it is not durable by then
	sound time.Time // when its sound is gone; zero: it has none
}

// keep gives a turn to the recorder, redacted. What the recorder answers at
// once is applied next. Called with mu held.
func (c *conn) keep(now time.Time, e session.Keep) {
	turn, r := e.Grant.Turn(), &c.recording
	sound := c.soundOf(e)
	defer func() { forgetPieces(sound[redact.Reply]); forgetPieces(sound[redact.Person]) }()
	recorder := c.server.options.Recorder
	if recorder == nil {
		c.next = append(c.next, session.RecordFailed{Turn: turn})
		return
	}
	if c.server.stale(now) {
		c.halt()
		c.next = append(c.next, session.PolicyChanged{Policy: unavailable(c.rules)})
		return
	}
	redacted, err := c.redactor.Turn(e.Grant, e.Items)
	if err != nil {
		c.next = append(c.next, session.RecordFailed{Turn: turn})
		return
	}
	if c.withheld(redacted, e.Items) {
		return
	}
	if r.ctx == nil {
		r.ctx, r.stop = context.WithCancel(c.ctx)
	}
	if r.key == nil {
		r.key = newReceiptKey()
	}
	k := keeping{turn: turn, due: now.Add(keepWithin)}
	for i := range e.Items {
		k.items = append(k.items, e.Items[i].No)
	}
	r.waiting = append(r.waiting, k)
	until := now.Add(e.Grant.Retention())
	r.until = later(r.until, until)
	ctx := r.ctx
	if c.attach(redacted, sound) {
		k.sound = now.Add(e.Grant.Sound())
		ctx = c.sounds.under(ctx)
	}
	c.answer(func(done func(error)) {
		recorder.Keep(ctx, c.conversation(), redacted, done)
	}, func(err error) {
		c.kept(k, err, ctx.Err() != nil)
	})
}

// answer calls something that answers with an error, once, and carries the
// answer on with mu held: at once, or on a goroutine of its own, because
// whoever answers later serves everybody. Called with mu held.
func (c *conn) answer(call func(done func(error)), then func(error)) {
	var (
		at     sync.Mutex
		inside = true // Guarded by at.
		came   bool
		with   error
	)
	call(func(err error) {
		at.Lock()
		defer at.Unlock()
		if inside {
			came, with = true, err
			return
		}
		c.later(func() { then(err) })
	})
	at.Lock()
	inside = false
	at.Unlock()
	if came {
		then(with)
	}
}

// later does something to the session on a goroutine of its own, with mu held,
// unless the session is over by then.
func (c *conn) later(do func()) {
	if !c.server.enter() {
		return
	}
	go func() {
		defer c.server.work.Done()
		c.mu.Lock()
		if c.released {
			c.mu.Unlock()
			return
		}
		do()
		c.settle(time.Now())
		c.flush(mine)
		c.durable.Broadcast()
	}()
}

// kept is the recorder's answer. Called with mu held. halted says that the
// turn was called back.
func (c *conn) kept(k keeping, err error, halted bool) {
	r := &c.recording
	r.waiting = slices.DeleteFunc(r.waiting, func(w keeping) bool { return w.turn == k.turn })
	switch {
	case err == nil, errors.Is(err, ErrSoundDropped):
		if err != nil {
			// The tenant has it off, and the word has not come here yet.
			k.sound = time.Time{}
			c.sounds.drop()
			c.next = append(c.next, session.PolicyChanged{Policy: soundOff(c.rules)})
		}
		if !r.gone { // else it went with the rest
			r.turns++
			if !k.sound.IsZero() {
				r.sounds++
				r.soundUntil = later(r.soundUntil, k.sound)
			}
		}
		r.durable = append(r.durable, k)
		c.next = append(c.next, session.Kept{Turn: k.turn, Sound: !k.sound.IsZero()})
	case halted:
		// Whoever halted it has said why.
	case errors.Is(err, ErrDropped):
		// The tenant has it off, and the word has not come here yet.
		c.halt()
		c.next = append(c.next, session.PolicyChanged{Policy: off(c.rules)})
	default:
		c.halt()
		c.next = append(c.next, session.RecordFailed{Turn: k.turn})
	}
	c.refuse()
}

// committed says that a turn is durable: all its items, those of the person
// too. Called with mu held.
func (c *conn) committed(now time.Time, e session.Committed) {
	r := &c.recording
	i := slices.IndexFunc(r.durable, func(k keeping) bool { return k.turn == e.Turn })
	if i < 0 {
		return
	}
	items := r.durable[i].items
	r.durable = slices.Delete(r.durable, i, i+1)
	if c.carrier != nil {
		c.pending.TranscriptCommitted(items, uint64(e.Turn), now)
		c.tellReceiptKey()
	}
}

// overdue gives up on a disk that does not answer. Called with mu held.
func (c *conn) overdue(now time.Time) {
	r := &c.recording
	if len(r.waiting) == 0 || now.Before(r.waiting[0].due) {
		return
	}
	failed := r.waiting[0].turn
	r.waiting = nil
	c.halt()
	if r.stands.On {
		c.next = append(c.next, session.RecordFailed{Turn: failed})
	}
	c.refuse()
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// halt drops what was given to the recorder and is not durable. Called with
// mu held.
func (c *conn) halt() {
	if r := &c.recording; r.ctx != nil {
		r.stop()
		r.ctx, r.stop = nil, nil
	}
	c.sounds.halt()
}

// foresee drops what is on its way to the disk the moment that something
// arrives which takes leave for it away, whatever has to become durable before
// the session acts on it. Called with mu held.
func (c *conn) foresee(in session.Input) {
	switch in := in.(type) {
	case session.OptedOut:
		c.sounds.narrow(in.Purposes)
		if in.Purposes.Has(session.Transcript) || in.Erase {
			c.halt()
		}
		if in.Erase {
			c.haltReports()
			c.eraseStored()
		}
	case session.Withdrawn:
		c.sounds.narrow(in.Purposes)
		if in.Purposes.Has(session.Transcript) {
			c.halt()
		}
	case session.PolicyChanged:
		c.follow(in.Policy)
		if c.reportsFor() == 0 {
			c.haltReports()
		}
		if !c.rules.Transcript || c.rules.Unavailable {
			c.halt()
		}
		if !c.rules.Audio {
			c.sounds.drop()
		}
	case session.NoticeChanged: // what was agreed to was something else
		c.follow(in.Policy)
		c.halt()
		c.sounds.drop()
	case session.MinorFound:
		c.minor = true
		c.halt()
		c.haltReports()
		c.sounds.narrow(session.Stored)
		c.eraseStored()
	case session.HungUp:
		c.halt()
		c.haltReports()
	case session.RecordFailed:
		c.halt()
	}
}

// follow notes which rules are in force from now on. Called with mu held.
func (c *conn) follow(p session.Policy) {
	if c.rules.Number != p.Number || c.rules.Hash != p.Hash {
		c.rules.Number, c.rules.Hash = p.Number, p.Hash
		c.underPolicy(time.Now())
	}
	c.rules.Transcript = c.rules.Transcript && p.Transcript
	c.rules.Audio = c.rules.Audio && p.Audio
	c.rules.Microphone = c.rules.Microphone && p.Microphone
	c.rules.Desk = c.rules.Desk && p.Desk
	c.rules.Unavailable = c.rules.Unavailable || p.Unavailable
	c.rules.Reports = min(c.rules.Reports, p.Reports)
}

// refuse says the person's no, once it is wholly true: nothing is on its way to
// the disk any more, and what was to go is gone. Called with mu held.
func (c *conn) refuse() {
	r := &c.recording
	if len(r.waiting)+len(c.reports.waiting) > 0 || r.erasing > 0 {
		return
	}
	for _, noted := range r.refused {
		c.next = append(c.next, noted)
	}
	r.refused = nil
}

// eraseStored removes what this session stored, also if it ends meanwhile.
// What was called back before is not stored afterwards. Called with mu held.
func (c *conn) eraseStored() {
	r := &c.recording
	if r.key == nil {
		return // nothing was ever stored
	}
	if !c.server.enter() { // it stops: nothing is begun any more
		if c.carrier != nil {
			c.fault(c.problemOf("erase_failed", nil))
		}
		return
	}
	r.erasing++
	r.asked++
	go func() {
		defer c.server.work.Done()
		ctx, cancel := context.WithTimeout(context.Background(), eraseWithin)
		n, err := c.server.options.Recorder.Erase(ctx, c.tenant.ID, c.uuid)
		cancel()
		c.later(func() { c.erasedStored(n, err) })
	}()
}

// erasedStored is the answer to eraseStored. Called with mu held.
func (c *conn) erasedStored(n Erased, err error) {
	r := &c.recording
	r.erasing--
	r.erased += n.Turns
	c.reports.erased += n.Reports
	c.reports.kept -= n.Reports
	switch {
	case err == nil:
		r.mutedTurns += r.sounds
		r.turns, r.sounds, r.gone = 0, 0, true
	case c.carrier == nil:
	case errors.Is(err, ErrHeld):
		c.fault(c.problemOf("held", nil))
	default:
		c.fault(c.problemOf("erase_failed", nil))
	}
	c.refuse()
}

// conversation says what a turn belongs to.
func (c *conn) conversation() Conversation {
	of := Conversation{
		Tenant: c.tenant.ID, Avatar: c.avatar.ID, Session: c.uuid, Began: c.began,
		Locale: c.locale(), Receipt: sha256.Sum256(c.recording.key),
		Purposes: c.purposes, Source: sourceType(c.engineLabel().Source),
	}
	if pseudonym := c.server.options.Pseudonym; pseudonym != nil {
		of.Subject = c.config.Subject(func(name []byte) string { return pseudonym(c.tenant.ID, name) })
	}
	return of
}

// receiptKeyPrefix begins every receipt key.
const receiptKeyPrefix = "mrk_"

// newReceiptKey is 256 random bits, as a person can keep them.
func newReceiptKey() []byte {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.AppendEncode([]byte(receiptKeyPrefix), b[:])
}

// off is a policy with recording switched off.
func off(p session.Policy) session.Policy {
	p.Transcript = false
	return p
}

// recordingWord is what is said of recording.
func recordingWord(r session.RecordingIs) string {
	switch {
	case r.Failed:
		return "failed"
	case r.On:
		return "on"
	}
	return "off"
}
