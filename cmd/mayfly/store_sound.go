package main

import (
	"context"
	"io"

	"mayfly/gateway"
	"mayfly/gateway/admin"
	"mayfly/recorder"
	"mayfly/redact"
	"mayfly/session"
)

// Sounds implements admin.Sounds.
func (s adminStore) Sounds(ctx context.Context, tenantID string, id session.ID, who admin.Access) ([]admin.KeptSound, error) {
	all, err := s.Recorder.Sounds(ctx, tenantID, id)
	if err != nil {
		return nil, adminError(err)
	}
	// That somebody looks is the same fact as for the list of transcripts, and
	// is durable before it is answered.
	if _, err := s.Recorder.List(ctx, recorder.Query{Tenant: tenantID, Session: id, Limit: 1}, recorder.Access{Actor: who.Actor}); err != nil {
		return nil, adminError(err)
	}
	var out []admin.KeptSound
	for _, k := range all {
		out = append(out, admin.KeptSound{Turn: k.Turn, Side: k.Side.String(), At: k.At, Until: k.Until, MS: k.MS, Bytes: k.Bytes})
	}
	return out, nil
}

// ReadSound implements admin.Sounds.
func (s adminStore) ReadSound(ctx context.Context, tenantID string, id session.ID, turn uint64, side string, who admin.Access, w io.Writer) error {
	of, err := sideOf(side)
	if err != nil {
		return adminError(err)
	}
	return adminError(s.Recorder.ReadSound(ctx, tenantID, id, turn, of, recorder.Access{Actor: who.Actor, Purpose: who.Purpose}, w))
}

// sideOf is the side of that name.
func sideOf(name string) (redact.Side, error) {
	for _, side := range redact.Sides() {
		if side.String() == name {
			return side, nil
		}
	}
	return 0, recorder.ErrUnknown
}

// Sounds implements gateway.Rights.
func (r rights) Sounds(ctx context.Context, of gateway.Holding) ([]gateway.HeldSound, error) {
	all, err := r.Recorder.Sounds(ctx, of.Tenant, of.Session)
	var out []gateway.HeldSound
	for _, k := range all {
		out = append(out, gateway.HeldSound{Turn: k.Turn, Side: k.Side.String(), At: k.At, Until: k.Until, MS: k.MS})
	}
	return out, gatewayError(err)
}

// Sound implements gateway.Rights.
func (r rights) Sound(ctx context.Context, of gateway.Holding, turn uint64, side string, w io.Writer) error {
	which, err := sideOf(side)
	if err != nil {
		return gatewayError(err)
	}
	return gatewayError(r.Recorder.ReadSound(ctx, of.Tenant, of.Session, turn, which, own, w))
}
