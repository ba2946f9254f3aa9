package session

import (
	"strings"
	"testing"
)

// A reply ends where it would take more memory than a conversation may, with
// what was said until then, and not a byte sooner.
func TestReplyTooLong(t *testing.T) {
	s, _ := New(t0, Policy{HistoryBytes: 100}, Written)
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
