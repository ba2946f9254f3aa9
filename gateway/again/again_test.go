package again

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Pauses grow, have an end, and are not the same for all.
func TestPauses(t *testing.T) {
	p := Pauses{First: time.Second, Most: 5 * time.Minute}
	whole := p.First
	for failed := range 100 {
		require.Equal(t, whole, p.After(failed))
		seen := map[time.Duration]bool{}
		for range 50 {
			d := p.Apart(failed)
			require.GreaterOrEqual(t, d, whole/2)
			require.Less(t, d, whole)
			seen[d] = true
		}
		require.Greater(t, len(seen), 1, "no two are in step")
		whole = min(2*whole, p.Most)
	}
	require.Equal(t, 2*time.Hour, Pauses{First: 2 * time.Hour, Most: 2 * time.Hour}.After(99), "the longest are no overflow")
}

// It is waited as long as was said, and no longer than somebody waits for it.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		require.NoError(t, Wait(t.Context(), time.Minute))
		require.Equal(t, time.Minute, time.Since(began))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, Wait(ctx, time.Minute), context.DeadlineExceeded)
		require.Equal(t, time.Minute+time.Second, time.Since(began))
	})
}

// It is done at once, and again until nobody wants it.
func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Second)
		defer cancel()
		began := time.Now()
		var at []time.Duration
		Every(ctx, time.Minute, func(now time.Time) { at = append(at, now.Sub(began)) })
		require.Equal(t, []time.Duration{0, time.Minute, 2 * time.Minute}, at)
		require.Equal(t, 150*time.Second, time.Since(began))
	})
}

// What a server cannot do now it may do later; what it will not do it will not.
func TestLater(t *testing.T) {
	for status := range 600 {
		require.Equal(t, status == 408 || status == 429 || status >= 500, Later(status), status)
	}
}
