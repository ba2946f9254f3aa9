package hook

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// How it stands with a receiver is what the cursor says, and a delivery that
// is tried by hand is an empty list, signed, and moves nothing.
func TestStateAndProbe(t *testing.T) {
	log, to := newMemory(), newReceiver(t)
	of := hooked(t, "acme", to.URL, session.SessionEnded)
	r := newRig(t, log, rootsOf(to), of)
	log.happen("acme", session.SessionEnded)
	r.round(t, 0) // the cursor begins
	log.happen("acme", session.SessionEnded, session.SessionEnded)
	s, err := r.State(t.Context(), "acme")
	require.NoError(t, err)
	require.NotZero(t, s.Waiting)
	require.Zero(t, s.Failing)

	waits := s.Waiting
	require.Empty(t, r.Probe(t.Context(), of))
	require.Equal(t, "[]", string(to.bodys[len(to.bodys)-1]))
	require.NoError(t, receipt.VerifyDetached(to.bodys[len(to.bodys)-1], to.signs[len(to.signs)-1], SignatureType, r.ring.Keys()))
	s, err = r.State(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, waits, s.Waiting)

	to.fail(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	require.Equal(t, "it answered 503 Service Unavailable", r.Probe(t.Context(), of))
	r.round(t, time.Second)
	s, err = r.State(t.Context(), "acme")
	require.NoError(t, err)
	require.NotZero(t, s.Failing)
	require.Equal(t, 1, s.Attempts)
	require.True(t, s.Next.After(s.Failing))

	to.fail(nil)
	r.round(t, time.Hour)
	s, err = r.State(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, State{}, s)
	to.Close()
	require.Equal(t, "it cannot be reached", r.Probe(t.Context(), of))
}

// A test by hand does not say which names there are inside: one that leads
// there is told from none by nobody. // R57
func TestProbeTellsNoNames(t *testing.T) {
	log, to := newMemory(), newReceiver(t)
	r := newRig(t, log, rootsOf(to))
	of := hooked(t, "acme", "https://hooks.example/", session.SessionEnded)
	of.Source = tenant.SourceStore
	for _, inside := range []string{"10.0.0.7", "127.0.0.1", "169.254.169.254"} {
		r.options.Resolver = serveDNS(t, func(int) netip.Addr { return netip.MustParseAddr(inside) })
		require.Equal(t, "it cannot be reached", r.Probe(t.Context(), of), inside)
	}
}
