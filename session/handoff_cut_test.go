package session

import (
	"strings"
	"testing"
	"time"
)

// read is what a human is given to read by some effects.
func read(effects []Effect) string {
	var all []string
	for _, e := range effects {
		if e, ok := e.(ToHuman); ok {
			for _, it := range e.Items {
				line := string(it.Words.AppendTo(nil))
				if len(it.Attachments) > 0 {
					line += "[shown]"
				}
				all = append(all, line)
			}
		}
	}
	return strings.Join(all, "|")
}

// stages are where some effects say that the hand-off stands.
func stages(effects []Effect) (all []HandoffIs) {
	for _, e := range effects {
		if e, ok := e.(HandoffIs); ok {
			all = append(all, e)
		}
	}
	return all
}

// While the line of a human is broken nobody answers in their place, nothing
// goes to it, and nothing of the talk is lost: when they are back they are
// given what they may read, and that alone. // R20 R45
func TestHumanCut(t *testing.T) {
	for _, context := range []bool{false, true} {
		s := handed(t, context)
		must(t, s, Said{Item: Item{Words: speech("to the human")}})
		must(t, s, HumanSaid{Words: speech("from the human")})
		must(t, s, HumanSpoke{PCM: make([]int16, 480)})
		must(t, s, HumanCut{})
		if s.HumanHears() || s.reply.active || s.State() != HandedOff {
			t.Fatal("the line is broken")
		}
		if got := read(must(t, s, Said{Item: Item{Words: speech("meanwhile")}})); got != "" {
			t.Fatalf("%q went to a broken line", got)
		}
		if _, err := s.Apply(t0, Requested{}); err == nil {
			t.Fatal("the avatar answers in the human's place")
		}
		must(t, s, Detached{})
		again := stages(must(t, s, Resumed{}))
		if len(again) != 2 || again[0].State != HandoffActive || again[1].State != HandoffCut {
			t.Fatalf("whoever comes back is told %+v", again)
		}
		effects := must(t, s, HumanBack{})
		if is := stages(effects); len(is) != 1 || is[0].State != HandoffActive || !is[0].Back || is[0].Context != context {
			t.Fatalf("%+v", is)
		}
		want := "to the human|from the human|meanwhile"
		if context {
			want = "before|" + want
		}
		if got := read(effects); got != want {
			t.Fatalf("context %v: %q is read anew", context, got)
		}
		if got := read(must(t, s, Said{Item: Item{Words: speech("and on")}})); got != "and on" {
			t.Fatalf("%q", got)
		}
		// Leave that was taken back meanwhile is not given again.
		must(t, s, HumanCut{})
		gated(t, s, Withdrawn{Purposes: HandoffContext})
		if got := read(must(t, s, HumanBack{})); strings.Contains(got, "before") || !strings.Contains(got, "meanwhile") {
			t.Fatalf("%q", got)
		}
		// A human whom the person sent away does not come back.
		must(t, s, HumanCut{})
		gated(t, s, Withdrawn{Purposes: Handoff})
		if s.State() != Disclosing || len(must(t, s, HumanBack{})) != 0 {
			t.Fatalf("%v", s.State())
		}
	}
}

// What a human said aloud is written down as their turn, whatever became of
// the sound of it. // R10 R45
func TestHumanWrittenDown(t *testing.T) {
	s := handed(t, false)
	must(t, s, Said{Item: Item{Words: speech("a question")}})
	must(t, s, HumanSpoke{PCM: make([]int16, 480)})
	must(t, s, HumanSpoke{Words: speech("Hello.")})
	must(t, s, HumanSpoke{PCM: make([]int16, 480), Words: speech("I am here.")})
	if s.reply.turn != 1 {
		t.Fatalf("turn %d: one turn is all until they pause", s.reply.turn)
	}
	ended := func(effects []Effect) (words string) {
		for _, e := range effects {
			if e, ok := e.(TurnEnded); ok {
				words = string(e.Item.Words.AppendTo(nil))
				if !e.Item.Human || e.Item.Form != Spoken {
					t.Fatalf("%+v", e.Item)
				}
			}
		}
		return words
	}
	if got := ended(must(t, s, HumanSpoke{Paused: true})); got != "Hello. I am here." {
		t.Fatalf("%q", got)
	}
	// Words that come after their turn, and ones that nobody was there to hear.
	must(t, s, HumanSpoke{PCM: make([]int16, 480)})
	must(t, s, Detached{})
	must(t, s, HumanSpoke{PCM: make([]int16, 480)})
	if s.reply.active {
		t.Fatal("sound for nobody")
	}
	must(t, s, HumanSpoke{Words: speech("While you were away.")})
	if got := ended(must(t, s, HumanSpoke{Paused: true})); got != "While you were away." {
		t.Fatalf("%q", got)
	}
	must(t, s, Resumed{})
	must(t, s, HumanCut{})
	must(t, s, HumanSpoke{PCM: make([]int16, 480)})
	if s.reply.active {
		t.Fatal("sound of nobody")
	}
	must(t, s, HumanSpoke{Words: speech("Said before the line broke.")})
	if got := ended(must(t, s, HumanSpoke{Paused: true})); got != "Said before the line broke." {
		t.Fatalf("%q", got)
	}
	must(t, s, HumanBack{})
	// No fact that is waited for loses words.
	must(t, s, Withdrawn{Purposes: Analytics})
	must(t, s, HumanSpoke{Words: speech("Waited.")})
	must(t, s, HumanSpoke{Paused: true})
	if got := ended(must(t, s, Noted{Seq: s.pendingSeq})); got != "Waited." {
		t.Fatalf("%q", got)
	}
	// And none is let out to somebody who said no.
	must(t, s, Withdrawn{Purposes: Handoff})
	words := speech("A canary.")
	must(t, s, HumanSpoke{Words: words})
	must(t, s, Noted{Seq: s.pendingSeq})
	if words.Len() != 0 || s.State() != Disclosing {
		t.Fatalf("%v, %d bytes", s.State(), words.Len())
	}
}

