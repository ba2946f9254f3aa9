package recorder

import (
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
	"mayfly/session"
)

var scale = flag.Float64("scale", 1, "multiplies the counts of loops")

// talker is a person in a session that is recorded. It yields turns as the
// gateway would hand them to the recorder: there is no other way to one.
type talker struct {
	tb  testing.TB
	s   *session.Session
	now time.Time
	red *redact.Redactor

	notice uint32
	turn   session.TurnNo
	keep   *session.Keep
	told   *session.KeepReport
}

func newTalker(tb testing.TB, retention time.Duration) *talker {
	tb.Helper()
	return newTalkerUnder(tb, session.Policy{Retention: retention}, session.Transcript)
}

func newTalkerUnder(tb testing.TB, p session.Policy, yes session.Purposes) *talker {
	tb.Helper()
	p.Number, p.Transcript, p.SessionTime, p.HistoryItems, p.Reports = 7, true, 1<<40*time.Nanosecond*1000, 8, 3*month
	red, err := redact.New(redact.Options{})
	require.NoError(tb, err)
	t := &talker{tb: tb, now: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC), red: red}
	s, first := session.New(t.now, p, session.Written)
	t.s = s
	t.take(first)
	t.apply(session.Declared{Aware: true})
	t.apply(session.Acknowledged{Notice: t.notice})
	t.apply(session.Consented{Granted: yes})
	return t
}

func (t *talker) apply(in session.Input) {
	t.tb.Helper()
	effects, err := t.s.Apply(t.now, in)
	require.NoError(t.tb, err)
	t.take(effects)
}

func (t *talker) take(effects []session.Effect) {
	var noted []uint32
	for _, e := range effects {
		switch e := e.(type) {
		case session.NoticePresent:
			t.notice = e.Notice
		case session.Ask:
			t.turn = e.Turn
		case session.Keep:
			t.keep = &e
		case session.KeepReport:
			t.told = &e
		case session.Note:
			if e.Fact.Kind.Class() == session.Gate {
				noted = append(noted, e.Seq)
			}
		}
	}
	for _, seq := range noted {
		t.apply(session.Noted{Seq: seq})
	}
}

// say says something, is answered, and yields the turn.
func (t *talker) say(words, answer string) redact.Turn {
	t.tb.Helper()
	t.apply(session.Said{Item: session.Item{Role: session.User, Words: session.NewSpeech([]byte(words))}})
	t.apply(session.Requested{})
	t.apply(&session.ReplyPart{Turn: t.turn, Words: session.NewSpeech([]byte(answer))})
	t.keep = nil
	t.apply(session.ReplyEnd{Turn: t.turn})
	require.NotNil(t.tb, t.keep, "the session granted nothing")
	turn, err := t.red.Turn(t.keep.Grant, t.keep.Items)
	require.NoError(t.tb, err)
	return turn
}

// report reports an answer: words of the session's last item, and yields it
// with its fact.
func (t *talker) report(id session.ID, words string) (redact.Report, session.Fact) {
	t.tb.Helper()
	t.apply(session.Said{Item: session.Item{Role: session.User, Words: session.NewSpeech([]byte("before " + words))}})
	last := session.ItemNo(0)
	for no := session.ItemNo(1); ; no++ {
		if _, ok := t.s.Item(no); ok {
			last = no
		} else if last != 0 {
			break
		}
	}
	t.told = nil
	t.apply(session.Reported{Report: session.Report{Reason: session.Harmful, Lines: []session.ReportLine{{Item: last, Words: session.NewSpeech([]byte(words))}}, Note: session.NewSpeech([]byte("a note about " + words))}})
	require.NotNil(t.tb, t.told, "the session granted nothing")
	rep, err := t.red.Report(t.told.Grant, t.told.Report)
	require.NoError(t.tb, err)
	f := t.told.Fact
	f.Object = id
	return rep, f
}
