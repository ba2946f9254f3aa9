package session

import "testing"

// Only the notice that was presented last can be acknowledged: not one before
// it, not one that does not exist, and not by a client that is told aloud.
// R20
func TestAcknowledgeTheRightNotice(t *testing.T) {
	s, _ := New(t0, Policy{}, Written)
	must(t, s, Declared{Aware: true})
	for _, wrong := range []uint32{0, 2, 1 << 31} {
		if _, err := s.Apply(t0, Acknowledged{Notice: wrong}); err != (Refusal{WrongNotice}) {
			t.Errorf("notice %d: %v", wrong, err)
		}
	}
	must(t, s, LocaleChanged{})
	if _, err := s.Apply(t0, Acknowledged{Notice: 1}); err != (Refusal{WrongNotice}) {
		t.Errorf("the notice of the former language opened the interlock: %v", err)
	}
	must(t, s, Acknowledged{Notice: 2})
	if s.State() != Listening {
		t.Errorf("state %v", s.State())
	}
}

// A stock client is told once, whatever makes it due: a setting, a request, or
// a second of silence.
func TestNoticeWaitsForTheFirstSign(t *testing.T) {
	for name, in := range map[string]Input{"configured": Configured{}, "requested": Requested{}, "a second": Tick{}} {
		s, _ := New(t0, Policy{}, Written)
		if name == "a second" {
			if got := s.Next(); got != t0.Add(noticeWait) {
				t.Errorf("due at %v", got)
			}
			if effects, _ := s.Apply(t0.Add(noticeWait-1), in); len(effects) != 0 {
				t.Error("too early")
			}
		}
		effects, err := s.Apply(t0.Add(noticeWait), in)
		if err != nil || len(effects) == 0 || effectName(effects[0]) != "NoticePresent" {
			t.Errorf("%s: %v %v", name, effects, err)
		}
		if effects, _ := s.Apply(t0.Add(2*noticeWait), Tick{}); len(effects) != 0 {
			t.Errorf("%s: told twice", name)
		}
	}
}
