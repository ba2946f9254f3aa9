package session

import "time"

// Session is one conversation. It is not safe for concurrent use: the
// connection that carries it has one lock and calls Apply under it.
type Session struct {
	state  State
	policy Policy
	form   Form

	clock   clock
	notice  notice
	consent consent
	record  record
	handoff handoff
	reports reports
	talk    conversation
	reply   reply
	voice   voice

	queued    Requested // one reply asked for before the person was told
	hasQueued bool

	seq        uint32  // of the last fact
	pending    Input   // waits for its fact to be durable
	pendingSeq uint32  // that fact
	waiting    []Input // what came meanwhile

	effects []Effect // of the Apply under way

	// Events of the streaming path, reused so that it allocates nothing.
	text  TurnText
	sound TurnSound
	marks TurnMarks
	// Pieces that waited for a fact come several at once, and each needs
	// events of its own.
	waited bool
	late   []*TurnText // their words, to be forgotten
}

// New begins a session under a policy. Replies come in the form until the
// client says otherwise. The first effects are returned.
func New(now time.Time, p Policy, f Form) (*Session, []Effect) {
	s := &Session{policy: p, form: f}
	s.clock.begin(now, &p)
	s.note(Fact{Kind: SessionStarted})
	return s, s.effects
}

// State is where the session stands.
func (s *Session) State() State { return s.state }

// Form is the form of replies unless one asks otherwise.
func (s *Session) Form() Form { return s.form }

// Turn is the reply under way, or zero.
func (s *Session) Turn() TurnNo {
	if s.reply.active {
		return s.reply.turn
	}
	return 0
}

// Waiting says that a fact has to become durable before anything else. A
// reader that sees it stops reading until it is over.
func (s *Session) Waiting() bool { return s.pending != nil }

// Apply lets one thing happen and returns what is to be done about it, in
// order. The error is always a Refusal; the session is then as it was.
func (s *Session) Apply(now time.Time, in Input) ([]Effect, error) {
	clear(s.effects)
	s.effects = s.effects[:0]
	for _, t := range s.late {
		t.Words.Forget()
	}
	s.late = nil
	if s.pending != nil && !passesWait(in) {
		err := s.wait(in)
		s.unhear() // a no counts already
		s.unshow(now)
		return s.effects, err
	}
	err := s.apply(now, in)
	s.settle(now)
	for err == nil && s.pending == nil && len(s.waiting) > 0 {
		next := s.waiting[0]
		s.waiting = s.waiting[1:]
		// Nobody waits for this answer any more; a refusal changes nothing.
		s.waited = true
		_ = s.apply(now, next)
		s.settle(now)
		s.waited = false
	}
	if len(s.waiting) == 0 {
		s.waiting = nil
	}
	return s.effects, err
}

// settle does what follows from where an input has led.
func (s *Session) settle(now time.Time) {
	if s.state == Closed {
		return
	}
	s.unhear()
	s.unshow(now)
	if s.pending == nil {
		s.unhand(now)
		s.introduce()
		s.answer(now)
	}
}

// passesWait says which inputs do not wait for a fact: the one that ends the
// wait, those that end everything, and those after which less may be kept.
func passesWait(in Input) bool {
	switch in.(type) {
	case Noted, HungUp, PolicyChanged, NoticeChanged, RecordFailed:
		return true
	}
	return false
}

// wait keeps an input until the fact is durable.
func (s *Session) wait(in Input) error {
	if len(s.waiting) >= waitingInputs && !owed(in) {
		forgetInput(in)
		return Refusal{Overloaded}
	}
	switch in := in.(type) { // a no counts from the moment it arrives
	case Guessed: // the next says it better
		forgetInput(in)
		return nil
	case *ReplyPart:
		s.waiting = append(s.waiting, in.clone())
		return nil
	case HumanSpoke: // sound is not held back: it would be heard later than it was said
		if !in.Paused && in.Words.Len() == 0 {
			return nil
		}
		in.PCM = nil
		s.waiting = append(s.waiting, in)
		return nil
	case Consented:
		s.refuse(in.Refused)
	case Withdrawn:
		s.narrow(in.Purposes)
	case OptedOut:
		s.opt(in.Purposes)
	case MinorFound:
		s.opt(Stored)
		s.reports.closed = true
	}
	s.waiting = append(s.waiting, in)
	return nil
}

// owed says which inputs wait however many do: a no, words that a reply waits
// for, the end of one, of a talk with a human, and what the recorder answers. Others bound how many there are.
func owed(in Input) bool {
	switch in.(type) {
	case Withdrawn, OptedOut, MinorFound, Transcribed, ReplyEnd, HumanLeft, HumanMissed, HumanCut, HumanBack, Kept, Withheld:
		return true
	}
	return false
}

