package session

import (
	"slices"
	"testing"
	"time"
)

// life drives a session as a connection would, and remembers what came of it.
type life struct {
	t    *testing.T
	s    *Session
	now  time.Time
	lost bool // facts are lost from now on

	kept     []TurnNo
	grants   []Grant
	is       RecordingIs
	consent  ConsentIs
	opted    OptOutIs
	asked    []Purposes
	reminded []time.Duration // since t0
	notices  int
	recited  []Recite
	engines  []TurnNo
	ended    Reason
}

func begin(t *testing.T, p Policy) *life {
	l := &life{t: t, now: t0}
	s, effects := New(t0, p, Written)
	l.s = s
	l.see(effects)
	return l
}

func (l *life) see(effects []Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case Keep:
			l.kept, l.grants = append(l.kept, e.Grant.Turn()), append(l.grants, e.Grant)
		case RecordingIs:
			l.is = e
		case ConsentIs:
			l.consent = e
		case OptOutIs:
			l.opted = e
		case ConsentAsk:
			l.asked = append(l.asked, e.Purposes)
		case Reminder:
			l.reminded = append(l.reminded, l.now.Sub(t0))
		case NoticePresent:
			l.notices++
		case Recite:
			l.recited = append(l.recited, e)
		case Ask:
			l.engines = append(l.engines, e.Turn)
		case EndedIs:
			l.ended = e.Reason
		}
	}
}

// do applies inputs, and makes their facts durable, or loses them.
func (l *life) do(all ...Input) *life {
	l.t.Helper()
	for _, in := range all {
		effects, err := l.s.Apply(l.now, in)
		if err != nil {
			l.t.Fatalf("%T: %v", in, err)
		}
		l.see(effects)
		if l.s.Waiting() {
			effects, _ = l.s.Apply(l.now, Noted{Seq: l.s.pendingSeq, Lost: l.lost})
			l.see(effects)
		}
	}
	return l
}

// turn is a question and its answer.
func (l *life) turn() *life {
	l.t.Helper()
	l.do(Said{Item: Item{Words: speech("a question")}}, Requested{})
	return l.do(onePart(l.s.reply.turn), ReplyEnd{Turn: l.s.reply.turn})
}

// told is a client that knows notices, and acknowledged the first.
func (l *life) told() *life {
	l.t.Helper()
	return l.do(Declared{Aware: true}, Acknowledged{Notice: 1})
}

// until lets time pass as a wheel would.
func (l *life) until(d time.Duration) *life {
	l.t.Helper()
	for end := t0.Add(d); ; {
		next := l.s.Next()
		if next.IsZero() || next.After(end) {
			l.now = end
			return l
		}
		if next.Before(l.now) {
			next = l.now
		}
		before := l.s.Next()
		l.now = next
		l.do(Tick{})
		if l.s.Next().Equal(before) && !before.After(l.now) {
			l.t.Fatalf("at %v a tick changed nothing and is due again", l.now.Sub(t0))
		}
	}
}

func (l *life) expect(why RecordingWhy, kept ...TurnNo) {
	l.t.Helper()
	if on := why == WhyConsent || why == WhyTold; l.is.On != on || l.is.Why != why || !slices.Equal(l.kept, kept) {
		l.t.Errorf("recording %+v, kept %v; want reason %d, kept %v", l.is, l.kept, why, kept)
	}
}

// A yes that could not be noted is none, and the person is told; a no that
// could not be noted is one. R12 R41 R42
func TestLostFacts(t *testing.T) {
	l := begin(t, full).told()
	l.lost = true
	l.do(Consented{Granted: Transcript | VoiceInput}).turn()
	l.expect(WhyNotNoted)
	if l.consent != (ConsentIs{Lost: Transcript | VoiceInput}) || l.s.State() != Listening {
		t.Errorf("%+v %v", l.consent, l.s.State())
	}
	if _, err := l.s.Apply(l.now, VoiceStarted{}); err != (Refusal{NoMicrophone}) {
		t.Errorf("the microphone is used on a yes that was lost: %v", err)
	}
	l.lost = false
	l.do(Consented{Granted: Transcript}).turn()
	l.expect(WhyConsent, 2)
	l.lost = true
	l.do(OptedOut{Purposes: Transcript}).turn()
	l.expect(WhyOptOut, 2)
	if !l.opted.Purposes.Has(Transcript) {
		t.Error("the person was not told")
	}

	l = begin(t, full).told().do(Consented{Granted: Transcript})
	l.lost = true
	l.do(Withdrawn{Purposes: Transcript}).turn()
	l.expect(WhyWithdrawn)
}

