package gateway

import (
	"sync"
	"time"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// quotas counts what tenants use of what they have for a day or a month.
type quotas struct {
	// before gives what was used before this process began; nil: nothing was.
	before func(tenantID string, now time.Time) (tenant.Used, error)

	// near is told once when a quota is nearly used up, and once when it is;
	// nil: nobody is.
	near func(tenantID string, q tenant.Quota)

	mu     sync.Mutex
	used   map[string]*tenant.Used // Guarded by mu. Of tenants with quotas.
	warned map[warning]time.Time   // Guarded by mu. Until when nobody is told again.
}

// warning is what somebody was told of a quota.
type warning struct {
	tenant, quota string
	reached       bool
}

// of is what a tenant used. Where it cannot be known what was used before, it
// is asked for again with the next session: a database that does not answer
// keeps nobody from talking. Called with mu free.
func (q *quotas) of(id string, now time.Time) *tenant.Used {
	q.mu.Lock()
	have := q.used[id]
	q.mu.Unlock()
	if have != nil {
		return have
	}
	var used tenant.Used
	if q.before != nil {
		var err error
		if used, err = q.before(id, now); err != nil {
			return &tenant.Used{}
		}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.used == nil {
		q.used = map[string]*tenant.Used{}
	}
	if q.used[id] == nil {
		q.used[id] = &used
	}
	return q.used[id]
}

// begin counts a session that is about to begin, unless a quota of the tenant
// is used up.
func (q *quotas) begin(now time.Time, t *tenant.Tenant) bool {
	if !t.Limits.Limited() {
		return true
	}
	used := q.of(t.ID, now)
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, quota := range t.Limits.Quotas(used, now) {
		if quota.Reached() {
			return false
		}
	}
	used.Begin(now, 1)
	q.warn(now, t, used)
	return true
}

// warn tells of quotas that have come near their end, or to it. Called with mu
// held.
func (q *quotas) warn(now time.Time, t *tenant.Tenant, used *tenant.Used) {
	for _, quota := range t.Limits.Quotas(used, now) {
		w := warning{t.ID, quota.Key, quota.Reached()}
		if !quota.Near() || q.near == nil || now.Before(q.warned[w]) {
			continue
		}
		if q.warned == nil {
			q.warned = map[warning]time.Time{}
		}
		q.warned[w] = quota.Renews
		q.near(t.ID, quota)
	}
}

// spent says whether the tokens of the tenant's day are used up. It waits for
// no database: a session has begun, so that it was asked before.
func (q *quotas) spent(now time.Time, t *tenant.Tenant) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	used := q.used[t.ID]
	return used != nil && t.Limits.Spent(used, now)
}

// spend counts tokens.
func (q *quotas) spend(now time.Time, t *tenant.Tenant, tokens int) {
	used := q.of(t.ID, now)
	q.mu.Lock()
	defer q.mu.Unlock()
	used.Spend(now, tokens)
	q.warn(now, t, used)
}

// end counts the time of a session that is over. began says whether it was one
// at all; else it is not counted.
func (q *quotas) end(now time.Time, t *tenant.Tenant, length time.Duration, began bool) {
	if !t.Limits.Limited() {
		return
	}
	used := q.of(t.ID, now)
	q.mu.Lock()
	defer q.mu.Unlock()
	if !began {
		used.Begin(now, -1)
		return
	}
	used.End(now, length)
	q.warn(now, t, used)
}

// spent says that no server is asked anything today: the tenant's tokens are
// used up. The engine that is built in takes none. Called with mu held.
func (c *conn) spent(now time.Time) bool {
	return c.avatar.BackEnd != nil && c.server.quotas.spent(now, c.current())
}

// current is the tenant as it is now, or as it was when the session began.
func (c *conn) current() *tenant.Tenant {
	if t := c.server.options.Directory.Tenant(c.tenant.ID); t != nil {
		return t
	}
	return c.tenant
}

// spend counts tokens that an answer took and gave. Called with mu free.
func (c *conn) spend(tokens int) {
	now := time.Now()
	c.server.quotas.spend(now, c.current(), tokens)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log(c.witness(now, session.Fact{Kind: session.TokensUsed, Policy: c.rules.Number, Count: uint64(tokens)}), nil)
}
