package gateway

import "sync"

// mostUploads is how many files may be on their way here at a time: each takes
// attach.MaxFile of memory at most.
const mostUploads = 16

// uploads shares out the places of files on their way here. A tenant has no
// more of them than are free beside, so that one alone has half, and however
// many it sends, another finds a place.
type uploads struct {
	mu    sync.Mutex
	taken int
	of    map[string]int // by tenant
}

// take takes a place, if the tenant may have one more.
func (u *uploads) take(tenant string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.of[tenant] >= mostUploads-u.taken {
		return false
	}
	if u.of == nil {
		u.of = map[string]int{}
	}
	u.of[tenant]++
	u.taken++
	return true
}

// give gives a place back.
func (u *uploads) give(tenant string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.taken--
	if u.of[tenant]--; u.of[tenant] == 0 {
		delete(u.of, tenant)
	}
}
