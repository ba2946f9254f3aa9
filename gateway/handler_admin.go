package gateway

import (
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// adminBody is the largest request body of the admin API, in bytes.
const adminBody = 4 << 20

// adminFile is the largest file that an avatar can be given to answer from, and
// adminFileWithin how long it may take to arrive.
const (
	adminFile       = 16 << 20
	adminFileWithin = time.Minute
)

// MountAdmin serves the admin API under /v1/admin/ and /audit/: whatever it answers is
// counted, limited, and never cached or framed. good is the credential of a
// request if it is good, else empty. MountAdmin is called once, before anything
// is served.
func (s *Server) MountAdmin(h http.Handler, good func(*http.Request) string) {
	s.admin, s.adminGood = h, good
}

// Address is the network address that a request is counted under: the peer, or
// what a trusted proxy says of it, an IPv6 host with its /64.
func (s *Server) Address(r *http.Request) netip.Prefix { return s.edge.who(r) }

// serveAdmin is the way to the admin API.
func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if s.admin == nil {
		s.fail(w, refuse("not_found"))
		return
	}
	now := time.Now()
	if wait, ok := s.edge.rules(now, r, s.adminGood(r)); !ok {
		s.fail(w, &refusal{code: "rate_limit_exceeded", wait: wait})
		return
	}
	most, within := int64(adminBody), bodyWithin
	if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/knowledge/documents/") {
		most, within = adminFile, adminFileWithin
	}
	if r.ContentLength > most {
		s.fail(w, refuse("body_too_large"))
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(now.Add(within))
	r.Body = http.MaxBytesReader(w, r.Body, most)
	s.metrics.requests.WithLabelValues("/v1/admin/", "any").Inc()
	s.admin.ServeHTTP(w, r)
}
