package session

import "time"

// consent is what the person said yes and no to.
type consent struct {
	asked     Purposes // at some time in this session
	granted   Purposes
	refused   Purposes
	withdrawn Purposes
	lost      Purposes // granted, and it could not be noted
	outdated  bool     // the notice changed while an answer waits to be durable
	opted     Purposes // out, for the rest of the session
	optedFrom ItemNo
}

// open are the purposes that the policy enables and nobody has answered yet.
func (c *consent) open(p *Policy) Purposes {
	return p.consents() &^ (c.granted | c.refused | c.withdrawn | c.opted)
}

func (c *consent) state() ConsentIs {
	return ConsentIs{Granted: c.granted, Refused: c.refused, Withdrawn: c.withdrawn, Lost: c.lost}
}

// renew takes back what was asked, and answered, but for an opt-out.
func (c *consent) renew(p Purposes) {
	c.asked &^= p
	c.granted &^= p
	c.refused &^= p
	c.withdrawn &^= p
	c.lost &^= p
}

// allows says whether a yes stands.
func (c *consent) allows(p Purposes) bool {
	return c.granted.Has(p) && c.opted&p == 0
}

// says says whether there was a no of any kind.
func (c *consent) says(p Purposes) bool {
	return (c.refused|c.withdrawn|c.opted)&p != 0
}

// consented takes an answer. It counts once its fact is durable.
func (s *Session) consented(_ time.Time, in Consented) error {
	if in.Granted&^s.consent.asked != 0 {
		return Refusal{NotAsked}
	}
	kind := ConsentGiven
	if in.Granted == 0 {
		kind = ConsentRefused
	}
	s.refuse(in.Refused)
	s.gate(in, Fact{Kind: kind, Purposes: in.Granted, Notice: s.notice.number})
	return nil
}

// refuse lets a no of an answer count, before anything is said about it.
func (s *Session) refuse(p Purposes) {
	c := &s.consent
	c.refused |= p
	c.granted &^= p
	if p.Has(Transcript) {
		s.record.skip(s.talk.last)
	}
}

// consentNoted lets an answer count. A yes that could not be noted is none;
// a no is one all the same.
func (s *Session) consentNoted(now time.Time, in Consented, lost bool) {
	c := &s.consent
	if c.outdated { // what is asked now is not what was answered
		c.outdated = false
		c.refused |= in.Refused
		s.emit(c.state())
		return
	}
	if lost {
		c.lost |= in.Granted
		in.Granted = 0
	}
	// An opt-out is one way, and a policy that narrowed meanwhile wins.
	yes := in.Granted & (s.policy.consents() | c.asked&(Handoff|HandoffContext)) &^ (c.opted | s.waitingNo())
	c.granted = c.granted&^in.Refused | yes
	c.refused = c.refused&^yes | in.Refused
	c.withdrawn &^= yes
	c.lost &^= c.granted | c.refused
	if s.state == Consenting {
		c.refused |= c.asked &^ (c.granted | c.withdrawn | c.lost)
	}
	s.emit(c.state())
	if s.state == Consenting {
		s.listen(now)
		return
	}
	s.recording()
	s.answerHandoff(now, in, c.lost)
}

// waitingNo is what the person has said no to in inputs that still wait.
func (s *Session) waitingNo() Purposes {
	var no Purposes
	for _, in := range s.waiting {
		switch in := in.(type) {
		case Withdrawn:
			no |= in.Purposes
		case Consented:
			no |= in.Refused
		case OptedOut:
			no |= in.Purposes
		case MinorFound:
			no |= Stored
		}
	}
	return no
}

// narrow takes consents away, and the turn that was being gathered on them,
// before anything is said about it.
func (s *Session) narrow(p Purposes) {
	c := &s.consent
	c.withdrawn |= p // a no before the question is a no as well
	c.granted &^= p
	if p.Has(Transcript) {
		s.record.skip(s.talk.last)
	}
}

// withdraw stops a purpose at once and says so when the fact is durable.
func (s *Session) withdraw(in Withdrawn) {
	s.narrow(in.Purposes)
	s.gate(in, Fact{Kind: ConsentWithdrawn, Purposes: in.Purposes})
}

// optOut switches a purpose off for the rest of the session: at once, and
// said when the fact is durable.
func (s *Session) optOut(in OptedOut) {
	s.opt(in.Purposes)
	s.gate(in, Fact{Kind: PersonOptedOut, Purposes: in.Purposes})
}

// opt takes purposes away for the rest of the session.
func (s *Session) opt(p Purposes) {
	c := &s.consent
	if c.opted == 0 {
		c.optedFrom = s.talk.last + 1
	}
	// A no to one human is none to the next: each is asked about.
	c.opted |= p &^ Handoff
	s.narrow(p)
}

// minorFound ends for good whatever outlives the session. Nobody asks how old
// the person is, and nothing guesses it.
func (s *Session) minorFound(now time.Time, in MinorFound) {
	s.opt(Stored)
	s.reports.closed = true
	if s.policy.Remind <= 0 || s.policy.Remind > minorsRemind {
		s.policy.Remind = minorsRemind
	}
	s.clock.remind(now, &s.policy)
	if s.policy.NoticeHidden { // not from a child
		s.policy.NoticeHidden, s.notice.due = false, true
	}
	s.gate(in, Fact{Kind: MinorDeclared, Purposes: Stored})
}
