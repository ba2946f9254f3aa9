package gateway

import (
	"runtime/debug"
	"sync"
)

// stack is where a fault was: functions and lines, no values.
func stack() []byte { return debug.Stack() }

// writeBuffers lends the WebSocket library its write buffers, which it needs
// only for control frames.
type writeBuffers struct{ pool sync.Pool }

// Get lends a buffer, nil if there is none.
func (b *writeBuffers) Get() any { return b.pool.Get() }

// Put takes one back.
func (b *writeBuffers) Put(v any) { b.pool.Put(v) }