// A turn in which the person, or the tenant, said no is dropped whole, and so
// is one in which they said yes. R10 R12
func TestTurnIsKeptWholeOrNotAtAll(t *testing.T) {
	for name, no := range map[string][]Input{
		"taken back":            {Withdrawn{Purposes: Transcript}},
		"taken back, and given": {Withdrawn{Purposes: Transcript}, Consented{Granted: Transcript}},
		"opted out":             {OptedOut{Purposes: Transcript}},
		"switched off":          {PolicyChanged{}},
		"a child":               {MinorFound{}},
		"failed":                {RecordFailed{}},
	} {
		for _, early := range []bool{true, false} {
			l := begin(t, full).told().do(Consented{Granted: Transcript}).turn()
			l.do(Said{Item: Item{Words: speech("a question")}})
			if early {
				l.do(no...).do(Requested{})
			} else {
				l.do(Requested{}, onePart(2)).do(no...)
			}
			l.do(onePart(2), ReplyEnd{Turn: 2})
			if !slices.Equal(l.kept, []TurnNo{1}) {
				t.Errorf("%s, early %v: kept %v", name, early, l.kept)
			}
			l.turn()
			want := []TurnNo{1}
			if len(no) == 2 {
				want = append(want, 3)
			}
			if !slices.Equal(l.kept, want) {
				t.Errorf("%s, early %v, the turn after: kept %v", name, early, l.kept)
			}
		}
	}
}

// What was said before the yes is not kept, nor is the answer to it.
func TestQuestionBeforeTheYes(t *testing.T) {
	l := begin(t, full).told()
	l.do(Said{Item: Item{Words: speech("asked before")}}, Consented{Granted: Transcript})
	l.do(Requested{}, onePart(1), ReplyEnd{Turn: 1})
	l.expect(WhyConsent)
	l.turn()
	l.expect(WhyConsent, 2)
}

// Nor is it when what was said before the yes was deleted, or the reply to it
// failed: the turn had begun. R12
func TestTurnBegunBeforeTheYes(t *testing.T) {
	for name, before := range map[string][]Input{
		"deleted": {Said{Item: Item{Words: speech("asked before")}}, Deleted{Item: 1}},
		"failed":  {Requested{}, onePart(1), ReplyEnd{Turn: 1, Code: "trouble"}},
	} {
		l := begin(t, full).told().do(Consented{Refused: Transcript}).do(before...).do(Consented{Granted: Transcript})
		l.turn()
		if len(l.kept) != 0 {
			t.Errorf("%s: kept %v", name, l.kept)
		}
		last := l.s.reply.turn
		l.turn()
		if !slices.Equal(l.kept, []TurnNo{last + 1}) {
			t.Errorf("%s, the turn after: kept %v", name, l.kept)
		}
	}
}

// Switching off counts while a fact waits for the disk: nobody waits for a
// disk that has frozen. R10
func TestOffWhileAFactWaits(t *testing.T) {
	l := begin(t, full).told().do(Consented{Granted: Transcript}).turn()
	if _, err := l.s.Apply(l.now, Withdrawn{Purposes: VoiceInput}); err != nil || !l.s.Waiting() {
		t.Fatal("nothing waits")
	}
	for range waitingInputs {
		if _, err := l.s.Apply(l.now, Said{Item: Item{Words: speech("more")}}); err != nil {
			t.Fatal(err)
		}
	}
	effects, err := l.s.Apply(l.now, PolicyChanged{})
	if err != nil {
		t.Fatalf("an off-switch is refused because the list is full: %v", err)
	}
	l.see(effects)
	l.expect(WhyPolicy, 1)
}

// Where a recording cannot go on, the session does, or ends, as the tenant
// wants it.
func TestOnFailure(t *testing.T) {
	for _, end := range []bool{false, true} {
		p := full
		p.EndOnFailure = end
		l := begin(t, p).told().do(Consented{Granted: Transcript}).turn().do(RecordFailed{Turn: 1})
		l.expect(WhyFailed, 1)
		if (l.s.State() == Closed) != end || (l.ended == Unrecorded) != end {
			t.Errorf("end %v: %v %v", end, l.s.State(), l.ended)
		}
		// One that is not recorded never ends because of a disk.
		l = begin(t, p).told().do(Consented{Refused: Transcript}).turn().do(RecordFailed{Turn: 1})
		if l.s.State() == Closed {
			t.Errorf("end %v: a session that is not recorded ended", end)
		}
	}
}

