package session

import "time"

// consent is what the person said yes and no to.
type consent struct {
	asked     Purposes // at some time in this session
	granted   Purposes
	refused   Purposes
	withdrawn Purposes
	opted     Purposes // out, for the rest of the session
	optedFrom ItemNo
}

// open are the purposes that the policy enables and nobody has answered yet.
func (c *consent) open(p *Policy) Purposes {
	return p.consents() &^ (c.granted | c.refused | c.withdrawn | c.opted)
}

func (c *consent) state() ConsentIs {
	return ConsentIs{Granted: c.granted, Refused: c.refused, Withdrawn: c.withdrawn}
}

// allows says whether a yes stands.
func (c *consent) allows(p Purposes) bool {
	return c.granted.Has(p) && c.opted&p == 0
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
	s.gate(in, Fact{Kind: kind, Purposes: in.Granted})
	return nil
}

func (s *Session) consentNoted(now time.Time, in Consented) {
	c := &s.consent
	// An opt-out is one way, and a policy that narrowed meanwhile wins.
	yes := in.Granted & s.policy.consents() &^ (c.opted | s.waitingNo())
	c.granted = c.granted&^in.Refused | yes
	c.refused = c.refused&^yes | in.Refused
	c.withdrawn &^= yes
	if s.state == Consenting {
		c.refused |= c.asked &^ (c.granted | c.withdrawn)
	}
	s.emit(c.state())
	if s.state == Consenting {
		s.listen(now)
		return
	}
	s.recording()
}

// waitingNo is what the person has said no to in inputs that still wait.
func (s *Session) waitingNo() Purposes {
	var no Purposes
	for _, in := range s.waiting {
		switch in := in.(type) {
		case Withdrawn:
			no |= in.Purposes
		case OptedOut:
			no |= in.Purposes
		}
	}
	return no
}

// narrow takes consents away, and the turn that was being gathered on them,
// before anything is said about it.
func (s *Session) narrow(p Purposes) {
	c := &s.consent
	c.withdrawn |= p & c.granted
	c.granted &^= p
	if p.Has(Transcript) {
		s.record.from = s.talk.last + 1
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
	c := &s.consent
	if c.opted == 0 {
		c.optedFrom = s.talk.last + 1
	}
	c.opted |= in.Purposes
	s.narrow(in.Purposes)
	s.gate(in, Fact{Kind: PersonOptedOut, Purposes: in.Purposes})
}
