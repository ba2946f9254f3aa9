package audit

import (
	"fmt"
	"slices"
)

// drop is a fact that says: entries up to and including this number.
type drop struct{ fact, upTo, count uint64 }

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
