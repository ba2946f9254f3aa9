package gateway

import (
	"net/http"
	"runtime/debug"
	"sync"
)

func (s *Server) assets(mux *http.ServeMux) {}

func stack() []byte { return debug.Stack() }

// writeBuffers lends the library its write buffers, which it needs only for
// control frames.
type writeBuffers struct{ pool sync.Pool }

// Get lends a buffer, nil if there is none.
func (b *writeBuffers) Get() any { return b.pool.Get() }

// Put takes one back.
func (b *writeBuffers) Put(v any) { b.pool.Put(v) }
