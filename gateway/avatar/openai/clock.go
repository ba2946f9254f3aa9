package openai

import (
	"context"
	"sync"
	"time"
)

// clock ends a turn whose server is too slow. One timer serves all: it runs
// for what is awaited now, but not longer than what is left in all. Time in
// which the server is not waited for does not count.
type clock struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	timer  *time.Timer   // Guarded by mu.
	left   time.Duration // Guarded by mu.
	since  time.Time     // Guarded by mu. Zero while it rests.
}

func watch(ctx context.Context, total time.Duration) *clock {
	c := &clock{left: total}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.timer = time.AfterFunc(total, func() { c.cancel(errSlow) })
	c.since = time.Now()
	return c
}

// arm waits for the server, for d at most.
func (c *clock) arm(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	if c.left <= 0 {
		c.cancel(errSlow)
		return
	}
	c.since = time.Now()
	c.timer.Reset(min(d, c.left))
}

// rest stops waiting.
func (c *clock) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
}

// settle takes what has passed from what is left.
func (c *clock) settle() {
	c.timer.Stop()
	if !c.since.IsZero() {
		c.left -= time.Since(c.since)
		c.since = time.Time{}
	}
}

// stop ends the request, if it is still under way.
func (c *clock) stop() {
	c.rest()
	c.cancel(nil)
}
