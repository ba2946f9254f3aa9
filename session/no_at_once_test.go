package session

import "testing"

// handed is a session in which a human answers, to whom the person agreed to be
// heard.
func handed(t *testing.T, context bool) *Session {
	t.Helper()
	p := full
	p.Desk = true
	s, _ := New(t0, p, Spoken)
	must(t, s, Declared{Aware: true})
	must(t, s, Acknowledged{Notice: 1})
	gated(t, s, Consented{Granted: Transcript | VoiceInput})
	must(t, s, Said{Item: Item{Words: speech("before")}})
	must(t, s, HumanRequested{Share: context})
	must(t, s, HumanQueued{Position: 1})
	must(t, s, HumanOffered{})
	must(t, s, VoiceStarted{})
	yes := Handoff
	if context {
		yes |= HandoffContext
	}
	gated(t, s, Consented{Granted: yes})
	if s.State() != HandedOff || !s.HumanListens() {
		t.Fatalf("%v", s.State())
	}
	return s
}

// A no that comes as an answer counts from the moment that it arrives, whether
// its fact is durable or another's is still waited for. // R12
func TestAnsweredNoCountsAtOnce(t *testing.T) {
	for _, waits := range []bool{false, true} {
		for _, no := range []Purposes{Handoff, VoiceInput, Transcript} {
			s := handed(t, false)
			if waits {
				must(t, s, Withdrawn{Purposes: Analytics})
			}
			must(t, s, Consented{Refused: no})
			switch {
			case no == Handoff && s.HumanHears(), no != Transcript && s.HumanListens(), no == VoiceInput && s.Hears():
				t.Errorf("%v, waits %v: the person is still heard", no, waits)
			case no == Transcript && s.mayKeep():
				t.Errorf("waits %v: still kept", waits)
			}
			for s.pending != nil {
				must(t, s, Noted{Seq: s.pendingSeq})
			}
			if s.consent.allows(no) {
				t.Errorf("%v, waits %v: it was lost", no, waits)
			}
		}
	}
}

// What was said before a human came, and is understood after the person took
// back the leave to pass it, is not passed. // R12 R45
func TestContextTakenBack(t *testing.T) {
	for _, back := range []bool{false, true} {
		s := handed(t, true)
		must(t, s, VoiceCommitted{})
		no := s.voice.waiting[0].item
		if back {
			gated(t, s, Withdrawn{Purposes: HandoffContext})
		}
		if got := has(must(t, s, Transcribed{Item: no, Words: speech("said before")}), "ToHuman"); got == back {
			t.Errorf("taken back %v: passed %v", back, got)
		}
	}
}

// A reply that is over holds nothing in memory: what is said after it is bounded
// as ever.
func TestHistoryAfterTheReply(t *testing.T) {
	s, _ := New(t0, Policy{Number: 1, HistoryItems: 8}, Written)
	must(t, s, Declared{Aware: true})
	must(t, s, Acknowledged{Notice: 1})
	must(t, s, Requested{})
	must(t, s, onePart(1))
	must(t, s, ReplyEnd{Turn: 1})
	for range 100 {
		must(t, s, Said{Item: Item{Words: speech("more")}})
	}
	if n := len(s.talk.items); n > 8 {
		t.Errorf("%d items are held", n)
	}
}

// What the desk says of a human who went is not lost in a crowd of inputs that
// wait. // R45
func TestHumanLeftWaits(t *testing.T) {
	s := handed(t, false)
	must(t, s, Withdrawn{Purposes: Analytics})
	for range 2 * waitingInputs {
		_, _ = s.Apply(t0, HumanSaid{Words: speech("a")})
	}
	must(t, s, HumanLeft{Why: HandedBack})
	must(t, s, Noted{Seq: s.pendingSeq})
	if s.State() == HandedOff {
		t.Error("nobody is there, and the session does not know")
	}
}

// Who comes back is told, once, that the human went or that nobody comes, and
// that somebody else is looked for. // R45
func TestHandoffEndsWhileLost(t *testing.T) {
	for _, again := range []bool{false, true} {
		s := handed(t, false)
		must(t, s, Detached{})
		must(t, s, HumanLeft{Why: HumanLost, Again: again})
		for n := 1; n <= 2; n++ {
			var states []HandoffIs
			for _, e := range must(t, s, Resumed{}) {
				if is, ok := e.(HandoffIs); ok {
					states = append(states, is)
				}
			}
			if told := len(states) > 0 && states[0] == (HandoffIs{State: HandoffEnded, Why: HumanLost, Again: again}); told != (n == 1) {
				t.Errorf("again %v, resume %d: %v", again, n, states)
			}
			must(t, s, Detached{})
		}
	}
	s := handed(t, false)
	must(t, s, Detached{})
	must(t, s, HumanLeft{Why: HumanLost, Again: true})
	must(t, s, HumanMissed{Why: TookTooLong})
	n := 0
	for _, e := range must(t, s, Resumed{}) {
		if _, ok := e.(HandoffIs); ok {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d things are told", n)
	}
}

// A desk that the tenant closed while the yes to its human was being noted
// sends nobody: they are given nothing, not for a moment. // R20 R45
func TestDeskGoneBeforeTheYes(t *testing.T) {
	p := full
	p.Desk = true
	s, _ := New(t0, p, Spoken)
	must(t, s, Declared{Aware: true})
	must(t, s, Acknowledged{Notice: 1})
	gated(t, s, Consented{Granted: Transcript | VoiceInput})
	must(t, s, Said{Item: Item{Words: speech("before")}})
	must(t, s, HumanRequested{Share: true})
	must(t, s, HumanQueued{Position: 1})
	must(t, s, HumanOffered{})
	must(t, s, Consented{Granted: Handoff | HandoffContext})
	p.Desk = false
	must(t, s, PolicyChanged{Policy: p})
	effects := must(t, s, Noted{Seq: s.pendingSeq})
	if got := read(effects); got != "" {
		t.Fatalf("a human was given %q", got)
	}
	is := stages(effects)
	if len(is) != 1 || is[0].State != HandoffUnavailable || is[0].Why != NoDesk {
		t.Fatalf("%+v", is)
	}
	if s.State() == HandedOff || s.HumanHears() {
		t.Fatalf("%v", s.State())
	}
}
