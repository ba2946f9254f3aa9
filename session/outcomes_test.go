package session

import (
	"bufio"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// t0 is when every test begins.
var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func speech(s string) Speech { return NewSpeech([]byte(s)) }

// full is a policy with everything on that a session knows.
var full = Policy{Number: 7, Transcript: true, Microphone: true, Desk: true, Retention: time.Hour, Reports: time.Hour}

func must(t *testing.T, s *Session, in Input) []Effect {
	t.Helper()
	effects, err := s.Apply(t0, in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	return effects
}

// gated applies an input whose fact has to become durable, and says it did.
func gated(t *testing.T, s *Session, in Input) {
	t.Helper()
	must(t, s, in)
	must(t, s, Noted{Seq: s.pendingSeq})
}

// inState is the session of a row of testdata/outcomes.txt.
func inState(t *testing.T, name string) *Session {
	t.Helper()
	s, _ := New(t0, full, Written)
	must(t, s, Said{Item: Item{Words: speech("hello")}})
	if name == "disclosing*" {
		must(t, s, Configured{Form: Spoken})
		return s
	}
	must(t, s, Declared{Aware: true})
	must(t, s, Configured{Form: Spoken})
	if name == "disclosing" {
		return s
	}
	must(t, s, Acknowledged{Notice: 1})
	if name == "consenting" {
		return s
	}
	gated(t, s, Consented{Granted: Transcript | VoiceInput})
	// A first, whole turn, so that recording is on.
	s.record.on, s.record.from, s.record.partly = true, 1, false
	switch name {
	case "thinking":
		must(t, s, Requested{})
	case "speaking":
		must(t, s, Requested{})
		must(t, s, onePart(1))
	case "handed_off":
		must(t, s, HumanRequested{Share: true})
		must(t, s, HumanOffered{})
		gated(t, s, Consented{Granted: Handoff})
	case "closed":
		must(t, s, HungUp{Reason: PersonLeft})
	}
	return s
}

func onePart(turn TurnNo) *ReplyPart {
	return &ReplyPart{
		Turn:    turn,
		Words:   speech("One two."),
		PCM:     make([]int16, 480),
		Visemes: []Viseme{{Shape: 10}},
		Spans:   []Span{{At: 0, Length: 10, Start: 0, End: 3}, {At: 10, Length: 10, Start: 4, End: 8}},
	}
}

// inputs are the canonical inputs, one for each row of the table.
func inputs() map[string]Input {
	all := []Input{
		Declared{Aware: true}, Configured{}, LocaleChanged{}, Shown{Turn: 1}, Acknowledged{Notice: 1},
		Consented{Granted: Transcript}, Withdrawn{Purposes: Transcript}, OptedOut{Purposes: Transcript},
		Said{Item: Item{Words: speech("again")}}, Requested{}, Interrupted{By: ClientCancel},
		Truncated{Item: 1, AudioMS: 10}, Deleted{Item: 1}, SoundCame{}, VoiceStarted{Interrupt: true}, VoiceStopped{},
		VoiceCommitted{AudioMS: 1000, Reply: true}, VoiceDropped{}, VoiceIdle{ToMS: 5000}, Guessed{Item: 1, Words: speech("so")}, Transcribed{Item: 1, Words: speech("so?")},
		onePart(1), ReplyEnd{Turn: 1}, ToolCalled{Turn: 1, Name: speech("f")}, ToolRan{Turn: 1, Name: speech("f"), Output: speech("{}")}, HumanRequested{}, HumanCancelled{}, HumanQueued{Position: 1}, HumanOffered{}, HumanMissed{Why: DeskClosed},
		HumanLeft{Why: HandedBack}, HumanCut{}, HumanBack{}, HumanSaid{Words: speech("hello, a human here")}, HumanSpoke{PCM: make([]int16, 480)}, PolicyChanged{}, NoticeChanged{Policy: full}, MinorFound{},
		Reported{Report: Report{Lines: []ReportLine{{Item: 1, Words: speech("hell")}}}}, RecordFailed{}, Kept{Turn: 1}, Withheld{Turn: 1, Values: 3}, Noted{Seq: 999},
		Ending{At: t0.Add(time.Second), Reason: Drained}, Detached{}, Resumed{}, Tick{}, HungUp{Reason: PersonLeft},
	}
	m := make(map[string]Input)
	for _, in := range all {
		m[sortNames[in.sort()]] = in
	}
	return m
}

func effectName(e Effect) string {
	if n, ok := e.(Note); ok {
		return fmt.Sprintf("Note(%v)", n.Fact.Kind)
	}
	t := reflect.TypeOf(e)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

// Every pair of state and input has the outcome that was written down by
// hand, and leads only where the table says it may. // R1 R10 R12 R20 R25
func TestOutcomes(t *testing.T) {
	f, err := os.Open("testdata/outcomes.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]bool{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		left, want, ok := strings.Cut(line, "->")
		fields := strings.Fields(left)
		if !ok || len(fields) != 2 {
			t.Fatalf("not a row: %q", line)
		}
		state, input := fields[0], fields[1]
		seen[state+" "+input] = true
		in, ok := inputs()[input]
		if !ok {
			t.Fatalf("no such input: %q", input)
		}
		s := inState(t, state)
		before := s.state
		effects, err := s.Apply(t0.Add(5*time.Second), in)
		got := "nothing"
		if err != nil {
			got = "refused " + string(err.(Refusal).Code)
		} else if len(effects) > 0 {
			var names []string
			for _, e := range effects {
				names = append(names, effectName(e))
			}
			got = strings.Join(names, " ")
		}
		got = s.state.String() + " : " + got
		if want := strings.Join(strings.Fields(want), " "); got != want {
			t.Errorf("%s %s\n got %s\nwant %s", state, input, got, want)
		}
		if r := lookup(before, in.sort()); s.state != before && !slices.Contains(r.to, s.state) {
			t.Errorf("%s %s led to %v, which the table does not say", state, input, s.state)
		}
	}
	for st := State(0); st < states; st++ {
		for i := sort(0); i < sorts; i++ {
			if row := st.String() + " " + sortNames[i]; !seen[row] {
				t.Errorf("testdata/outcomes.txt has no row for %s", row)
			}
		}
	}
}
