package gateway

import (
	"sync"
	"time"

	"mayfly/gateway/tenant"
)

// quotas counts what tenants use of what they have for a day or a month.
type quotas struct {
	// before gives what was used before this process began; nil: nothing was.
	before func(tenantID string, now time.Time) (tenant.Used, error)

	mu   sync.Mutex
	used map[string]*tenant.Used // Guarded by mu. Of tenants with quotas.
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
	return true
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
}
