package session

import "time"

// askHuman is the person asking for a human.
func (s *Session) askHuman() {
	s.note(Fact{Kind: HumanAsked})
	if !s.policy.Desk {
		s.emit(HandoffIs{State: HandoffUnavailable})
		return
	}
	s.emit(HandoffIs{State: HandoffRequested})
}

// humanJoined silences the avatar; from here on a human is heard.
func (s *Session) humanJoined(now time.Time) {
	if s.reply.active {
		s.stop(now, TurnCancelled, Taken)
	}
	s.unask()
	s.state = HandedOff
	s.note(Fact{Kind: HumanCame})
	s.emit(HandoffIs{State: HandoffActive})
	s.emit(StateIs{State: HandedOff})
}

// humanLeft gives the conversation back, and the person is told again that
// an AI answers from here on.
func (s *Session) humanLeft(now time.Time) {
	s.note(Fact{Kind: HumanWent})
	s.emit(HandoffIs{State: HandoffEnded})
	s.state = Disclosing
	s.emit(StateIs{State: Disclosing})
	s.present(now)
}
