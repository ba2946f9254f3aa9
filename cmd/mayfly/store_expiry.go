package main

import (
	"context"

	"mayfly/gateway/admin"
	"mayfly/recorder"
)

// Expiries implements admin.Expiries.
func (s adminStore) Expiries(ctx context.Context, tenantID string, who admin.Access) ([]admin.Expiry, error) {
	all, err := s.Recorder.Expiries(ctx, tenantID, recorder.Access{Actor: who.Actor})
	var out []admin.Expiry
	for _, e := range all {
		out = append(out, admin.Expiry(e))
	}
	return out, adminError(err)
}
