package admin

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Wrong credentials are counted under a pseudonym that lives a day. // R7
func TestWrongForgetsWho(t *testing.T) {
	from, now := netip.MustParsePrefix("203.0.113.9/32"), time.Now()
	w := newWrong()
	for range wrongMost {
		_, ok := w.add(from, now)
		require.True(t, ok)
	}
	_, ok := w.add(from, now)
	require.False(t, ok)
	_, ok = w.add(netip.MustParsePrefix("203.0.113.10/32"), now)
	require.True(t, ok, "a neighbour")
	require.Len(t, w.counts, 2)
	require.NotContains(t, fmt.Sprintf("%+v", w), "203.0")
	before := w.seed
	_, ok = w.add(from, now.Add(wrongSeed))
	require.True(t, ok)
	require.Len(t, w.counts, 1)
	require.NotEqual(t, before, w.seed)
}
