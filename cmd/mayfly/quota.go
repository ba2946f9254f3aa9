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
			}
			used.End(now, time.Duration(d.Minutes)*time.Minute)
		}
		return used, err
	}
}
