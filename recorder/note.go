package recorder

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"

	"mayfly/recorder/audit"
	"mayfly/recorder/store"
	"mayfly/session"
)

// counting bounds the facts of the class Count that wait to be written.
const counting = 1 << 16

// counts are facts that may be lost, but not in silence.
type counts struct {
	mu      sync.Mutex
	waiting []audit.Record
	used    []audit.Record    // of use only: counted, and written into no log
	lost    map[string]uint64 // by tenant
}

// Note takes a fact into the log of a tenant. done, which may be nil, is called
// once: for a fact of the class Gate when it is durable, or with the error; for
// one of the class Count at once, with nil. On a full disk a yes, and what is
// taken along, is refused, while there is room for the rest.
func (r *Recorder) Note(tenant string, f session.Fact, done func(error)) {
	now := r.now()
	if f.Kind.Class() == session.Count {
		r.counts.add(audit.Record{Tenant: tenant, At: now, Fact: f})
		if done != nil {
			done(nil)
		}
		return
	}
	r.flush() // in the order in which they happened
	r.store.Put(context.Background(), store.Job{
		Urgent: f.Kind != session.ConsentGiven && f.Kind != session.AuditExported && f.Kind != session.EvidenceWritten,
		Join:   &noting,
		Part:   happening{facts: []audit.Record{{Tenant: tenant, At: now, Fact: f}}},
		Done:   done,
	})
}

// Use takes of a fact what it says of use, in numbers. It is in no log.
func (r *Recorder) Use(tenant string, f session.Fact) {
	r.counts.use(audit.Record{Tenant: tenant, At: r.now(), Fact: f})
}

// use takes as many as there is room for; the rest is use that nobody counts.
func (c *counts) use(records ...audit.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used = append(c.used, records[:min(len(records), max(counting-len(c.used), 0))]...)
}

// takeUse is the use that waits.
func (c *counts) takeUse() []audit.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	used := c.used
	c.used = nil
	return used
}

func (c *counts) add(r audit.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) >= counting {
		c.lose(r.Tenant, 1)
		return
	}
	c.waiting = append(c.waiting, r)
}

// lose counts what is lost. mu is held.
func (c *counts) lose(tenant string, n uint64) {
	if c.lost == nil {
		c.lost = map[string]uint64{}
	}
	c.lost[tenant] += n
}

// take is what waits, and before it what was lost.
func (c *counts) take(now time.Time) []audit.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []audit.Record
	for tenant, n := range c.lost {
		out = append(out, audit.Record{Tenant: tenant, At: now, Fact: session.Fact{Kind: session.FactsLost, Count: n}})
	}
	c.lost = nil
	out = append(out, c.waiting...)
	c.waiting = nil
	return out
}

// fail takes records back that could not be written: they are tried again when
// the disk is back, as many as there is room for. Records that no disk is to
// blame for are lost.
func (c *counts) fail(records []audit.Record, again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	keep := 0
	if again {
		keep = min(len(records), max(counting-len(c.waiting), 0))
	}
	for _, rec := range records[keep:] {
		n := uint64(1)
		if rec.Fact.Kind == session.FactsLost {
			n = rec.Fact.Count
		}
		c.lose(rec.Tenant, n)
	}
	c.waiting = append(records[:keep:keep], c.waiting...)
}

// flush hands the counts that wait to the writer, if that can write.
func (r *Recorder) flush() {
	if r.store.Trouble() != nil {
		return
	}
	records, used := r.counts.take(r.now()), r.counts.takeUse()
	if len(records)+len(used) == 0 {
		return
	}
	r.store.Put(context.Background(), store.Job{
		Join: &noting,
		Part: happening{records, slices.Concat(records, used)},
		Done: func(err error) {
			if err != nil {
				r.counts.fail(records, r.store.Trouble() != nil)
				r.counts.use(used...)
			}
		},
	})
}

// happening is what one job of noting writes.
type happening struct {
	facts []audit.Record // into the logs of their tenants
	use   []audit.Record // what is counted of use
}

// noting writes the facts of many who wait for them at once: most of the work
// of an append is to find the log's end.
var noting = store.Join{Run: func(tx *sql.Tx, parts []any) error {
	var all happening
	for _, p := range parts {
		h := p.(happening)
		all.facts, all.use = append(all.facts, h.facts...), append(all.use, h.use...)
	}
	if err := audit.AppendAll(context.Background(), tx, all.facts); err != nil {
		return err
	}
	return use(tx, all.use)
}}

// flushLast writes the counts that no later flush will: on a full disk into the
// last room, and where that is too little how many they were.
func (r *Recorder) flushLast() {
	// Those that are under way may fail, and then they wait again.
	_ = r.store.Idle(context.Background(), func(*sql.DB) error { return nil })
	for range 4 {
		records, used := r.counts.take(r.now()), r.counts.takeUse()
		if len(records)+len(used) == 0 {
			return
		}
		if r.store.DoJob(context.Background(), store.Job{Urgent: true, Join: &noting, Part: happening{records, slices.Concat(records, used)}}) != nil {
			r.counts.fail(records, false)
		}
	}
}
