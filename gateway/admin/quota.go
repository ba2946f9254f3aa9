package admin

import (
	"time"

	"mayfly/gateway/tenant"
)

// quotaAlerts say which quotas of the tenant are near their end, or at it.
func (a *API) quotaAlerts(c *call) (all []whoAlert) {
	limits := c.who.tenant.Limits
	if !limits.Limited() {
		return nil
	}
	now := c.now.UTC()
	days, err := a.options.Store.Usage(c.r.Context(), c.tenant(), now.AddDate(0, 0, 1-now.Day()), now)
	if err != nil {
		return []whoAlert{{Kind: "store_not_ready", At: now}}
	}
	var used tenant.Used
	for _, d := range days {
		if d.Day.Equal(now.Truncate(24 * time.Hour)) {
			used.Begin(now, d.Sessions)
		}
		used.End(now, time.Duration(d.Minutes)*time.Minute)
	}
	for _, q := range limits.Quotas(&used, now) {
		alert := whoAlert{Kind: "quota_near", At: now, Quota: q.Key, Used: q.Used, Most: q.Most}
		switch {
		case q.Reached():
			alert.Kind = "quota_reached"
		case !q.Near():
			continue
		}
		all = append(all, alert)
	}
	return all
}
