package gateway

import (
	"errors"
	"fmt"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
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

// Tokens are counted as the server says, for everybody together; when they are
// used up no server is asked, the person reads why, and no session begins. Who
// runs the gateway is told at four fifths and at the end, once.
func TestTokensOfADay(t *testing.T) {
	var mu sync.Mutex
	var told []string
	engine := &scripted{sentences: []string{"ok"}, tokens: 45}
	r := newRig(t, engine, nil, func(o *Options, tn *tenant.Tenant) {
		tn.Limits.TokensPerDay, tn.Policy.AuditDetail = 100, true
		tn.Avatars[0].BackEnd = &tenant.BackEnd{URL: &url.URL{Scheme: "https", Host: "models.example"}, Name: "Models"}
		o.QuotaNear = func(id string, q tenant.Quota) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, fmt.Sprint(id, " ", q.Key, " ", q.Used, " ", q.Reached()))
		}
	})
	one, two := r.ready("text"), r.ready("text")
	one.turn("hello", 1)
	two.turn("hello", 1)
	one.turn("hello", 2)
	require.Equal(t, 3, engine.count())
	two.turn("hello", 2)
	require.Equal(t, 3, engine.count(), "no server is asked")
	failed := two.await("response.done", 2)
	require.Equal(t, "failed", failed.at("response", "status"))
	require.Equal(t, "quota_reached", failed.at("response", "status_details", "error", "code"))
	status, code := r.knock(r.bearer())
	require.Equal(t, 429, status)
	require.Equal(t, "quota_reached", code)
	mu.Lock()
	require.Equal(t, []string{"acme tokens_per_day 90 false", "acme tokens_per_day 135 true"}, told)
	mu.Unlock()
	require.EqualValues(t, 3, r.facts.Count(session.TokensUsed))
	require.EqualValues(t, 3, r.facts.Count(session.EngineAsked))

	// A larger limit counts at once.
	d := r.server.options.Directory
	changed := *d.Tenant("acme")
	changed.Limits.TokensPerDay = 1000
	require.NoError(t, d.Replace([]tenant.Tenant{changed}))
	two.turn("hello", 3)
	require.Equal(t, 4, engine.count())
}
