package gateway

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/avatar/voice"
	"mayfly/gateway/notice"
	"mayfly/gateway/realtime"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// turn is the performance under way. Guarded by conn.mu.
type turn struct {
	stop    context.CancelFunc
	standin standin
	shows   []string // what of the person's goes with the question, as receipts name it
	sources sources
}

// cancel calls the engine and the voice off. Nothing that still comes of them
// is let out: the session does not know the turn any more.
func (t *turn) cancel() {
	if t.stop != nil {
		t.stop()
		t.stop = nil
	}
}

// turnTime bounds a turn whatever its engine does.
const turnTime = 5 * time.Minute

// ask lets the engine answer, on a goroutine of the turn's own. Called with mu
// held.
func (c *conn) ask(e session.Ask) {
	instructions := e.Instructions
	if instructions.Len() == 0 {
		instructions = c.config.Instructions
	}
	q := avatar.Question{
		Persona:      avatar.Persona{Name: c.avatar.Name, Organisation: c.tenant.Name, Text: c.avatar.Persona},
		Locale:       c.locale(),
		Items:        e.Items,
		Instructions: instructions,
		Spoken:       e.Form == session.Spoken && c.cast.Own != nil,
		Speed:        c.config.Output.Speed,
		Slot:         &c.slot,
		Dial:         c.dialling(e.Turn, c.avatar.BackEnd, tenant.Answering, tenant.Words),
		By:           c.answersBy(e.Turn),
		Rests:        c.restsOn(e.Turn),
		Odd:          c.odd,
	}
	c.turn.shows = shownIn(e.Items)
	offer := c.offered()
	allowed, spent := c.mayDial(c.avatar.BackEnd), c.spent(time.Now())
	if !allowed {
		c.forgo()
	}
	c.perform(e.Turn, e.Form, session.Answer, func(ctx context.Context, began *time.Time, say func(avatar.Sentence) error) error {
		defer e.Instructions.Forget() // they were for this reply
		defer offer.forget()
		if !allowed {
			return &avatar.Failure{Code: avatar.NotAllowed}
		}
		if spent {
			return &avatar.Failure{Code: "quota_reached"}
		}
		q.Began = func() { *began = time.Now() }
		if c.current().Limits.TokensPerDay > 0 {
			q.Spent = c.spend
		}
		return c.converse(ctx, e.Turn, offer, q, say)
	})
}

// forgo ends what the engine kept for the session: it may be asked no more, and
// what it was told before is not left with it. Called with mu held.
func (c *conn) forgo() {
	c.server.work.Add(1)
	go func() {
		defer c.server.work.Done()
		c.slot.Empty()
	}()
}

// recite says the notice. Nothing is dialled for it. It is false if there is no
// way to give it: sound alone was asked for, and no voice is here to make any.
func (c *conn) recite(e session.Recite) bool {
	if e.Form == session.Spoken && c.voice(session.Notice) == nil {
		c.fault(c.problemOf("no_notice_channel", nil))
		return false
	}
	text, spoken := c.notice().Text, c.spokenNotice()
	if e.Break {
		text += " " + notice.Say(notice.Break, c.locale())
		spoken += " " + notice.Say(notice.Break, c.noticeVoiceLocale())
	}
	c.perform(e.Turn, e.Form, session.Notice, func(_ context.Context, _ *time.Time, say func(avatar.Sentence) error) error {
		return say(avatar.Sentence{
			Words: session.NewSpeech([]byte(text)),
			Aloud: session.NewSpeech([]byte(spoken)),
		})
	})
	return true
}

// answering says the sentences of a turn, and when a model began to answer.
type answering func(ctx context.Context, began *time.Time, say func(avatar.Sentence) error) error

