package gateway

import (
	"crypto/sha256"
	"sync"

	"mayfly/session"
)

// registry is the live sessions. Adding one is where the caps are held.
type registry struct {
	most int // sessions in all

	mu      sync.Mutex
	closed  bool                        // no more come
	conns   map[string]*conn            // by session id. Guarded by mu.
	names   map[string]*conn            // by the id that the client knows
	tenants map[string]int              // sessions of each tenant
	resumes map[[sha256.Size]byte]*conn // by the hash of the token that stands
	empty   *sync.Cond                  // on mu: a session left
	metrics *metrics
}

func newRegistry(most int, m *metrics) *registry {
	r := &registry{
		most:    most,
		conns:   make(map[string]*conn),
		names:   make(map[string]*conn),
		tenants: make(map[string]int),
		resumes: make(map[[sha256.Size]byte]*conn),
		metrics: m,
	}
	r.empty = sync.NewCond(&r.mu)
	return r
}

// add takes a session in, or says with which code it is refused.
func (r *registry) add(c *conn, perTenant int) (code string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return "draining"
	case len(r.conns) >= r.most:
		return "overloaded"
	case r.tenants[c.tenant.ID] >= perTenant:
		return "too_many_sessions"
	}
	r.conns[c.id], r.names[c.ids.Session()] = c, c
	r.tenants[c.tenant.ID]++
	r.metrics.sessions.Inc()
	r.metrics.started.Inc()
	return ""
}

// remove lets a session go.
func (r *registry) remove(c *conn, why session.Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns[c.id] != c {
		return
	}
	delete(r.conns, c.id)
	delete(r.names, c.ids.Session())
	if r.tenants[c.tenant.ID]--; r.tenants[c.tenant.ID] == 0 {
		delete(r.tenants, c.tenant.ID)
	}
	if r.resumes[c.token] == c {
		delete(r.resumes, c.token)
	}
	r.metrics.sessions.Dec()
	r.metrics.ended.WithLabelValues(why.String()).Inc()
	r.empty.Broadcast()
}

// named finds a session by the id that its client knows.
func (r *registry) named(id string) *conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.names[id]
}

// rename gives a session a new resume token in place of an old one.
func (r *registry) rename(c *conn, old, hash [sha256.Size]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.resumes, old)
	if r.conns[c.id] == c {
		r.resumes[hash], c.token = c, hash
	}
}

// look finds the session of a resume token and uses nothing up.
func (r *registry) look(hash [sha256.Size]byte) *conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.resumes[hash]
}

// redeem finds the session of a resume token, once.
func (r *registry) redeem(hash [sha256.Size]byte) *conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.resumes[hash]
	delete(r.resumes, hash)
	return c
}

// all is every live session.
func (r *registry) all() []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*conn, 0, len(r.conns))
	for _, c := range r.conns {
		all = append(all, c)
	}
	return all
}

// of is a tenant's live sessions.
func (r *registry) of(tenantID string) []*conn {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := make([]*conn, 0, r.tenants[tenantID])
	for _, c := range r.conns {
		if c.tenant.ID == tenantID {
			of = append(of, c)
		}
	}
	return of
}

// close refuses every session from now on.
func (r *registry) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

// draining says whether every session is refused.
func (r *registry) draining() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// count is the number of live sessions.
func (r *registry) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.conns)
}

// drained waits until no session is left.
func (r *registry) drained() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.conns) > 0 {
		r.empty.Wait()
	}
}
