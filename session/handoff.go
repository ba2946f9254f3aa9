package session

import "time"

// mostAsks is how often one session may ask for a human.
const mostAsks = 10

// handoff is the way to a human and back.
type handoff struct {
	stage   stage
	asks    uint32      // so far: the number of the hand-off
	queued  bool        // it was noted that the person waits
	share   bool        // the person is to be asked whether what was said so far is passed
	context bool        // it was passed
	from    ItemNo      // the first item that a human may read without that
	cut     bool        // the line of the human who joined is broken, and may come back
	place   HumanQueued // where in the queue the person is; zero: not said yet
	untold  []HandoffIs // what ended while the connection was lost: a human went, and no other came
}

// stage is how far the way is gone.
type stage uint8

const (
	alone   stage = iota // nobody was asked for
	waiting              // for somebody of the desk
	offered              // somebody is there, and the person is not asked yet
	asked                // the person is asked whether a human may read and hear them
	joined               // a human answers
)

// askHuman is the person asking for a human. Who asked already waits on.
func (s *Session) askHuman(in HumanRequested) {
	h := &s.handoff
	if h.stage != alone {
		h.share = h.share || in.Share
		return
	}
	if h.asks == mostAsks {
		s.emit(HandoffIs{State: HandoffUnavailable, Why: TooOften})
		return
	}
	h.asks++
	s.note(Fact{Kind: HumanAsked})
	why := NoWhy
	switch {
	case !s.policy.Desk:
		why = NoDesk
	case s.notice.known && !s.notice.aware:
		why = NotAsking
	}
	if why != NoWhy {
		s.emit(HandoffIs{State: HandoffUnavailable, Why: why})
		return
	}
	h.stage, h.queued, h.share, h.place = waiting, false, in.Share, HumanQueued{}
	s.emit(HandoffIs{State: HandoffRequested})
}

// queue says where in the queue the person is.
func (s *Session) queue(in HumanQueued) {
	h := &s.handoff
	if h.stage == offered || h.stage == asked { // who took it did not come after all
		s.unaskHandoff()
		h.stage = waiting
	}
	if h.stage != waiting {
		return
	}
	if !h.queued {
		h.queued = true
		s.note(Fact{Kind: HumanWaited, Count: uint64(in.Position)})
	}
	h.place = in
	s.sayPlace()
}

// sayPlace says where in the queue the person is.
func (s *Session) sayPlace() {
	if at := s.handoff.place; at.Position > 0 {
		s.emit(HandoffIs{State: HandoffQueued, Position: at.Position, Wait: at.Wait})
	}
}

// missed ends the wait for a human: nobody comes, or the person does not want
// them.
func (s *Session) missed(why HandoffWhy) {
	h := &s.handoff
	if h.stage == alone || h.stage == joined {
		return
	}
	kind := HumanRefused
	if why == TookTooLong {
		kind = HumanTimedOut
	}
	s.note(Fact{Kind: kind})
	s.unaskHandoff()
	h.stage = alone
	s.endHandoff(HandoffIs{State: HandoffUnavailable, Why: why})
}

// cancelHuman is the person who does not want a human any more.
func (s *Session) cancelHuman(now time.Time) {
	switch s.handoff.stage {
	case joined:
		s.humanLeft(now, HumanLeft{Why: PersonEnded})
		return
	case waiting, offered, asked:
		s.unaskHandoff()
		s.handoff.stage = alone
	}
	s.emit(HandoffIs{State: HandoffEnded, Why: PersonEnded})
}

// offer notes that a human is there. They neither read nor hear anything.
func (s *Session) offer() {
	if s.handoff.stage != waiting {
		return
	}
	if s.notice.known && !s.notice.aware {
		s.missed(NotAsking)
		return
	}
	s.handoff.stage = offered
}

// introduce asks the person whether the human who is there may read and hear
// them, as soon as they can be asked; and, apart from it, whether they may
// read what was said so far.
func (s *Session) introduce() {
	h := &s.handoff
	if h.stage != offered || s.clock.detached || !s.notice.aware {
		return
	}
	switch s.state {
	case Listening, Thinking, Speaking:
	default:
		return
	}
	ask := Handoff
	if h.share && !s.consent.opted.Has(HandoffContext) && len(s.talk.passed()) > 0 {
		ask |= HandoffContext
	}
	h.stage = asked
	s.consent.renew(Handoff | HandoffContext)
	s.consent.asked |= ask
	s.emit(HandoffIs{State: HandoffConnecting})
	s.emit(ConsentAsk{Purposes: ask})
}

