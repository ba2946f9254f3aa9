package session

import (
	"slices"
	"time"
)

// rate is the sampling rate of all sound in a session, in hertz.
const rate = 24000

// reply is the turn under way.
type reply struct {
	active  bool
	turn    TurnNo // the last one given, active or not
	purpose Purpose
	form    Form
	item    ItemNo // zero until there is something of it
	samples int    // let out so far
	shown   bool   // the engine is given something that the person showed
	tools   []ItemNo
	endedAt time.Time
}

// sentMS is how much sound of the reply was let out.
func (r *reply) sentMS() int { return r.samples * 1000 / rate }

// mark is where a word begins in time and ends in bytes.
type mark struct{ at, end uint32 }

// live says whether a piece belongs to the reply under way. What does not is
// late: it came after a cancel, and goes nowhere.
func (s *Session) live(t TurnNo) bool { return s.reply.active && s.reply.turn == t }

// begin opens a turn. Its label leaves with it, before anything else of it.
func (s *Session) begin(p Purpose, f Form) {
	s.reply = reply{active: true, turn: s.reply.turn + 1, purpose: p, form: f, tools: s.reply.tools[:0]}
	s.record.said = s.record.said || p != Notice
	s.emit(TurnBegan{Turn: s.reply.turn, Purpose: p, Form: f})
}

// request asks for a reply: now, or, once, when the person has been told and
// what they said is known.
func (s *Session) request(now time.Time, in Requested) error {
	if s.state == Listening && !s.notice.due && len(s.voice.waiting) == 0 && !s.hasQueued {
		s.ask(in)
		return nil
	}
	if s.hasQueued {
		in.Instructions.Forget()
		return Refusal{Busy}
	}
	s.queued, s.hasQueued = in, true
	switch {
	case s.state == Listening && s.notice.due:
		s.disclose(now)
	case s.state == Disclosing:
		s.presentToStock(now)
	} // else the words that it is to answer are still to come
	return nil
}

// ask begins a turn and lets the engine answer.
func (s *Session) ask(in Requested) {
	form := s.form
	if in.HasForm {
		form = in.Form
	}
	s.begin(Answer, form)
	s.voice.reply = false // this is it
	s.state = Thinking
	s.emit(StateIs{State: Thinking, Turn: s.reply.turn})
	s.note(Fact{Kind: EngineAsked, Turn: s.reply.turn})
	items := s.talk.tail(&s.policy)
	if n := s.shownTo(items); n > 0 {
		s.reply.shown = true
		s.note(Fact{Kind: AttachmentsShown, Turn: s.reply.turn, Count: uint64(n)})
	}
	s.emit(Ask{Turn: s.reply.turn, Form: form, Items: items, Instructions: in.Instructions})
}

// part lets a piece of the reply out.
func (s *Session) part(now time.Time, p *ReplyPart) {
	if !s.live(p.Turn) || s.state == Disclosing && s.reply.purpose != Notice {
		p.Words.Forget()
		return
	}
	i := s.openItem()
	it := &s.talk.items[i]
	r := &s.reply
	if it.Words.Len()+p.Words.Len() > s.policy.itemBytes() {
		p.Words.Forget()
		s.stop(now, TurnIncomplete, ReplyTooLong)
		return
	}
	text, marks, sound := &s.text, &s.marks, &s.sound
	if s.waited {
		text, marks, sound = new(TurnText), new(TurnMarks), new(TurnSound)
		s.late = append(s.late, text)
	}
	if p.Words.Len() > 0 {
		text.Words.Forget()
		it.Words = it.Words.add(p.Words)
		s.talk.bytes += p.Words.Len()
		*text = TurnText{Turn: r.turn, Item: r.item, Form: r.form, Words: p.Words}
		s.emit(text)
	}
	if len(p.Visemes) > 0 || len(p.Spans) > 0 {
		for _, w := range p.Spans {
			it.marks = append(it.marks, mark{at: w.At, end: w.End})
		}
		*marks = TurnMarks{Turn: r.turn, Item: r.item, Visemes: p.Visemes, Spans: p.Spans}
		s.emit(marks)
	}
	if len(p.PCM) > 0 {
		r.samples += len(p.PCM)
		*sound = TurnSound{Turn: r.turn, Item: r.item, PCM: p.PCM}
		s.emit(sound)
	}
}

// openItem makes the reply's item when the first of it comes, and returns its
// place.
func (s *Session) openItem() int {
	r := &s.reply
	if r.item == 0 {
		begun := Item{Turn: r.turn, Role: Avatar, Status: InProgress, Form: r.form, Purpose: r.purpose}
		if r.purpose == Person {
			begun.Human, begun.Apart, begun.Handoff = true, true, s.handoff.asks
		}
		it, after := s.talk.add(begun, 0, false)
		r.item = it.No
		s.emit(ItemBegan{Turn: r.turn, Item: it, After: after})
		s.talk.trim(&s.policy, r.item)
		if s.state == Thinking {
			s.state = Speaking
			s.emit(StateIs{State: Speaking, Turn: r.turn})
		}
	}
	// It is the last one unless the client said something since.
	for i := len(s.talk.items) - 1; i >= 0; i-- {
		if s.talk.items[i].No == r.item {
			return i
		}
	}
	panic("session: the item being said is never removed")
}

