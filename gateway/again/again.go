// Package again is about doing something again: every so often, or after it
// failed, with pauses that grow. It knows how long, and nothing of what.
package again

import (
	"context"
	"math/rand/v2"
	"time"
)

// Pauses grow from First, twice as long each time, up to Most. Both are more
// than a nanosecond and at most 2 hours.
type Pauses struct{ First, Most time.Duration }

// After is the pause after an attempt that failed, when so many failed before
// it.
func (p Pauses) After(failed int) time.Duration {
	return min(p.First<<min(failed, 20), p.Most)
}

// Apart is After, or down to half of it by chance: nobody is in step with
// others.
func (p Pauses) Apart(failed int) time.Duration {
	d := p.After(failed)
	return d/2 + rand.N(d/2)
}

// Wait waits so long. The error is ctx's, if that ends before.
func Wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Every does something now and then every so often, until ctx ends.
func Every(ctx context.Context, every time.Duration, do func(now time.Time)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		do(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Later says of the status of an answer of HTTP that the same may go well
// later: it took too long, there was too much, or the server is at fault.
func Later(status int) bool {
	return status == 408 || status == 429 || status >= 500
}
