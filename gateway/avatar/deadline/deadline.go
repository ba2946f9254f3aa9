// Package deadline bounds how long a server may be waited for.
//
// One clock serves a request from its first byte to its last: until there is a
// connection, until the first byte of the answer, from byte to byte, and in
// all. Time in which the server is not waited for does not count.
package deadline

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Limits bound the waiting for a server. The zero value means the defaults
// named.
type Limits struct {
	Connect time.Duration // until there is a connection; zero means 3 seconds
	First   time.Duration // from then until the answer begins; zero means 8 seconds
	Idle    time.Duration // from piece to piece; zero means 10 seconds
	Total   time.Duration // in all; zero means 60 seconds
}

// OrDefaults fills in what is zero.
func (l Limits) OrDefaults() Limits {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&l.Connect, 3*time.Second)
	set(&l.First, 8*time.Second)
	set(&l.Idle, 10*time.Second)
	set(&l.Total, 60*time.Second)
	return l
}

// ErrSlow is the cause with which a Clock ends its context.
var ErrSlow = errors.New("deadline: the server is too slow")

// Clock ends a request whose server is too slow. One timer serves all: it runs
// for what is awaited now, but not longer than what is left in all.
type Clock struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	mu     sync.Mutex
	timer  *time.Timer   // Guarded by mu.
	left   time.Duration // Guarded by mu.
	since  time.Time     // Guarded by mu. Zero while it rests.
}

// Watch starts a clock with so much time in all. Stop must be called.
func Watch(ctx context.Context, total time.Duration) *Clock {
	c := &Clock{left: total}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.timer = time.AfterFunc(total, func() { c.cancel(ErrSlow) })
	c.since = time.Now()
	return c
}

// Context is for the request: it ends with the clock.
func (c *Clock) Context() context.Context { return c.ctx }

// Slow says whether the clock ended the request.
func (c *Clock) Slow() bool { return errors.Is(context.Cause(c.ctx), ErrSlow) }

// Arm waits for the server, for d at most.
func (c *Clock) Arm(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
	if c.left <= 0 {
		c.cancel(ErrSlow)
		return
	}
	c.since = time.Now()
	c.timer.Reset(min(d, c.left))
}

// Rest stops waiting.
func (c *Clock) Rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle()
}

// settle takes what has passed from what is left.
func (c *Clock) settle() {
	c.timer.Stop()
	if !c.since.IsZero() {
		c.left -= time.Since(c.since)
		c.since = time.Time{}
	}
}

// Stop ends the request, if it is still under way.
func (c *Clock) Stop() {
	c.Rest()
	c.cancel(nil)
}
