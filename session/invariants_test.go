package session

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// observer holds what must be true of any sequence of effects, whatever the
// inputs were. It knows nothing of the table.
type observer struct {
	policy    Policy
	granted   Purposes // by inputs that were accepted and whose fact was durable
	no        Purposes // opted out, or withdrawn since the last yes was given
	later     Purposes // said no to after the yes whose fact is not yet durable
	presented bool
	accepted  bool
	open      map[TurnNo]Purpose
	ended     map[TurnNo]bool
	gates     map[uint32]Fact
	durable   map[uint32]bool
	closed    bool
}

func (o *observer) see(e Effect) error {
	if o.closed {
		return fmt.Errorf("%s after Close", effectName(e))
	}
	content := func(t TurnNo) error {
		p, ok := o.open[t]
		switch {
		case !ok:
			return fmt.Errorf("content of turn %d, which is not under way", t)
		case p == Answer && !o.accepted:
			return fmt.Errorf("content before the notice was accepted")
		case p == Notice && !o.presented:
			return fmt.Errorf("the notice is said before it was presented")
		}
		return nil
	}
	switch e := e.(type) {
	case NoticePresent:
		o.presented = true
	case NoticeAccepted:
		if !o.presented {
			return fmt.Errorf("accepted before presented")
		}
		o.accepted = true
	case TurnBegan:
		if len(o.open) > 0 || o.ended[e.Turn] {
			return fmt.Errorf("turn %d began while another is under way, or twice", e.Turn)
		}
		o.open[e.Turn] = e.Purpose
	case TurnEnded:
		if _, ok := o.open[e.Turn]; !ok || o.ended[e.Turn] {
			return fmt.Errorf("turn %d ended twice, or never began", e.Turn)
		}
		delete(o.open, e.Turn)
		o.ended[e.Turn] = true
	case Ask:
		if !o.accepted {
			return fmt.Errorf("an engine is asked before the notice was accepted")
		}
		if o.open[e.Turn] != Answer {
			return fmt.Errorf("an engine is asked for a turn that is not under way")
		}
	case *TurnText:
		return content(e.Turn)
	case *TurnSound:
		return content(e.Turn)
	case *TurnMarks:
		return content(e.Turn)
	case ItemBegan:
		return content(e.Turn)
	case Keep:
		if !o.policy.Transcript || !o.accepted || !o.granted.Has(Transcript) || o.no.Has(Transcript) {
			return fmt.Errorf("kept: policy %v, notice %v, granted %v, no %v", o.policy.Transcript, o.accepted, o.granted, o.no)
		}
		if len(o.gates) > len(o.durable) {
			return fmt.Errorf("kept while a fact waits to be durable")
		}
	case RecordingIs:
		if e.On && (!o.policy.Transcript || !o.granted.Has(Transcript) || o.no.Has(Transcript)) {
			return fmt.Errorf("said to be recording when nothing may be kept")
		}
	case Note:
		if e.Fact.Kind.Class() == Gate {
			o.gates[e.Seq] = e.Fact
		}
	case Close:
		if len(o.open) > 0 {
			return fmt.Errorf("closed with a turn under way")
		}
		o.closed = true
	}
	return nil
}

// heed learns from an input that was accepted.
func (o *observer) heed(in Input) {
	switch in := in.(type) {
	case Consented:
		o.granted |= in.Granted
		o.no &^= in.Granted &^ o.later
		o.later = 0
	case Withdrawn:
		o.no |= in.Purposes
		o.later |= in.Purposes
	case OptedOut:
		o.no |= in.Purposes
		o.later |= in.Purposes
	case PolicyChanged:
		o.policy = o.policy.narrowed(in.Policy)
	}
}

