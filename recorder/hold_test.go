package recorder

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/session"
)

var second = session.ID{0x5e}

// hold is one of the session n that may be placed now.
func hold(c *clock, n int) Hold {
	return Hold{ID: session.ID{0x40, byte(n)}, Tenant: "acme", Kind: "session", Value: idNo(n).String(), Reason: "legal_claim", Case: "2026/417-b", Review: c.now().Add(90 * 24 * time.Hour), By: admin}
}

// spoken stores one turn of each of n sessions, of subjects "p1", "p2" and so
// on.
func spoken(tb testing.TB, r *Recorder, n int, retention time.Duration) {
	tb.Helper()
	for i := 1; i <= n; i++ {
		c := conversation(i)
		c.Subject = "p" + string(rune('0'+i))
		require.NoError(tb, keep(r, c, newTalker(tb, retention).say("canary question", "canary answer")))
	}
}

// kinds are the tenant's facts of some kinds, oldest first.
func factsOf(tb testing.TB, r *Recorder, tenant string, kinds ...session.FactKind) (out []session.Fact) {
	tb.Helper()
	all, err := r.Facts(context.Background(), tenant, 0, 1000)
	require.NoError(tb, err)
	for i := range all {
		for _, k := range kinds {
			if f := all[len(all)-1-i].Fact; f.Kind == k {
				out = append(out, f)
			}
		}
	}
	return out
}

// What is held is neither erased nor swept, whoever asks and by whatever way,
// and the answer says until when. When the hold is lifted, both work.
func TestHeld(t *testing.T) { // R14, R48
	ctx := context.Background()
	for _, kind := range holdKinds {
		t.Run(kind, func(t *testing.T) {
			r, c := started(t)
			spoken(t, r, 2, month)
			h := hold(c, 1)
			h.Kind = kind
			switch kind {
			case "subject":
				h.Value = "p1"
			case "avatar":
				h.Value = "mia"
			}
			require.NoError(t, r.PlaceHold(ctx, h))
			require.NoError(t, r.ConfirmHold(ctx, "acme", h.ID, second))
			both := kind == "avatar"
			kept := 1
			if both {
				kept = 2
			}

			for _, who := range []Access{{Self: true}, access("rights")} {
				_, err := r.Erase(ctx, "acme", idNo(1), who)
				require.ErrorIs(t, err, ErrHeld)
				var until HeldError
				require.True(t, errors.As(err, &until))
				require.Equal(t, h.Review.UnixMilli(), until.Until.UnixMilli())
				require.Contains(t, err.Error(), "held until 2027-02-24")
				require.ErrorIs(t, r.EraseItem(ctx, "acme", idNo(1), 1, who), ErrHeld)
			}
			rep, err := r.EraseWhere(ctx, Query{Tenant: "acme", Subject: "p1"}, access("rights"))
			require.NoError(t, err)
			require.Equal(t, 1, rep.Held)
			require.Zero(t, rep.Sessions)
			_, err = r.RemoveTenant(ctx, "acme", admin)
			require.ErrorIs(t, err, ErrHeld)

			c.move(2 * month)
			rep, err = r.Sweep(ctx)
			require.NoError(t, err)
			require.Equal(t, kept, rep.Held)
			require.Equal(t, 2-kept, rep.Turns)
			all, err := r.List(ctx, Query{Tenant: "acme"}, Access{})
			require.NoError(t, err)
			require.Len(t, all, kept)
			require.True(t, all[len(all)-1].Held)
			require.Contains(t, text(t, r, idNo(1), Text), "canary question")

			require.NoError(t, r.LiftHold(ctx, "acme", h.ID, admin))
			require.ErrorIs(t, r.LiftHold(ctx, "acme", h.ID, admin), ErrUnknown)
			rep, err = r.Sweep(ctx)
			require.NoError(t, err)
			require.Equal(t, kept, rep.Turns)
			require.Zero(t, rep.Held)
			facts := factsOf(t, r, "acme", session.HoldPlaced, session.HoldConfirmed, session.HoldLifted)
			require.Len(t, facts, 3)
			for i, by := range []session.ID{admin, second, admin} {
				require.Equal(t, h.ID, facts[i].Object)
				require.Equal(t, by, facts[i].Actor)
				require.EqualValues(t, 1, facts[i].Count, "the number of the reason")
			}
		})
	}
}

