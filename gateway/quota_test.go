package gateway

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// What a tenant has for a day is for everybody, counts what was used before
// the gateway began, and is refused with a sentence when it is used up. What
// never became a session is not counted.
func TestQuotaIsReached(t *testing.T) {
	asked := 0
	r := newRig(t, &scripted{sentences: []string{"ok"}}, nil, func(o *Options, tn *tenant.Tenant) {
		tn.Limits.SessionsPerDay = 5
		o.Used = func(id string, now time.Time) (used tenant.Used, err error) {
			if asked++; asked == 1 {
				return used, errors.New("the database does not answer")
			}
			used.Begin(now, 2)
			return used, nil
		}
	})
	r.connect() // while nobody knows what was used before
	for range 3 {
		r.connect()
	}
	status, code := r.knock(r.bearer())
	require.Equal(t, 429, status)
	require.Equal(t, "quota_reached", code)
	require.Equal(t, 2, asked, "asked until it is known, and not again")
}

// The time of a session counts when it has ended.
func TestMinutesOfAMonth(t *testing.T) {
	now := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	q := quotas{}
	limited := &tenant.Tenant{ID: "a", Limits: tenant.Limits{MinutesPerMonth: 30}}
	free := &tenant.Tenant{ID: "b"}
	for range 3 {
		require.True(t, q.begin(now, limited))
		require.True(t, q.begin(now, free))
	}
	q.end(now, limited, 0, false)
	q.end(now, limited, 29*time.Minute, true)
	q.end(now, free, time.Hour, true)
	require.True(t, q.begin(now, limited))
	q.end(now, limited, 30*time.Second, true)
	require.False(t, q.begin(now, limited), "a minute that has begun counts")
	require.True(t, q.begin(now, free))
	require.True(t, q.begin(now.AddDate(0, 1, 0), limited))
	require.Len(t, q.used, 1)
}
