package siem

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var morning = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

// memory is a Log that processes which end and begin again share.
type memory struct {
	mu      sync.Mutex
	last    map[string]uint64
	cursors map[string]Behind
	most    int   // entries that were asked for at once
	broken  error // it cannot be read
	full    error // it cannot be written
}

func newMemory() *memory { return &memory{last: map[string]uint64{}, cursors: map[string]Behind{}} }

func (m *memory) happen(tenant string, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last[tenant] += uint64(n)
}

func (m *memory) Behind(context.Context) (all []Behind, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for tenant, last := range m.last {
		b := m.cursors[tenant]
		b.Tenant, b.Last = tenant, last
		if b.Number < last {
			all = append(all, b)
		}
	}
	return all, m.broken
}

// Next makes a record of each entry, or in a flood one of every ten.
func (m *memory) Next(_ context.Context, from Behind, limit int, flood bool) (b Batch, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.most = max(m.most, limit)
	to := from
	step := uint64(1)
	if flood {
		step = 10
	}
	end := min(from.Last, from.Number+uint64(limit))
	for n := from.Number; n < end; n = min(n+step, end) {
		last := min(n+step, end)
		to.Link.Type = int(last)
		b.Records = append(b.Records, Record{ID: fmt.Sprintf("%s/%d-%d", from.Tenant, n+1, last), Kind: "key_issued", At: morning.Add(time.Duration(n) * time.Second), Severity: 3,
			Line: fmt.Appendf(nil, `{"first":%d,"last":%d,"tenant":"%s"}`, n+1, last, from.Tenant)})
	}
	to.Number = end
	b.To = to
	return b, nil
}

func (m *memory) Taken(_ context.Context, to Behind) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if to.Number < m.cursors[to.Tenant].Number {
		return errors.New("a cursor goes back")
	}
	if m.full == nil {
		m.cursors[to.Tenant] = to
	}
	return m.full
}

var errDead = errors.New("dead")

// taker is a Sink that takes, breaks off after some, or takes nothing.
type taker struct {
	mu    sync.Mutex
	got   []Record
	fails func() (take bool, answer error)
	tries int
}

func (k *taker) Send(_ context.Context, records []Record) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tries++
	take, err := true, error(nil)
	if k.fails != nil {
		take, err = k.fails()
	}
	if take {
		k.got = append(k.got, records...)
	}
	return err
}

func dead() (bool, error) { return false, errDead }

// rig is a Collector and what it said.
type rig struct {
	*Collector
	now    time.Time
	turned []bool // that it failed
	bad    int
}

func newRig(log Log, to Sink) *rig {
	r := &rig{now: morning}
	r.Collector = New(Options{Name: "soc", Log: log, Sink: to, Turned: func(s State) { r.turned = append(r.turned, !s.Failing.IsZero()) }, Trouble: func() { r.bad++ }})
	return r
}

func (r *rig) look(t *testing.T, after time.Duration) {
	t.Helper()
	r.now = r.now.Add(after)
	require.NoError(t, r.round(t.Context(), r.now))
}

// parsed is which entries of which tenant a record is of.
func parsed(t *testing.T, r Record) (tenant string, first, last uint64) {
	t.Helper()
	var n int
	n, err := fmt.Sscanf(string(r.Line), `{"first":%d,"last":%d,"tenant":%q}`, &first, &last, &tenant)
	require.NoError(t, err)
	require.Equal(t, 3, n)
	return tenant, first, last
}

// Whatever the collector does, and however often the process ends and begins
// again, every entry arrives, and each tenant's first arrivals are in order.
// R65
func TestNothingLost(t *testing.T) {
	n := int(60 * *scale)
	rng := rand.New(rand.NewPCG(1, 2))
	log, to := newMemory(), &taker{}
	r := newRig(log, to)
	restarts := 0
	for range n {
		for _, tenant := range []string{"", "acme", "beta", "gamma"} {
			log.happen(tenant, rng.IntN(900))
		}
		to.fails = func() (bool, error) {
			switch rng.IntN(4) {
			case 0:
				return true, errDead // taken, and nobody heard of it
			case 1:
				return false, errDead
			}
			return true, nil
		}
		if rng.IntN(3) == 0 {
			restarts++
			now := r.now
			r = newRig(log, to)
			r.now = now
		}
		r.look(t, time.Duration(rng.IntN(400))*time.Second)
	}
	to.fails = nil
	r.look(t, time.Hour)
	r.look(t, time.Hour)
	seen := map[string]uint64{}
	for _, one := range to.got {
		tenant, first, last := parsed(t, one)
		require.LessOrEqual(t, first, seen[tenant]+1, "nothing is skipped")
		seen[tenant] = max(seen[tenant], last)
	}
	require.Equal(t, log.last, seen)
	require.Zero(t, r.State().Waiting)
	require.Zero(t, r.State().Oldest)
	t.Logf("n = %d rounds, %d restarts, %d records for %v", n, restarts, len(to.got), log.last)
}