// Nothing is asked, and nothing kept, where nothing can be kept; and it is
// said why.
func TestUnavailable(t *testing.T) {
	p := full
	p.Unavailable, p.Microphone = true, false
	l := begin(t, p).told().turn()
	l.expect(WhyUnavailable)
	if len(l.asked) > 0 {
		t.Errorf("asked for %v", l.asked)
	}
	// Nor does it come on again in a session that was told so.
	l.do(PolicyChanged{Policy: full}).turn()
	l.expect(WhyUnavailable)
}

// On another legal basis than consent the person is told and not asked, and
// can still say no. R40
func TestToldInsteadOfAsked(t *testing.T) {
	p := full
	p.Told, p.Microphone = true, false
	l := begin(t, p)
	l.do(Declared{Aware: true})
	if l.is.On {
		t.Error("recorded before the notice")
	}
	l.do(Acknowledged{Notice: 1}).turn()
	l.expect(WhyTold, 1)
	if len(l.asked) > 0 {
		t.Errorf("asked for %v", l.asked)
	}
	l.do(OptedOut{Purposes: Transcript}).turn()
	l.expect(WhyOptOut, 1)

	l = begin(t, p).told().turn().do(Withdrawn{Purposes: Transcript}).turn()
	l.expect(WhyWithdrawn, 1)

	// Nobody knows whether a client that knows no notice showed one.
	l = begin(t, p).do(Configured{}, Shown{Turn: 1}).turn()
	l.expect(WhyNoConsent)

	// A policy that goes back to consent needs one.
	l = begin(t, p).told().turn()
	q := p
	q.Told = false
	l.do(PolicyChanged{Policy: q}).turn()
	l.expect(WhyNoConsent, 1)
}

// A notice that changed in a way that matters: what was agreed to counts no
// more, the person is told before the next reply, and asked anew. R27
func TestNoticeChanged(t *testing.T) {
	p := full
	p.Microphone = false
	l := begin(t, p).told().do(Consented{Granted: Transcript}).turn()
	l.do(Said{Item: Item{Words: speech("a question")}}, Requested{}, onePart(2))
	q := p
	q.Number, q.Retention = 8, 2*time.Hour // longer: only a new consent covers it
	l.do(NoticeChanged{Policy: q})
	l.expect(WhyNoConsent, 1)
	l.do(onePart(2), ReplyEnd{Turn: 2})
	if len(l.engines) != 2 || l.notices != 1 || l.s.State() != Listening {
		t.Fatalf("the reply under way did not end as it was: %v, %d notices, %v", l.engines, l.notices, l.s.State())
	}
	// An answer to the question of before is none to this one.
	if _, err := l.s.Apply(l.now, Consented{Granted: Transcript}); err != (Refusal{NotAsked}) {
		t.Errorf("%v", err)
	}
	l.do(Said{Item: Item{Words: speech("a question")}}, Requested{})
	if len(l.engines) != 2 || l.notices != 2 || l.s.State() != Disclosing {
		t.Fatalf("an engine was asked before the person was told: %v, %d notices, %v", l.engines, l.notices, l.s.State())
	}
	if _, err := l.s.Apply(l.now, Acknowledged{Notice: 1}); err != (Refusal{WrongNotice}) {
		t.Errorf("%v", err)
	}
	l.do(Acknowledged{Notice: 2})
	if !slices.Equal(l.asked, []Purposes{Transcript, Transcript}) {
		t.Errorf("asked %v", l.asked)
	}
	l.do(Consented{Granted: Transcript})
	l.do(onePart(3), ReplyEnd{Turn: 3})
	l.expect(WhyConsent, 1) // its question was asked before
	l.turn()
	l.expect(WhyConsent, 1, 4)
	if got := l.s.policy.Retention; got != 2*time.Hour {
		t.Errorf("retention %v", got)
	}

	// A no stands, whatever the notice says now.
	for name, no := range map[string]Input{"refused": Consented{Refused: Transcript}, "opted out": OptedOut{Purposes: Transcript}} {
		l = begin(t, p).told().do(no, NoticeChanged{Policy: q}, Acknowledged{Notice: 2}).turn()
		if l.is.On || len(l.kept) > 0 {
			t.Errorf("%s: %+v", name, l.is)
		}
	}

	// A session that began unrecorded can be, after notice and consent only.
	off := Policy{Number: 1}
	l = begin(t, off).told().turn().do(PolicyChanged{Policy: p}).turn()
	l.expect(WhyPolicy)
	l.do(NoticeChanged{Policy: p}, Acknowledged{Notice: 2}).do(Consented{Granted: Transcript}).turn()
	l.expect(WhyConsent, 3)
}

