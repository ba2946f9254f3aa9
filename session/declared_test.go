package session

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The numbers that facts have of what servers declared do not change: what was
// written once is read for years.
func TestDeclared(t *testing.T) {
	for name, number := range map[string]uint64{"": 0, "other": 1, "moon-base": 1, "eu": 2, "us": 4, "uk": 5, "sg": 10, "us-east": 26, "be": 46} {
		require.Equal(t, number, RegionNumber(name), name)
	}
	require.Len(t, regions, 47, "a new one is last")
	seen := map[string]bool{}
	for i, name := range regions {
		require.False(t, seen[name], name)
		seen[name] = true
		require.Equal(t, uint64(i), RegionNumber(name))
	}
	of := func(d time.Duration) *time.Duration { return &d }
	require.Zero(t, RetentionNumber(nil))
	for d, number := range map[time.Duration]uint64{0: 1, time.Hour: 2, 90 * time.Minute: 3, 30 * 24 * time.Hour: 721, 36500 * 24 * time.Hour: 876001} {
		require.Equal(t, number, RetentionNumber(of(d)), d)
	}
}
