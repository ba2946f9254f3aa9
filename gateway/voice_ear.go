package gateway

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"mayfly/gateway/avatar"
	"mayfly/gateway/hear"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// ear is what a connection does with the person's voice. Guarded by conn.mu.
type ear struct {
	hearer    *hearer // nil: nobody is listened to
	stream    *stream // the packets of a call; nil: none came
	inlet     *rate.Limiter
	half      []byte         // of a sample, in a message
	waiting   []*utterance   // committed, and their words are not known yet
	began     session.ItemNo // of the speech that began last
	taken     session.ItemNo // that was committed last
	added     session.ItemNo // the item that entered the conversation last
	noted     time.Time      // the session knows that sound comes
	lastSound time.Time      // of a call
	refused   bool           // the client knows that it is not listened to
	answering spokenTo       // of the words that came last
}

// spokenTo is when the person ended what is being answered, and when it was
// written down; zero if they typed.
type spokenTo struct{ ended, understood time.Time }

// A person's sound: so much of it may come at once, and then so much faster
// than it is spoken. In milliseconds of sound.
const (
	soundBurst = 20_000
	soundRate  = 2_000 // in a second
)

// transcriber is what writes down what the person says, nil if nothing does.
func (c *conn) transcriber() avatar.Transcriber {
	if c.cast.Transcriber == nil {
		return nil
	}
	return c.cast.Transcriber(c.heardLocale())
}

// heardLocale is the language that the person speaks.
func (c *conn) heardLocale() string {
	if l := c.config.Input.Language; l != "" {
		return l
	}
	return c.locale()
}

// takesVoice says whether a microphone makes sense in this session.
func (c *conn) takesVoice() bool { return c.rules.Microphone && c.transcriber() != nil }

// audible says whether the avatar is being heard.
func (c *conn) audible() bool { return c.wire.sounding && c.session.Turn() != 0 }

// interruptible says whether a reply is under way that may be cut.
func (c *conn) interruptible() bool {
	return c.wire.purpose == session.Answer && c.session.Turn() != 0
}

// mayListen says whether sound may be listened to now, and if not, with which
// code the client is refused; empty: with none, it is just not heard.
func (c *conn) mayListen() (bool, string) {
	if !c.takesVoice() {
		return false, string(session.NoMicrophone)
	}
	if c.session.Hears() {
		c.ear.refused = false
		return true, ""
	}
	code := c.session.Deaf()
	if code == session.NotHeard {
		if c.ear.refused { // it was said once, and a microphone does not stop at once
			return false, ""
		}
		c.ear.refused = true
	}
	return false, string(code)
}

// soundCame tells the session, every now and then, that the client sends sound.
func (c *conn) soundCame(now time.Time) {
	if now.Sub(c.ear.noted) >= time.Second {
		c.ear.noted = now
		_ = c.apply(now, session.SoundCame{})
	}
}

// allowSound takes an amount of sound from what the client may send.
func (c *conn) allowSound(now time.Time, ms int) bool {
	if c.ear.inlet == nil {
		c.ear.inlet = rate.NewLimiter(soundRate, soundBurst)
	}
	return c.ear.inlet.AllowN(now, ms)
}

// hearer is what hears the person from now on.
func (c *conn) hearer() *hearer {
	if c.ear.hearer == nil {
		c.ear.hearer = c.newHearer()
	}
	return c.ear.hearer
}

// beginUtterance has the transcriber take what is said from now on.
func (c *conn) beginUtterance(now time.Time) *utterance {
	u := &utterance{}
	to := c.transcriber()
	if to == nil {
		return u
	}
	servers := c.avatar.Transcriber.Servers()
	if len(servers) > 0 && !slices.ContainsFunc(servers, c.mayDial) {
		for _, b := range servers {
			r := b.Recipient(tenant.Transcribing, tenant.Voice)
			c.log(c.refusedDial(now, &r), nil)
		}
		return u
	}
	c.story.heard = true
	u.hearing = to.Hear(c.ctx, avatar.Hearing{
		Locale: c.heardLocale(), Dial: c.hearingBy(u, servers), Odd: c.odd, Partial: func(words session.Speech) { c.guess(u, words) },
	})
	return u
}

// hearingBy says, before one of the avatar's transcribers is sent an
// utterance, whether it may be, and notes for the receipt that it is.
func (c *conn) hearingBy(u *utterance, servers []*tenant.BackEnd) func(int) bool {
	told := make([]bool, len(servers)) // Guarded by mu.
	return func(i int) bool {
		if i >= len(servers) {
			return false
		}
		now := time.Now()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.released || u.dropped {
			return false
		}
		to := servers[i].Registered(tenant.Transcribing, tenant.Voice)
		if c.forbids(&to) != "" {
			c.log(c.refusedDial(now, &to), nil)
			return false
		}
		if !told[i] {
			told[i] = true
			c.sentTo(now, to, tenant.Voice.Names()[0])
		}
		return true
	}
}

// guessEvery is how often, at most, a client is told what is understood.
const guessEvery = 100 * time.Millisecond

