package main

import (
	"context"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/recorder"
)

// usedBy gives what tenants used of their quotas before this process began.
func usedBy(r *recorder.Recorder) func(tenantID string, now time.Time) (tenant.Used, error) {
	return func(tenantID string, now time.Time) (tenant.Used, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		now = now.UTC()
		var used tenant.Used
		days, err := r.Usage(ctx, tenantID, now.AddDate(0, 0, 1-now.Day()), now)
		for _, d := range days {
			if d.Day.Equal(now.Truncate(24 * time.Hour)) {
				used.Begin(now, d.Sessions)
				used.Spend(now, d.Tokens)
			}
			used.End(now, time.Duration(d.Minutes)*time.Minute)
		}
		return used, err
	}
}

// quotaNear says in the log that a tenant has used most of a quota, or all.
func (a *app) quotaNear(tenantID string, q tenant.Quota) {
	if q.Reached() {
		a.log.Warn("a quota is used up", "tenant", tenantID, "limit", q.Key, "count", q.Used)
		return
	}
	a.log.Warn("four fifths of a quota are used", "tenant", tenantID, "limit", q.Key, "count", q.Used)
}
