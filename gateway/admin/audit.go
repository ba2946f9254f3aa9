package admin

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"mayfly/session"
)

// Audit gives a tenant's logs to those who verify them with programs of their
// own: as C2SP checkpoints and tiles (tlog-tiles), and all at once. A month is
// "2026-11". What a log does not have is ErrUnknown.
type Audit interface {
	// AuditMonths are the months of the tenant's logs, oldest first.
	AuditMonths(ctx context.Context, tenantID string) ([]string, error)
	// AuditCheckpoint signs what the log of a month came to, and publishes that.
	AuditCheckpoint(ctx context.Context, tenantID, month string) ([]byte, error)
	// AuditTile is the first width hashes of a tile: 32 bytes each.
	AuditTile(ctx context.Context, tenantID, month string, level int, n int64, width int) ([]byte, error)
	// AuditBundle is the first width entries of a bundle: each after its length
	// in two bytes.
	AuditBundle(ctx context.Context, tenantID, month string, n int64, width int) ([]byte, error)
	// AuditExport writes all logs of the tenant.
	AuditExport(ctx context.Context, tenantID string, w io.Writer) error
	// AuditProof proves an entry, counted from 0 in its month. ErrNoEntry.
	AuditProof(ctx context.Context, tenantID, month string, index int64) (FactProof, error)
	// AuditCheckpoints are those that are kept, oldest first.
	AuditCheckpoints(ctx context.Context, tenantID string) ([]KeptCheckpoint, error)
	// VerifyAudit computes all logs of the tenant again, and holds them to what
	// is kept of them.
	VerifyAudit(ctx context.Context, tenantID string) (Verified, error)
}

const (
	checkpointType = "text/plain; charset=utf-8"
	tileType       = "application/octet-stream"
)

// readsFor is how long after the fact of a reading more of it needs none.
const readsFor = 10 * time.Minute

// reads are who reads a log now, each with one fact for all of readsFor: a
// page or a program that looks again and again must not fill the log that it
// looks at.
type reads struct {
	mu    sync.Mutex
	since map[attempt]time.Time // Guarded by mu.
}

// begun says whether somebody's reading has its fact already.
func (r *reads) begun(who attempt, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for of, at := range r.since {
		if age := now.Sub(at); age >= readsFor || age < 0 {
			delete(r.since, of)
		}
	}
	_, ok := r.since[who]
	return ok
}

func (r *reads) begin(who attempt, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since == nil {
		r.since = map[attempt]time.Time{}
	}
	r.since[who] = now
}

// reading notes that somebody reads the log, before they do.
func (a *API) reading(c *call) *refusal {
	who := attempt{c.tenant(), c.who.key}
	if a.reads.begun(who, c.now) {
		return nil
	}
	if bad := a.note(c, c.tenant(), session.Fact{Kind: session.AuditRead, Actor: c.who.key}); bad != nil {
		return bad
	}
	a.reads.begin(who, c.now)
	return nil
}

// audit is where the logs come from, if the address is about the caller's own.
// Another tenant's are like none, and asking for them is denied.
func (a *API) audit(c *call) (Audit, *refusal) {
	if c.r.PathValue("tenant") != c.tenant() {
		a.denied.add(c.tenant(), c.who.key)
		return nil, refuse("nothing_here")
	}
	if a.options.Audit == nil {
		return nil, refuse("nothing_here")
	}
	return a.options.Audit, nil
}

func (a *API) newestCheckpoint(c *call) *refusal {
	from, bad := a.audit(c)
	if bad != nil {
		return bad
	}
	months, err := from.AuditMonths(c.r.Context(), c.tenant())
	if err != nil {
		return refusalOf(err)
	}
	if len(months) == 0 {
		return refuse("nothing_here")
	}
	return c.sendCheckpoint(from, months[len(months)-1])
}

func (a *API) checkpoint(c *call) *refusal {
	from, bad := a.audit(c)
	if bad != nil {
		return bad
	}
	return c.sendCheckpoint(from, c.r.PathValue("month"))
}

