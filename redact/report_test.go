package redact

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// reported is the leave that a real session gives for a report of its items 1
// and 2.
func reported(t testing.TB, words, note string) (session.ReportGrant, session.Report) {
	t.Helper()
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	s, _ := session.New(now, session.Policy{Number: 7, Reports: 24 * time.Hour}, session.Written)
	apply := func(in session.Input) []session.Effect {
		effects, err := s.Apply(now, in)
		require.NoError(t, err)
		return effects
	}
	apply(session.Declared{Aware: true})
	apply(session.Acknowledged{Notice: 1})
	apply(session.Said{Item: session.Item{Words: session.NewSpeech([]byte(words))}})
	apply(session.Requested{})
	apply(&session.ReplyPart{Turn: 1, Words: session.NewSpeech([]byte("answer"))})
	apply(session.ReplyEnd{Turn: 1})
	line := func(no session.ItemNo, words string) session.ReportLine {
		return session.ReportLine{Item: no, Words: session.NewSpeech([]byte(words))}
	}
	for _, e := range apply(session.Reported{Report: session.Report{
		Reason: session.Offensive, Lines: []session.ReportLine{line(1, words), line(2, "an \"answer\" of mine\n")}, Note: session.NewSpeech([]byte(note)),
	}}) {
		if k, ok := e.(session.KeepReport); ok {
			return k.Grant, k.Report
		}
	}
	t.Fatal("the session grants nothing")
	return session.ReportGrant{}, session.Report{}
}

// A report is redacted as a turn is, says who said what, and prints nothing.
// R1 R78 R79
func TestReport(t *testing.T) {
	g, from := reported(t, "Mail me at jane.roe@example.com", "Call +46 8 928 571 38")
	r, err := masking(t).Report(g, from)
	require.NoError(t, err)
	require.Equal(t, 24*time.Hour, r.Grant().Retention())
	require.Equal(t, session.Offensive, r.Reason())
	require.Equal(t, 2, r.Lines())
	b := r.AppendTo(nil)
	require.NotContains(t, string(b), "jane.roe")
	require.NotContains(t, string(b), "928")
	var got struct {
		Lines []struct {
			Item  uint32
			Role  string
			Said  bool `json:"as_said"`
			Words string
		}
		Note string
	}
	require.NoError(t, json.Unmarshal(b, &got), "%s", b)
	require.Equal(t, "user", got.Lines[0].Role)
	require.True(t, got.Lines[0].Said)
	require.Equal(t, "avatar", got.Lines[1].Role)
	require.False(t, got.Lines[1].Said)
	require.Equal(t, "an \"answer\" of mine\n", got.Lines[1].Words)
	require.NotEmpty(t, got.Note)
	require.Zero(t, from.Lines[0].Words.Len(), "what it was made of is forgotten")
	require.Zero(t, from.Note.Len())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		require.NotContains(t, fmt.Sprintf(verb, r), "answer", verb)
	}
	r.Forget()
	require.Zero(t, r.Len())
	require.Empty(t, r.AppendTo(nil))
}

// Without leave there is no report, and what would have been in it is gone.
func TestReportWithoutLeave(t *testing.T) {
	_, from := reported(t, "words", "note")
	_, err := masking(t).Report(session.ReportGrant{}, from)
	require.ErrorIs(t, err, ErrNoGrant)
	require.Zero(t, from.Lines[0].Words.Len())
	var none Report
	require.Zero(t, none.Lines()+none.Len())
	require.False(t, none.Grant().Valid())
}
