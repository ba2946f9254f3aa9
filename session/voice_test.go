package session

import (
	"slices"
	"testing"
)

// listening is a session whose person agreed to be heard and recorded.
func listening(t *testing.T) *Session {
	t.Helper()
	s, _ := New(t0, full, Spoken)
	must(t, s, Declared{Aware: true})
	must(t, s, Acknowledged{Notice: 1})
	gated(t, s, Consented{Granted: Transcript | VoiceInput})
	return s
}

// kinds are the names of effects.
func kinds(effects []Effect) []string {
	var names []string
	for _, e := range effects {
		names = append(names, effectName(e))
	}
	return names
}

func has(effects []Effect, name string) bool { return slices.Contains(kinds(effects), name) }

// asked are the words that an engine was asked about, nil if it was not.
func askedAbout(effects []Effect) []string {
	for _, e := range effects {
		if ask, ok := e.(Ask); ok {
			words := []string{}
			for _, it := range ask.Items {
				words = append(words, string(it.Words.AppendTo(nil)))
			}
			return words
		}
	}
	return nil
}

// One number from the first sound to the words; the reply is asked when they
// are known, and not before.
func TestReplyAfterTheWords(t *testing.T) {
	s := listening(t)
	started := must(t, s, VoiceStarted{AtMS: 120})
	if e := started[0].(SpeechHeard); e != (SpeechHeard{Started: true, Item: 1, AtMS: 120}) {
		t.Fatalf("%+v", e)
	}
	if e := must(t, s, VoiceStopped{AtMS: 900})[0].(SpeechHeard); e != (SpeechHeard{Item: 1, AtMS: 900}) {
		t.Fatalf("%+v", e)
	}
	taken := must(t, s, VoiceCommitted{AudioMS: 780, Reply: true})
	if !slices.Equal(kinds(taken), []string{"VoiceTaken", "ItemAdded"}) || taken[1].(ItemAdded).Item.Words.Len() != 0 {
		t.Fatalf("%v", kinds(taken))
	}
	words := must(t, s, Transcribed{Item: 1, Words: speech("hello")})
	if words[0].(TranscriptIs).AudioMS != 780 || !slices.Equal(askedAbout(words), []string{"hello"}) || s.State() != Thinking {
		t.Fatalf("%v", kinds(words))
	}
}

// Who goes on speaking is not answered in the middle: one reply, to all of it,
// also when the words come in another order.
func TestReplyToAllOfIt(t *testing.T) {
	s := listening(t)
	must(t, s, VoiceStarted{})
	must(t, s, VoiceCommitted{Reply: true})
	must(t, s, VoiceStarted{})
	if e := must(t, s, Transcribed{Item: 1, Words: speech("when")}); askedAbout(e) != nil {
		t.Fatal("answered while the person speaks")
	}
	must(t, s, VoiceCommitted{Reply: true})
	must(t, s, VoiceStarted{})
	must(t, s, VoiceCommitted{Reply: true})
	if e := must(t, s, Transcribed{Item: 3, Words: speech("open")}); askedAbout(e) != nil {
		t.Fatal("answered before all words are known")
	}
	if got := askedAbout(must(t, s, Transcribed{Item: 2, Words: speech("are you")})); !slices.Equal(got, []string{"when", "are you", "open"}) {
		t.Fatalf("%q", got)
	}
}

// Nothing that was understood, or nobody who understood it, is no question.
func TestNothingUnderstood(t *testing.T) {
	for name, in := range map[string]Transcribed{"nothing said": {Item: 1}, "failed": {Item: 1, Code: "backend_timeout"}} {
		s := listening(t)
		must(t, s, VoiceStarted{})
		must(t, s, VoiceCommitted{Reply: true})
		if e := must(t, s, in); askedAbout(e) != nil || s.State() != Listening {
			t.Errorf("%s: %v", name, kinds(e))
		}
		must(t, s, Said{Item: Item{Words: speech("typed")}})
		if got := askedAbout(must(t, s, Requested{})); !slices.Equal(got, []string{"typed"}) {
			t.Errorf("%s: an engine is shown %q", name, got)
		}
	}
}

// A reply that is asked for before the words are known waits for them; one is
// enough; it can be taken back; and it ends where there are none.
func TestRequestWaitsForTheWords(t *testing.T) {
	s := listening(t)
	must(t, s, VoiceCommitted{})
	if e := must(t, s, Requested{}); len(e) != 0 {
		t.Fatalf("%v", kinds(e))
	}
	if _, err := s.Apply(t0, Requested{}); err != (Refusal{Busy}) {
		t.Fatal(err)
	}
	must(t, s, Interrupted{By: ClientCancel})
	if e := must(t, s, Transcribed{Item: 1, Words: speech("hello")}); askedAbout(e) != nil {
		t.Fatal("it was taken back")
	}
	must(t, s, VoiceCommitted{})
	must(t, s, Requested{})
	if e := must(t, s, Transcribed{Item: 2, Words: speech("again")}); askedAbout(e) == nil {
		t.Fatalf("%v", kinds(e))
	}
	must(t, s, ReplyEnd{Turn: 1})
	must(t, s, VoiceCommitted{})
	must(t, s, Requested{})
	e := must(t, s, Transcribed{Item: 3, Code: "backend_timeout"})
	if !slices.Equal(kinds(e), []string{"TranscriptLost", "TurnBegan", "TurnEnded"}) || e[2].(TurnEnded).Outcome != TurnFailed {
		t.Fatalf("%v", kinds(e))
	}
}

