package session

import (
	"slices"
	"time"
)

// record is whether turns are kept.
type record struct {
	on     bool
	failed bool
	full   bool     // too much personal data was said for anything more to be kept
	from   ItemNo   // the first item that the next turn may keep
	late   []ItemNo // older ones that it may keep too: their words came later
	said   bool     // something was said since the last finished turn, deleted or not, or a reply began
	partly bool     // the exchange under way began while it was off

	sound, voice track // of the reply, of the person
}

// track is whether one side's sound is kept with the turns.
type track struct {
	on     bool
	partly bool // the exchange under way began while it was off
}

// follow notices what the rule says now.
func (t *track) follow(on, said bool) {
	if on && !t.on {
		t.partly = said
	}
	t.on = on
}

// next begins the next exchange, of which something may have been said.
func (t *track) next(said bool) { t.partly = said && (t.partly || !t.on) }

// whole says whether all of the exchange is there.
func (t *track) whole() bool { return t.on && !t.partly }

// mayKeep is the rule: the tenant's policy, the notice, the person's yes, no
// opt-out, and a recorder that works. Everything else is no.
func (s *Session) mayKeep() bool {
	return s.policy.keeps() && s.notice.accepted && s.agreed() && !s.record.failed && !s.record.full
}

// mayKeepSound is the rule for sound: turns are kept, the tenant's policy keeps
// their sound, and the person said yes to that too, whatever else it rests on.
func (s *Session) mayKeepSound() bool {
	return s.mayKeep() && s.policy.keepsSound() && s.consent.allows(AudioRecording)
}

// mayKeepVoice is the rule for the person's own sound: they also said yes to
// being heard at all.
func (s *Session) mayKeepVoice() bool {
	return s.mayKeepSound() && s.policy.Microphone && s.consent.allows(VoiceInput)
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
	is := RecordingIs{On: s.mayKeep(), Failed: s.record.failed, Sound: s.mayKeepSound(), Voice: s.mayKeepVoice()}
	switch {
	case is.On && !c.allows(Transcript):
		is.Why = WhyTold
	case is.On:
		is.Why = WhyConsent
	case s.record.failed:
		is.Why = WhyFailed
	case s.record.full:
		is.Why = WhySensitive
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
	r := &s.record
	if on := s.mayKeep(); on != r.on {
		r.on = on
		if on {
			r.partly = r.said
			r.skip(s.talk.last)
		}
		s.noteRecording(on, 0)
	}
	sounded := r.sound.on
	r.sound.follow(s.mayKeepSound(), r.said)
	r.voice.follow(s.mayKeepVoice(), r.said)
	if sounded != r.sound.on {
		s.noteRecording(r.sound.on, AudioRecording)
	}
	s.emit(s.recordingIs())
}

// noteRecording notes that recording began or stopped: of turns, or, named by
// its purpose, of their sound.
func (s *Session) noteRecording(on bool, p Purposes) {
	kind := RecordingStopped
	if on {
		kind = RecordingStarted
	}
	s.note(Fact{Kind: kind, Purposes: p})
}

// skip leaves out everything up to an item for good.
func (r *record) skip(last ItemNo) { r.from, r.late = last+1, nil }

// keep gives a finished turn to the recorder, whole or not at all, if the rule
// says so. What the person is saying meanwhile belongs to the turn after it.
func (s *Session) keep(turn TurnNo) {
	r := &s.record
	may := s.mayKeep() && r.on && !r.partly
	grant := s.grant(turn)
	r.said = s.voice.any()
	r.partly = r.said && (r.partly || !r.on)
	r.sound.next(r.said)
	r.voice.next(r.said)
	if !may {
		r.skip(s.talk.last)
		return
	}
	var items []Item
	for _, it := range s.talk.items {
		if (it.No >= r.from || slices.Contains(r.late, it.No)) && !it.wordless() && !it.Inside {
			it.Attachments = attachmentKinds(it.Attachments)
			items = append(items, it)
		}
	}
	r.skip(s.talk.last)
	if s.voice.item != 0 {
		r.late = append(r.late, s.voice.item)
	}
	for _, u := range s.voice.waiting {
		r.late = append(r.late, u.item)
	}
	if len(items) > 0 {
		s.emit(Keep{Grant: grant, Items: items})
	}
}

// grant is leave to keep the turn, under the policy in force.
func (s *Session) grant(turn TurnNo) Grant {
	g := Grant{valid: true, turn: turn, policy: s.policy.Number, retention: s.policy.Retention}
	if s.mayKeepSound() && s.record.sound.whole() {
		g.sound = min(s.policy.AudioRetention, g.retention)
		g.voice = s.mayKeepVoice() && s.record.voice.whole()
	}
	return g
}

// kept tells the person that a turn is durable.
func (s *Session) kept(in Kept) {
	var items []ItemNo
	for _, it := range s.talk.items {
		if it.Turn == in.Turn && !it.Inside {
			items = append(items, it.No)
		}
	}
	fact := Fact{Kind: TurnKept, Turn: in.Turn}
	if in.Sound {
		fact.Purposes = AudioRecording
	}
	s.note(fact)
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
	s.record.sound.on, s.record.voice.on = false, false
	s.emit(s.recordingIs())
	if was && s.policy.EndOnFailure {
		s.close(now, Unrecorded)
	}
}
