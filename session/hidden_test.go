package session

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// count counts the facts of a kind among effects.
func count(effects []Effect, kind FactKind) (n int) {
	for _, e := range effects {
		if f, ok := e.(Note); ok && f.Fact.Kind == kind {
			n++
		}
	}
	return n
}

// Where the notice is switched off nothing of it is given, to either kind of
// client, and nothing says that it was. What needs a consent is asked for all
// the same, and nothing is kept before the yes. // R22
func TestNoticeHidden(t *testing.T) {
	p := Policy{NoticeHidden: true, Transcript: true, Retention: time.Hour, Microphone: true}
	aware := begin(t, p)
	effects, err := aware.s.Apply(t0, Declared{Aware: true})
	require.NoError(t, err)
	require.Equal(t, 1, count(effects, NoticeWithheld))
	require.Zero(t, count(effects, NoticePresented)+count(effects, NoticeAcknowledged))
	aware.see(effects)
	require.Zero(t, aware.notices)
	require.Equal(t, Consenting, aware.s.State())
	require.Equal(t, []Purposes{Transcript | VoiceInput}, aware.asked)
	effects, _ = aware.s.Apply(t0, Acknowledged{Notice: 0})
	require.Empty(t, effects, "there is nothing to acknowledge")
	aware.do(Consented{Refused: Transcript | VoiceInput}).turn()
	require.Empty(t, aware.kept)
	require.Len(t, aware.engines, 1)

	stock := begin(t, p)
	stock.do(Configured{Form: Written}).turn()
	require.Zero(t, stock.notices)
	require.Empty(t, stock.recited)
	require.Empty(t, stock.kept, "who was not asked has not agreed")
	require.Len(t, stock.engines, 1)

	silent := begin(t, p) // a client that says nothing: after a second it is taken for a stock one
	effects, err = silent.s.Apply(t0.Add(noticeWait), Tick{})
	require.NoError(t, err)
	require.Equal(t, 1, count(effects, NoticeWithheld))
	require.Equal(t, Listening, silent.s.State())
}

// A live session hides nothing that was shown when it began, and shows at once
// what matters: a notice that changed, and whoever turns out to be a child. // R22
func TestNoticeHiddenInLiveSessions(t *testing.T) {
	l := begin(t, Policy{})
	l.do(PolicyChanged{Policy: Policy{NoticeHidden: true}}, Declared{Aware: true})
	require.Equal(t, 1, l.notices)

	l = begin(t, Policy{NoticeHidden: true})
	l.do(Declared{Aware: true}, PolicyChanged{Policy: Policy{}})
	require.Zero(t, l.notices, "it is not given in the middle")
	l.do(NoticeChanged{Policy: Policy{}})
	require.Equal(t, 1, l.notices)

	l = begin(t, Policy{NoticeHidden: true})
	l.do(Declared{Aware: true}, MinorFound{}, Requested{})
	require.Equal(t, 1, l.notices, "before the next reply")
	require.Empty(t, l.engines)
}