// A no counts the moment it arrives, also while a fact is waited for: what is
// being said is dropped, what waits for its words gets none, and words that
// come all the same are forgotten. // R12
func TestNoToBeingHeard(t *testing.T) {
	for name, no := range map[string]Input{
		"withdrawn": Withdrawn{Purposes: VoiceInput}, "opted out": OptedOut{Purposes: VoiceInput},
		"switched off": PolicyChanged{Policy: Policy{Number: 8, Transcript: true, Retention: full.Retention}},
		"told anew":    NoticeChanged{Policy: full},
	} {
		for _, waits := range []bool{false, true} {
			s := listening(t)
			must(t, s, VoiceCommitted{Reply: true})
			must(t, s, VoiceStarted{})
			if waits {
				must(t, s, OptedOut{Purposes: Analytics}) // its fact is not durable yet
			}
			e := must(t, s, no)
			if s.Hears() || !has(e, "VoiceCleared") || !has(e, "TranscriptLost") {
				t.Errorf("%s, %v: %v", name, waits, kinds(e))
			}
			late := Transcribed{Item: 1, Words: speech("late")}
			for range 2 {
				if _, err := s.Apply(t0, late); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if s.pending != nil {
					must(t, s, Noted{Seq: s.pendingSeq})
				}
			}
			for s.pending != nil {
				must(t, s, Noted{Seq: s.pendingSeq})
			}
			if late.Words.Len() != 0 {
				t.Errorf("%s, %v: words are held that came after the no", name, waits)
			}
			if _, err := s.Apply(t0, VoiceStarted{}); err != (Refusal{NoMicrophone}) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// A client that knows no notice cannot be asked: there the person is heard
// once they were told, to the end of it, and not where the notice is hidden
// from them.
func TestStockClientIsToldFirst(t *testing.T) {
	s, _ := New(t0, full, Spoken)
	if e := must(t, s, SoundCame{}); !has(e, "NoticePresent") {
		t.Fatalf("sound is a sign of life: %v", kinds(e))
	}
	if s.Hears() || s.Deaf() != "" {
		t.Fatal("heard while the notice is said")
	}
	must(t, s, Shown{Turn: 1})
	if !s.Hears() {
		t.Fatal("told, and not heard")
	}
	gated(t, s, Withdrawn{Purposes: VoiceInput})
	if s.Hears() || s.Deaf() != NotHeard {
		t.Fatal("a no counts from any client")
	}
	hidden := full
	hidden.NoticeHidden = true
	s, _ = New(t0, hidden, Spoken)
	must(t, s, Configured{Form: Spoken})
	if s.State() != Listening || s.Hears() || s.Deaf() != NotHeard {
		t.Fatal("heard without having been told")
	}
}

// What is said over a reply is kept with the answer to it, and not lost with
// the reply that it ended. // R10
func TestKeptWithItsAnswer(t *testing.T) {
	s := listening(t)
	kept := func(effects []Effect) []ItemNo {
		for _, e := range effects {
			if k, ok := e.(Keep); ok {
				var items []ItemNo
				for _, it := range k.Items {
					items = append(items, it.No)
				}
				return items
			}
		}
		return nil
	}
	must(t, s, VoiceStarted{})
	must(t, s, VoiceCommitted{Reply: true})
	must(t, s, Transcribed{Item: 1, Words: speech("one")})
	must(t, s, onePart(1))
	if got := kept(must(t, s, VoiceStarted{Interrupt: true})); !slices.Equal(got, []ItemNo{1, 2}) {
		t.Fatalf("%v", got)
	}
	must(t, s, VoiceCommitted{Reply: true})
	must(t, s, Transcribed{Item: 3, Words: speech("two")})
	must(t, s, onePart(2))
	if got := kept(must(t, s, ReplyEnd{Turn: 2})); !slices.Equal(got, []ItemNo{3, 4}) {
		t.Fatalf("%v", got)
	}
}

// A reply is cut to what left: what was thrown away before it did is not in
// it.
func TestSpokenOverIsCut(t *testing.T) {
	s := listening(t)
	must(t, s, Requested{})
	must(t, s, onePart(1)) // 480 samples: 20 ms
	effects := must(t, s, VoiceStarted{Interrupt: true, Unsent: 240})
	if !has(effects, "SoundStopped") || !has(effects, "TurnEnded") {
		t.Fatalf("%v", kinds(effects))
	}
	for _, e := range effects {
		switch e := e.(type) {
		case SoundStopped:
			if e.AudioMS != 10 {
				t.Errorf("stopped at %d ms", e.AudioMS)
			}
		case TurnEnded:
			if e.Reason != VoiceDetected || string(e.Item.Words.AppendTo(nil)) != "One" {
				t.Errorf("%v, %q", e.Reason, e.Item.Words.AppendTo(nil))
			}
		}
	}
}

// So many utterances wait for their words, and then the oldest gets none.
func TestUntoldItems(t *testing.T) {
	s := listening(t)
	for range untoldItems {
		must(t, s, VoiceCommitted{})
	}
	e := must(t, s, VoiceCommitted{})
	if !has(e, "TranscriptLost") || len(s.voice.waiting) != untoldItems || s.voice.waiting[0].item != 2 {
		t.Fatalf("%v", kinds(e))
	}
}

// A yes that could not be noted is none: nobody is listened to on it. // R3 R25
func TestLostYesIsNotHeard(t *testing.T) {
	policy := full
	policy.Microphone = true
	for _, lost := range []bool{true, false} {
		l := begin(t, policy).told()
		if _, err := l.s.Apply(l.now, Consented{Granted: VoiceInput}); err != nil {
			t.Fatal(err)
		}
		if _, err := l.s.Apply(l.now, Noted{Seq: l.s.pendingSeq, Lost: lost}); err != nil {
			t.Fatal(err)
		}
		if l.s.Hears() == lost {
			t.Errorf("lost %v: the person is heard: %v", lost, l.s.Hears())
		}
	}
}