// A dead collector shows at once, with what waits and how old it is. It is
// tried with growing pauses, and nothing of what waits is held in memory. When
// it is back it gets all.
func TestDeadCollectorShows(t *testing.T) {
	log, to := newMemory(), &taker{fails: dead}
	r := newRig(log, to)
	log.happen("acme", 10)
	r.look(t, time.Minute)
	s := r.State()
	require.Equal(t, []bool{true}, r.turned)
	require.Equal(t, uint64(10), s.Waiting)
	require.Equal(t, r.now, s.Failing)
	require.Equal(t, time.Minute, s.Lag(r.now))
	for range 3600 {
		log.happen("acme", 1)
		r.look(t, time.Second)
	}
	require.Equal(t, []bool{true}, r.turned, "it is said once")
	require.Greater(t, to.tries, 10)
	require.Less(t, to.tries, 40, "the pauses grow")
	s = r.State()
	require.Equal(t, uint64(3610), s.Waiting)
	require.Equal(t, 61*time.Minute, s.Lag(r.now))
	require.LessOrEqual(t, log.most, together)
	to.fails = nil
	r.look(t, pauses.Most)
	require.Equal(t, []bool{true, false}, r.turned)
	require.Len(t, to.got, 3610)
	s = r.State()
	require.Zero(t, s.Waiting)
	require.Zero(t, s.Lag(r.now))
	require.Equal(t, uint64(3610), s.Taken)
	require.Zero(t, s.Summed)
}

// In a flood entries are summed up; of a tenant that has none they are not.
func TestFlood(t *testing.T) {
	log, to := newMemory(), &taker{}
	r := newRig(log, to)
	log.happen("acme", 100_000)
	log.happen("beta", 100)
	r.look(t, time.Second)
	seen := map[string]uint64{}
	for _, one := range to.got {
		tenant, first, last := parsed(t, one)
		require.Equal(t, seen[tenant]+1, first)
		require.True(t, tenant == "acme" || first == last)
		seen[tenant] = last
	}
	require.Equal(t, map[string]uint64{"acme": 100_000, "beta": 100}, seen)
	s := r.State()
	require.Equal(t, uint64(100_100), s.Taken)
	require.Greater(t, s.Summed, uint64(80_000))
	require.LessOrEqual(t, log.most, inFlood)
}

// A log that cannot be read or written is said, and tried with growing pauses:
// what cannot be noted as taken is not sent every second.
func TestLogBroken(t *testing.T) {
	log, to := newMemory(), &taker{}
	r := newRig(log, to)
	log.happen("acme", 10)
	log.broken = errDead
	for second := range 3600 {
		r.step(t.Context(), r.now.Add(time.Duration(second)*time.Second))
	}
	require.Greater(t, r.bad, 10)
	require.Less(t, r.bad, 40)
	log.broken, log.full, r.bad = nil, errDead, 0
	for second := range 3600 {
		r.step(t.Context(), r.now.Add(time.Duration(3600+second)*time.Second))
	}
	require.Greater(t, to.tries, 5)
	require.Less(t, to.tries, 40)
	require.Equal(t, to.tries, r.bad)
	log.full = nil
	r.step(t.Context(), r.now.Add(3*time.Hour))
	require.Zero(t, r.State().Waiting)
}

// A collector that never answers is left in time, and Run ends with its
// context.
func TestHangingCollector(t *testing.T) {
	log := newMemory()
	log.happen("acme", 10)
	r := newRig(log, hanging{})
	r.sendTime = 20 * time.Millisecond
	r.look(t, 0)
	require.False(t, r.State().Failing.IsZero())
	r = newRig(log, hanging{})
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		r.Run(ctx)
	}()
	time.Sleep(10 * time.Millisecond)
	stop()
	<-over
	require.Empty(t, r.turned)
}

type hanging struct{}

func (hanging) Send(ctx context.Context, _ []Record) error {
	<-ctx.Done()
	return ctx.Err()
}
