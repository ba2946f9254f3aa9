package session

// record is whether turns are kept.
type record struct {
	on     bool
	failed bool
	from   ItemNo // the first item that the next turn may keep
}

// mayKeep is the rule: the tenant's policy, the notice, the person's yes, no
// opt-out, and a recorder that works. Everything else is no.
func (s *Session) mayKeep() bool {
	return s.policy.Transcript && s.policy.Retention > 0 && s.notice.accepted && s.consent.allows(Transcript) && !s.record.failed
}

// recordingIs is what the person is told about recording.
func (s *Session) recordingIs() RecordingIs {
	c := &s.consent
	is := RecordingIs{On: s.mayKeep(), Failed: s.record.failed}
	switch {
	case is.On:
		is.Why = WhyConsent
	case s.record.failed:
		is.Why = WhyFailed
	case !s.policy.Transcript:
		is.Why = WhyPolicy
	case c.opted.Has(Transcript):
		is.Why = WhyOptOut
	case c.withdrawn.Has(Transcript):
		is.Why = WhyWithdrawn
	default:
		is.Why = WhyNoConsent
	}
	return is
}

// recording notices a change of the rule's outcome, tells the person, and
// notes it. What was said while it was off is never kept.
func (s *Session) recording() {
	on := s.mayKeep()
	if on == s.record.on {
		s.emit(s.recordingIs())
		return
	}
	s.record.on = on
	if on {
		s.record.from = s.talk.last + 1
		s.note(Fact{Kind: RecordingStarted})
	} else {
		s.note(Fact{Kind: RecordingStopped})
	}
	s.emit(s.recordingIs())
}

// keep gives a finished turn to the recorder, whole, if the rule says so.
func (s *Session) keep(turn TurnNo) {
	if !s.mayKeep() || !s.record.on {
		s.record.from = s.talk.last + 1
		return
	}
	var items []Item
	for _, it := range s.talk.items {
		if it.No >= s.record.from {
			items = append(items, it)
		}
	}
	s.record.from = s.talk.last + 1
	if len(items) > 0 {
		s.emit(Keep{Grant: s.grant(turn), Items: items})
	}
}

// grant is leave to keep the turn, under the policy in force.
func (s *Session) grant(turn TurnNo) Grant {
	return Grant{valid: true, turn: turn, policy: s.policy.Number, retention: s.policy.Retention}
}

// kept tells the person that a turn is durable.
func (s *Session) kept(in Kept) {
	var items []ItemNo
	for _, it := range s.talk.items {
		if it.Turn == in.Turn {
			items = append(items, it.No)
		}
	}
	s.note(Fact{Kind: TurnKept, Turn: in.Turn})
	s.emit(Committed{Turn: in.Turn, Items: items})
}

// recordFailed stops keeping for good: the session goes on, unrecorded.
func (s *Session) recordFailed() {
	if s.record.failed {
		return
	}
	s.record.failed = true
	s.note(Fact{Kind: RecordingFailed})
	s.record.on = false
	s.emit(s.recordingIs())
}
