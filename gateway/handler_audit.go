package gateway

import (
	"io"
	"net/http"
)

// auditKeys are the public keys that checkpoints of audit logs are verified
// with. They say nothing of any tenant.
func (s *Server) auditKeys(w http.ResponseWriter, _ *http.Request) *refusal {
	if s.options.AuditKeys == "" {
		return refuse("not_found")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = io.WriteString(w, s.options.AuditKeys)
	return nil
}
