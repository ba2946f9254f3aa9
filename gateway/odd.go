package gateway

import (
	"time"

	"mayfly/gateway/avatar"
	"mayfly/session"
)

// oddReasons are what a server said that nobody asked it for, as facts name it.
var oddReasons = [avatar.Odds]session.Reason{avatar.Control: session.GaveOrders, avatar.Measured: session.MeasuredPerson}

// odd notes that a server behind the avatar said something that nobody asked it
// for. A session has one fact of each kind, at its end, with how often: a
// server cannot fill the log.
func (c *conn) odd(kind avatar.Odd, times int) {
	c.server.metrics.odd.WithLabelValues(oddReasons[kind].String()).Add(float64(times))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.story.odd[kind] += times
	if c.released { // it came with the last words of a session that is over
		c.tellOdd(time.Now())
	}
}

// tellOdd writes what was noted into the log. Called with mu held.
func (c *conn) tellOdd(now time.Time) {
	for kind, n := range c.story.odd {
		if n > 0 {
			c.log(c.witness(now, session.Fact{Kind: session.UnexpectedControl, Reason: oddReasons[kind], Policy: c.rules.Number, Count: uint64(n)}), nil)
		}
	}
	c.story.odd = avatar.OddCount{}
}
