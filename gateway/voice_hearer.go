package gateway

import (
	"time"

	"mayfly/gateway/audio"
	"mayfly/gateway/avatar"
	"mayfly/gateway/hear"
	"mayfly/gateway/realtime"
	"mayfly/session"
)

// longestUtterance is how much sound one utterance has; then it is committed,
// and the next begins.
const longestUtterance = 60 * avatar.HearingRate

// shortestCommit is how much sound a client can commit, in samples.
const shortestCommit = avatar.HearingRate / 10

// step is the piece of sound that is listened to at a time: 20 ms.
const step = avatar.HearingRate / 50

// confirming is how much sound is held beside the prefix, for the time that a
// detector takes to tell speech from noise, in samples.
const confirming = 2 * avatar.HearingRate

// hearer hears one person: 16 kHz samples in, utterances out. It is made
// when the first sound may be listened to, and thrown away with all that it
// holds the moment that no more may be. Guarded by conn.mu.
type hearer struct {
	conn     *conn
	detector *hear.Detector
	happened func(hear.Event) // tells event, at now
	now      time.Time
	turns    realtime.TurnDetection // as the detector has them

	down      *audio.Resampler // from the session's rate to the transcriber's
	work      []int16
	part      []int16 // less than a step, waiting for the rest
	past      []int16 // the newest sound, for the beginning of an utterance
	heard     int     // samples listened to
	agreed    int     // of them, before the person agreed that their sound is kept
	utterance *utterance
	playing   bool // as the detector knows it
	ducked    bool
}

// utterance is what a person says between two silences.
type utterance struct {
	item    session.ItemNo // zero: not known yet
	samples int
	hearing avatar.Utterance // nil: nobody may be sent it
	dropped bool
	guessed time.Time // the last guess
	ended   time.Time // committed

	// Of a human who answers.
	words  session.Speech
	known  bool // the words are as they will be
	unkept bool // some of it was said while nothing was recorded
}

func (c *conn) newHearer() *hearer {
	l := &hearer{conn: c, down: audio.NewResampler(audio.Rate, avatar.HearingRate)}
	l.turns = c.config.Input.Turns
	l.happened = func(e hear.Event) { l.event(l.now, e) }
	l.detector = hear.New(detection(l.turns, c.heardLocale()))
	return l
}

// detection is what the client asked for, as the detector takes it.
func detection(t realtime.TurnDetection, language string) hear.Config {
	c := hear.Config{
		Threshold: max(t.Threshold, 0.01), PrefixMS: t.Prefix, SilenceMS: max(t.Silence, 1), IdleMS: t.Idle,
		Create: t.Create, Interrupt: t.Interrupt, Language: language,
	}
	if c.PrefixMS == 0 {
		c.PrefixMS = -1
	}
	switch t.Kind {
	case realtime.ServerVAD:
		c.Mode = hear.Server
	case realtime.SemanticVAD:
		c.Mode = hear.Semantic
	}
	switch t.Eagerness {
	case "low":
		c.Eagerness = hear.Low
	case "medium":
		c.Eagerness = hear.Medium
	case "high":
		c.Eagerness = hear.High
	}
	return c
}

// listen hears sound at the session's rate. Called with mu held, and only
// while the person may be listened to.
func (l *hearer) listen(now time.Time, pcm []int16) {
	if t := l.conn.config.Input.Turns; t != l.turns {
		l.turns = t
		l.detector.Set(detection(t, l.conn.heardLocale()))
	}
	l.work = l.down.Append(l.work[:0], pcm)
	l.conn.hearForHuman(pcm, audio.Rate)
	rest := l.work
	for len(l.part)+len(rest) >= step && l.conn.ear.hearer == l {
		n := step - len(l.part)
		l.part = append(l.part, rest[:n]...)
		rest = rest[n:]
		l.step(now, l.part)
		l.part = l.part[:0]
	}
	l.part = append(l.part, rest...)
	clear(l.work)
}

// step hears 20 ms.
func (l *hearer) step(now time.Time, pcm []int16) {
	if playing := l.conn.audible(); playing != l.playing {
		l.playing = playing
		l.detector.Playing(playing)
	}
	l.heard += len(pcm)
	l.remember(pcm)
	if u := l.utterance; u != nil {
		l.keep(u, pcm)
	} else if l.turns.Kind == realtime.Manual {
		l.utterance = l.conn.beginUtterance(now)
		l.keep(l.utterance, pcm)
	}
	l.now = now
	l.detector.Write(pcm, l.happened)
	if u := l.utterance; u != nil && u.samples >= longestUtterance {
		l.split(now)
	}
}

