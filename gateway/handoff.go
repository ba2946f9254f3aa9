package gateway

import (
	"time"

	"github.com/google/uuid"

	"mayfly/gateway/agent"
	"mayfly/gateway/audio"
	"mayfly/gateway/notice"
	"mayfly/gateway/realtime"
	"mayfly/gateway/receipt"
	"mayfly/session"
)

// handoff is what a connection knows of the human who was asked for. Guarded by
// conn.mu.
type handoff struct {
	talk    *agent.Talk // nil: nobody was asked for, or it is over
	name    string      // of the human who is there, as the person is told
	offer   int         // that they came with
	asked   int         // the offer that the person was asked about
	context bool        // they read what was said before
	half    []int16     // of a frame of their voice
	written written
}

// asker is a session as the desk has it, in one talk. What is still said of a
// talk that is over is nothing to the next.
type asker struct {
	c    *conn
	talk *agent.Talk // Guarded by conn.mu.
}

// deliver lets one thing of the talk happen to the session.
func (p *asker) deliver(in session.Input) {
	c := p.c
	c.mu.Lock()
	if !p.on() {
		c.mu.Unlock()
		return
	}
	_ = c.apply(time.Now(), in)
	c.flush(shared)
}

// on says whether the talk is still the session's. Called with mu held.
func (p *asker) on() bool {
	return p.c.session != nil && !p.c.released && p.talk != nil && p.c.human.talk == p.talk
}

// Queued implements agent.Person.
func (p *asker) Queued(position int, wait time.Duration) {
	p.deliver(session.HumanQueued{Position: position, Wait: wait})
}

// Missed implements agent.Person.
func (p *asker) Missed(why session.HandoffWhy) {
	p.deliver(session.HumanMissed{Why: why})
}

// Offered implements agent.Person.
func (p *asker) Offered(name string, offer int) {
	c := p.c
	c.mu.Lock()
	if !p.on() {
		c.mu.Unlock()
		return
	}
	c.human.name, c.human.offer = name, offer
	_ = c.apply(time.Now(), session.HumanOffered{})
	c.flush(shared)
}

// Cut implements agent.Person. What the human said is said to its end.
func (p *asker) Cut() {
	c := p.c
	c.mu.Lock()
	if !p.on() {
		c.mu.Unlock()
		return
	}
	now := time.Now()
	c.restPlayed(now)
	c.humanPaused()
	_ = c.apply(now, session.HumanCut{})
	c.flush(shared)
}

// Back implements agent.Person.
func (p *asker) Back() { p.deliver(session.HumanBack{}) }

// Left implements agent.Person.
func (p *asker) Left(why session.HandoffWhy, again bool) {
	p.deliver(session.HumanLeft{Why: why, Again: again})
}

// Said implements agent.Person.
func (p *asker) Said(words session.Speech) bool {
	c := p.c
	c.mu.Lock()
	if !p.on() || !c.session.HumanHears() {
		c.mu.Unlock()
		words.Forget()
		return false
	}
	c.restPlayed(time.Now())
	err := c.apply(time.Now(), session.HumanSaid{Words: words})
	c.flush(shared)
	return err == nil
}

// Spoke implements agent.Person. What plays takes whole frames of 20 ms.
func (p *asker) Spoke(pcm []int16, paused bool) {
	c := p.c
	c.mu.Lock()
	if !p.on() || !c.session.HumanHears() {
		c.mu.Unlock()
		return
	}
	now, h := time.Now(), &c.human
	c.humanVoice(pcm)
	h.half = append(h.half, pcm...)
	n := 0
	for ; n+audio.Frame <= len(h.half); n += audio.Frame {
		_ = c.apply(now, session.HumanSpoke{PCM: h.half[n : n+audio.Frame]})
	}
	h.half = h.half[:copy(h.half, h.half[n:])]
	if paused {
		c.restPlayed(now)
		if !c.humanPaused() {
			_ = c.apply(now, session.HumanSpoke{Paused: true})
		}
	}
	c.flush(shared)
}

// restPlayed lets out what is left of a frame, made whole with silence. Called
// with mu held.
func (c *conn) restPlayed(now time.Time) {
	h := &c.human
	if len(h.half) == 0 {
		return
	}
	frame := make([]int16, audio.Frame)
	copy(frame, h.half)
	clear(h.half)
	h.half = h.half[:0]
	_ = c.apply(now, session.HumanSpoke{PCM: frame})
	clear(frame)
}

// End implements agent.Person.
func (p *asker) End() { p.c.end("") }