// What a human said aloud while nothing was kept is not kept, though it is only
// written down after the person agreed: neither with a turn under way nor as
// one of its own. What they say from then on is. // R10 R12
func TestHumanWrittenDownLate(t *testing.T) {
	kept := func(s *Session, inputs ...Input) (n int) {
		for _, in := range inputs {
			for _, e := range must(t, s, in) {
				if _, ok := e.(Keep); ok {
					n++
				}
			}
		}
		return n
	}
	for _, begun := range []bool{false, true} {
		s := handed(t, false)
		must(t, s, VoiceDropped{})
		gated(t, s, Withdrawn{Purposes: Transcript})
		must(t, s, HumanSpoke{PCM: make([]int16, 480)})
		must(t, s, HumanCut{}) // ends the turn without the words
		must(t, s, HumanBack{})
		gated(t, s, Consented{Granted: Transcript})
		if !s.mayKeep() {
			t.Fatal("it is recorded")
		}
		if begun {
			must(t, s, HumanSpoke{PCM: make([]int16, 480)})
		}
		if n := kept(s, HumanSpoke{Words: speech("Off the record."), Unkept: true}, HumanSpoke{Paused: true}); n != 0 {
			t.Fatalf("begun %v: it is kept", begun)
		}
		if n := kept(s, HumanSpoke{Words: speech("On it."), PCM: make([]int16, 480)}, HumanSpoke{Paused: true}); n != 1 {
			t.Fatalf("begun %v: %d turns are kept", begun, n)
		}
	}
}

// Whoever comes back to a queue is told their place in it again. // R45
func TestPlaceSaidAgain(t *testing.T) {
	s := handed(t, false)
	must(t, s, HumanLeft{Why: HumanLost, Again: true})
	must(t, s, Detached{})
	if is := stages(must(t, s, Resumed{})); len(is) != 1 || is[0].State != HandoffRequested {
		t.Fatalf("%+v: the place before was in front of the human who left", is)
	}
	must(t, s, HumanQueued{Position: 3, Wait: time.Minute})
	must(t, s, Detached{})
	must(t, s, HumanQueued{Position: 2, Wait: time.Minute})
	is := stages(must(t, s, Resumed{}))
	if len(is) != 2 || is[1] != (HandoffIs{State: HandoffQueued, Position: 2, Wait: time.Minute}) {
		t.Fatalf("%+v", is)
	}
}

// Who said for good that what was said is not passed is not asked again. // R12 R45
func TestContextNotAskedAgain(t *testing.T) {
	for _, out := range []bool{false, true} {
		s := handed(t, true)
		must(t, s, HumanLeft{Why: HandedBack})
		must(t, s, Acknowledged{Notice: 2})
		if out {
			gated(t, s, OptedOut{Purposes: HandoffContext})
		}
		must(t, s, HumanRequested{Share: true})
		asked := Purposes(0)
		for _, e := range must(t, s, HumanOffered{}) {
			if e, ok := e.(ConsentAsk); ok {
				asked = e.Purposes
			}
		}
		if want := (Handoff | HandoffContext) &^ map[bool]Purposes{true: HandoffContext}[out]; asked != want {
			t.Fatalf("opted out %v: asked for %b", out, asked)
		}
	}
}

// With leave a human learns that something was shown, and is not shown it;
// without, they do not. // R12 R45
func TestHumanLearnsOfPictures(t *testing.T) {
	for _, context := range []bool{false, true} {
		s := shower(t, seeing)
		must(t, s, show(picture(100)))
		must(t, s, HumanRequested{Share: true})
		must(t, s, HumanOffered{})
		yes := Handoff
		if context {
			yes |= HandoffContext
		}
		must(t, s, Consented{Granted: yes, Refused: (Handoff | HandoffContext) &^ yes})
		effects := must(t, s, Noted{Seq: s.pendingSeq})
		if got := read(effects); (got == "[shown]") != context || !context && got != "" {
			t.Fatalf("context %v: %q", context, got)
		}
		for _, e := range effects {
			if e, ok := e.(ToHuman); ok && e.Items[0].Attachments[0].Content.Len() > 0 {
				t.Fatal("the picture itself")
			}
		}
	}
}
