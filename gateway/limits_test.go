package gateway

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Who comes too often is counted under a pseudonym that is another after a
// day, and in another process: no address is kept. // R7 R33
func TestLimiterForgetsWho(t *testing.T) {
	from := netip.MustParsePrefix("203.0.113.9/32")
	now := time.Now()
	l, other := newKeyedLimiter[netip.Prefix](.001, 2, 10), newKeyedLimiter[netip.Prefix](.001, 2, 10)
	names := func(l *keyedLimiter[netip.Prefix]) []uint64 { return slices.Collect(maps.Keys(l.buckets)) }
	spend := func(at time.Time, want bool) {
		_, ok := l.allow(at, from)
		require.Equal(t, want, ok)
	}
	spend(now, true)
	spend(now, true)
	spend(now, false)
	spend(now.Add(time.Minute), false)
	before := names(l)
	require.Len(t, before, 1, "counted under one name")
	other.allow(now, from)
	require.NotEqual(t, before, names(other), "which is nobody else's")
	text := fmt.Sprintf("%+v", l)
	require.NotContains(t, text, "203.0.113")

	later := now.Add(pseudonymLife)
	spend(later, true)
	after := names(l)
	require.Len(t, after, 1, "and the name before is gone")
	require.NotEqual(t, before, after)
}
