package gateway

import (
	"sync/atomic"

	"mayfly/session"
)

// Facts takes what happened in sessions. The counting sink is what there is
// until an audit log takes its place.
type Facts interface {
	// Note takes a fact of a session. When it is as durable as its class
	// asks for, done is called, once; it may be before Note returns. done
	// never touches a socket.
	Note(sessionID string, f session.Fact, done func())
}

// CountingFacts is Facts in memory: it counts by kind and keeps nothing else.
type CountingFacts struct {
	counts [64]atomic.Int64
}

// Note counts the fact. Memory is all the durability that a count has.
func (c *CountingFacts) Note(_ string, f session.Fact, done func()) {
	c.counts[f.Kind].Add(1)
	if done != nil {
		done()
	}
}

// Count is how many facts of a kind there were.
func (c *CountingFacts) Count(k session.FactKind) int64 { return c.counts[k].Load() }
