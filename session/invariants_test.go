package session

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// observer holds what must be true of any sequence of effects, whatever the
// inputs were. It knows nothing of the table.
type observer struct {
	policy    Policy
	aware     bool     // the client knows notices
	granted   Purposes // by inputs that were accepted and whose fact was durable
	refused   Purposes
	opted     Purposes
	no        Purposes // opted out, or withdrawn since the last yes was given
	later     Purposes // said no to after the yes whose fact is not yet durable
	void      bool     // the notice changed after that yes
	failed    bool     // a turn could not be kept
	child     bool     // said to be
	reported  int
	presented bool
	told      bool // at least once
	accepted  bool // of what is current
	open      map[TurnNo]Purpose
	ended     map[TurnNo]bool
	gates     map[uint32]Fact
	durable   map[uint32]bool
	closed    bool

	// Of the person's voice.
	speaking ItemNo
	waiting  map[ItemNo]bool // for their words
	heard    map[ItemNo]bool // their words came while that was allowed
	asked    int             // times that an engine was shown such words

	// Of the exchange under way.
	on     bool // the person was told that it is kept
	said   bool // something of it was said
	mixed  bool // something of it was said while it was off
	spoilt map[TurnNo]bool

	sound, voice         ear
	soundKept, voiceKept int

	desk desk
	eyes eyes
}

// mayKeep is the rule of the promises, written a second time: the policy, the
// notice, the person's yes or, where the policy does not rest on that, their
// silence after being told; and no no.
func (o *observer) mayKeep() error {
	p := &o.policy
	yes := o.granted.Has(Transcript)
	silent := p.Told && o.aware && o.refused&Transcript == 0
	switch {
	case !p.Transcript || p.Retention <= 0:
		return fmt.Errorf("the tenant does not allow it")
	case p.Unavailable:
		return fmt.Errorf("it was said that nothing can be kept")
	case !o.accepted:
		return fmt.Errorf("the person was not told")
	case o.opted.Has(Transcript):
		return fmt.Errorf("the person opted out")
	case o.no.Has(Transcript):
		return fmt.Errorf("the person said no")
	case !yes && !silent:
		return fmt.Errorf("the person did not say yes")
	case o.failed:
		return fmt.Errorf("keeping failed before")
	}
	return nil
}

// mayHear is the rule for the person's voice, written a second time.
func (o *observer) mayHear() error {
	switch {
	case !o.policy.Microphone:
		return fmt.Errorf("the tenant has no microphone")
	case !o.accepted:
		return fmt.Errorf("the person was not told")
	case (o.opted | o.no | o.refused).Has(VoiceInput):
		return fmt.Errorf("the person said no")
	case o.aware && !o.granted.Has(VoiceInput):
		return fmt.Errorf("the person did not say yes")
	}
	return nil
}