// guess passes on what an utterance is understood to say so far.
func (c *conn) guess(u *utterance, words session.Speech) {
	c.mu.Lock()
	now := time.Now()
	if l := c.ear.hearer; l != nil && l.utterance == u && !c.released {
		l.detector.Partial(words)
	}
	if c.released || u.dropped || u.item == 0 || now.Sub(u.guessed) < guessEvery {
		c.mu.Unlock()
		words.Forget()
		return
	}
	u.guessed = now
	_ = c.apply(now, session.Guessed{Item: u.item, Words: words})
	c.flush(mine)
}

// commit puts an utterance into the conversation and has it written down.
func (c *conn) commit(now time.Time, u *utterance, reply bool) {
	c.ear.taken = 0
	err := c.apply(now, session.VoiceCommitted{AudioMS: u.samples * 1000 / avatar.HearingRate, Reply: reply})
	if err != nil || c.ear.taken == 0 {
		c.drop(u)
		c.heardNothing()
		return
	}
	u.item = c.ear.taken
	c.heardItem(u.item)
	c.writeDown(now, u)
}

// writeDown has an utterance that is whole written down.
func (c *conn) writeDown(now time.Time, u *utterance) {
	u.ended = now
	c.ear.waiting = append(c.ear.waiting, u)
	if u.hearing == nil {
		c.understood(now, u, session.Speech{}, avatar.NotAllowed)
		return
	}
	c.server.work.Add(1)
	go func() {
		defer c.server.work.Done()
		words, code := c.understand(u)
		c.mu.Lock()
		if c.released {
			c.mu.Unlock()
			words.Forget()
			return
		}
		c.understood(time.Now(), u, words, code)
		c.flush(mine)
	}()
}

// understandWithin bounds the wait for words, whatever writes them down.
const understandWithin = 60 * time.Second

// understand waits for the words of an utterance and turns whatever goes wrong
// into a code.
func (c *conn) understand(u *utterance) (words session.Speech, code string) {
	defer func() {
		if p := recover(); p != nil {
			c.server.panicked(debug.Stack())
			words, code = session.Speech{}, "internal_error"
		}
	}()
	defer u.hearing.Drop()
	ctx, cancel := context.WithTimeout(c.ctx, understandWithin)
	defer cancel()
	words, err := u.hearing.End(ctx)
	var failure *avatar.Failure
	switch {
	case err == nil:
		return words, ""
	case errors.As(err, &failure):
		code = failure.Code
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		code = "backend_timeout"
	default:
		code = "internal_error"
	}
	words.Forget()
	return session.Speech{}, code
}

// understood is the end of writing down. What was given up meanwhile is
// forgotten. Called with mu held.
func (c *conn) understood(now time.Time, u *utterance, words session.Speech, code string) {
	i := slices.Index(c.ear.waiting, u)
	if i < 0 {
		words.Forget()
		return
	}
	c.ear.waiting = slices.Delete(c.ear.waiting, i, i+1)
	u.dropped = true // no guess comes after the words
	if code == "" {
		c.ear.answering = spokenTo{u.ended, now}
	}
	intent := hear.IntentOf(c.heardLocale(), words)
	_ = c.apply(now, session.Transcribed{Item: u.item, Words: words, Code: code})
	c.obey(now, intent)
}

// obey does what somebody asked for with the whole of what they said.
func (c *conn) obey(now time.Time, i hear.Intent) {
	switch i {
	case hear.OffTheRecord:
		_ = c.apply(now, session.OptedOut{Purposes: session.Transcript | session.AudioRecording})
	case hear.Human:
		_ = c.apply(now, session.HumanRequested{Share: true})
	}
}

// drop gives an utterance up: nothing more of it leaves.
func (c *conn) drop(u *utterance) {
	u.dropped = true
	if u.hearing != nil {
		u.hearing.Drop()
	}
}

// giveUp drops an utterance whose words nobody wants any more.
func (c *conn) giveUp(item session.ItemNo) {
	c.ear.waiting = slices.DeleteFunc(c.ear.waiting, func(u *utterance) bool {
		if u.item == item {
			c.drop(u)
		}
		return u.item == item
	})
}

// obeyRules stops listening the moment that nobody may be listened to, and
// clears what is held. Called with mu held, after everything that happens.
func (c *conn) obeyRules() {
	if c.ended {
		c.forgetVoice()
		return
	}
	if c.ear.hearer != nil && !c.session.Hears() {
		c.deafen()
	}
}

// overhear learns what the session has made of what was heard.
func (c *conn) overhear(e session.Effect) {
	switch e := e.(type) {
	case session.SpeechHeard:
		if e.Started {
			c.ear.began = e.Item
		}
	case session.VoiceTaken:
		c.ear.taken = e.Item
	case session.ItemAdded:
		c.ear.added = e.Item.No
	case session.TranscriptLost:
		c.giveUp(e.Item)
	case session.ItemDeleted:
		c.giveUp(e.Item)
	}
}

// deafen lets go of everything that is being heard.
func (c *conn) deafen() {
	if l := c.ear.hearer; l != nil {
		c.ear.hearer = nil
		l.duck(false)
		l.clear()
	}
	if s := c.ear.stream; s != nil {
		s.forget()
		c.ear.stream = nil
	}
	clear(c.ear.half)
	c.ear.half = c.ear.half[:0]
}

// forgetVoice is deafen, at the end of a session, and of what waits for its words.
func (c *conn) forgetVoice() {
	c.deafen()
	for _, u := range c.ear.waiting {
		c.drop(u)
	}
	c.ear.waiting = nil
}
