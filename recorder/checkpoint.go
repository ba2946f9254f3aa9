package recorder

import (
	"context"
	"errors"
	"io"

	"mayfly/recorder/audit"
)

// AuditLogs are the logs of a tenant, oldest first; an empty tenant is the
// gateway itself.
func (r *Recorder) AuditLogs(ctx context.Context, tenant string) ([]audit.Log, error) {
	return audit.Logs(ctx, r.store.DB(), tenant)
}

// AuditLog is the log of a tenant and month.
func (r *Recorder) AuditLog(ctx context.Context, tenant string, m audit.Month) (audit.Log, error) {
	l, err := audit.Find(ctx, r.store.DB(), tenant, m)
	if errors.Is(err, audit.ErrNoLog) {
		err = ErrUnknown
	}
	return l, err
}

// Checkpoint signs what a log came to, if it grew out of what was published of
// it before; grew says that it is new.
func (r *Recorder) Checkpoint(ctx context.Context, l audit.Log, to *audit.Published) (c audit.Checkpoint, signed []byte, grew bool, err error) {
	return to.Publish(ctx, r.store.DB(), l)
}

// Checkpoints publishes every log that grew since the last time, and tells of
// each. A log that cannot be published does not keep the others from it: its
// error is among those returned.
func (r *Recorder) Checkpoints(ctx context.Context, to *audit.Published, tell func(c audit.Checkpoint, signed []byte)) error {
	r.flush()
	logs, err := audit.AllLogs(ctx, r.store.DB())
	if err != nil {
		return err
	}
	all := to.Missing(logs)
	if len(all) > 0 { // one may have been made and published meanwhile
		if logs, err = audit.AllLogs(ctx, r.store.DB()); err != nil {
			return err
		}
		all = to.Missing(logs)
	}
	for _, l := range logs {
		grown, err := to.Grown(l)
		if err == nil && !grown {
			continue
		}
		c, signed, grew, err := r.Checkpoint(ctx, l, to)
		if err != nil {
			all = append(all, err)
		} else if grew {
			tell(c, signed)
		}
	}
	return errors.Join(all...)
}

// AuditGrowth proves that a log, as acme/2026-11, grew out of its first old
// entries to the size.
func (r *Recorder) AuditGrowth(ctx context.Context, log string, size, old int64) ([][32]byte, error) {
	return audit.Growth(ctx, r.store.DB(), log, size, old)
}

// AuditTile is the first width hashes of a tile of a log.
func (r *Recorder) AuditTile(ctx context.Context, l audit.Log, level int, n int64, width int) ([]byte, error) {
	return audit.Tile(ctx, r.store.DB(), l, level, n, width)
}

// AuditBundle is the first width entries of a bundle of a log.
func (r *Recorder) AuditBundle(ctx context.Context, l audit.Log, n int64, width int) ([]byte, error) {
	return audit.Bundle(ctx, r.store.DB(), l, n, width)
}

// ExportAudit writes all logs of a tenant, each to where it is now and with a
// checkpoint of that, and tells of those that are new. A log that does not grow
// out of what was published of it gets no new one: the last stands in the
// export, for whoever verifies it to see.
func (r *Recorder) ExportAudit(ctx context.Context, tenant string, from *audit.Published, tell func(c audit.Checkpoint, signed []byte), to io.Writer) error {
	r.flush()
	logs, err := r.AuditLogs(ctx, tenant)
	if err != nil {
		return err
	}
	if len(logs) == 0 {
		return ErrUnknown
	}
	published := map[string][]byte{}
	for i := range logs {
		l := &logs[i]
		c, signed, grew, err := r.Checkpoint(ctx, *l, from)
		if err == nil {
			l.Size = c.Size // it may have grown meanwhile
		} else if signed, err = from.Last(l.Name()); err != nil {
			return err
		}
		if grew {
			tell(c, signed)
		}
		published[l.Name()] = signed
	}
	return audit.Export(ctx, r.store.DB(), logs, published, to)
}