func drawInput(t *rapid.T, s *Session) Input {
	turn := TurnNo(rapid.IntRange(0, 3).Draw(t, "turn"))
	if rapid.Bool().Draw(t, "current") {
		turn = s.reply.turn
	}
	purposes := Purposes(rapid.IntRange(0, int(AllPurposes)).Draw(t, "purposes"))
	switch sort(rapid.IntRange(0, int(sorts)-1).Draw(t, "sort")) {
	case declared:
		return Declared{Aware: rapid.Bool().Draw(t, "aware")}
	case configured:
		return Configured{Form: Form(rapid.IntRange(0, 1).Draw(t, "form"))}
	case localeChanged:
		return LocaleChanged{}
	case shown:
		return Shown{Turn: turn}
	case acknowledged:
		return Acknowledged{Notice: uint32(rapid.IntRange(0, 2).Draw(t, "notice"))}
	case consented:
		return Consented{Granted: purposes, Refused: AllPurposes &^ purposes}
	case withdrawn:
		return Withdrawn{Purposes: purposes}
	case optedOut:
		return OptedOut{Purposes: purposes}
	case said:
		return Said{Item: Item{Words: speech("what the person said")}}
	case requested:
		return Requested{Form: Spoken, HasForm: rapid.Bool().Draw(t, "form")}
	case interrupted:
		return Interrupted{Turn: turn, By: ClientCancel}
	case truncated:
		return Truncated{Item: ItemNo(turn), AudioMS: 5}
	case deleted:
		return Deleted{Item: ItemNo(turn)}
	case voiceStarted:
		return VoiceStarted{Interrupt: true}
	case voiceStopped:
		return VoiceStopped{}
	case replyPart:
		return onePart(turn)
	case replyEnd:
		return ReplyEnd{Turn: turn}
	case toolCalled:
		return ToolCalled{Turn: turn}
	case humanRequested:
		return HumanRequested{}
	case humanJoined:
		return HumanJoined{}
	case humanLeft:
		return HumanLeft{}
	case policyChanged:
		return PolicyChanged{Policy: Policy{Transcript: rapid.Bool().Draw(t, "transcript"), Microphone: true}}
	case recordFailed:
		return RecordFailed{}
	case kept:
		return Kept{Turn: turn}
	case noted:
		return Noted{Seq: s.pendingSeq}
	case ending:
		return Ending{At: t0.Add(time.Hour), Reason: Drained}
	case detached:
		return Detached{}
	case resumed:
		return Resumed{}
	case tick:
		return Tick{}
	}
	if rapid.IntRange(0, 9).Draw(t, "hang up") > 0 {
		return Tick{} // a hang-up one time in three hundred, so that sequences grow long
	}
	return HungUp{Reason: Lost}
}

// Whatever happens, in whatever order: nothing is kept without grant,
// disclosure and consent before it; no content is sent before disclosure; no
// engine is asked before acceptance; nothing follows the close; and every
// reply ends exactly once. // R1 R10 R12 R20 R25
func TestInvariants(t *testing.T) {
	checks := int(20000 * *scale)
	if err := flag.Set("rapid.checks", fmt.Sprint(checks)); err != nil {
		t.Fatal(err)
	}
	inputs, kept, spoken := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		policy := Policy{
			Transcript:        rapid.Bool().Draw(t, "transcript"),
			Microphone:        rapid.Bool().Draw(t, "microphone"),
			Desk:              rapid.Bool().Draw(t, "desk"),
			NoAcknowledgement: rapid.Bool().Draw(t, "noack"),
		}
		s, effects := New(t0, policy, Written)
		o := &observer{policy: policy, open: map[TurnNo]Purpose{}, ended: map[TurnNo]bool{}, gates: map[uint32]Fact{}, durable: map[uint32]bool{}}
		now := t0
		check := func(effects []Effect) {
			for _, e := range effects {
				if err := o.see(e); err != nil {
					t.Fatal(err)
				}
				switch e.(type) {
				case Keep:
					kept++
				case *TurnSound:
					spoken++
				}
			}
		}
		check(effects)
		steps := rapid.IntRange(10, 60).Draw(t, "steps")
		lead := []Input{Declared{Aware: true}, Acknowledged{Notice: 1}, Consented{Granted: Transcript}, Noted{Seq: 4}, Requested{}, onePart(1), ReplyEnd{Turn: 1}}
		if !rapid.Bool().Draw(t, "led") {
			lead = nil
		}
		for i := range steps {
			now = now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond)
			in := Input(nil)
			if i < len(lead) {
				in = lead[i]
			} else {
				in = drawInput(t, s)
			}
			was, wasSeq := s.pending, s.pendingSeq
			switch in := in.(type) {
			case Noted:
				if was != nil && in.Seq == s.pendingSeq {
					o.durable[in.Seq] = true
					// A yes counts from here; a no counted when it came.
					if c, ok := was.(Consented); ok {
						o.heed(c)
					}
				}
			case Withdrawn, OptedOut:
				if s.state != Closed && len(s.waiting) < waitingInputs {
					o.heed(in)
				}
			case PolicyChanged:
				if was == nil && s.state != Closed {
					o.heed(in)
				}
			}
			effects, err := s.Apply(now, in)
			inputs++
			if _, ok := s.pending.(Consented); ok && s.pendingSeq != wasSeq {
				o.later = s.waitingNo()
			}
			if err != nil {
				if _, ok := err.(Refusal); !ok {
					t.Fatalf("%T is not a Refusal", err)
				}
			}
			check(effects)
			if s.state != Closed && s.Next().IsZero() {
				t.Fatal("an open session has no deadline")
			}
		}
		effects, _ = s.Apply(now, HungUp{Reason: PersonLeft})
		check(effects)
		if s.state != Closed || len(s.talk.items) != 0 || s.pending != nil || s.waiting != nil {
			t.Fatal("something is left of a closed session")
		}
	})
	t.Logf("n = %d sequences, %d inputs, %d turns kept, %d pieces of sound", checks, inputs, kept, spoken)
	if kept == 0 || spoken == 0 {
		t.Fatal("the sequences never kept or said anything: they prove nothing")
	}
}
