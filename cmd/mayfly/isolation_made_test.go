package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/redact"
	"mayfly/session"
)

// oneOfAll is a turn with its sound, and a report of an answer, as a session
// grants them and redact makes them.
func oneOfAll(t *testing.T, words string) (redact.Turn, redact.Report, session.Fact) {
	t.Helper()
	red, err := redact.New(redact.Options{})
	require.NoError(t, err)
	now := time.Now()
	s, effects := session.New(now, session.Policy{Number: 1, Transcript: true, Retention: 24 * time.Hour, Audio: true, AudioRetention: 24 * time.Hour, Reports: 90 * 24 * time.Hour}, session.Written)
	var notice uint32
	var turn session.TurnNo
	var keep *session.Keep
	var told *session.KeepReport
	var take func(effects []session.Effect)
	apply := func(in session.Input) {
		effects, err := s.Apply(now, in)
		require.NoError(t, err)
		take(effects)
	}
	take = func(effects []session.Effect) {
		for _, e := range effects {
			switch e := e.(type) {
			case session.NoticePresent:
				notice = e.Notice
			case session.Ask:
				turn = e.Turn
			case session.Keep:
				keep = &e
			case session.KeepReport:
				told = &e
			case session.Note:
				if e.Fact.Kind.Class() == session.Gate {
					apply(session.Noted{Seq: e.Seq})
				}
			}
		}
	}
	take(effects)
	apply(session.Declared{Aware: true})
	apply(session.Acknowledged{Notice: notice})
	apply(session.Consented{Granted: session.Transcript | session.AudioRecording})
	apply(session.Said{Item: session.Item{Role: session.User, Words: session.NewSpeech([]byte(words))}})
	apply(session.Requested{})
	apply(&session.ReplyPart{Turn: turn, Words: session.NewSpeech([]byte("Yes."))})
	apply(session.ReplyEnd{Turn: turn})
	require.NotNil(t, keep)
	made, err := red.Turn(keep.Grant, keep.Items)
	require.NoError(t, err)
	require.NoError(t, made.Attach(redact.Reply, 1000, []byte("OggS "+words)))
	last := session.ItemNo(1)
	for no := last; no < 10; no++ {
		if _, ok := s.Item(no); ok {
			last = no
		}
	}
	apply(session.Reported{Report: session.Report{Reason: session.Harmful, Lines: []session.ReportLine{{Item: last, Words: session.NewSpeech([]byte(words))}}}})
	require.NotNil(t, told)
	report, err := red.Report(told.Grant, told.Report)
	require.NoError(t, err)
	told.Fact.Object = newID()
	return made, report, told.Fact
}