// An answer that still waits for its fact when the notice changes was one to
// the notice of before. R27
func TestNoticeChangesWhileAYesWaits(t *testing.T) {
	for _, noAck := range []bool{false, true} {
		p := full
		p.NoAcknowledgement = noAck
		l := begin(t, p).do(Declared{Aware: true})
		if !noAck {
			l.do(Acknowledged{Notice: 1})
		}
		if _, err := l.s.Apply(l.now, Consented{Granted: Transcript}); err != nil || !l.s.Waiting() {
			t.Fatal(err)
		}
		seq := l.s.pendingSeq
		effects, _ := l.s.Apply(l.now, NoticeChanged{Policy: p})
		l.see(effects)
		l.do(Noted{Seq: seq})
		if !noAck {
			l.do(Acknowledged{Notice: 2})
		}
		if l.s.consent.granted != 0 || len(l.asked) != 2 || l.s.State() != Consenting {
			t.Errorf("granted %v, asked %v, %v", l.s.consent.granted, l.asked, l.s.State())
		}
		l.do(Consented{Granted: Transcript}).turn()
		l.expect(WhyConsent, 1)
	}
}

// Somebody who may be a minor is reminded at least every three hours, for as
// long as the session goes on, whatever goes on in it. R71
func TestReminder(t *testing.T) {
	p := Policy{Remind: 3 * time.Hour, SessionTime: 24 * time.Hour, IdleTime: 24 * time.Hour}
	l := begin(t, p)
	l.now = t0.Add(time.Minute)
	l.told()
	l.until(13 * time.Hour)
	var want []time.Duration
	for h := time.Duration(3); h <= 12; h += 3 {
		want = append(want, h*time.Hour+time.Minute)
	}
	if !slices.Equal(l.reminded, want) {
		t.Errorf("reminded at %v", l.reminded)
	}
	if l.notices != 1 || l.s.State() != Listening {
		t.Errorf("a client that shows it is interrupted: %d notices, %v", l.notices, l.s.State())
	}

	// A client that knows no notices is told aloud, between two replies.
	l = begin(t, p).do(Configured{}, Shown{Turn: 1}, Requested{}, onePart(2))
	l.until(4 * time.Hour)
	if len(l.reminded) != 0 || len(l.recited) != 1 {
		t.Errorf("a reply was interrupted: %v", l.reminded)
	}
	l.do(ReplyEnd{Turn: 2})
	l.until(5 * time.Hour)
	if len(l.reminded) != 1 || len(l.recited) != 2 || !l.recited[1].Break || l.s.State() != Disclosing {
		t.Errorf("reminded %v, recited %+v, %v", l.reminded, l.recited, l.s.State())
	}
	l.do(Requested{}, Shown{Turn: 3})
	if l.s.State() != Thinking {
		t.Errorf("what was asked meanwhile is lost: %v", l.s.State())
	}

	// Nobody else is reminded.
	p.Remind = 0
	if l = begin(t, p).told().until(23 * time.Hour); len(l.reminded) != 0 {
		t.Errorf("reminded at %v", l.reminded)
	}
}

// "This is a child" ends whatever outlives the session, for good. R72
func TestMinorFound(t *testing.T) {
	p := full
	p.SessionTime, p.IdleTime = 24*time.Hour, 24*time.Hour
	l := begin(t, p).told().do(Consented{Granted: Transcript}).turn()
	l.do(MinorFound{}).turn()
	l.expect(WhyOptOut, 1)
	if l.opted.Purposes != Stored {
		t.Errorf("%+v", l.opted)
	}
	l.do(Consented{Granted: Transcript}, NoticeChanged{Policy: p}, Acknowledged{Notice: 2}).turn()
	l.expect(WhyOptOut, 1)
	l.until(3 * time.Hour)
	if len(l.reminded) != 1 {
		t.Errorf("reminded at %v", l.reminded)
	}
}
