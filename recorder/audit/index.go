package audit

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"mayfly/session"
)

// Index finds entries by what they say without reading all others. It is made
// from the entries themselves while they are read for the first time, and lives
// in memory only, some 100 bytes for 256 entries: a second account of what
// happened, beside the one that is proved, is nothing to keep. Its zero value
// knows nothing yet.
type Index struct {
	mu   sync.Mutex
	logs map[string]*seen // by name. Guarded by mu.
}

// seen is what was seen of one log.
type seen struct {
	mu      sync.Mutex
	id      int64
	size    int64 // entries that were looked at; guarded by mu, like all below
	dropped int64
	blocks  []block
	counts  map[tally]uint64
}

// tally is what entries are counted under.
type tally struct {
	day   int64 // since 1970
	kind  session.FactKind
	actor session.ID
}

// Day is how many entries there are of a day in UTC, by their kind.
type Day struct {
	Day   time.Time // midnight
	Count uint64
	Kinds map[session.FactKind]uint64
}

const dayLong = 24 * 60 * 60 * 1000 // milliseconds

// dayOf is the day of a moment, since 1970.
func dayOf(ms int64) int64 {
	d := ms / dayLong
	if ms%dayLong < 0 {
		d--
	}
	return d
}

// of is what was seen of a log, up to its end. Its lock is held until done.
func (x *Index) of(ctx context.Context, tx Tx, l Log) (s *seen, done func(), err error) {
	x.mu.Lock()
	if x.logs == nil {
		x.logs = map[string]*seen{}
	}
	s = x.logs[l.Name()]
	if s == nil {
		s = &seen{}
		x.logs[l.Name()] = s
	}
	x.mu.Unlock()
	s.mu.Lock()
	if err := s.follow(ctx, tx, l); err != nil {
		s.mu.Unlock()
		return nil, nil, err
	}
	return s, s.mu.Unlock, nil
}

// looked is how many entries are read at a time.
const looked = 4096

// follow looks at what was appended since. A log that is another now, or lost
// its oldest entries, is looked at from its beginning.
func (s *seen) follow(ctx context.Context, tx Tx, l Log) error {
	if s.counts == nil || s.id != l.id || s.dropped != l.Dropped {
		s.id, s.dropped, s.size, s.blocks, s.counts = l.id, l.Dropped, l.Dropped, nil, map[tally]uint64{}
	}
	for s.size < l.Size {
		end := min(s.size+looked, l.Size)
		entries, err := readEntries(ctx, tx, l, s.size, end)
		if err != nil {
			return err
		}
		for int64(len(s.blocks))*blockWidth < end {
			s.blocks = append(s.blocks, block{})
		}
		for i := range entries {
			e := &entries[i]
			b := &s.blocks[e.Index/blockWidth]
			if e.Damaged {
				b.damaged = true
				continue
			}
			b.add(&e.Leaf)
			s.counts[tally{dayOf(e.At.UnixMilli()), e.Fact.Kind, e.Fact.Actor}]++
		}
		s.size = end
	}
	return nil
}

