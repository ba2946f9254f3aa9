package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/session"
)

// What a tenant used before the gateway began anew counts towards its quotas:
// the sessions of today, the minutes of this month.
func TestUsedBeforeTheStart(t *testing.T) {
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	folder, now := t.TempDir(), at
	open := func() *recorder.Recorder {
		r, err := recorder.Open(t.Context(), recorder.Options{Folder: folder, Now: func() time.Time { return now }})
		require.NoError(t, err)
		return r
	}
	end := func(when time.Time, seconds uint64) {
		now = when
		r := open()
		r.Note("acme", session.Fact{Kind: session.SessionEnded, Count: seconds}, nil)
		require.NoError(t, r.Close()) // writes what it has
	}
	end(at.AddDate(0, 0, -30), 6000)
	end(at.AddDate(0, 0, -1), 600)
	end(at, 90)
	end(at, 30)
	spend := func(when time.Time, tokens uint64) {
		now = when
		r := open()
		r.Note("acme", session.Fact{Kind: session.TokensUsed, Count: tokens}, nil)
		require.NoError(t, r.Close())
	}
	spend(at.AddDate(0, 0, -1), 5000)
	spend(at, 700)
	now = at
	r := open()
	defer r.Close()
	used, err := usedBy(r)("acme", at)
	require.NoError(t, err)
	require.Equal(t, []tenant.Quota{
		{Key: "sessions_per_day", Used: 2, Most: 9, Renews: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)},
		{Key: "tokens_per_day", Used: 700, Most: 1000, Renews: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)},
		{Key: "minutes_per_month", Used: 12, Most: 99, Renews: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
	}, tenant.Limits{SessionsPerDay: 9, MinutesPerMonth: 99, TokensPerDay: 1000}.Quotas(&used, at))
}