// replied ends a turn when the engine is done with it.
func (s *Session) replied(now time.Time, in ReplyEnd) {
	if !s.live(in.Turn) {
		return
	}
	if s.reply.purpose == Notice {
		// Only Shown says that the notice was given. Without it there is no
		// conversation.
		s.finish(now, TurnFailed, EngineFailed, in.Code)
		s.close(now, NoticeFailed)
		return
	}
	if in.Code != "" {
		s.finish(now, TurnFailed, EngineFailed, in.Code)
	} else {
		s.finish(now, TurnCompleted, NoReason, "")
	}
	s.state = Listening
	s.emit(StateIs{State: Listening})
}

// interrupt makes the avatar quiet.
func (s *Session) interrupt(now time.Time, in Interrupted) error {
	r := &s.reply
	active := r.active && (in.Turn == 0 || in.Turn == r.turn)
	switch {
	case active && r.purpose == Notice:
		return nil // the notice is said to its end
	case active:
		r.samples = max(r.samples-in.Unsent, 0)
		s.stop(now, TurnCancelled, in.By)
		return nil
	case s.state == Listening && (s.hasQueued || s.voice.reply || len(s.voice.waiting) > 0):
		s.unask() // what was asked for and did not begin
		return nil
	case in.By != ClientCancel, s.hasQueued, in.Turn != 0 && in.Turn <= r.turn, now.Sub(r.endedAt) < lateCancel:
		return nil // it crossed with the end, or there is nothing yet to be quiet about
	}
	return Refusal{NotActive}
}

// unask takes back a reply that waits for the person's words.
func (s *Session) unask() {
	s.queued.Instructions.Forget()
	s.queued, s.hasQueued, s.voice.reply = Requested{}, false, false
	for i := range s.voice.waiting {
		s.voice.waiting[i].reply = false
	}
}

// stop ends the turn under way before its end: the engine is called off, the
// item keeps what was let out, and nothing late gets through.
func (s *Session) stop(now time.Time, o Outcome, why Reason) {
	r := &s.reply
	s.emit(Cancel{Turn: r.turn})
	if r.form == Spoken && r.item != 0 {
		if i := s.talk.index(r.item); i >= 0 && r.purpose != Notice {
			it := &s.talk.items[i]
			it.AudioMS = max(it.AudioMS, r.sentMS()+1) // more was on its way
			s.cutTo(it, r.sentMS())
		}
		s.emit(SoundStopped{Turn: r.turn, Item: r.item, AudioMS: r.sentMS()})
	}
	s.finish(now, o, why, "")
	if s.state == Thinking || s.state == Speaking {
		s.state = Listening
		s.emit(StateIs{State: Listening})
	}
}

// finish closes the turn: exactly once for each begin.
func (s *Session) finish(now time.Time, o Outcome, why Reason, code string) {
	r := &s.reply
	r.active, r.endedAt = false, now
	s.text.Words.Forget()
	e := TurnEnded{Turn: r.turn, Outcome: o, Reason: why, Code: code, AudioMS: r.sentMS()}
	if i := s.talk.index(r.item); r.item != 0 && i >= 0 {
		it := &s.talk.items[i]
		it.Status = Completed
		if o != TurnCompleted {
			it.Status = Incomplete
		}
		it.AudioMS = r.sentMS()
		e.Item = *it
	}
	for _, no := range r.tools {
		if it, ok := s.Item(no); ok {
			e.Tools = append(e.Tools, it)
		}
	}
	s.emit(e)
	s.clock.touch(now)
	if r.purpose != Notice && (o == TurnCompleted || o == TurnCancelled) && !s.clock.detached {
		s.keep(r.turn)
	}
}

// tool lets a call of a tool out. The client runs it and says its output.
func (s *Session) tool(in ToolCalled) {
	if !s.live(in.Turn) {
		forgetInput(in)
		return
	}
	it, after := s.talk.add(Item{Turn: in.Turn, Role: Avatar, Kind: ToolCall, Words: in.Args, Name: in.Name, Call: in.Call}, 0, false)
	s.reply.tools = append(s.reply.tools, it.No)
	s.emit(TurnTool{Turn: in.Turn, Item: it, After: after})
}

// toolRan takes in a call that the gateway carried out, and what came of it.
// They stand before the words of the reply, some of which may be there already.
func (s *Session) toolRan(in ToolRan) {
	if !s.live(in.Turn) {
		forgetInput(in)
		return
	}
	call := Item{Turn: in.Turn, Role: Avatar, Kind: ToolCall, Inside: true, Words: in.Args, Name: in.Name, Call: in.Call}
	output := Item{Turn: in.Turn, Kind: ToolOutput, Inside: true, Words: in.Output, Call: in.Call}
	s.talk.addInside(s.reply.item, call, output)
	s.talk.trim(&s.policy, s.reply.item)
}

// clone copies the piece, because its slices are the caller's.
func (p *ReplyPart) clone() *ReplyPart {
	c := *p
	c.PCM = slices.Clone(p.PCM)
	c.Visemes = slices.Clone(p.Visemes)
	c.Spans = slices.Clone(p.Spans)
	return &c
}
