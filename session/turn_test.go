package session

import (
	"fmt"
	"strings"
	"testing"
)

// A reply ends where it would be longer than an item may be, with what was
// said until then, and not a byte sooner.
func TestReplyTooLong(t *testing.T) {
	s, _ := New(t0, Policy{ItemBytes: 100}, Written)
	must(t, s, Declared{Aware: true})
	must(t, s, Acknowledged{Notice: 1})
	must(t, s, Requested{})
	must(t, s, &ReplyPart{Turn: 1, Words: speech(strings.Repeat("a", 99))})
	must(t, s, &ReplyPart{Turn: 1, Words: speech("b")})
	if s.State() != Speaking {
		t.Fatalf("%v at the border", s.State())
	}
	effects := must(t, s, &ReplyPart{Turn: 1, Words: speech("c")})
	var ended TurnEnded
	for _, e := range effects {
		if e, ok := e.(TurnEnded); ok {
			ended = e
		}
	}
	if s.State() != Listening || ended.Outcome != TurnIncomplete || ended.Reason != ReplyTooLong || ended.Item.Words.Len() != 100 {
		t.Errorf("%v, %+v", s.State(), ended)
	}
}

// A piece of sound passes through without an allocation.
func TestSoundDoesNotAllocate(t *testing.T) {
	s, _ := New(t0, Policy{}, Spoken)
	must(t, s, Declared{Aware: true})
	must(t, s, Acknowledged{Notice: 1})
	must(t, s, Requested{})
	part := &ReplyPart{Turn: 1, PCM: make([]int16, 480)}
	must(t, s, part)
	if n := testing.AllocsPerRun(1000, func() {
		if effects, err := s.Apply(t0, part); err != nil || len(effects) != 1 {
			t.Fatal("no sound")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What a client says is as long as an item may be, and a tool's output four
// times as long, and not a byte more.
func TestItemTooLong(t *testing.T) {
	for kind, most := range map[Kind]int{Message: 100, ToolCall: 100, ToolOutput: 400} {
		s, _ := New(t0, Policy{ItemBytes: 100}, Written)
		item := func(n int) Said {
			return Said{Item: Item{Kind: kind, Name: speech("f"), Call: speech("c"), Words: speech(strings.Repeat("a", n))}}
		}
		must(t, s, item(most))
		if _, err := s.Apply(t0, item(most+1)); err != (Refusal{TooLong}) {
			t.Errorf("kind %d, a byte more: %v", kind, err)
		}
	}
}

// Pieces of a reply that waited for a fact leave as they came: each with its
// own words and sound, in order, whatever came after them.
func TestPiecesThatWaited(t *testing.T) {
	s, _ := New(t0, Policy{}, Written)
	must(t, s, Declared{Aware: true})
	must(t, s, Acknowledged{Notice: 1})
	must(t, s, Requested{})
	must(t, s, OptedOut{Purposes: Transcript}) // its fact is not durable yet
	for i, w := range []string{"one ", "two "} {
		must(t, s, &ReplyPart{Turn: 1, Words: speech(w), PCM: []int16{int16(i)}})
	}
	must(t, s, Interrupted{By: ClientCancel})
	must(t, s, Requested{})
	must(t, s, &ReplyPart{Turn: 2, Words: speech("three"), PCM: []int16{2}})
	var got []string
	for _, e := range must(t, s, Noted{Seq: s.pendingSeq}) {
		switch e := e.(type) {
		case *TurnText:
			got = append(got, fmt.Sprint(e.Turn, string(e.Words.AppendTo(nil))))
		case *TurnSound:
			got = append(got, fmt.Sprint(e.Turn, e.PCM))
		}
	}
	if want := "1one |1 [0]|1two |1 [1]|2three|2 [2]"; strings.Join(got, "|") != want {
		t.Errorf("%q, not %q", strings.Join(got, "|"), want)
	}
}
