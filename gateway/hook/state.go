package hook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"mayfly/gateway/egress"
	"mayfly/gateway/tenant"
)

// State is how it stands with one receiver.
type State struct {
	Waiting  uint64    // entries of the log that it may still have to be told
	Failing  time.Time // since when it takes nothing; zero: it does
	Attempts int       // in a row that failed, since the Teller was made
	Next     time.Time // of the next attempt; zero: none is put off
}

// State is how it stands with a tenant's receiver now.
func (t *Teller) State(ctx context.Context, tenantID string) (s State, err error) {
	all, err := t.options.Log.Cursors(ctx)
	if err != nil {
		return s, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range all {
		if c.Tenant != tenantID || !c.There {
			continue
		}
		s.Failing = c.Failing
		told := c.Number
		if w := t.ways[tenantID]; w != nil {
			s.Attempts, s.Next = w.attempts, w.next
			if !w.busy { // else its one worker owns it
				told = max(told, w.seen)
			}
		}
		s.Waiting = c.Last - min(told, c.Last)
	}
	return s, nil
}

// Probe sends a receiver a delivery with an empty list, and says in words why it
// was not taken; empty: it was. It changes nothing of what waits.
func (t *Teller) Probe(ctx context.Context, of *tenant.Tenant) (why string) {
	status, err := t.send(ctx, of, nil)
	var refused *egress.Refusal
	switch {
	case errors.As(err, &refused) && refused.Reason != egress.Address: // else it would say which names there are inside
		return "it " + string(refused.Reason)
	case errors.Is(err, context.DeadlineExceeded):
		return "it did not answer within 10 seconds"
	case err != nil:
		return "it cannot be reached"
	case status < 200 || status > 299:
		return fmt.Sprintf("it answered %d %s", status, http.StatusText(status))
	}
	return ""
}