// A hold of another tenant holds nothing here.
func TestHoldOfAnotherTenant(t *testing.T) { // R74
	ctx := context.Background()
	r, c := started(t)
	spoken(t, r, 1, month)
	h := hold(c, 1)
	h.Tenant = "other"
	require.NoError(t, r.PlaceHold(ctx, h))
	require.ErrorIs(t, r.ConfirmHold(ctx, "acme", h.ID, second), ErrUnknown)
	require.ErrorIs(t, r.LiftHold(ctx, "acme", h.ID, second), ErrUnknown)
	holds, err := r.Holds(ctx, "acme")
	require.NoError(t, err)
	require.Empty(t, holds)
	erased, err := r.Erase(ctx, "acme", idNo(1), Access{Self: true})
	require.NoError(t, err)
	require.Equal(t, Erased{Turns: 1}, erased)
}

// A hold needs two admins. Without the second it ends by itself.
func TestHoldNeedsTwo(t *testing.T) {
	ctx := context.Background()
	r, c := started(t)
	spoken(t, r, 2, 100*24*time.Hour)
	one, two := hold(c, 1), hold(c, 2)
	require.NoError(t, r.PlaceHold(ctx, one))
	require.NoError(t, r.PlaceHold(ctx, two))
	require.ErrorIs(t, r.PlaceHold(ctx, two), ErrExists)
	require.ErrorIs(t, r.ConfirmHold(ctx, "acme", one.ID, admin), ErrSecond, "the one who placed it is no second")
	require.ErrorIs(t, r.ConfirmHold(ctx, "acme", one.ID, session.ID{}), ErrSecond)
	require.NoError(t, r.ConfirmHold(ctx, "acme", one.ID, second))
	require.ErrorIs(t, r.ConfirmHold(ctx, "acme", one.ID, second), ErrExists)

	c.move(HoldConfirm - time.Second)
	_, err := r.Sweep(ctx)
	require.NoError(t, err)
	_, err = r.Erase(ctx, "acme", idNo(2), Access{Self: true})
	require.ErrorIs(t, err, ErrHeld, "it holds from the moment it was placed")
	c.move(time.Second)
	_, err = r.Sweep(ctx)
	require.NoError(t, err)
	holds, err := r.Holds(ctx, "acme")
	require.NoError(t, err)
	require.Len(t, holds, 2)
	for _, h := range holds {
		require.Equal(t, h.ID == two.ID, !h.Lifted.IsZero())
	}
	require.Len(t, factsOf(t, r, "acme", session.HoldLifted), 1)
	_, err = r.Erase(ctx, "acme", idNo(2), Access{Self: true})
	require.NoError(t, err)
	_, err = r.Erase(ctx, "acme", idNo(1), Access{Self: true})
	require.ErrorIs(t, err, ErrHeld)
}

// What makes no sense is refused, with what to do, and holds nothing.
func TestHoldRefused(t *testing.T) {
	r, c := started(t)
	for name, change := range map[string]func(*Hold){
		"no id":            func(h *Hold) { h.ID = session.ID{} },
		"nobody":           func(h *Hold) { h.By = session.ID{} },
		"kind":             func(h *Hold) { h.Kind = "Session" },
		"no value":         func(h *Hold) { h.Value = "" },
		"no session":       func(h *Hold) { h.Value = "mia" },
		"long value":       func(h *Hold) { h.Kind, h.Value = "subject", strings.Repeat("x", 257) },
		"reason":           func(h *Hold) { h.Reason = "because" },
		"no case":          func(h *Hold) { h.Case = "" },
		"a case in words":  func(h *Hold) { h.Case = "Mrs Smith against us" },
		"a long case":      func(h *Hold) { h.Case = strings.Repeat("1", 65) },
		"no review":        func(h *Hold) { h.Review = time.Time{} },
		"review past":      func(h *Hold) { h.Review = c.now() },
		"review too far":   func(h *Hold) { h.Review = c.now().Add(HoldReview + time.Second) },
		"control sequence": func(h *Hold) { h.Case = "1\x1b[2J" },
	} {
		h := hold(c, 1)
		change(&h)
		require.ErrorIs(t, r.PlaceHold(context.Background(), h), ErrInvalid, name)
	}
	holds, err := r.Holds(context.Background(), "acme")
	require.NoError(t, err)
	require.Empty(t, holds)
	require.Empty(t, factsOf(t, r, "acme", session.HoldPlaced))
}