func (s *Session) apply(now time.Time, in Input) error {
	r := lookup(s.state, in.sort())
	switch r.act {
	case refuse:
		forgetInput(in)
		return Refusal{r.code}
	case drop:
		forgetInput(in)
		return nil
	}
	s.clock.heard(now, in)
	switch in := in.(type) {
	case Declared:
		return s.declare(now, in)
	case Configured:
		s.configure(now, in)
	case LocaleChanged:
		s.relocate(now)
	case Shown:
		s.recited(now, in)
	case Acknowledged:
		return s.acknowledge(now, in)
	case Consented:
		return s.consented(now, in)
	case Withdrawn:
		s.withdraw(in)
	case OptedOut:
		s.optOut(in)
	case Said:
		return s.say(in)
	case Requested:
		return s.request(now, in)
	case Interrupted:
		return s.interrupt(now, in)
	case Truncated:
		return s.truncate(now, in)
	case Deleted:
		return s.delete(in)
	case VoiceStarted:
		return s.voiceStart(now, in)
	case SoundCame:
		s.presentToStock(now)
	case VoiceStopped:
		s.voiceStop(in)
	case VoiceCommitted:
		return s.voiceCommit(in)
	case VoiceDropped:
		s.voiceDrop()
	case VoiceIdle:
		return s.voiceIdle(now, in)
	case Guessed:
		s.guess(in)
	case Transcribed:
		s.transcribe(now, in)
	case *ReplyPart:
		s.part(now, in)
	case ReplyEnd:
		s.replied(now, in)
	case ToolCalled:
		s.tool(in)
	case ToolRan:
		s.toolRan(in)
	case HumanRequested:
		s.askHuman(in)
	case HumanCancelled:
		s.cancelHuman(now)
	case HumanQueued:
		s.queue(in)
	case HumanOffered:
		s.offer()
	case HumanMissed:
		s.missed(in.Why)
	case HumanLeft:
		s.humanLeft(now, in)
	case HumanCut:
		s.humanCut(now)
	case HumanBack:
		s.humanBack(now)
	case HumanSaid:
		return s.humanSays(now, in)
	case HumanSpoke:
		s.humanSpeaks(now, in)
	case PolicyChanged:
		s.follow(now, in.Policy)
	case NoticeChanged:
		s.renotice(now, in)
	case MinorFound:
		s.minorFound(now, in)
	case Reported:
		return s.report(in)
	case RecordFailed:
		s.recordFailed(now)
	case Kept:
		s.kept(in)
	case Withheld:
		s.withheld(in)
	case Noted:
		s.noted(now, in)
	case Ending:
		s.end(now, in)
	case Detached:
		s.detach(now)
	case Resumed:
		s.resume(now)
	case Tick:
		s.tick(now)
	case HungUp:
		s.close(now, in.Reason)
	}
	return nil
}

// emit adds an effect to those of the Apply under way.
func (s *Session) emit(e Effect) { s.effects = append(s.effects, e) }

// note adds a fact and returns its number.
func (s *Session) note(f Fact) uint32 {
	s.seq++
	f.Policy = s.policy.Number
	s.emit(Note{Seq: s.seq, Fact: f})
	return s.seq
}

// gate adds a fact that must be durable before the input that it stands for
// takes effect.
func (s *Session) gate(in Input, f Fact) {
	s.pendingSeq = s.note(f)
	s.pending = in
}

// noted carries out what waited for a fact.
func (s *Session) noted(now time.Time, in Noted) {
	if s.pending == nil || in.Seq != s.pendingSeq {
		return
	}
	waited := s.pending
	s.pending = nil
	switch waited := waited.(type) {
	case Consented:
		s.consentNoted(now, waited, in.Lost)
	case Withdrawn: // it holds whether its fact is durable or lost
		s.emit(s.consent.state())
		s.recording()
	case OptedOut, MinorFound:
		s.emit(OptOutIs{Purposes: s.consent.opted, From: s.consent.optedFrom})
		s.recording()
	}
}

// follow applies a changed policy, downwards only.
func (s *Session) follow(now time.Time, p Policy) {
	s.policy = s.policy.narrowed(p)
	if s.notice.accepted {
		s.clock.remind(now, &s.policy)
	}
	s.recording()
}

// end announces an end that comes from outside.
func (s *Session) end(now time.Time, in Ending) {
	if !in.At.Before(s.clock.endBy) {
		return
	}
	s.clock.endBy, s.clock.endReason, s.clock.warned = in.At, in.Reason, true
	s.emit(Expiring{Left: max(in.At.Sub(now), 0), Reason: in.Reason})
}

