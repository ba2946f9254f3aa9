package tenant

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A quota is near at four fifths, reached at all of it, and begins anew with
// the day or the month in UTC; a clock that goes back brings nothing back.
func TestQuota(t *testing.T) {
	now := time.Date(2026, 12, 30, 23, 0, 0, 0, time.FixedZone("", 3600)) // 22:00 UTC
	l := Limits{SessionsPerDay: 10, MinutesPerMonth: 100}
	var u Used
	state := func() (near, reached []string) {
		for _, q := range l.Quotas(&u, now) {
			if q.Near() {
				near = append(near, q.Key)
			}
			if q.Reached() {
				reached = append(reached, q.Key)
			}
		}
		return
	}
	for i := range 10 {
		near, reached := state()
		require.Equal(t, i >= 8, len(near) == 1, i)
		require.Empty(t, reached, i)
		u.Begin(now, 1)
	}
	_, reached := state()
	require.Equal(t, []string{"sessions_per_day"}, reached)
	u.Begin(now, -1)
	_, reached = state()
	require.Empty(t, reached)
	u.Begin(now, 1)

	u.End(now, 79*time.Minute)
	u.End(now, -time.Hour)
	near, _ := state()
	require.Equal(t, []string{"sessions_per_day"}, near)
	u.End(now, time.Second) // a minute that has begun counts
	near, _ = state()
	require.Len(t, near, 2)
	u.End(now, 20*time.Minute)
	_, reached = state()
	require.Len(t, reached, 2)
	require.Equal(t, []Quota{
		{"sessions_per_day", 10, 10, time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)},
		{"minutes_per_month", 100, 100, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)},
	}, l.Quotas(&u, now))

	now = now.Add(-48 * time.Hour)
	_, reached = state()
	require.Len(t, reached, 2, "a clock that goes back")
	now = now.Add(50 * time.Hour) // the next day
	_, reached = state()
	require.Equal(t, []string{"minutes_per_month"}, reached)
	now = now.Add(24 * time.Hour) // the next month
	_, reached = state()
	require.Empty(t, reached)

	require.False(t, Limits{}.Limited())
	require.Empty(t, Limits{}.Quotas(&u, now))
}