// perform runs a turn to its end. Called with mu held.
func (c *conn) perform(no session.TurnNo, form session.Form, purpose session.Purpose, answer answering) {
	ctx, cancel := context.WithTimeout(c.ctx, turnTime)
	c.turn.cancel()
	c.turn.stop, c.turn.standin = cancel, standin{}
	asked, understood := time.Now(), time.Time{}
	if a := c.ear.answering; purpose == session.Answer && !a.ended.IsZero() {
		asked, understood = a.ended, a.understood
		c.ear.answering = spokenTo{}
	}
	stage := avatar.Stage{
		Options:   voice.Options{Language: c.locale(), Speed: c.config.Output.Speed},
		Deliver:   func(in session.Input) bool { return c.piece(no, in) },
		VoiceLost: func() { c.speechless(no) },
	}
	if purpose == session.Answer {
		stage.Options.Dial = c.dialling(no, c.avatar.Speech, tenant.Speaking, tenant.Answers)
		stage.Options.By = c.speaksBy(no)
	}
	if v := c.voice(purpose); form == session.Spoken && v != nil {
		stage.Voice = steady{v, c.server}
	}
	if purpose == session.Answer && form == session.Spoken && c.cast.Own != nil {
		stage.Follow = c.cast.Own(stage.Options)
	}
	if purpose == session.Notice {
		stage.Options.Language = c.noticeVoiceLocale()
	}
	switch {
	case c.carrier != nil && c.carrier.plays() != nil:
		stage.Lead, stage.Frame = callLead, audio.Frame
	case c.config.Output.Format != realtime.PCM:
		stage.Frame = audio.Frame // what its encoder takes
	}
	c.server.work.Add(1)
	go func() {
		defer c.server.work.Done()
		defer cancel()
		var began time.Time // Owned by answer until it returns.
		timing, code := c.run(ctx, &stage, no, func(say func(avatar.Sentence) error) (err error) {
			defer c.server.caught(&err) // a voice has the engine run on a goroutine of its own
			return answer(ctx, &began, say)
		})
		c.over(no, purpose, asked, understood, began, timing, code)
	}()
}

// errFault is what a panic of an engine or a voice becomes.
var errFault = errors.New("gateway: a fault was caught")

// caught turns a panic into an error, and counts it. It is deferred.
func (s *Server) caught(err *error) {
	if p := recover(); p != nil {
		s.panicked(debug.Stack())
		*err = errFault
	}
}

// steady is a voice whose panics end in an error.
type steady struct {
	voice.Voice
	server *Server
}

// Speak speaks, and never panics.
func (v steady) Speak(ctx context.Context, text []byte, o voice.Options, emit func(voice.Chunk) error) (err error) {
	defer v.server.caught(&err)
	return v.Voice.Speak(ctx, text, o, emit)
}

// callLead is how far sound runs ahead on a call, whose carrier paces it
// again: enough for a late scheduler, little enough to be flushed unheard.
const callLead = 100 * time.Millisecond

// run performs and turns whatever goes wrong into a code: every reply that
// began ends, also when an engine panics.
func (c *conn) run(ctx context.Context, stage *avatar.Stage, no session.TurnNo, answer func(func(avatar.Sentence) error) error) (timing avatar.Timing, code string) {
	defer func() {
		if p := recover(); p != nil {
			c.server.panicked(debug.Stack())
			code = "internal_error"
		}
	}()
	timing, err := stage.Perform(ctx, no, answer)
	var failure *avatar.Failure
	switch {
	case err == nil:
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			code = "backend_timeout"
		}
	case errors.As(err, &failure):
		code = failure.Code
	default:
		code = "internal_error"
	}
	return timing, code
}

// piece lets a piece of a reply out and says whether the reply is still
// wanted.
func (c *conn) piece(no session.TurnNo, in session.Input) bool {
	c.mu.Lock()
	if c.released {
		c.mu.Unlock()
		return false
	}
	err := c.apply(time.Now(), in)
	wanted := err == nil && c.session.Turn() == no
	if wanted {
		c.emitSources(no)
	}
	c.flush(mine)
	return wanted
}

// over ends a reply, and says how long its parts took.
func (c *conn) over(no session.TurnNo, purpose session.Purpose, asked, understood, began time.Time, t avatar.Timing, code string) {
	c.mu.Lock()
	if c.released || c.session.Turn() != no {
		c.mu.Unlock()
		return
	}
	var in session.Input = session.ReplyEnd{Turn: no, Code: code}
	if purpose == session.Notice && code == "" {
		in = session.Shown{Turn: no}
	}
	now := time.Now()
	_ = c.apply(now, in)
	if purpose == session.Answer {
		c.answered(code)
	}
	if purpose == session.Answer && c.carrier != nil {
		ms := func(at time.Time) int {
			if at.IsZero() {
				return -1
			}
			return int(at.Sub(asked).Milliseconds())
		}
		c.pending.Metrics(no, realtime.Timings{
			Transcribed:     ms(understood),
			FirstModelByte:  ms(began),
			FirstSentence:   ms(t.FirstSentence),
			FirstSpeechByte: ms(t.FirstSpeech),
			FirstSampleSent: ms(t.FirstSound),
			Done:            ms(t.Done),
		})
	}
	if !t.FirstSentence.IsZero() {
		c.server.metrics.sentence.Observe(t.FirstSentence.Sub(asked).Seconds())
	}
	c.flush(mine)
}
