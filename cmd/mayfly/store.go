package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"

	"mayfly/gateway"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
	"mayfly/redact"
	"mayfly/session"
)

// The recorder knows nothing of the gateway, and the gateway of the recorder:
// they meet in this file and in store_admin.go. Nothing is decided here.

// keeper is the recorder as the gateway has it.
type keeper struct{ *recorder.Recorder }

// Keep implements gateway.Recorder.
func (k keeper) Keep(ctx context.Context, of gateway.Conversation, t redact.Turn, done func(error)) {
	k.Recorder.Keep(ctx, recorder.Conversation(of), t, func(err error) { done(gatewayError(err)) })
}

// Erase implements gateway.Recorder: a person erases from within the session.
func (k keeper) Erase(ctx context.Context, tenantID string, id session.ID) (gateway.Erased, error) {
	n, err := k.Recorder.Erase(ctx, tenantID, id, recorder.Access{Purpose: "rights", Self: true})
	if errors.Is(err, recorder.ErrUnknown) {
		return gateway.Erased{}, nil // nothing was stored
	}
	return gateway.Erased(n), gatewayError(err)
}

// KeepReport implements gateway.Recorder.
func (k keeper) KeepReport(ctx context.Context, of gateway.Conversation, t redact.Report, f session.Fact, done func(error)) {
	k.Recorder.KeepReport(ctx, recorder.Conversation(of), t, f, func(err error) { done(gatewayError(err)) })
}

// gatewayError is a recorder's error in the gateway's terms.
func gatewayError(err error) error {
	switch {
	case err == nil, errors.Is(err, recorder.ErrKeyKept):
		return nil // the rows are gone; their key is destroyed as soon as it can be
	case errors.Is(err, recorder.ErrDropped):
		return gateway.ErrDropped
	case errors.Is(err, recorder.ErrSoundDropped):
		return gateway.ErrSoundDropped
	case errors.Is(err, recorder.ErrHeld):
		return gateway.ErrHeld
	case errors.Is(err, recorder.ErrUnknown):
		return gateway.ErrNothing
	case errors.Is(err, recorder.ErrMany):
		return gateway.ErrMany
	}
	return err
}

// rights is the recorder as a person with a receipt key has it.
type rights struct{ *recorder.Recorder }

// own is how a person opens what is theirs.
var own = recorder.Access{Purpose: "rights", Self: true}

// Find implements gateway.Rights.
func (r rights) Find(ctx context.Context, key [32]byte) (gateway.Holding, error) {
	if key == [32]byte{} {
		return gateway.Holding{}, gateway.ErrNothing
	}
	all, err := r.List(ctx, recorder.Query{Receipt: key, Limit: 1}, own)
	if err != nil {
		return gateway.Holding{}, err
	}
	if len(all) == 0 {
		return r.onlyReports(ctx, key)
	}
	k := all[0]
	h := gateway.Holding{
		Tenant: k.Tenant, Avatar: k.Avatar, Session: k.Session, Began: k.Began, Last: k.Last, Until: k.Until,
		Turns: k.Turns, Items: k.Items, Bytes: k.Bytes, Purposes: k.Purposes, Policy: k.Policy,
		Restricted: k.Restricted, Corrected: k.Corrected,
	}
	if _, h.Reports, err = r.reportsOf(ctx, recorder.ReportQuery{Tenant: k.Tenant, Session: k.Session}); err != nil {
		return gateway.Holding{}, err
	}
	if k.Held {
		if h.HeldUntil, err = r.heldUntil(ctx, k); err != nil {
			return gateway.Holding{}, err
		}
	}
	return h, nil
}

// heldUntil is when the last of the holds on it is to be reviewed.
func (r rights) heldUntil(ctx context.Context, k recorder.Kept) (until time.Time, err error) {
	holds, err := r.Holds(ctx, k.Tenant)
	of := map[string]string{"session": k.Session.String(), "subject": k.Subject, "avatar": k.Avatar}
	for _, h := range holds {
		if h.Lifted.IsZero() && h.Value != "" && of[h.Kind] == h.Value && h.Review.After(until) {
			until = h.Review
		}
	}
	return until, err
}

// Read implements gateway.Rights.
func (r rights) Read(ctx context.Context, of gateway.Holding, form string, w io.Writer) error {
	return gatewayError(r.Recorder.Read(ctx, of.Tenant, of.Session, own, formOf(form), w))
}

