package gateway

import (
	"sync/atomic"

	"mayfly/session"
)

// Facts takes what happened in sessions: the audit log of a tenant.
type Facts interface {
	// Note takes a fact about a session of a tenant. When it is as durable as
	// its class asks for, done is called, once, with nil; with an error when
	// it will never be. It may be called before Note returns, and never
	// touches a socket. A fact of the class Count never fails: what is lost
	// of those is counted and noted later. done may be nil.
	Note(tenantID string, f session.Fact, done func(error))
	// Use takes of a fact what it says of use, in numbers. The fact itself is
	// written nowhere.
	Use(tenantID string, f session.Fact)
}

// CountingFacts is Facts in memory: it counts by kind and keeps nothing else.
type CountingFacts struct {
	counts [96]atomic.Int64
}

// Note counts the fact. Memory is all the durability that a count has.
func (c *CountingFacts) Note(_ string, f session.Fact, done func(error)) {
	c.counts[f.Kind].Add(1)
	if done != nil {
		done(nil)
	}
}

// Use counts nothing: these counts are of facts.
func (c *CountingFacts) Use(string, session.Fact) {}

// Count is how many facts of a kind there were.
func (c *CountingFacts) Count(k session.FactKind) int64 { return c.counts[k].Load() }