// reask asks the person anew as soon as they can be, who was asked and may not
// see the question any more.
func (h *handoff) reask() {
	if h.stage == asked {
		h.stage = offered
	}
}

// endHandoff says that it is over, and says it anew to whoever comes back.
func (s *Session) endHandoff(is HandoffIs) {
	if s.clock.detached {
		s.handoff.untold = append(s.handoff.untold, is)
	}
	s.emit(is)
}

// sayHandoff says anew where the way to a human stands.
func (s *Session) sayHandoff() {
	for _, is := range s.handoff.untold {
		s.emit(is)
	}
	s.handoff.untold = nil
	switch s.handoff.stage {
	case waiting, offered:
		s.emit(HandoffIs{State: HandoffRequested})
		if s.handoff.stage == waiting {
			s.sayPlace()
		}
	case joined:
		s.emit(HandoffIs{State: HandoffActive, Context: s.passes()})
		if s.handoff.cut {
			s.emit(HandoffIs{State: HandoffCut})
		}
	}
}

// passes says whether the human may read what was said before they came.
func (s *Session) passes() bool {
	return s.handoff.context && s.consent.allows(HandoffContext)
}

// unaskHandoff takes back the question of introduce, answered or not.
func (s *Session) unaskHandoff() { s.consent.renew(Handoff | HandoffContext) }

// answerHandoff is the person's answer to introduce, once it is durable.
func (s *Session) answerHandoff(now time.Time, in Consented, lost Purposes) {
	switch {
	case s.handoff.stage != asked, !s.policy.Desk: // whose desk went meanwhile is told so by unhand
	case s.consent.allows(Handoff):
		s.humanJoined(now)
	case lost.Has(Handoff):
		s.missed(NotNoted)
	case in.Refused.Has(Handoff), s.consent.says(Handoff):
		s.missed(PersonRefused)
	}
}

// humanJoined silences the avatar; from here on a human is heard.
func (s *Session) humanJoined(now time.Time) {
	if s.reply.active {
		s.stop(now, TurnCancelled, Taken)
	}
	s.unask()
	h := &s.handoff
	h.stage, h.from, h.cut = joined, s.talk.last+1, false
	h.context = s.consent.allows(HandoffContext)
	s.state = HandedOff
	s.note(Fact{Kind: HumanCame})
	s.emit(HandoffIs{State: HandoffActive, Context: h.context})
	s.emit(StateIs{State: HandedOff})
	if h.context {
		s.emit(ToHuman{Items: s.talk.passed()})
	}
}

// humanCut notes that the human's line broke. The person agreed to that human,
// so the avatar is silent, and what the person says waits for them.
func (s *Session) humanCut(now time.Time) {
	if s.handoff.cut {
		return
	}
	if s.reply.active { // they were speaking
		s.finish(now, TurnCompleted, NoReason, "")
	}
	s.handoff.cut = true
	s.emit(HandoffIs{State: HandoffCut})
}

// humanBack gives the human, who is there again, everything that they may read,
// from the beginning: whoever opens a page anew has nothing of it.
func (s *Session) humanBack(now time.Time) {
	s.handoff.cut = false
	if s.reply.active { // on another page, which they left for this one
		s.finish(now, TurnCompleted, NoReason, "")
	}
	if !s.HumanHears() {
		return // the person said no meanwhile, which is about to be said
	}
	s.emit(HandoffIs{State: HandoffActive, Context: s.passes(), Back: true})
	if all := s.talk.since(s.handoff.from, s.passes()); len(all) > 0 {
		s.emit(ToHuman{Items: all})
	}
}

// humanLeft gives the conversation back, and the person is told again that
// an AI answers from here on. Again: they wait for another human meanwhile.
func (s *Session) humanLeft(now time.Time, in HumanLeft) {
	if s.reply.active {
		s.finish(now, TurnCompleted, NoReason, "")
	}
	s.unask() // what was said to a human wants no answer of an avatar
	s.unaskHandoff()
	h := &s.handoff
	h.stage, h.queued, h.cut, h.place = alone, false, false, HumanQueued{}
	s.note(Fact{Kind: HumanWent})
	s.endHandoff(HandoffIs{State: HandoffEnded, Why: in.Why, Again: in.Again})
	if in.Again {
		h.stage = waiting // where in the queue is said next
	}
	s.disclose(now)
}

