package hook

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// memory is a Log that a process which ended and began again shares.
type memory struct {
	mu      sync.Mutex
	entries map[string][]Entry
	cursors map[string]Cursor
}

func newMemory() *memory { return &memory{entries: map[string][]Entry{}, cursors: map[string]Cursor{}} }

func (m *memory) happen(tenant string, kinds ...session.FactKind) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range kinds {
		n := uint64(len(m.entries[tenant]) + 1)
		m.entries[tenant] = append(m.entries[tenant], Entry{Number: n, At: morning, Fact: session.Fact{Kind: k, Session: session.ID{byte(n)}, Count: n}})
	}
}

func (m *memory) Cursors(context.Context) (all []Cursor, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for tenant, entries := range m.entries {
		c := m.cursors[tenant]
		c.Tenant, c.Last = tenant, uint64(len(entries))
		all = append(all, c)
	}
	return all, nil
}

func (m *memory) Begin(_ context.Context, tenant string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cursors[tenant] = Cursor{There: true}
	return nil
}

func (m *memory) Drop(_ context.Context, tenant string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.cursors, tenant)
	return nil
}

func (m *memory) Move(_ context.Context, tenant string, number uint64, failing time.Time, given uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if number < m.cursors[tenant].Number {
		return io.ErrUnexpectedEOF
	}
	m.cursors[tenant] = Cursor{There: true, Number: number, Failing: failing}
	if given > 0 {
		n := uint64(len(m.entries[tenant]) + 1)
		m.entries[tenant] = append(m.entries[tenant], Entry{Number: n, At: morning, Fact: session.Fact{Kind: session.WebhookGivenUp, Before: number, Count: given}})
	}
	return nil
}

func (m *memory) After(_ context.Context, tenant string, after uint64, limit int) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.entries[tenant]
	i, _ := slices.BinarySearchFunc(all, after+1, func(e Entry, n uint64) int { return int(int64(e.Number) - int64(n)) })
	return slices.Clone(all[i:min(i+limit, len(all))]), nil
}

func (m *memory) cursor(tenant string) Cursor {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cursors[tenant]
}

var morning = time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)

// receiver is a tenant's server.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	got   []told   // in the order in which they came, as often as they came
	bodys [][]byte // of each delivery
	signs []string
	wrong http.HandlerFunc // instead of taking, if it is not nil
	cut   bool             // it takes, and hangs up before it says so
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		wrong := r.wrong
		if wrong == nil {
			var all []told
			if json.Unmarshal(body, &all) == nil {
				r.got = append(r.got, all...)
			}
			r.bodys, r.signs = append(r.bodys, body), append(r.signs, req.Header.Get(SignatureHeader))
		}
		cut := r.cut
		r.mu.Unlock()
		switch {
		case wrong != nil:
			wrong(w, req)
		case cut:
			panic(http.ErrAbortHandler)
		}
	}))
	r.Config.ErrorLog = nil
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) fail(how http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = how
}

func (r *receiver) ids() (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.got {
		ids = append(ids, one.ID)
	}
	return ids
}

// rig is a Teller, its clock and its counts.
type rig struct {
	*Teller
	log    *memory
	ring   *receipt.Keyring
	now    time.Time
	mu     sync.Mutex
	counts map[Outcome]int
	bad    int
	all    []*tenant.Tenant
}

func newRig(t *testing.T, log *memory, roots *x509.CertPool, tenants ...*tenant.Tenant) *rig {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	ring, err := receipt.NewKeyring(key)
	require.NoError(t, err)
	r := &rig{log: log, ring: ring, now: morning, counts: map[Outcome]int{}, all: tenants}
	r.Teller = New(Options{
		Log: log, Tenants: func() []*tenant.Tenant { return r.all }, Signer: ring, Roots: roots,
		Count: func(o Outcome, n int) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.counts[o] += n
		},
		Trouble: func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.bad++
		},
	})
	return r
}

// round looks once, after so much time, and waits for what comes of it.
func (r *rig) round(t *testing.T, after time.Duration) {
	t.Helper()
	r.now = r.now.Add(after)
	require.NoError(t, r.look(t.Context(), r.now))
	r.work.Wait()
}

func (r *rig) count(o Outcome) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.counts[o]
}

// hooked is a tenant with a receiver, as the operator's file names it.
func hooked(t *testing.T, id, address string, kinds ...session.FactKind) *tenant.Tenant {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	w := &tenant.Webhook{URL: u}
	for _, k := range kinds {
		w.Kinds = append(w.Kinds, k.String())
	}
	return &tenant.Tenant{ID: id, Source: tenant.SourceFile, Webhook: w}
}

func rootsOf(r *receiver) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(r.Certificate())
	return pool
}