// detach waits for a lost connection to come back. A reply under way is over:
// nobody can say how much of it was heard.
func (s *Session) detach(now time.Time) {
	if s.clock.detached {
		return
	}
	s.clock.detach(now, &s.policy)
	if s.reply.active {
		s.stop(now, TurnIncomplete, Lost)
	}
	if s.state == Disclosing {
		s.notice.presented = false
	}
	s.handoff.reask()
}

// resume says everything that stands anew, after a connection came back.
func (s *Session) resume(now time.Time) {
	s.clock.resume(now, &s.policy)
	s.emit(Replay{Items: s.talk.outside()})
	if s.consent.asked != 0 {
		s.emit(s.consent.state())
	}
	if s.consent.opted != 0 {
		s.emit(OptOutIs{Purposes: s.consent.opted, From: s.consent.optedFrom})
	}
	s.emit(s.recordingIs())
	s.sayHandoff()
	switch s.state {
	case Disclosing:
		if !s.notice.presented && s.notice.known {
			s.present(now)
		}
	case Consenting:
		s.emit(ConsentAsk{Purposes: s.consent.open(&s.policy)})
	default:
		s.emit(StateIs{State: s.state, Turn: s.Turn()})
	}
}

// tick acts on whatever is due.
func (s *Session) tick(now time.Time) {
	c := &s.clock
	switch {
	case !now.Before(c.endBy):
		s.close(now, c.endReason)
		return
	case c.detached && !now.Before(c.resumeBy):
		s.close(now, Lost)
		return
	case s.idles() && c.idleWarned && !now.Before(c.idleEnd(&s.policy)):
		s.close(now, Idle)
		return
	}
	if s.state == Disclosing && !s.notice.presented && !c.detached && !now.Before(c.noticeBy) {
		s.present(now)
	}
	if s.reminds() && !now.Before(c.remindBy) {
		s.remind(now)
	}
	if !c.warned && !now.Before(c.endBy.Add(-Warning)) {
		c.warned = true
		s.emit(Expiring{Left: c.endBy.Sub(now), Reason: c.endReason})
	}
	if s.idles() && !c.idleWarned && !now.Before(c.idleAt(&s.policy)) {
		c.idleWarned = true
		s.emit(Expiring{Left: Grace, Reason: Idle})
	}
}

// idles says whether silence counts: nothing is under way, and the client has
// said something before, since a published client may connect long before.
func (s *Session) idles() bool {
	return s.clock.spoken && !s.clock.detached && !s.reply.active && s.handoff.stage == alone && s.state != Closed
}

// Next is when a Tick is due, the zero time if never.
func (s *Session) Next() time.Time {
	if s.state == Closed {
		return time.Time{}
	}
	c := &s.clock
	next := c.endBy
	if !c.warned {
		next = earlier(next, c.endBy.Add(-Warning))
	}
	if c.detached {
		next = earlier(next, c.resumeBy)
	}
	if s.state == Disclosing && !s.notice.presented && !c.detached {
		next = earlier(next, c.noticeBy)
	}
	if s.reminds() {
		next = earlier(next, c.remindBy)
	}
	if s.idles() {
		if c.idleWarned {
			next = earlier(next, c.idleEnd(&s.policy))
		} else {
			next = earlier(next, c.idleAt(&s.policy))
		}
	}
	return next
}

// close ends the session: its reply first, then itself, then its memory.
func (s *Session) close(now time.Time, why Reason) {
	if s.reply.active {
		s.stop(now, TurnIncomplete, why)
	}
	if s.state == HandedOff {
		s.note(Fact{Kind: HumanWent})
	}
	s.note(Fact{Kind: SessionEnded, Reason: why})
	s.emit(EndedIs{Reason: why})
	s.emit(Close{Reason: why})
	s.state = Closed
	s.pending = nil
	for _, in := range s.waiting {
		forgetInput(in)
	}
	s.waiting = nil
	s.queued.Instructions.Forget()
	s.hasQueued = false
	s.voice = voice{}
	s.text.Words.Forget()
	s.talk.forget()
}

// forgetInput clears the words of an input that nothing will come of.
func forgetInput(in Input) {
	switch in := in.(type) {
	case *ReplyPart:
		in.Words.Forget()
	case Said:
		in.Item.forget()
	case Requested:
		in.Instructions.Forget()
	case Reported:
		in.Report.Forget()
	case HumanSaid:
		in.Words.Forget()
	case HumanSpoke:
		in.Words.Forget()
	case Guessed:
		in.Words.Forget()
	case Transcribed:
		in.Words.Forget()
	case ToolCalled:
		in.Name.Forget()
		in.Call.Forget()
		in.Args.Forget()
	case ToolRan:
		in.Name.Forget()
		in.Call.Forget()
		in.Args.Forget()
		in.Output.Forget()
	}
}
