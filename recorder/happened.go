package recorder

import (
	"context"
	"slices"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// furthest is how many of a tenant's entries are looked through for those of
// one session.
const furthest = 100_000

// SessionFacts are the facts of one session, oldest first. What is older than
// the tenant's last 100,000 entries is not found.
func (r *Recorder) SessionFacts(ctx context.Context, tenant string, id session.ID) ([]audit.Entry, error) {
	var found []audit.Entry
	for before, seen := uint64(0), 0; seen < furthest; {
		page, err := r.Facts(ctx, tenant, before, 1000)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			if e.Fact.Session != id {
				continue
			}
			found = append(found, e)
			if e.Fact.Kind == session.SessionStarted {
				slices.Reverse(found)
				return found, nil
			}
		}
		seen += len(page)
		before = page[len(page)-1].Number
	}
	slices.Reverse(found)
	return found, nil
}
