package main

import (
	"context"
	"time"

	"mayfly/gateway/admin"
	"mayfly/gateway/hook"
	"mayfly/gateway/tenant"
	"mayfly/recorder"
)

// factLog is the recorder as webhooks have it.
type factLog struct{ *recorder.Recorder }

// Cursors implements hook.Log.
func (l factLog) Cursors(ctx context.Context) ([]hook.Cursor, error) {
	all, err := l.Recorder.Cursors(ctx)
	var out []hook.Cursor
	for _, c := range all {
		out = append(out, hook.Cursor(c))
	}
	return out, err
}

// Begin implements hook.Log.
func (l factLog) Begin(ctx context.Context, tenant string) error { return l.BeginCursor(ctx, tenant) }

// Drop implements hook.Log.
func (l factLog) Drop(ctx context.Context, tenant string) error { return l.DropCursor(ctx, tenant) }

// Move implements hook.Log.
func (l factLog) Move(ctx context.Context, tenant string, number uint64, failing time.Time, given uint64) error {
	return l.MoveCursor(ctx, tenant, number, failing, given)
}

// After implements hook.Log.
func (l factLog) After(ctx context.Context, tenant string, after uint64, limit int) ([]hook.Entry, error) {
	all, err := l.FactsAfter(ctx, tenant, after, limit)
	var out []hook.Entry
	for _, e := range all {
		out = append(out, hook.Entry{Number: e.Number, At: e.At, Fact: e.Fact})
	}
	return out, err
}

// hooks are the receivers as the admin API has them.
type hooks struct{ *hook.Teller }

// Delivery implements admin.Hooks.
func (h hooks) Delivery(ctx context.Context, tenantID string) (admin.Delivery, error) {
	s, err := h.State(ctx, tenantID)
	return admin.Delivery(s), adminError(err)
}

// Delivery implements admin.Hooks.
func (nobody) Delivery(context.Context, string) (admin.Delivery, error) { return admin.Delivery{}, nil }

// Probe implements admin.Hooks: a gateway that does not run tells nobody.
func (nobody) Probe(context.Context, *tenant.Tenant) string { return "the gateway does not run" }

// newTeller makes what tells tenants' receivers what happens.
func (a *app) newTeller() *hook.Teller {
	return hook.New(hook.Options{
		Log:     factLog{a.recorder},
		Tenants: a.directory.Tenants,
		Signer:  a.signer,
		Hosts:   a.settings.TenantHosts,
		Watch:   a.incidents.watcher(),
		Count:   func(o hook.Outcome, facts int) { a.gateway.Told(string(o), facts) },
		Trouble: func() { a.log.Warn("webhooks cannot be told: the database does not answer", "stage", "webhook") },
	})
}