func (c *call) sendCheckpoint(from Audit, month string) *refusal {
	signed, err := from.AuditCheckpoint(c.r.Context(), c.tenant(), month)
	if err != nil {
		return refusalOf(err)
	}
	return c.sendBytes(checkpointType, signed)
}

func (a *API) tile(c *call) *refusal {
	from, bad := a.audit(c)
	if bad != nil {
		return bad
	}
	at, ok := parseTile(c.r.PathValue("tile"))
	if !ok {
		return refuse("nothing_here")
	}
	month := c.r.PathValue("month")
	if !at.entries {
		data, err := from.AuditTile(c.r.Context(), c.tenant(), month, at.level, at.n, at.width)
		if err != nil {
			return refusalOf(err)
		}
		return c.sendBytes(tileType, data)
	}
	data, err := from.AuditBundle(c.r.Context(), c.tenant(), month, at.n, at.width)
	if err != nil {
		return refusalOf(err)
	}
	if bad := a.reading(c); bad != nil {
		return bad
	}
	return c.sendBytes(tileType, data)
}

func (a *API) exportAudit(c *call) *refusal {
	from, bad := a.audit(c)
	if bad != nil {
		return bad
	}
	if bad := a.note(c, c.tenant(), session.Fact{Kind: session.AuditExported, Actor: c.who.key}); bad != nil {
		return bad
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/jsonl")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=audit-%s-%s.jsonl", c.tenant(), c.now.UTC().Format(time.DateOnly)))
	h.Set("Cache-Control", "no-store")
	w := &counted{w: c.w}
	if err := from.AuditExport(c.r.Context(), c.tenant(), w); err != nil {
		if w.n == 0 {
			for _, name := range []string{"Content-Type", "Content-Disposition"} {
				h.Del(name)
			}
			return refusalOf(err)
		}
		// What was sent is no whole export, and whoever verifies it sees that.
	}
	return nil
}

// counted counts what is written.
type counted struct {
	w io.Writer
	n int
}

func (c *counted) Write(b []byte) (int, error) {
	c.n += len(b)
	return c.w.Write(b)
}

func (c *call) sendBytes(kind string, data []byte) *refusal {
	h := c.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "no-store")
	_, _ = c.w.Write(data)
	return nil
}

// tileAt is which tile a name means.
type tileAt struct {
	entries bool
	level   int
	n       int64
	width   int
}

const tileWidth = 256

// parseTile reads the name of a tile as C2SP tlog-tiles writes it, and in no
// other way: a level from 0 to 63 or "entries", the number in groups of three
// digits of which all but the last begin with x, and of a part its width.
func parseTile(name string) (t tileAt, ok bool) {
	first, rest, _ := strings.Cut(name, "/")
	t.width = tileWidth
	if t.entries = first == "entries"; !t.entries {
		level, err := strconv.Atoi(first)
		if err != nil || level < 0 || level > 63 || strconv.Itoa(level) != first {
			return tileAt{}, false
		}
		t.level = level
	}
	if number, width, part := strings.Cut(rest, ".p/"); part {
		w, err := strconv.Atoi(width)
		if err != nil || w < 1 || w >= tileWidth || strconv.Itoa(w) != width {
			return tileAt{}, false
		}
		rest, t.width = number, w
	}
	groups := strings.Split(rest, "/")
	if len(groups) > 5 {
		return tileAt{}, false
	}
	for i, g := range groups {
		if i < len(groups)-1 {
			if g, ok = strings.CutPrefix(g, "x"); !ok {
				return tileAt{}, false
			}
		}
		v, err := strconv.ParseUint(g, 10, 10)
		if err != nil || len(g) != 3 || v > 999 || i == 0 && v == 0 && len(groups) > 1 {
			return tileAt{}, false
		}
		t.n = t.n*1000 + int64(v)
	}
	return t, true
}