// readEntries reads entries from up to to, newest first, those that cannot be
// read too.
func readEntries(ctx context.Context, tx Tx, l Log, from, to int64) ([]Entry, error) {
	rows, err := tx.QueryContext(ctx, `SELECT n, leaf FROM audit_entry WHERE log = $1 AND n >= $2 AND n < $3 AND leaf IS NOT NULL ORDER BY n DESC`, l.id, from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make([]Entry, 0, to-from)
	for rows.Next() {
		e := Entry{Log: l.Name()}
		var data []byte
		if err := rows.Scan(&e.Index, &data); err != nil {
			return nil, err
		}
		out = append(out, entryOf(e, l, data))
	}
	return out, rows.Err()
}

// entryOf is an entry with what its leaf says.
func entryOf(e Entry, l Log, data []byte) Entry {
	e.Month, e.Number = l.Month, l.Base+uint64(e.Index)+1
	leaf, err := ParseLeaf(data)
	e.Leaf, e.Damaged = leaf, err != nil
	return e
}

// Select reads a tenant's entries that a filter picks, newest first: those with
// a number below before, or the newest if before is zero; at most limit. An
// entry that cannot be read is among them. Entries that were dropped at the end
// of their retention are not there.
func (x *Index) Select(ctx context.Context, tx Tx, tenant string, f Filter, before uint64, limit int) ([]Entry, error) {
	var out []Entry
	err := x.each(ctx, tx, tenant, f, before, func(e *Entry) bool {
		out = append(out, *e)
		return len(out) < limit
	})
	return out, err
}

// each visits what a filter picks, newest first, until visit says that it has
// enough. Between two pieces nothing of the database is held.
func (x *Index) each(ctx context.Context, tx Tx, tenant string, f Filter, before uint64, visit func(*Entry) bool) error {
	if !f.Session.IsZero() {
		return eachOfSession(ctx, tx, tenant, f, before, visit)
	}
	logs, err := Logs(ctx, tx, tenant)
	if err != nil {
		return err
	}
	for _, l := range slices.Backward(logs) {
		end := l.Size
		if before != 0 {
			if before <= l.Base+1 {
				continue
			}
			end = min(end, int64(before-l.Base-1))
		}
		may := func(int64) bool { return true }
		if !f.isZero() {
			s, done, err := x.of(ctx, tx, l)
			if err != nil {
				return err
			}
			picked := make([]bool, len(s.blocks))
			for i := range s.blocks {
				picked[i] = s.blocks[i].may(&f)
			}
			done()
			may = func(n int64) bool { return n < int64(len(picked)) && picked[n] }
		}
		if more, err := eachIn(ctx, tx, l, end, may, &f, visit); err != nil || !more {
			return err
		}
	}
	return nil
}

// eachIn visits the entries of one log before end, in blocks that may have what
// is asked for: at first one at a time, since few may do.
func eachIn(ctx context.Context, tx Tx, l Log, end int64, may func(block int64) bool, f *Filter, visit func(*Entry) bool) (more bool, err error) {
	width := int64(1)
	for end > l.Dropped {
		n := (end - 1) / blockWidth
		if !may(n) {
			end = n * blockWidth
			continue
		}
		first := n
		for first > 0 && n-first+1 < width && may(first-1) {
			first--
		}
		entries, err := readEntries(ctx, tx, l, max(first*blockWidth, l.Dropped), end)
		if err != nil {
			return false, err
		}
		for i := range entries {
			if f.picks(&entries[i]) && !visit(&entries[i]) {
				return false, nil
			}
		}
		end = first * blockWidth
		width = min(2*width, looked/blockWidth)
	}
	return true, nil
}

// eachOfSession visits what a filter picks of one session's entries.
func eachOfSession(ctx context.Context, tx Tx, tenant string, f Filter, before uint64, visit func(*Entry) bool) error {
	rows, err := tx.QueryContext(ctx, `SELECT l.id, l.tenant, l.month, l.base, l.size, l.dropped, e.n, e.leaf FROM audit_entry e JOIN audit_log l ON l.id = e.log
		WHERE e.session = $1 AND l.tenant = $2 AND e.leaf IS NOT NULL ORDER BY l.month DESC, e.n DESC`, f.Session[:], tenant)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var l Log
		var e Entry
		var data []byte
		if err := rows.Scan(&l.id, &l.Tenant, &l.Month, &l.Base, &l.Size, &l.Dropped, &e.Index, &data); err != nil {
			return err
		}
		e.Log = l.Name()
		e = entryOf(e, l, data)
		if (before == 0 || e.Number < before) && f.picks(&e) && !visit(&e) {
			break
		}
	}
	return rows.Err()
}

// Days counts what a filter picks, by day and kind, oldest first. Days with
// nothing are left out, and so are entries that cannot be read.
func (x *Index) Days(ctx context.Context, tx Tx, tenant string, f Filter) ([]Day, error) {
	days := map[int64]*Day{}
	add := func(day int64, kind session.FactKind, n uint64) {
		d := days[day]
		if d == nil {
			d = &Day{Day: time.UnixMilli(day * dayLong).UTC(), Kinds: map[session.FactKind]uint64{}}
			days[day] = d
		}
		d.Count += n
		d.Kinds[kind] += n
	}
	one := func(e *Entry) bool {
		if !e.Damaged {
			add(dayOf(e.At.UnixMilli()), e.Fact.Kind, 1)
		}
		return true
	}
	var err error
	if !f.Session.IsZero() || !f.Object.IsZero() {
		err = x.each(ctx, tx, tenant, f, 0, one)
	} else {
		err = x.count(ctx, tx, tenant, f, add, one)
	}
	if err != nil {
		return nil, err
	}
	out := make([]Day, 0, len(days))
	for _, day := range slices.Sorted(maps.Keys(days)) {
		out = append(out, *days[day])
	}
	return out, nil
}

// count takes whole days from what is counted, and visits the entries of days
// that are asked for in part.
func (x *Index) count(ctx context.Context, tx Tx, tenant string, f Filter, add func(int64, session.FactKind, uint64), one func(*Entry) bool) error {
	first, last := int64(-1<<62), int64(1<<62) // whole days, both included
	if !f.From.IsZero() {
		first = dayOf(f.From.UnixMilli()-1) + 1
	}
	if !f.To.IsZero() {
		last = dayOf(f.To.UnixMilli()) - 1
	}
	if first > last { // no whole day is asked for
		return x.each(ctx, tx, tenant, f, 0, one)
	}
	logs, err := Logs(ctx, tx, tenant)
	if err != nil {
		return err
	}
	for _, l := range logs {
		s, done, err := x.of(ctx, tx, l)
		if err != nil {
			return err
		}
		for of, n := range s.counts {
			if of.day >= first && of.day <= last && (f.Kinds.empty() || f.Kinds.has(of.kind)) && (f.Actor.IsZero() || f.Actor == of.actor) {
				add(of.day, of.kind, n)
			}
		}
		done()
	}
	part := func(from, to time.Time) error {
		if !from.Before(to) {
			return nil
		}
		g := f
		g.From, g.To = from, to
		return x.each(ctx, tx, tenant, g, 0, one)
	}
	if !f.From.IsZero() {
		if err := part(f.From, time.UnixMilli(first*dayLong)); err != nil {
			return err
		}
	}
	if f.To.IsZero() {
		return nil
	}
	return part(time.UnixMilli((last+1)*dayLong), f.To)
}