// Handoff is the number of the hand-off under way or, if none is, of the last,
// from 1; zero: there was none.
func (s *Session) Handoff() uint32 { return s.handoff.asks }

// HumanHears says whether a human may be given what the person says: they
// joined, their line holds, and the person's yes stands. A no counts from the
// moment that it arrives.
func (s *Session) HumanHears() bool { return s.answers() && !s.handoff.cut }

// answers says whether a human answers, though their line may be broken.
func (s *Session) answers() bool {
	return s.state == HandedOff && s.consent.allows(Handoff) && s.policy.Desk
}

// HumanListens says whether a human may be given the person's voice: they may
// be heard at all, and by a human.
func (s *Session) HumanListens() bool { return s.HumanHears() && s.Hears() }

// unhand sends a human away who may not be there any more.
func (s *Session) unhand(now time.Time) {
	switch h := &s.handoff; {
	case h.stage == alone:
	case s.state == HandedOff && !s.policy.Desk:
		s.humanLeft(now, HumanLeft{Why: NoDesk})
	case s.state == HandedOff && !s.consent.allows(Handoff):
		s.humanLeft(now, HumanLeft{Why: PersonEnded})
	case h.stage != joined && !s.policy.Desk:
		s.missed(NoDesk)
	case h.stage == asked && s.consent.says(Handoff):
		s.missed(PersonRefused)
	}
}

// humanSays lets a human's words out, as a turn of their own.
func (s *Session) humanSays(now time.Time, in HumanSaid) error {
	switch {
	case !s.HumanHears() || in.Words.Len() == 0:
		in.Words.Forget()
		return nil
	case in.Words.Len() > s.policy.itemBytes():
		in.Words.Forget()
		return Refusal{TooLong}
	}
	if s.reply.active { // they were speaking
		s.finish(now, TurnCompleted, NoReason, "")
	}
	s.begin(Person, Written)
	s.part(now, &ReplyPart{Turn: s.reply.turn, Words: in.Words})
	s.finish(now, TurnCompleted, NoReason, "")
	return nil
}

// humanSpeaks lets a human's voice out, and the words of it once they are
// written down. One turn is all until they pause. Words are let out whatever
// became of the sound: also when their turn is over, or either one's
// connection is lost.
func (s *Session) humanSpeaks(now time.Time, in HumanSpoke) {
	if !s.answers() {
		in.Words.Forget()
		return
	}
	if s.clock.detached || s.handoff.cut {
		in.PCM = nil
	}
	if len(in.PCM) > 0 || in.Words.Len() > 0 {
		if !s.reply.active {
			s.begin(Person, Spoken)
		}
		if it, ok := s.Item(s.reply.item); ok && it.Words.Len() > 0 && in.Words.Len() > 0 {
			spaced := NewSpeech([]byte(" ")).add(in.Words)
			in.Words.Forget()
			in.Words = spaced
		}
		if in.Unkept { // as of any exchange that began while recording was off
			s.record.partly = true
		}
		s.part(now, &ReplyPart{Turn: s.reply.turn, PCM: in.PCM, Words: in.Words})
	}
	if in.Paused && s.reply.active {
		s.finish(now, TurnCompleted, NoReason, "")
	}
}

// tellHuman gives a human what the person said. What was said before they came
// is the person's to give.
func (s *Session) tellHuman(it Item) {
	h := &s.handoff
	if s.HumanHears() && it.Role == User && it.Kind == Message && (it.No >= h.from || s.passes()) {
		s.emit(ToHuman{Items: []Item{it}})
	}
}

// passed is what was said so far, as a human reads it: what the person and the
// avatar said, and nothing that the client or the gateway put in.
func (c *conversation) passed() []Item { return c.since(0, true) }

// since is what a human may read who was given the items from one on, and, if
// so, those before it. Of what the person showed they learn that it was shown.
func (c *conversation) since(from ItemNo, before bool) (all []Item) {
	for _, it := range c.items {
		if it.No < from && !before {
			continue
		}
		if it.Kind == Message && it.Role != System && !it.Inside && it.Purpose != Notice && (it.Words.Len() > 0 || len(it.Attachments) > 0) {
			it.Attachments = attachmentKinds(it.Attachments)
			all = append(all, it)
		}
	}
	return all
}
