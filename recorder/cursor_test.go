package recorder

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

func cursorOf(t *testing.T, r *Recorder, tenant string) Cursor {
	t.Helper()
	all, err := r.Cursors(context.Background())
	require.NoError(t, err)
	for _, c := range all {
		if c.Tenant == tenant {
			return c
		}
	}
	return Cursor{}
}

// A cursor begins before the last change of its tenant, goes on and never back,
// and is where it was when the database is opened again.
func TestCursor(t *testing.T) {
	ctx, c, folder := t.Context(), newClock(), t.TempDir()
	r := open(t, folder, c)
	allow(t, r, "acme", "mia")
	allow(t, r, "beta", "mia")
	noted(t, r, "acme", session.SignedIn)
	_, err := r.ChangeTenant(ctx, Change{Tenant: "acme", Base: 1, Source: "store", Document: []byte(`{"x":1}`), By: admin})
	require.NoError(t, err)
	noted(t, r, "acme", session.SignedIn)

	require.False(t, cursorOf(t, r, "acme").There)
	require.NoError(t, r.BeginCursor(ctx, "acme"))
	at := cursorOf(t, r, "acme")
	require.True(t, at.There)
	next, err := r.FactsAfter(ctx, "acme", at.Number, 100)
	require.NoError(t, err)
	require.Len(t, next, 2)
	require.Equal(t, session.TenantChanged, next[0].Fact.Kind)
	require.Equal(t, session.SignedIn, next[1].Fact.Kind)
	require.Equal(t, at.Last, next[1].Number)
	require.False(t, cursorOf(t, r, "beta").There)

	require.NoError(t, r.MoveCursor(ctx, "acme", next[0].Number, c.now(), 0))
	require.NoError(t, r.BeginCursor(ctx, "acme"), "it is there: it stays where it is")
	require.ErrorIs(t, r.MoveCursor(ctx, "acme", at.Number, time.Time{}, 0), ErrNoCursor)
	require.ErrorIs(t, r.MoveCursor(ctx, "beta", 1, time.Time{}, 0), ErrNoCursor)
	require.NoError(t, r.Close())

	r = open(t, folder, c)
	again := cursorOf(t, r, "acme")
	require.Equal(t, next[0].Number, again.Number)
	require.Equal(t, c.now(), again.Failing)

	// What is given up is a fact in the same transaction.
	require.NoError(t, r.MoveCursor(ctx, "acme", again.Last, time.Time{}, 5))
	end := cursorOf(t, r, "acme")
	require.Equal(t, again.Last, end.Number)
	given, err := r.FactsAfter(ctx, "acme", end.Number, 100)
	require.NoError(t, err)
	require.Len(t, given, 1)
	require.Equal(t, session.WebhookGivenUp, given[0].Fact.Kind)
	require.EqualValues(t, 5, given[0].Fact.Count)
	require.ErrorIs(t, r.MoveCursor(ctx, "acme", 1, time.Time{}, 7), ErrNoCursor)
	require.Equal(t, end.Last, cursorOf(t, r, "acme").Last, "a move that is refused leaves no fact")

	require.NoError(t, r.DropCursor(ctx, "acme"))
	require.False(t, cursorOf(t, r, "acme").There)
}

// Facts are read in their order, over the months, none twice and none left out.
func TestFactsAfter(t *testing.T) {
	r, c := started(t)
	for range 5 {
		for range 30 {
			noted(t, r, "acme", session.SignedIn)
			noted(t, r, "beta", session.SignedIn)
		}
		c.move(month)
	}
	last, n := uint64(0), 0
	for {
		page, err := r.FactsAfter(t.Context(), "acme", last, 7)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			require.Equal(t, last+1, e.Number)
			last = e.Number
			n++
		}
	}
	require.EqualValues(t, cursorOf(t, r, "acme").Last, last)
	require.Greater(t, n, 150)
	t.Logf("n = %d facts in five months", n)
}
