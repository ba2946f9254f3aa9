package hook

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
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