// split commits an utterance that is as long as one may be. Nobody has stopped
// speaking, so the next begins.
func (l *hearer) split(now time.Time) {
	if l.turns.Kind == realtime.Manual {
		l.commit(now, false)
		return
	}
	_ = l.conn.apply(now, session.VoiceStopped{AtMS: l.heard * 1000 / avatar.HearingRate})
	l.commit(now, l.turns.Create)
	if l.conn.ear.hearer == l {
		l.start(now, l.heard, false)
	}
}

// remember holds the newest sound.
func (l *hearer) remember(pcm []int16) {
	most := l.turns.Prefix*avatar.HearingRate/1000 + confirming
	if len(l.past)+len(pcm) > most+avatar.HearingRate {
		n := copy(l.past, l.past[len(l.past)-most:])
		clear(l.past[n:])
		l.past = l.past[:n]
	}
	l.past = append(l.past, pcm...)
}

// event is what the detector heard.
func (l *hearer) event(now time.Time, e hear.Event) {
	if l.turns.Kind == realtime.Manual || l.conn.ear.hearer != l {
		return
	}
	switch e.Kind {
	case hear.Maybe:
		l.duck(true)
	case hear.Nothing:
		l.duck(false)
	case hear.Started:
		l.start(now, int(e.AtMS)*avatar.HearingRate/1000, l.turns.Interrupt)
		l.duck(false)
	case hear.Stopped:
		if l.utterance != nil {
			_ = l.conn.apply(now, session.VoiceStopped{AtMS: int(e.AtMS)})
			l.commit(now, l.turns.Create)
		}
	case hear.Idle:
		_ = l.conn.apply(now, session.VoiceIdle{FromMS: max(int(e.AtMS)-l.turns.Idle, 0), ToMS: int(e.AtMS)})
	}
}

// start is the person having begun to speak, at a sample.
func (l *hearer) start(now time.Time, at int, interrupt bool) {
	c := l.conn
	in := session.VoiceStarted{AtMS: at * 1000 / avatar.HearingRate, Interrupt: interrupt}
	if p := c.carrier.plays(); p != nil && interrupt && c.interruptible() {
		in.Unsent = p.flush() // nothing of it leaves from here on
	}
	c.ear.began = 0
	if c.apply(now, in) != nil || c.ear.hearer != l || c.ear.began == 0 {
		return
	}
	if l.utterance == nil {
		from := max(len(l.past)-(l.heard-at), 0)
		begun := l.past[min(from, len(l.past)):]
		if l.heard-len(begun) < l.agreed {
			c.heardPart()
		}
		l.utterance = c.beginUtterance(now)
		l.keep(l.utterance, begun)
	}
	l.utterance.item = c.ear.began
	c.ear.lastSound = now
	c.wake(now)
}

// keep gives sound to the utterance under way.
func (l *hearer) keep(u *utterance, pcm []int16) {
	u.samples += len(pcm)
	if u.hearing != nil && u.hearing.Write(pcm) != nil {
		u.hearing.Drop() // its End says why
	}
	l.conn.heardPerson(pcm)
}

// commit ends the utterance under way. Its words follow.
func (l *hearer) commit(now time.Time, reply bool) {
	u, c := l.utterance, l.conn
	l.utterance = nil
	c.commit(now, u, reply)
}

// clear throws away what is being said.
func (l *hearer) clear() {
	if u := l.utterance; u != nil {
		l.utterance = nil
		l.conn.drop(u)
		l.conn.heardNothing()
	}
	l.forget()
}

// forget clears the sound that it holds.
func (l *hearer) forget() {
	for _, b := range [][]int16{l.past, l.part, l.work} {
		clear(b[:cap(b)])
	}
	l.past, l.part, l.work = l.past[:0], l.part[:0], l.work[:0]
	l.down.Reset()
}

// duck plays the avatar more quietly, or as before.
func (l *hearer) duck(on bool) {
	c := l.conn
	if c.carrier == nil || on == l.ducked || on && !c.audible() {
		return
	}
	l.ducked = on
	switch p := c.carrier.plays(); {
	case p != nil:
		p.duck(on)
	case c.aware():
		c.pending.PlaybackDuck(on)
	}
}
