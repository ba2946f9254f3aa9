package session

import (
	"strings"
	"testing"
	"time"
)

// talked is a session in which item 1 is the person's and item 2 the avatar's.
func talked(t *testing.T, p Policy) *Session {
	t.Helper()
	s, _ := New(t0, p, Written)
	must(t, s, Declared{Aware: true})
	must(t, s, Acknowledged{Notice: 1})
	if s.state == Consenting {
		gated(t, s, Consented{Refused: Transcript})
	}
	must(t, s, Said{Item: Item{Words: speech("Who are you?")}})
	must(t, s, Requested{})
	must(t, s, onePart(s.reply.turn))
	must(t, s, ReplyEnd{Turn: s.reply.turn})
	return s
}

func reportOf(items ...ItemNo) Reported {
	r := Report{Reason: Harmful, Note: speech("a note")}
	for _, no := range items {
		r.Lines = append(r.Lines, ReportLine{Item: no, Role: System, Words: speech("One two")})
	}
	return Reported{Report: r}
}

func keptReport(effects []Effect) *KeepReport {
	for _, e := range effects {
		if k, ok := e.(KeepReport); ok {
			return &k
		}
	}
	return nil
}

// What the person ticks is taken with recording off and refused, under its own
// time, and who said it is the session's word, not the client's. // R12 R79
func TestReport(t *testing.T) {
	for name, p := range map[string]Policy{
		"recording off":     {Number: 3, Reports: time.Hour},
		"recording refused": {Number: 3, Reports: time.Hour, Transcript: true, Retention: 9 * time.Hour},
	} {
		s := talked(t, p)
		k := keptReport(must(t, s, reportOf(1, 2)))
		if k == nil {
			t.Fatalf("%s: the report is not taken", name)
		}
		if !k.Grant.Valid() || k.Grant.Retention() != time.Hour || k.Grant.Policy() != 3 {
			t.Errorf("%s: %+v", name, k.Grant)
		}
		if f := k.Fact; f.Kind != ReportMade || f.Count != 2 || f.Policy != 3 || f.Notice != 1 {
			t.Errorf("%s: %+v", name, f)
		}
		if l := k.Report.Lines; l[0].Role != User || l[0].AsSaid || l[1].Role != Avatar || !l[1].AsSaid {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

// A report that may not be is refused and forgotten, and nothing of it is left.
func TestReportRefused(t *testing.T) {
	p := Policy{Reports: time.Hour, Transcript: true, Retention: time.Hour}
	child := talked(t, p)
	gated(t, child, MinorFound{})
	many := talked(t, p)
	for range mostReports {
		must(t, many, reportOf(2))
	}
	lapsed := talked(t, p)
	must(t, lapsed, PolicyChanged{Policy: Policy{Reports: time.Hour, Unavailable: true}})
	withdrawn := talked(t, p)
	must(t, withdrawn, PolicyChanged{Policy: Policy{}})
	must(t, withdrawn, PolicyChanged{Policy: p}) // upwards does not count
	lines := make([]ItemNo, MostReportLines+1)
	for i := range lines {
		lines[i] = 2
	}
	for name, c := range map[string]struct {
		s    *Session
		in   Reported
		want Code
	}{
		"not offered":     {talked(t, Policy{}), reportOf(2), NoReports},
		"a child":         {child, reportOf(2), NoReports},
		"nothing is kept": {lapsed, reportOf(2), NoReports},
		"switched off":    {withdrawn, reportOf(2), NoReports},
		"too many":        {many, reportOf(2), ManyReports},
		"no line":         {talked(t, p), reportOf(), TooLong},
		"too many lines":  {talked(t, p), reportOf(lines...), TooLong},
		"another's item":  {talked(t, p), reportOf(2, 99), NoItem},
	} {
		effects, err := c.s.Apply(t0, c.in)
		if err != (Refusal{c.want}) || keptReport(effects) != nil {
			t.Errorf("%s: %v, %v", name, err, effects)
		}
		for _, l := range c.in.Report.Lines {
			if l.Words.Len() > 0 {
				t.Errorf("%s: the words are still there", name)
			}
		}
		if c.in.Report.Note.Len() > 0 {
			t.Errorf("%s: the note is still there", name)
		}
	}
}

// A child is one from the moment that it is said, before the fact is durable.
func TestReportWhileWaiting(t *testing.T) {
	s := talked(t, Policy{Reports: time.Hour})
	must(t, s, OptedOut{Purposes: Analytics})
	must(t, s, reportOf(2))
	must(t, s, MinorFound{})
	if k := keptReport(must(t, s, Noted{Seq: s.pendingSeq})); k != nil {
		t.Error("a report of a child is taken")
	}
}

func TestWithin(t *testing.T) {
	a := strings.Repeat("a", 1<<16)
	for _, c := range []struct {
		part, all string
		want      bool
	}{
		{"", "x", false}, {"x", "", false}, {"x", "x", true}, {"aab", "aaaab", true}, {"abac", "ababac", true},
		{"ab", "ba", false}, {"é", "caf\u00e9", true}, {a[:1<<13] + "b", a, false},
	} {
		if got := speech(c.part).within(speech(c.all)); got != c.want {
			t.Errorf("%.10q within %.10q: %v", c.part, c.all, got)
		}
	}
}