// Erase implements gateway.Rights.
func (r rights) Erase(ctx context.Context, of gateway.Holding) (gateway.Erased, error) {
	n, err := r.Recorder.Erase(ctx, of.Tenant, of.Session, own)
	return gateway.Erased(n), gatewayError(err)
}

// Correct implements gateway.Rights.
func (r rights) Correct(ctx context.Context, of gateway.Holding, item uint32, text []byte) error {
	return gatewayError(r.Recorder.Correct(ctx, of.Tenant, of.Session, item, text, own))
}

// Restrict implements gateway.Rights.
func (r rights) Restrict(ctx context.Context, of gateway.Holding, on bool) error {
	return gatewayError(r.Recorder.Restrict(ctx, of.Tenant, of.Session, on, own))
}

// Requests implements gateway.Rights.
func (r rights) Requests(ctx context.Context, of gateway.Holding) ([]gateway.RightsRequest, error) {
	all, err := r.RequestsOf(ctx, of.Tenant, of.Session)
	var mine []gateway.RightsRequest
	for _, q := range slices.Backward(all) {
		mine = append(mine, requestOf(q))
	}
	return mine, err
}

func requestOf(q recorder.Request) gateway.RightsRequest {
	return gateway.RightsRequest{ID: q.ID, Kind: q.Kind, State: q.State, Item: q.Item, At: q.At, Done: q.Done, Reason: q.Reason}
}

// Ask implements gateway.Rights.
func (r rights) Ask(ctx context.Context, of gateway.Holding, kind string, item uint32, note []byte) (gateway.RightsRequest, error) {
	q := recorder.Request{ID: newID(), Tenant: of.Tenant, Session: of.Session, Kind: kind, State: "open", At: time.Now(), Item: item, Note: note}
	err := r.MakeRequest(ctx, q)
	clear(note)
	return requestOf(q), gatewayError(err)
}

// Happened implements gateway.Rights.
func (r rights) Happened(ctx context.Context, tenantID string, id session.ID) ([]gateway.Happened, error) {
	facts, err := r.SessionFacts(ctx, tenantID, id)
	if err != nil {
		return nil, err
	}
	if len(facts) == 0 {
		return nil, gateway.ErrNothing
	}
	var out []gateway.Happened
	for _, e := range facts {
		out = append(out, gateway.Happened{Kind: e.Fact.Kind.String(), At: e.At})
	}
	return out, nil
}

// source is the recorder as the directory of tenants has it.
type source struct{ *recorder.Recorder }

// Load implements tenant.Source.
func (s source) Load(ctx context.Context) ([]tenant.Stored, error) {
	all, err := s.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := s.Keys(ctx, "")
	if err != nil {
		return nil, err
	}
	off, reason, err := s.Off(ctx)
	if err != nil {
		return nil, err
	}
	out := []tenant.Stored{{ForcedOff: off, ForcedReason: reason}}
	for _, t := range all {
		st := tenant.Stored{
			ID: t.ID, Source: t.Source, Number: t.Number, At: t.At, Document: t.Document, Hash: t.Hash,
			ForcedOff: t.ForcedOff, ForcedReason: t.ForcedReason,
		}
		for _, k := range keys {
			if role, known := roleOf(k.Role); known && k.Tenant == t.ID && k.Revoked.IsZero() {
				st.Keys = append(st.Keys, tenant.Key{Hash: k.Hash, Role: role, Expires: k.Expires, ID: k.ID, Name: k.Name})
			}
		}
		out = append(out, st)
	}
	return out, nil
}

// roleOf is the role of that name.
func roleOf(name string) (tenant.Role, bool) {
	for _, r := range []tenant.Role{tenant.Caller, tenant.Admin, tenant.Reviewer, tenant.Agent} {
		if r.String() == name {
			return r, true
		}
	}
	return 0, false
}

// formOf is the form of a transcript by the name that both APIs give it.
func formOf(name string) recorder.Form {
	switch name {
	case "jsonl":
		return recorder.JSONLines
	case "text":
		return recorder.Text
	case "vtt":
		return recorder.WebVTT
	}
	return recorder.JSON
}

// newID names something that facts are about.
func newID() session.ID { return session.ID(uuid.Must(uuid.NewV7())) }
