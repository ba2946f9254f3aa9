package admin

import (
	"time"

	"mayfly/gateway/tenant"
)

// quotas are how far the tenant is with each quota that it has.
func (a *API) quotas(c *call) ([]tenant.Quota, error) {
	limits := c.who.tenant.Limits
	if !limits.Limited() {
		return nil, nil
	}
	now := c.now.UTC()
	days, err := a.options.Store.Usage(c.r.Context(), c.tenant(), now.AddDate(0, 0, 1-now.Day()), now)
	if err != nil {
		return nil, err
	}
	var used tenant.Used
	for _, d := range days {
		if d.Day.Equal(now.Truncate(24 * time.Hour)) {
			used.Begin(now, d.Sessions)
			used.Spend(now, d.Tokens)
		}
		used.End(now, time.Duration(d.Minutes)*time.Minute)
	}
	return limits.Quotas(&used, now), nil
}

// quotaAlerts say which quotas of the tenant are near their end, or at it.
func (a *API) quotaAlerts(c *call) (all []whoAlert) {
	now := c.now.UTC()
	quotas, err := a.quotas(c)
	if err != nil {
		return []whoAlert{{Kind: "store_not_ready", At: now}}
	}
	for _, q := range quotas {
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
