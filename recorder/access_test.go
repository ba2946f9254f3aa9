package recorder

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

// reached is an access of the operator that may be opened now.
func reached(c *clock, n int) OperatorAccess {
	return OperatorAccess{ID: session.ID{0xac, byte(n)}, Tenant: "acme", Reason: "support", Case: "4711", Until: c.now().Add(time.Hour)}
}

// The operator's access is there for its time and no longer, each use is
// counted before it is done, and both ends are facts of the tenant.
func TestOperatorAccess(t *testing.T) { // R63
	ctx := context.Background()
	r, c := started(t)
	_, err := r.UseAccess(ctx, "acme")
	require.ErrorIs(t, err, ErrNoAccess)
	a := reached(c, 1)
	require.NoError(t, r.OpenAccess(ctx, a))
	require.ErrorIs(t, r.OpenAccess(ctx, reached(c, 2)), ErrExists, "one at a time")
	allow(t, r, "other", "mia")
	_, err = r.UseAccess(ctx, "other")
	require.ErrorIs(t, err, ErrNoAccess, "it is of one tenant")
	for range 3 {
		id, err := r.UseAccess(ctx, "acme")
		require.NoError(t, err)
		require.Equal(t, a.ID, id)
	}
	c.move(time.Hour)
	_, err = r.UseAccess(ctx, "acme")
	require.ErrorIs(t, err, ErrNoAccess, "its time is over, swept or not")
	_, err = r.Sweep(ctx)
	require.NoError(t, err)

	b := reached(c, 2)
	b.Reason, b.Until = "authority", c.now().Add(AccessMost)
	require.NoError(t, r.OpenAccess(ctx, b))
	c.move(-time.Minute)
	_, err = r.UseAccess(ctx, "acme")
	require.ErrorIs(t, err, ErrNoAccess, "the clock was set back")
	c.move(2 * time.Minute)
	ended, err := r.EndAccess(ctx, "acme")
	require.NoError(t, err)
	require.Zero(t, ended.Used)
	_, err = r.EndAccess(ctx, "acme")
	require.ErrorIs(t, err, ErrNoAccess)
	_, err = r.UseAccess(ctx, "acme")
	require.ErrorIs(t, err, ErrNoAccess)

	require.Equal(t, []session.Fact{
		{Kind: session.OperatorAccessOpened, Object: a.ID, Count: 1, Before: 60},
		{Kind: session.OperatorAccessEnded, Object: a.ID, Count: 3},
		{Kind: session.OperatorAccessOpened, Object: b.ID, Count: 3, Before: 480},
		{Kind: session.OperatorAccessEnded, Object: b.ID},
	}, factsOf(t, r, "acme", session.OperatorAccessOpened, session.OperatorAccessEnded))
	all, err := r.Accesses(ctx, "acme")
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.Equal(t, 3, all[1].Used)
	require.Equal(t, "4711", all[1].Case)
	require.False(t, all[1].Ended.IsZero())
	none, err := r.Accesses(ctx, "other")
	require.NoError(t, err)
	require.Empty(t, none)
}

// One that ran out while nothing swept ends, with its fact, before the next.
func TestOperatorAccessLapsed(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	require.NoError(t, r.OpenAccess(ctx, reached(c, 1)))
	c.move(2 * time.Hour)
	require.NoError(t, r.OpenAccess(ctx, reached(c, 2)))
	facts := factsOf(t, r, "acme", session.OperatorAccessOpened, session.OperatorAccessEnded)
	require.Len(t, facts, 3)
	require.Equal(t, session.OperatorAccessEnded, facts[1].Kind)
	require.Equal(t, session.ID{0xac, 1}, facts[1].Object)
}

// One that was opened before the clock was set back ends before the next: when
// that time is there again, it allows nothing.
func TestOperatorAccessClockSetBack(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	require.NoError(t, r.OpenAccess(ctx, reached(c, 1)))
	c.move(-30 * time.Minute)
	require.NoError(t, r.OpenAccess(ctx, reached(c, 2)))
	c.move(40 * time.Minute)
	ended, err := r.EndAccess(ctx, "acme")
	require.NoError(t, err)
	require.Equal(t, session.ID{0xac, 2}, ended.ID)
	_, err = r.UseAccess(ctx, "acme")
	require.ErrorIs(t, err, ErrNoAccess)
}

// What is no access is not opened, and nothing is noted.
func TestOperatorAccessRefused(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	for name, change := range map[string]func(*OperatorAccess){
		"no id":        func(a *OperatorAccess) { a.ID = session.ID{} },
		"no reason":    func(a *OperatorAccess) { a.Reason = "" },
		"other reason": func(a *OperatorAccess) { a.Reason = "curiosity" },
		"no case":      func(a *OperatorAccess) { a.Case = "" },
		"words":        func(a *OperatorAccess) { a.Case = "the customer said" },
		"long case":    func(a *OperatorAccess) { a.Case = strings.Repeat("1", 65) },
		"over":         func(a *OperatorAccess) { a.Until = c.now() },
		"too short":    func(a *OperatorAccess) { a.Until = c.now().Add(AccessLeast - time.Second) },
		"too long":     func(a *OperatorAccess) { a.Until = c.now().Add(AccessMost + time.Second) },
	} {
		a := reached(c, 1)
		change(&a)
		require.ErrorIs(t, r.OpenAccess(ctx, a), ErrInvalid, name)
	}
	a := reached(c, 1)
	a.Tenant = "nobody"
	require.ErrorIs(t, r.OpenAccess(ctx, a), ErrUnknown)
	require.Empty(t, factsOf(t, r, "acme", session.OperatorAccessOpened))
}