// listen holds what must be true of the person's voice.
func (o *observer) listen(e Effect) error {
	may := func(what string) error {
		if err := o.mayHear(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	}
	switch e := e.(type) {
	case SpeechHeard:
		if !e.Started {
			break
		}
		if o.speaking != 0 {
			return fmt.Errorf("speech began twice")
		}
		o.speaking = e.Item
		o.saying()
		return may("listened")
	case VoiceCleared:
		o.speaking = 0
	case VoiceTaken:
		if o.speaking != 0 && o.speaking != e.Item {
			return fmt.Errorf("item %d was spoken and %d is taken", o.speaking, e.Item)
		}
		if o.waiting[e.Item] || o.heard[e.Item] {
			return fmt.Errorf("item %d is taken twice", e.Item)
		}
		o.speaking, o.waiting[e.Item] = 0, true
		return may("taken")
	case TranscriptGuess:
		if e.Item != o.speaking && !o.waiting[e.Item] {
			return fmt.Errorf("a guess at item %d, which nobody speaks", e.Item)
		}
		return may("guessed")
	case TranscriptIs:
		if !o.waiting[e.Item] {
			return fmt.Errorf("words of item %d, which does not wait for any", e.Item)
		}
		delete(o.waiting, e.Item)
		o.heard[e.Item] = true
		return may("written down")
	case TranscriptLost:
		delete(o.waiting, e.Item)
	case ItemDeleted:
		delete(o.waiting, e.Item)
	case ItemAdded:
		if e.Item.Role == User && e.Item.Form == Spoken {
			return may("in the conversation")
		}
	case Ask:
		for _, it := range e.Items {
			if it.Role != User || it.Form != Spoken {
				continue
			}
			if !o.heard[it.No] {
				return fmt.Errorf("an engine is asked about item %d, which was not listened to", it.No)
			}
			o.asked++
		}
		if len(o.waiting) > 0 {
			return fmt.Errorf("an engine is asked before the person's words are known")
		}
	case Keep:
		for _, it := range e.Items {
			if it.Role == User && it.Form == Spoken && !o.heard[it.No] {
				return fmt.Errorf("item %d is kept, and was not listened to", it.No)
			}
		}
	}
	return nil
}

func (o *observer) see(e Effect) error {
	if err := o.listen(e); err != nil {
		return err
	}
	if err := o.hear(e); err != nil {
		return err
	}
	if err := o.look(e); err != nil {
		return err
	}
	if err := o.handOver(e); err != nil {
		return err
	}
	if o.closed {
		return fmt.Errorf("%s after Close", effectName(e))
	}
	content := func(t TurnNo) error {
		p, ok := o.open[t]
		switch {
		case !ok:
			return fmt.Errorf("content of turn %d, which is not under way", t)
		case p != Notice && !o.told:
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
		o.told, o.accepted = true, true
	case TurnBegan:
		if len(o.open) > 0 || o.ended[e.Turn] {
			return fmt.Errorf("turn %d began while another is under way, or twice", e.Turn)
		}
		o.open[e.Turn] = e.Purpose
		if e.Purpose != Notice {
			o.saying()
		}
	case TurnEnded:
		purpose, ok := o.open[e.Turn]
		if !ok || o.ended[e.Turn] {
			return fmt.Errorf("turn %d ended twice, or never began", e.Turn)
		}
		delete(o.open, e.Turn)
		o.ended[e.Turn] = true
		if purpose != Notice && (e.Outcome == TurnCompleted || e.Outcome == TurnCancelled) {
			o.spoilt[e.Turn] = o.mixed
			// What is being said meanwhile belongs to the next.
			o.said = o.speaking != 0 || len(o.waiting) > 0
			o.mixed = o.said && (o.mixed || !o.on)
			o.sound.ended(e.Turn, o.said)
			o.voice.ended(e.Turn, o.said)
		}
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
	case ItemAdded:
		o.saying()
	case Keep:
		if err := o.mayKeep(); err != nil {
			return fmt.Errorf("kept: %w", err)
		}
		if len(o.gates) > len(o.durable) {
			return fmt.Errorf("kept while a fact waits to be durable")
		}
		if o.spoilt[e.Grant.Turn()] {
			return fmt.Errorf("a part of turn %d is kept: something of it was said while it was off", e.Grant.Turn())
		}
		if !e.Grant.Valid() || e.Grant.Retention() != o.policy.Retention || e.Grant.Policy() != o.policy.Number {
			return fmt.Errorf("the grant is not under the policy in force")
		}
	case KeepReport:
		o.reported++
		switch {
		case !o.told:
			return fmt.Errorf("a report is taken before the person was told")
		case o.child:
			return fmt.Errorf("a report of a child is taken")
		case o.reported > mostReports:
			return fmt.Errorf("more reports are taken than one session has")
		case !e.Grant.Valid() || o.policy.Unavailable || o.policy.Reports <= 0 || e.Grant.Retention() != o.policy.Reports || e.Grant.Policy() != o.policy.Number:
			return fmt.Errorf("the report is not under the policy in force")
		}
	case RecordingIs:
		if e.On {
			if err := o.mayKeep(); err != nil {
				return fmt.Errorf("said to be recording: %w", err)
			}
		}
		o.on = e.On
		o.mixed = o.mixed || o.said && !o.on
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

// saying is something of an exchange being said.
func (o *observer) saying() {
	o.said = true
	o.mixed = o.mixed || !o.on
	o.sound.saying()
	o.voice.saying()
}

// heed learns from an input that was accepted.
func (o *observer) heed(in Input) {
	switch in := in.(type) {
	case Consented:
		o.granted |= in.Granted
		o.refused = o.refused&^in.Granted | in.Refused
		o.no &^= in.Granted &^ o.later
		o.later = 0
	case Withdrawn:
		o.no |= in.Purposes
		o.later |= in.Purposes
	case OptedOut:
		o.opted |= in.Purposes &^ Handoff
		o.no |= in.Purposes & Handoff
		o.later |= in.Purposes
	case MinorFound:
		o.opted |= Stored
		o.later |= Stored
		o.child = true
	case PolicyChanged:
		// Downwards only.
		o.policy.Number = in.Policy.Number
		o.policy.Desk = o.policy.Desk && in.Policy.Desk
		o.policy.Attachments = o.policy.Attachments && in.Policy.Attachments
		o.policy.Transcript = o.policy.Transcript && in.Policy.Transcript
		o.policy.Retention = min(o.policy.Retention, in.Policy.Retention)
		o.policy.Unavailable = o.policy.Unavailable || in.Policy.Unavailable
		o.policy.Told = o.policy.Told && in.Policy.Told
		o.policy.Audio = o.policy.Audio && in.Policy.Audio
		o.policy.AudioRetention = min(o.policy.AudioRetention, in.Policy.AudioRetention)
		o.policy.Microphone = o.policy.Microphone && in.Policy.Microphone
		o.policy.Reports = min(o.policy.Reports, in.Policy.Reports)
	case NoticeChanged:
		// What is kept as it says, once the person was told and asked anew.
		o.policy.Number = in.Policy.Number
		o.policy.Desk = o.policy.Desk && in.Policy.Desk
		o.policy.Attachments = o.policy.Attachments && in.Policy.Attachments
		o.policy.Transcript, o.policy.Retention = in.Policy.Transcript, in.Policy.Retention
		o.policy.Unavailable, o.policy.Told = in.Policy.Unavailable, in.Policy.Told
		o.policy.Audio, o.policy.AudioRetention = in.Policy.Audio, in.Policy.AudioRetention
		o.policy.Microphone = o.policy.Microphone && in.Policy.Microphone
		o.policy.Reports = min(o.policy.Reports, in.Policy.Reports)
		o.granted, o.accepted, o.void = o.granted&(Handoff|HandoffContext), false, true
	case RecordFailed:
		o.failed = true
	}
}

// drawPolicy is any policy.
func drawPolicy(t *rapid.T) Policy {
	often := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) > 0 }
	return Policy{
		Number:            uint64(rapid.IntRange(0, 9).Draw(t, "number")),
		Transcript:        often("transcript"),
		Retention:         time.Duration(rapid.IntRange(0, 3).Draw(t, "retention")) * time.Hour,
		Told:              !often("told"),
		Audio:             often("audio"),
		AudioRetention:    time.Duration(rapid.IntRange(0, 3).Draw(t, "audio retention")) * time.Hour,
		Reports:           time.Duration(rapid.IntRange(0, 3).Draw(t, "reports")) * time.Hour,
		Unavailable:       !often("unavailable"),
		EndOnFailure:      rapid.Bool().Draw(t, "end"),
		Remind:            time.Duration(rapid.IntRange(0, 2).Draw(t, "remind")) * time.Second,
		Microphone:        rapid.Bool().Draw(t, "microphone"),
		Desk:              rapid.Bool().Draw(t, "desk"),
		Attachments:       often("attachments"),
		NoAcknowledgement: rapid.Bool().Draw(t, "noack"),
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
		notice := uint32(rapid.IntRange(0, 2).Draw(t, "notice"))
		if rapid.Bool().Draw(t, "current notice") {
			notice = s.notice.number
		}
		return Acknowledged{Notice: notice}
	case consented:
		if rapid.Bool().Draw(t, "as asked") {
			purposes &= s.consent.asked
			if rapid.Bool().Draw(t, "yes") {
				purposes = s.consent.asked
			}
		}
		return Consented{Granted: purposes, Refused: AllPurposes &^ purposes}
	case withdrawn:
		return Withdrawn{Purposes: purposes}
	case optedOut:
		return OptedOut{Purposes: purposes}
	case said:
		in := Said{Item: Item{Words: speech("what the person said")}}
		switch rapid.IntRange(0, 5).Draw(t, "shown") {
		case 0:
			in = show(picture(100), document("a text"))
		case 1:
			in.Item.Attachments = []Attachment{picture(5 << 20)}
		}
		return in
	case requested:
		return Requested{Form: Spoken, HasForm: rapid.Bool().Draw(t, "form")}
	case interrupted:
		return Interrupted{Turn: turn, By: ClientCancel}
	case truncated:
		return Truncated{Item: ItemNo(turn), AudioMS: 5}
	case deleted:
		return Deleted{Item: ItemNo(turn)}
	case soundCame:
		return SoundCame{}
	case voiceStarted:
		return VoiceStarted{Interrupt: rapid.Bool().Draw(t, "interrupt"), Unsent: 240}
	case voiceStopped:
		return VoiceStopped{}
	case voiceCommitted:
		return VoiceCommitted{AudioMS: 1000, Reply: rapid.Bool().Draw(t, "reply")}
	case voiceDropped:
		return VoiceDropped{}
	case voiceIdle:
		return VoiceIdle{ToMS: 5000}
	case guessed:
		return Guessed{Item: drawSpoken(t, s), Words: speech("what")}
	case transcribed:
		in := Transcribed{Item: drawSpoken(t, s), Words: speech("what the person says")}
		switch rapid.IntRange(0, 5).Draw(t, "transcript") {
		case 0:
			in.Words = Speech{}
		case 1:
			in.Words, in.Code = Speech{}, "backend_timeout"
		}
		return in
	case replyPart:
		return onePart(turn)
	case replyEnd:
		return ReplyEnd{Turn: turn}
	case toolCalled:
		return ToolCalled{Turn: turn}
	case toolRan:
		return ToolRan{Turn: turn, Name: speech("tool"), Args: speech("{}"), Output: speech("what a tool says")}
	case humanRequested:
		return HumanRequested{Share: rapid.Bool().Draw(t, "share")}
	case humanCancelled:
		return HumanCancelled{}
	case humanQueued:
		return HumanQueued{Position: 1}
	case humanOffered:
		return HumanOffered{}
	case humanMissed:
		return HumanMissed{Why: TookTooLong}
	case humanLeft:
		return HumanLeft{Why: HandedBack, Again: rapid.Bool().Draw(t, "again")}
	case humanCut:
		return HumanCut{}
	case humanBack:
		return HumanBack{}
	case humanSaid:
		return HumanSaid{Words: speech("what the human said")}
	case humanSpoke:
		in := HumanSpoke{PCM: make([]int16, 480), Paused: rapid.Bool().Draw(t, "paused")}
		if rapid.Bool().Draw(t, "written down") {
			in.PCM, in.Words = nil, speech("what the human said aloud")
		}
		return in
	case policyChanged:
		return PolicyChanged{Policy: drawPolicy(t)}
	case noticeChanged:
		return NoticeChanged{Policy: drawPolicy(t)}
	case minorFound:
		if rapid.IntRange(0, 3).Draw(t, "minor") > 0 {
			return Tick{}
		}
		return MinorFound{}
	case reported:
		return Reported{Report: Report{Lines: []ReportLine{{Item: ItemNo(turn), Words: speech("what")}}}}
	case recordFailed:
		if rapid.IntRange(0, 3).Draw(t, "failed") > 0 {
			return Tick{}
		}
		return RecordFailed{}
	case kept:
		return Kept{Turn: turn}
	case withheld:
		return Withheld{Turn: turn, Values: 3, Rest: rapid.IntRange(0, 3).Draw(t, "rest") == 0}
	case noted:
		return Noted{Seq: s.pendingSeq, Lost: rapid.IntRange(0, 4).Draw(t, "lost") == 0}
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

// drawSpoken is an item that waits for its words, or any.
func drawSpoken(t *rapid.T, s *Session) ItemNo {
	if w := s.voice.waiting; len(w) > 0 && rapid.IntRange(0, 3).Draw(t, "spoken") > 0 {
		return w[rapid.IntRange(0, len(w)-1).Draw(t, "which")].item
	}
	return ItemNo(rapid.IntRange(0, 5).Draw(t, "item"))
}

// leads are how a sequence may begin, so that it gets somewhere.
func leads() [][]Input {
	turn := func(no TurnNo) []Input {
		return []Input{Said{Item: Item{Words: speech("a question")}}, Requested{}, onePart(no), ReplyEnd{Turn: no}}
	}
	yes := []Input{Consented{Granted: Transcript}, Noted{}}
	told := []Input{Declared{Aware: true}, Acknowledged{Notice: 1}}
	spoken := slices.Concat(told, []Input{Consented{Granted: Transcript | VoiceInput}, Noted{},
		VoiceStarted{Interrupt: true}, VoiceStopped{}, VoiceCommitted{Reply: true}, Transcribed{Item: 1, Words: speech("a question")},
		onePart(1), VoiceStarted{Interrupt: true}, VoiceCommitted{Reply: true}})
	once := slices.Concat(told, yes, turn(1))
	dubbed := slices.Concat(told, []Input{Consented{Granted: Transcript | AudioRecording}, Noted{}}, turn(1))
	human := slices.Concat(once, []Input{HumanRequested{Share: true}, HumanQueued{Position: 1}, HumanOffered{}})
	withHuman := slices.Concat(human, []Input{Consented{Granted: Handoff | HandoffContext}, Noted{}, Said{Item: Item{Words: speech("to a human")}}, HumanSaid{Words: speech("from a human")}})
	cut := slices.Concat(withHuman, []Input{HumanCut{}, Said{Item: Item{Words: speech("to nobody yet")}}})
	apart := slices.Concat(human, []Input{Consented{Granted: Handoff, Refused: HandoffContext}, Noted{}, Said{Item: Item{Words: speech("to a human")}},
		HumanLeft{Why: HandedBack}, Acknowledged{Notice: 2}, Requested{}})
	aloud := slices.Concat(told, []Input{Consented{Granted: Transcript | AudioRecording | VoiceInput}, Noted{}}, turn(1))
	seen := slices.Concat(told, []Input{Consented{Granted: Transcript | Attachments}, Noted{}, show(picture(10))}, turn(1), []Input{show(document("a text")), Requested{}})
	return [][]Input{
		nil, seen, seen,
		slices.Concat(told, turn(1)),
		spoken, spoken, aloud, dubbed, human, withHuman, cut, apart,
		{Configured{Form: Written}, Shown{Turn: 1}, VoiceStarted{}, VoiceCommitted{Reply: true}, Transcribed{Item: 2, Words: speech("a question")}},
		once,
		slices.Concat(told, []Input{Consented{Granted: Transcript}, Noted{Lost: true}}, turn(1), yes, turn(2)),
		slices.Concat(once, []Input{NoticeChanged{Policy: full}, Acknowledged{Notice: 2}}, yes, turn(2)),
		slices.Concat(once, []Input{Withdrawn{Purposes: Transcript}, Noted{}}, turn(2), yes, turn(3)),
	}
}

// Whatever happens, in whatever order: nothing is kept without grant,
// disclosure and consent before it; no content is sent before disclosure; no
// engine is asked before acceptance; nobody is listened to, and nothing that
// was spoken is asked of an engine or kept, without leave; nothing follows the
// close; and every reply ends exactly once. // R1 R10 R12 R20 R25
func TestInvariants(t *testing.T) {
	checks := int(20000 * *scale)
	if err := flag.Set("rapid.checks", fmt.Sprint(checks)); err != nil {
		t.Fatal(err)
	}
	inputs, kept, spoken, told, anew, lost, asked, sound, voice := 0, 0, 0, 0, 0, 0, 0, 0, 0
	var desks desk
	var looked eyes
	rapid.Check(t, func(t *rapid.T) {
		policy := drawPolicy(t)
		s, effects := New(t0, policy, Written)
		o := &observer{policy: policy, open: map[TurnNo]Purpose{}, ended: map[TurnNo]bool{}, gates: map[uint32]Fact{}, durable: map[uint32]bool{}, spoilt: map[TurnNo]bool{}, waiting: map[ItemNo]bool{}, heard: map[ItemNo]bool{}, eyes: eyes{held: map[ItemNo][]Content{}}}
		changes := 0
		now := t0
		check := func(effects []Effect) {
			for _, e := range effects {
				if err := o.see(e); err != nil {
					t.Fatal(err)
				}
				switch e.(type) {
				case Keep:
					kept++
					if o.policy.Told && !o.granted.Has(Transcript) {
						told++
					}
					if changes > 0 {
						anew++
					}
				case *TurnSound:
					spoken++
				}
			}
		}
		check(effects)
		steps := rapid.IntRange(10, 60).Draw(t, "steps")
		lead := leads()[rapid.IntRange(0, len(leads())-1).Draw(t, "lead")]
		for i := range steps {
			now = now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ms")) * time.Millisecond)
			in := Input(nil)
			if i < len(lead) {
				in = lead[i]
				if n, ok := in.(Noted); ok {
					in = Noted{Seq: s.pendingSeq, Lost: n.Lost}
				}
			} else {
				in = drawInput(t, s)
			}
			was, wasSeq := s.pending, s.pendingSeq
			switch in := in.(type) {
			case Noted:
				if was != nil && in.Seq == s.pendingSeq {
					o.durable[in.Seq] = true
					// A yes counts from here, if it is not lost; a no counted
					// when it came, but for the one to a question.
					if c, ok := was.(Consented); ok {
						if in.Lost || o.void {
							if in.Lost {
								lost++
							}
							c.Granted = 0
						}
						o.heed(c)
					}
				}
			case Withdrawn, OptedOut, MinorFound:
				if s.state != Closed && len(s.waiting) < waitingInputs {
					o.heed(in)
				}
			case PolicyChanged, NoticeChanged, RecordFailed:
				if s.state != Closed {
					o.heed(in)
				}
				if _, ok := in.(NoticeChanged); ok {
					changes++
				}
			}
			effects, err := s.Apply(now, in)
			inputs++
			if _, ok := s.pending.(Consented); ok && s.pendingSeq != wasSeq {
				o.later, o.void = s.waitingNo(), false
			}
			if err != nil {
				if _, ok := err.(Refusal); !ok {
					t.Fatalf("%T is not a Refusal", err)
				}
			}
			o.aware = s.notice.aware
			check(effects)
			if err := o.eyes.settled(s); err != nil {
				t.Fatal(err)
			}
			if s.state != Closed && s.Next().IsZero() {
				t.Fatal("an open session has no deadline")
			}
		}
		effects, _ = s.Apply(now, HungUp{Reason: PersonLeft})
		check(effects)
		asked += o.asked
		looked.taken, looked.asked, looked.dropped = looked.taken+o.eyes.taken, looked.asked+o.eyes.asked, looked.dropped+o.eyes.dropped
		desks.joined, desks.read, desks.passed, desks.left = desks.joined+o.desk.joined, desks.read+o.desk.read, desks.passed+o.desk.passed, desks.left+o.desk.left
		desks.back += o.desk.back
		sound, voice = sound+o.soundKept, voice+o.voiceKept
		if s.state != Closed || len(s.talk.items) != 0 || s.pending != nil || s.waiting != nil {
			t.Fatal("something is left of a closed session")
		}
	})
	t.Logf("n = %d turns kept with sound, %d with the person's", sound, voice)
	t.Logf("n = %d humans joined, %d left; %d came back after their line broke; they read %d items, %d of them from before", desks.joined, desks.left, desks.back, desks.read, desks.passed)
	t.Logf("n = %d attachments taken, %d shown to an engine, %d forgotten with their item", looked.taken, looked.asked, looked.dropped)
	t.Logf("n = %d spoken items that an engine was asked about", asked)
	t.Logf("n = %d sequences, %d inputs, %d turns kept (%d told and not asked, %d after the notice changed), %d consents lost, %d pieces of sound", checks, inputs, kept, told, anew, lost, spoken)
	if kept == 0 || told == 0 || anew == 0 || lost == 0 || spoken == 0 || asked == 0 || sound == 0 || voice == 0 || desks.left == 0 || desks.back == 0 || looked.asked == 0 || looked.dropped == 0 || desks.passed == 0 || desks.read == desks.passed {
		t.Fatal("the sequences never kept or said anything: they prove nothing")
	}
}
