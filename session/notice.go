package session

import "time"

// notice is the interlock: whether, and how, the person was told.
type notice struct {
	number    uint32 // of the notice that is current; each presentation has its own
	known     bool   // the client has said what it understands, or was taken for a stock client
	aware     bool   // it will acknowledge
	presented bool
	accepted  bool // told, of what is current; nothing of the avatar is sent before
	due       bool // it changed, and the person is told before the next reply
	pause     bool // with it the person is told to take a break
}

// declare is the client's word on what it understands.
func (s *Session) declare(now time.Time, in Declared) error {
	if s.notice.presented || s.notice.known {
		if in.Aware == s.notice.aware {
			return nil
		}
		return Refusal{TooLate}
	}
	s.notice.known, s.notice.aware = true, in.Aware
	if in.Aware {
		s.present(now)
	}
	return nil
}

// configure sets the form of replies. For a client that does not acknowledge
// it is the sign that it is ready for the notice.
func (s *Session) configure(now time.Time, in Configured) {
	s.form = in.Form
	s.presentToStock(now)
}

// presentToStock gives the notice to a client that will not acknowledge it.
func (s *Session) presentToStock(now time.Time) {
	if s.state == Disclosing && !s.notice.presented && !s.notice.aware {
		s.present(now)
	}
}

// present gives the notice: on screen to a client that acknowledges, as the
// first reply to one that does not.
func (s *Session) present(now time.Time) {
	n := &s.notice
	if s.policy.NoticeHidden {
		s.withhold(now)
		return
	}
	n.number++
	n.known, n.presented, n.due = true, true, false
	ack := n.aware && !s.policy.NoAcknowledgement
	s.emit(NoticePresent{Notice: n.number, Ack: ack, Form: s.form})
	s.note(Fact{Kind: NoticePresented, Notice: n.number})
	switch {
	case ack:
	case n.aware:
		s.accept(now)
	default:
		s.begin(Notice, s.form)
		s.emit(Recite{Turn: s.reply.turn, Notice: n.number, Form: s.form, Break: n.pause})
	}
	n.pause = false
}

// withhold begins without the notice, which the organisation switched off.
// What needs a consent is asked for all the same.
func (s *Session) withhold(now time.Time) {
	n := &s.notice
	n.known, n.accepted, n.due, n.pause = true, true, false, false
	s.note(Fact{Kind: NoticeWithheld})
	s.open(now)
}

// relocate presents the notice again, in the language that the person chose.
func (s *Session) relocate(now time.Time) {
	if !s.notice.aware {
		return
	}
	if s.reply.active {
		s.stop(now, TurnCancelled, ClientCancel)
	}
	s.disclose(now)
}

// disclose tells the person again what they talk with, at once or as soon as
// the connection is back.
func (s *Session) disclose(now time.Time) {
	s.state = Disclosing
	s.handoff.reask()
	s.emit(StateIs{State: Disclosing})
	if s.clock.detached {
		s.notice.presented = false
		return
	}
	s.present(now)
}

// renotice takes a notice that says something else than before. What the
// person agreed to counts no more; a no of theirs does.
func (s *Session) renotice(now time.Time, in NoticeChanged) {
	s.policy = s.policy.renewed(in.Policy)
	// Whether a human may be there has nothing to do with what an AI does.
	s.handoff.reask()
	s.consent.granted &= Handoff | HandoffContext
	s.consent.asked, s.consent.lost = 0, 0
	_, s.consent.outdated = s.pending.(Consented)
	s.notice.accepted = false
	s.clock.remind(now, &s.policy)
	s.recording()
	switch s.state {
	case Consenting, Listening:
		s.disclose(now)
	case Disclosing:
		if !s.notice.presented || s.clock.detached {
			return
		}
		if s.reply.active {
			s.stop(now, TurnCancelled, NoReason) // the notice of before is being said
		}
		s.present(now)
	default:
		s.notice.due = true
	}
}

// reminds says whether a reminder can be given now: while the avatar is there,
// and, to a client that is told aloud, between two replies.
func (s *Session) reminds() bool {
	if s.clock.remindBy.IsZero() || s.clock.detached {
		return false
	}
	switch s.state {
	case Listening, Thinking, Speaking:
		return s.notice.aware || !s.reply.active
	}
	return false
}

// remind reminds the person that an AI talks with them, and to take a break.
func (s *Session) remind(now time.Time) {
	s.clock.remindBy = now.Add(s.policy.Remind)
	s.note(Fact{Kind: ReminderGiven})
	s.emit(Reminder{})
	if !s.notice.aware {
		s.notice.pause = true
		s.disclose(now)
	}
}

// recited ends the turn in which the notice was said.
func (s *Session) recited(now time.Time, in Shown) {
	if !s.live(in.Turn) || s.reply.purpose != Notice {
		return
	}
	s.finish(now, TurnCompleted, NoReason, "")
	s.accept(now)
}

// acknowledge opens the interlock for a client that says it showed the notice.
func (s *Session) acknowledge(now time.Time, in Acknowledged) error {
	if !s.notice.aware || !s.notice.presented || in.Notice != s.notice.number {
		return Refusal{WrongNotice}
	}
	s.accept(now)
	return nil
}

// accept opens the interlock.
func (s *Session) accept(now time.Time) {
	s.notice.accepted = true
	s.note(Fact{Kind: NoticeAcknowledged, Notice: s.notice.number})
	s.emit(NoticeAccepted{Notice: s.notice.number})
	s.open(now)
}

// open asks for what needs a consent, or begins the conversation.
func (s *Session) open(now time.Time) {
	s.clock.remind(now, &s.policy)
	if ask := s.consent.open(&s.policy); s.notice.aware && ask != 0 {
		s.state = Consenting
		s.consent.asked |= ask
		s.emit(ConsentAsk{Purposes: ask})
		return
	}
	s.listen(now)
}

// listen begins the conversation. What was asked for before it could begin
// follows.
func (s *Session) listen(now time.Time) {
	s.state = Listening
	s.recording()
	s.emit(StateIs{State: Listening})
}
