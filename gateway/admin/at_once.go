package admin

import "sync"

// atOnce bounds what costs much: one of a tenant, and so many of all together.
type atOnce struct {
	most int // static

	mu sync.Mutex
	of map[string]bool // Guarded by mu.
}

func (u *atOnce) begin(tenant string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of[tenant] || len(u.of) >= u.most {
		return false
	}
	if u.of == nil {
		u.of = map[string]bool{}
	}
	u.of[tenant] = true
	return true
}

func (u *atOnce) end(tenant string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.of, tenant)
}
