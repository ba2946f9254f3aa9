package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mayfly/gateway/admin"
	"mayfly/gateway/again"
	"mayfly/recorder"
	"mayfly/recorder/audit"
)

// auditLog is the audit log as the admin API and the command line have it.
type auditLog struct {
	recorder *recorder.Recorder
	to       *audit.Published
	tell     func(audit.Checkpoint, []byte)
	// disagrees is told of each log that is not what was published of it, or in
	// which a proof run found something wrong; nil: nobody is.
	disagrees func(log string)
	took      []*audit.Pushed // of those who are given checkpoints
	// differing are the names of logs that do not agree, when it was looked last.
	differing atomic.Pointer[[]string]
}

// auditDisagrees is the code of an audit log that was changed or cut.
const auditDisagrees = "audit_log_disagrees"

// publishEvery is how often logs that grew are published. What somebody
// rewrites within it, no checkpoint shows.
const publishEvery = time.Minute

// newAuditLog publishes to the log's output.
func newAuditLog(r *recorder.Recorder, to *audit.Published, log *slog.Logger) *auditLog {
	return &auditLog{recorder: r, to: to, tell: func(c audit.Checkpoint, signed []byte) {
		t := audit.Tell(c, signed)
		log.Info("audit checkpoint", "log", t.Log, "count", t.Count, "root", t.Root, "signature", t.Signature)
	}}
}

// openAudit opens the log's key and the checkpoints that it signed.
func (a *app) openAudit() (public string, err error) {
	k, err := openAuditKey(a.settings.Data, a.settings.PublicURL)
	if err != nil {
		return "", err
	}
	to, err := k.publish(a.settings.Data)
	if err != nil {
		return "", err
	}
	a.audit = newAuditLog(a.recorder, to, a.log)
	a.audit.disagrees = a.incidents.disagrees
	return k.public + "\n", nil
}

// publishing publishes every log that grew, now, every minute, and when stop
// is called, which waits.
func (a *auditLog) publishing(log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		again.Every(ctx, publishEvery, func(time.Time) { a.publish(ctx, log) })
	})
	return func() {
		cancel()
		running.Wait()
		a.publish(context.Background(), log)
	}
}

func (a *auditLog) publish(ctx context.Context, log *slog.Logger) {
	err := a.recorder.Checkpoints(ctx, a.to, a.tell)
	if ctx.Err() != nil {
		return
	}
	bad := badLogs(err)
	a.differing.Store(&bad)
	if err == nil {
		return
	}
	if bad, found := errors.AsType[*audit.BadEntry](err); found {
		if a.disagrees != nil {
			for _, name := range badLogs(err) {
				a.disagrees(name)
			}
		}
		log.Error("an audit log does not agree with what was published of it: it was changed or cut. Keep a copy of the data folder, and verify an export", "code", auditDisagrees, "log", bad.Log)
		return
	}
	log.Error("a checkpoint of an audit log could not be published")
}

// disagreeing is how many logs do not agree.
func (a *auditLog) disagreeing() int64 {
	if all := a.differing.Load(); all != nil {
		return int64(len(*all))
	}
	return 0
}

// differs says whether a log of the tenant does not agree.
func (a *auditLog) differs(tenantID string) bool {
	all := a.differing.Load()
	return all != nil && slices.ContainsFunc(*all, func(log string) bool {
		of, _, err := audit.ParseName(log)
		return err == nil && of == tenantID
	})
}

// one is the log of a tenant and month.
func (a *auditLog) one(ctx context.Context, tenantID, month string) (audit.Log, error) {
	m, err := audit.ParseMonth(month)
	if err != nil {
		return audit.Log{}, admin.ErrUnknown
	}
	l, err := a.recorder.AuditLog(ctx, tenantID, m)
	return l, adminError(err)
}

// AuditMonths implements admin.Audit.
func (a *auditLog) AuditMonths(ctx context.Context, tenantID string) (all []string, err error) {
	logs, err := a.recorder.AuditLogs(ctx, tenantID)
	for _, l := range logs {
		all = append(all, l.Month.String())
	}
	return all, err
}

// AuditCheckpoint implements admin.Audit.
func (a *auditLog) AuditCheckpoint(ctx context.Context, tenantID, month string) ([]byte, error) {
	l, err := a.one(ctx, tenantID, month)
	if err != nil {
		return nil, err
	}
	c, signed, grew, err := a.recorder.Checkpoint(ctx, l, a.to)
	if _, found := errors.AsType[*audit.BadEntry](err); found {
		return nil, admin.ErrDisagrees
	}
	if err != nil {
		return nil, adminError(err)
	}
	if grew {
		a.tell(c, signed)
	}
	// Whoever was given exactly this one may have signed it.
	for _, p := range a.took {
		signed = append(signed[:len(signed):len(signed)], p.Cosignatures(c)...)
	}
	return signed, nil
}

// AuditTile implements admin.Audit.
func (a *auditLog) AuditTile(ctx context.Context, tenantID, month string, level int, n int64, width int) ([]byte, error) {
	l, err := a.one(ctx, tenantID, month)
	if err != nil {
		return nil, err
	}
	data, err := a.recorder.AuditTile(ctx, l, level, n, width)
	return data, noTile(err)
}

// AuditBundle implements admin.Audit.
func (a *auditLog) AuditBundle(ctx context.Context, tenantID, month string, n int64, width int) ([]byte, error) {
	l, err := a.one(ctx, tenantID, month)
	if err != nil {
		return nil, err
	}
	data, err := a.recorder.AuditBundle(ctx, l, n, width)
	return data, noTile(err)
}

func noTile(err error) error {
	if errors.Is(err, audit.ErrNoTile) {
		return admin.ErrUnknown
	}
	return err
}

// AuditExport implements admin.Audit.
func (a *auditLog) AuditExport(ctx context.Context, tenantID string, w io.Writer) error {
	return adminError(a.recorder.ExportAudit(ctx, tenantID, a.to, a.tell, w))
}