// handOver does towards the desk what the session says of a human. Called with
// mu held.
func (c *conn) handOver(now time.Time, e session.Effect) {
	h := &c.human
	switch e := e.(type) {
	case session.HandoffIs:
		switch e.State {
		case session.HandoffRequested:
			if h.talk == nil {
				p := &asker{c: c}
				p.talk = c.server.desks.Ask(c.tenant.ID, agent.About{Session: c.uuid, Avatar: c.avatar.Name, Locale: c.locale()}, p)
				h.talk = p.talk
			}
		case session.HandoffConnecting:
			h.asked = h.offer
		case session.HandoffActive:
			h.context = e.Context
			switch {
			case h.talk == nil:
			case e.Back:
				h.talk.Returned(c.deskState(e.Context))
			default:
				h.talk.Joined(h.asked, c.deskState(e.Context))
			}
			c.joinedBy(now, e.Context)
		case session.HandoffEnded, session.HandoffUnavailable:
			c.humanGone(now)
			if h.talk != nil && !e.Again {
				h.talk.Over(e.Why.String())
				h.talk = nil
			}
		}
	case session.ToHuman:
		if h.talk != nil && c.session.HumanHears() {
			h.talk.Tell(e.Items)
		}
	case session.RecordingIs, session.ConsentIs:
		if h.talk != nil && c.session != nil && c.session.HumanHears() {
			h.talk.Is(c.deskState(h.context))
		}
	case session.TurnEnded:
		if e.Item.Human && h.talk != nil { // also while the person's connection is lost
			h.talk.Tell([]session.Item{e.Item})
		}
	case session.Close:
		c.forgetWritten()
		if h.talk != nil {
			h.talk.Over("person_left")
			h.talk = nil
		}
	}
}

// deskState is what an agent is told of the session.
func (c *conn) deskState(context bool) agent.State {
	by, written := c.writesHuman()
	return agent.State{
		Recorded: c.recording.stands.On, Microphone: c.takesVoice() && c.session.HumanListens(), Context: context,
		Written: written, WrittenBy: by,
	}
}

// hearForHuman gives a human the person's voice, if both of the
// person's yes stand. Called with mu held.
func (c *conn) hearForHuman(pcm []int16, rate int) {
	if t := c.human.talk; t != nil && c.session.HumanListens() {
		t.Hear(pcm, rate)
	}
}

// joinedBy notes for the receipt that a human took over, and until when.
func (c *conn) joinedBy(now time.Time, context bool) {
	all := c.story.humans
	if n := len(all); n > 0 && all[n-1].Left.IsZero() {
		return // said again after a reconnect
	}
	tell(&c.story.humans, receipt.Human{Joined: at(now), Context: context})
}

func (c *conn) humanGone(now time.Time) {
	if n := len(c.story.humans); n > 0 && c.story.humans[n-1].Left.IsZero() {
		c.story.humans[n-1].Left = at(now)
	}
	clear(c.human.half)
	c.human.half = c.human.half[:0]
	c.forgetWritten()
}

// handedOver is the reason for the rung on which a human answers.
const handedOver = "handoff"

// emitHandoff says where the hand-off stands.
func (c *conn) emitHandoff(now time.Time, e session.HandoffIs) {
	h := &realtime.Handoff{ID: c.ids.Handoff(c.session.Handoff()), Reason: e.Why.String()}
	switch e.State {
	case session.HandoffRequested:
		h.Stage = realtime.HandoffRequested
	case session.HandoffQueued:
		h.Stage, h.Position, h.ETA = realtime.HandoffQueued, e.Position, int(e.Wait/time.Second)
	case session.HandoffConnecting:
		h.Stage, h.Agent = realtime.HandoffConnecting, c.human.name
	case session.HandoffActive:
		h.Stage, h.Agent = realtime.HandoffActive, c.human.name
	case session.HandoffCut:
		h.Stage, h.Agent = realtime.HandoffCut, c.human.name
	case session.HandoffEnded:
		h.Stage = realtime.HandoffEnded
	case session.HandoffUnavailable:
		h.Stage = realtime.HandoffFailed
		if desk := c.current().Handoff; desk != nil && e.Why == session.DeskClosed {
			h.Message, h.Opens = desk.Closed, desk.Opens(now)
		}
	}
	c.pending.HandoffState(h)
	switch e.State {
	case session.HandoffActive:
		c.stand(realtime.RungHuman, handedOver)
		c.emitHuman(now, 0)
	case session.HandoffEnded:
		c.rise(handedOver)
	}
}

// emitHuman writes the label of what a human says: no AI made it.
func (c *conn) emitHuman(now time.Time, t session.TurnNo) {
	c.pending.ProvenanceOf(&realtime.Provenance{Turn: t, ID: uuid.Must(uuid.NewV7()).String(), Human: true, Provider: c.humanName(), System: "handoff", Version: "1", At: now})
}

// humanName is who answers, as the person is told.
func (c *conn) humanName() string {
	if c.human.name != "" {
		return c.human.name
	}
	return c.tenant.Name
}

// askHandoff are the sentences by which the person is asked about the human
// who is there.
func (c *conn) askHandoff(asked session.Purposes) []realtime.Sentence {
	var all []realtime.Sentence
	for _, s := range notice.Handoff(c.humanName(), asked, c.locale()) {
		all = append(all, realtime.Sentence(s))
	}
	return all
}
