package session

import "time"

// record is whether turns are kept.
type record struct {
	on     bool
	failed bool
	from   ItemNo // the first item that the next turn may keep
	said   bool   // something was said since the last finished turn, deleted or not, or a reply began
	partly bool   // the exchange under way began while it was off
}

// mayKeep is the rule: the tenant's policy, the notice, the person's yes, no
// opt-out, and a recorder that works. Everything else is no.
func (s *Session) mayKeep() bool {
	return s.policy.keeps() && s.notice.accepted && s.agreed() && !s.record.failed
}

// agreed says whether the person said yes to a transcript or, where the policy
// rests on something else than that, was told and did not say no. Whether a
// client that knows no notice showed one, and gives a way to say no, nobody
// can tell: there it takes a yes.
func (s *Session) agreed() bool {
	return s.consent.allows(Transcript) || s.policy.Told && s.notice.aware && !s.consent.says(Transcript)
}

// recordingIs is what the person is told about recording.
func (s *Session) recordingIs() RecordingIs {
	c := &s.consent
	is := RecordingIs{On: s.mayKeep(), Failed: s.record.failed}
	switch {
	case is.On && !c.allows(Transcript):
		is.Why = WhyTold
	case is.On:
		is.Why = WhyConsent
	case s.record.failed:
		is.Why = WhyFailed
	case !s.policy.Transcript || s.policy.Retention <= 0:
		is.Why = WhyPolicy
	case s.policy.Unavailable:
		is.Why = WhyUnavailable
	case c.opted.Has(Transcript):
		is.Why = WhyOptOut
	case c.withdrawn.Has(Transcript):
		is.Why = WhyWithdrawn
	case c.lost.Has(Transcript):
		is.Why = WhyNotNoted
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
		s.record.partly = s.record.said
		s.record.from = s.talk.last + 1
		s.note(Fact{Kind: RecordingStarted})
	} else {
		s.note(Fact{Kind: RecordingStopped})
	}
	s.emit(s.recordingIs())
}

// keep gives a finished turn to the recorder, whole or not at all, if the rule
// says so.
func (s *Session) keep(turn TurnNo) {
	s.record.said = false
	if !s.mayKeep() || !s.record.on || s.record.partly {
		s.record.partly = false
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

// recordFailed stops keeping for good. The session goes on, unrecorded, unless
// the tenant wants it recorded or not at all.
func (s *Session) recordFailed(now time.Time) {
	if s.record.failed {
		return
	}
	was := s.record.on
	s.record.failed = true
	s.note(Fact{Kind: RecordingFailed})
	s.record.on = false
	s.emit(s.recordingIs())
	if was && s.policy.EndOnFailure {
		s.close(now, Unrecorded)
	}
}
