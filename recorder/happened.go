package recorder

import (
	"context"

	"mayfly/recorder/audit"
	"mayfly/session"
)

// mostFacts bounds the facts of one session that are read: the newest count.
const mostFacts = 10_000

// SessionFacts are the facts of one session, oldest first.
func (r *Recorder) SessionFacts(ctx context.Context, tenant string, id session.ID) ([]audit.Entry, error) {
	return audit.OfSession(ctx, r.store.DB(), tenant, id, mostFacts)
}
