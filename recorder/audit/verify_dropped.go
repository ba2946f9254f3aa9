package audit

import (
	"fmt"
	"slices"
	"time"
)

// drop is a fact that says: so many entries up to and including this number.
type drop struct {
	fact, upTo, count uint64
	at                time.Time
}

// account says which fact dropped what. Entries are dropped from the oldest
// on, so whatever a fact does not reach is missing.
func (v *verifier) account() error {
	var covered uint64 // up to this number
	for i, d := range v.drops {
		if d.upTo >= d.fact || d.count > d.upTo {
			return &BadEntry{Log: v.head.Log, Index: -1, Why: fmt.Errorf("%w: number %d says that it dropped what it cannot have", ErrMalformed, d.fact)}
		}
		from := d.upTo - d.count
		if i > 0 && from > covered {
			break // whatever is between them, no fact dropped
		}
		if err := v.timely(d, i == 0); err != nil {
			return err
		}
		from = max(from, covered)
		if upTo := min(d.upTo, v.absent); upTo > from {
			v.report.DroppedBy = append(v.report.DroppedBy, Drop{Fact: d.fact, Count: upTo - from})
			v.report.Dropped += upTo - from
			v.report.Stored -= upTo - from
		}
		covered = max(covered, d.upTo)
	}
	if v.absent <= covered {
		return nil
	}
	for _, l := range slices.Backward(v.read) {
		if covered >= l.Base {
			return &BadEntry{Log: l.Name(), Index: int64(covered - l.Base), Why: ErrMissing}
		}
	}
	return ErrMissing
}

// timely holds a fact to the retention, as exactly as what is left of a log
// says it. The first entry of a log is of its month, whatever the clock did
// later, and is dropped before the others: so the fact that dropped it is no
// younger than the month's beginning and the retention. What is before the
// first of all facts was dropped by one that was dropped since, which took the
// retention twice; by which of those that are there is not known.
func (v *verifier) timely(d drop, first bool) error {
	from := d.upTo - d.count
	for _, l := range v.read {
		switch start := l.Month.start(); {
		case l.Base >= d.upTo:
			return nil
		case l.Base >= from && d.at.Before(start.Add(Retention)):
			return &BadEntry{Log: l.Name(), Why: ErrEarly}
		case l.Base < from && first && !slices.ContainsFunc(v.drops, func(d drop) bool { return !d.at.Before(start.Add(2 * Retention)) }):
			return &BadEntry{Log: l.Name(), Why: ErrMissing}
		}
	}
	return nil
}
