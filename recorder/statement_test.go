package recorder

import (
	"context"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// sessionAt is the id of a session that begins at that time.
func sessionAt(t time.Time, n int) (id session.ID) {
	binary.BigEndian.PutUint64(id[:], uint64(t.UnixMilli())<<16)
	id[6], id[8], id[15] = 0x70, 0x80, byte(n)
	return id
}

// november is the month that newClock is in.
var november = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func state(t *testing.T, r *Recorder, from, to time.Time) *Statement {
	t.Helper()
	s, err := r.State(context.Background(), "acme", from, to, true)
	require.NoError(t, err)
	return s
}

// Where nothing was stored the statement says so, with what the log came to.
func TestStatementOfNothing(t *testing.T) {
	r, c := started(t)
	for n := range 20 {
		id := sessionAt(c.now(), n)
		r.Note("acme", session.Fact{Kind: session.SessionStarted, Session: id}, nil)
		r.Note("acme", session.Fact{Kind: session.EngineAsked, Session: id}, nil)
		r.Note("acme", session.Fact{Kind: session.SessionEnded, Session: id, Count: 60}, nil)
	}
	r.Note("beta", session.Fact{Kind: session.TurnKept, Session: idNo(1)}, nil)
	s := state(t, r, november, november.AddDate(0, 1, 0))
	require.True(t, s.Nothing() && s.Whole(), "%+v", s)
	require.Equal(t, 20, s.Sessions)
	require.Len(t, s.Logs, 1)
	require.Equal(t, "acme/2026-11", s.Logs[0].Name)
	l, err := audit.Find(context.Background(), r.store.DB(), "acme", 202611)
	require.NoError(t, err)
	head, err := audit.HeadOf(context.Background(), r.store.DB(), l)
	require.NoError(t, err)
	require.Equal(t, head.Root, s.Logs[0].Root)
	require.EqualValues(t, s.Entries, s.Logs[0].Size)
	require.NotZero(t, s.Logs[0].Root)

	_, err = r.State(context.Background(), "nobody", november, november.AddDate(0, 1, 0), true)
	require.ErrorIs(t, err, ErrUnknown)
}

// What was stored is seen by its facts, by its rows, and by what removed it: a
// fact that was lost hides nothing.
func TestStatementOfSomething(t *testing.T) {
	for name, c := range map[string]struct {
		facts, erase, expire bool
		want                 Statement
	}{
		"with its facts":                  {facts: true, want: Statement{Sessions: 1, Recorded: 1, Turns: 2, Left: 2}},
		"by its rows alone":               {want: Statement{Left: 2}},
		"erased, without the facts of it": {erase: true, want: Statement{Gone: 1, Erased: 2}},
		"expired":                         {facts: true, expire: true, want: Statement{Sessions: 1, Recorded: 1, Turns: 2, Gone: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			r, clock := started(t)
			of := conversation(1)
			of.Session = sessionAt(clock.now(), 1)
			talk := newTalker(t, month)
			for _, word := range []string{"one", "two"} {
				require.NoError(t, keep(r, of, talk.say(word, "yes")))
			}
			if c.facts {
				r.Note("acme", session.Fact{Kind: session.SessionStarted, Session: of.Session}, nil)
				r.Note("acme", session.Fact{Kind: session.RecordingStarted, Session: of.Session}, nil)
				r.Note("acme", session.Fact{Kind: session.TurnKept, Session: of.Session, Turn: 1}, nil)
				r.Note("acme", session.Fact{Kind: session.TurnKept, Session: of.Session, Turn: 2}, nil)
			}
			if c.erase {
				_, err := r.Erase(t.Context(), "acme", of.Session, Access{Self: true})
				require.NoError(t, err)
			}
			if c.expire {
				clock.move(2 * month)
				_, err := r.Sweep(t.Context())
				require.NoError(t, err)
			}
			s := state(t, r, november, november.AddDate(0, 1, 0))
			require.False(t, s.Nothing(), "%+v", s)
			require.True(t, s.Whole(), "%+v", s)
			got := Statement{Sessions: s.Sessions, Recorded: s.Recorded, Turns: s.Turns, Left: s.Left, Gone: s.Gone, Erased: s.Erased}
			require.Equal(t, c.want, got)

			before := state(t, r, november.AddDate(0, -1, 0), november)
			require.True(t, before.Nothing(), "%+v", before)
			after := state(t, r, clock.now().AddDate(0, 3, 0), clock.now().AddDate(0, 4, 0))
			require.True(t, after.Nothing(), "%+v", after)
		})
	}
}

// A hold shows.
func TestStatementHeld(t *testing.T) {
	r, c := started(t)
	of := conversation(1)
	require.NoError(t, keep(r, of, newTalker(t, month).say("one", "yes")))
	require.NoError(t, r.PlaceHold(t.Context(), Hold{ID: idNo(9), Tenant: "acme", Kind: "avatar", Value: "mia", Reason: "complaint", Case: "7", Review: c.now().Add(month), By: admin}))
	require.Equal(t, 1, state(t, r, november, november.AddDate(0, 1, 0)).Held)
}

// Where facts are missing the statement does not claim to be whole.
func TestStatementNotWhole(t *testing.T) {
	year := func(t *testing.T, r *Recorder) *Statement {
		return state(t, r, november.AddDate(0, -2, 0), november.AddDate(0, 1, 0))
	}
	t.Run("lost", func(t *testing.T) {
		r, _ := started(t)
		require.True(t, year(t, r).Whole())
		r.counts.mu.Lock()
		r.counts.lose("acme", 3)
		r.counts.mu.Unlock()
		s := year(t, r)
		require.False(t, s.Whole())
		require.EqualValues(t, 3, s.Lost)
	})
	t.Run("restored", func(t *testing.T) {
		r, _ := started(t)
		noted(t, r, "", session.Restored)
		require.False(t, year(t, r).Whole())
	})
	t.Run("pruned", func(t *testing.T) {
		r, c := started(t)
		r.Note("acme", session.Fact{Kind: session.SessionStarted, Session: idNo(1)}, nil)
		c.move(audit.Retention + 24*time.Hour)
		_, err := r.Sweep(t.Context())
		require.NoError(t, err)
		require.False(t, year(t, r).Whole())
		require.True(t, state(t, r, c.now().Add(-time.Hour), c.now().Add(time.Hour)).Whole(), "what is asked about now is there")
	})
	t.Run("killed", func(t *testing.T) {
		r, _ := started(t)
		for _, k := range []session.FactKind{
			session.GatewayStarted, session.GatewayStopped,
			session.GatewayStarted, // killed
			session.GatewayStarted, session.GatewayStopped,
			session.GatewayStarted, // this one
		} {
			r.Note("", session.Fact{Kind: k}, nil)
		}
		require.Equal(t, 1, year(t, r).Kills)
		s, err := r.State(t.Context(), "acme", november, november.AddDate(0, 1, 0), false)
		require.NoError(t, err)
		require.Equal(t, 2, s.Kills, "nothing runs: the last one was killed too")
	})
}

func noted(t *testing.T, r *Recorder, tenant string, k session.FactKind) {
	t.Helper()
	over := make(chan error, 1)
	r.Note(tenant, session.Fact{Kind: k}, func(err error) { over <- err })
	require.NoError(t, <-over)
}
