package siem

import (
	"time"

	"mayfly/session"
)

// Stretch is a part of a tenant's log: what is there of the entries with
// numbers above After, up to Last.
type Stretch struct {
	Tenant      string
	After, Last uint64
	Entries     []Stored
}

// Events are what is told of a stretch. In a flood what happens in
// the course of sessions is summed up by what it is, why it was and who did it:
// each entry is counted once. What had to be durable first, what was lost and
// what is wrong with the log is told one by one always.
func (s Stretch) Events(flood bool, now time.Time) []Event {
	type alike struct {
		kind   session.FactKind
		reason session.Reason
		actor  session.ID
	}
	var out []Event
	sums := map[alike]int{}
	last := Stored{Number: s.After}
	missing := func(next uint64) {
		if next > last.Number+1 {
			out = append(out, stretchOf(s.Tenant, VerifyFailed, Stored{Number: last.Number + 1, Index: last.Index + 1}, Stored{Number: next - 1, Log: last.Log}, now))
		}
	}
	for i := 0; i < len(s.Entries); i++ {
		missing(s.Entries[i].Number)
		first := s.Entries[i]
		if first.Dropped {
			for i+1 < len(s.Entries) && s.Entries[i+1].Dropped && s.Entries[i+1].Number == s.Entries[i].Number+1 {
				i++
			}
			last = s.Entries[i]
			out = append(out, stretchOf(s.Tenant, EntriesGone, first, last, now))
			continue
		}
		last = first
		e := Read(s.Tenant, first, now)
		if !flood || !summable(&e) {
			out = append(out, e)
			continue
		}
		of := alike{e.Fact.Kind, e.Fact.Reason, e.Fact.Actor}
		at, there := sums[of]
		if !there {
			sums[of] = len(out)
			out = append(out, e)
			continue
		}
		out[at].add(&e)
	}
	missing(s.Last + 1)
	return out
}

func summable(e *Event) bool {
	_, special := found[e.Kind]
	return !special && e.Fact.Kind.Class() == session.Count && e.Fact.Kind != session.FactsLost
}

// add takes another entry into a summary.
func (e *Event) add(o *Event) {
	e.Last, e.Entries, e.LeafHash = o.Last, e.Entries+1, [32]byte{}
	if o.Start.Before(e.Start) {
		e.Start = o.Start
	}
	if o.End.After(e.End) {
		e.End = o.End
	}
	sum := e.Fact.Count + o.Fact.Count
	if sum < o.Fact.Count {
		sum = 1<<64 - 1
	}
	e.Fact = session.Fact{Kind: e.Fact.Kind, Reason: e.Fact.Reason, Actor: e.Fact.Actor, Count: sum}
}
