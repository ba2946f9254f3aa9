package hook

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/receipt"
	"mayfly/session"
)

// A receiver is told the facts that it wants, in order, signed, and nothing
// else of anybody.
func TestTold(t *testing.T) {
	log, to := newMemory(), newReceiver(t)
	r := newRig(t, log, rootsOf(to), hooked(t, "acme", to.URL+"/hook", session.SessionStarted, session.SessionEnded))
	for range 250 {
		log.happen("acme", session.SessionStarted, session.TurnKept, session.SessionEnded)
		log.happen("beta", session.SessionStarted)
	}
	r.round(t, 0) // the cursor begins
	r.round(t, time.Second)
	require.Len(t, to.got, 500)
	require.Equal(t, 500, r.count(Taken))
	last := uint64(0)
	for i, one := range to.got {
		want := []string{"session_started", "session_ended"}[i%2]
		require.Equal(t, want, one.Kind)
		require.Equal(t, "acme", one.Tenant)
		require.Equal(t, fmt.Sprintf("acme/%d", one.Count), one.ID)
		require.Greater(t, one.Count, last)
		last = one.Count
	}
	for i, body := range to.bodys {
		require.NoError(t, receipt.VerifyDetached(body, to.signs[i], SignatureType, r.ring.Keys()))
		body[len(body)/2] ^= 1
		require.Error(t, receipt.VerifyDetached(body, to.signs[i], SignatureType, r.ring.Keys()))
	}
	before := len(to.bodys)
	r.round(t, time.Minute)
	r.round(t, time.Minute)
	require.Len(t, to.bodys, before, "nothing new: nothing is sent")
	require.Zero(t, r.bad)
}

// A delivery has these keys and no others: there is no room for words.
func TestToldHasNoWords(t *testing.T) {
	f := session.Fact{Kind: session.ConsentGiven, Session: session.ID{1}, Actor: session.ID{2}, Object: session.ID{3}, Turn: 4, Notice: 5,
		Purposes: session.AllPurposes, Reason: session.Idle, Policy: 6, Before: 7, Count: 8, Hash: [32]byte{9}}
	body, err := bodyOf("acme", []Entry{{Number: 1, At: morning, Fact: f}})
	require.NoError(t, err)
	var all []map[string]any
	require.NoError(t, json.Unmarshal(body, &all))
	require.Len(t, all, 1)
	require.Equal(t, []string{"actor", "at", "before", "count", "id", "kind", "notice", "object", "policy", "purposes", "reason", "session", "sha256", "tenant", "turn"},
		slices.Sorted(maps.Keys(all[0])))
}

// Whatever the receiver does, and however often the process ends and begins
// again, every fact arrives, first arrivals are in order, and one that comes
// twice has the same id and says the same.
func TestNothingLost(t *testing.T) {
	n := int(40 * *scale)
	log, to := newMemory(), newReceiver(t)
	to.Config.SetKeepAlivesEnabled(false)
	cut := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	five := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }
	tenant := hooked(t, "acme", to.URL, session.SessionStarted, session.SessionEnded)
	rng := rand.New(rand.NewPCG(1, 2))
	r := newRig(t, log, rootsOf(to), tenant)
	restarts := 0
	for range n {
		for range rng.IntN(130) {
			log.happen("acme", []session.FactKind{session.SessionStarted, session.TurnKept, session.SessionEnded}[rng.IntN(3)])
		}
		to.mu.Lock()
		to.cut = rng.IntN(4) == 0
		to.mu.Unlock()
		to.fail([]http.HandlerFunc{nil, nil, cut, five}[rng.IntN(4)])
		if rng.IntN(3) == 0 {
			restarts++
			last := r.now
			r = newRig(t, log, rootsOf(to), tenant)
			r.now = last
		}
		r.round(t, time.Duration(rng.IntN(400))*time.Second)
	}
	to.fail(nil)
	to.cut = false
	r.round(t, time.Hour)
	r.round(t, time.Hour)
	var want []string
	for _, e := range log.entries["acme"] {
		if e.Fact.Kind != session.TurnKept {
			want = append(want, fmt.Sprintf("acme/%d", e.Number))
		}
	}
	said := map[string]told{}
	var first []string
	for _, one := range to.got {
		if before, twice := said[one.ID]; twice {
			require.Equal(t, before, one)
			continue
		}
		said[one.ID] = one
		first = append(first, one.ID)
	}
	require.Equal(t, want, first)
	require.Greater(t, len(to.got), len(first), "some came twice, or nothing was tried")
	t.Logf("n = %d rounds, %d restarts, %d facts, %d came twice", n, restarts, len(want), len(to.got)-len(first))
}

// What was taken and not noted, because the process was killed in between,
// comes again under the same id.
func TestKilledAfterTaking(t *testing.T) {
	log, to := newMemory(), newReceiver(t)
	tenant := hooked(t, "acme", to.URL, session.SessionEnded)
	r := newRig(t, log, rootsOf(to), tenant)
	r.round(t, 0)
	log.happen("acme", session.SessionEnded)
	r.round(t, 0)
	r.round(t, 0)
	require.Equal(t, []string{"acme/1"}, to.ids())
	log.cursors["acme"] = Cursor{There: true} // the kill
	r = newRig(t, log, rootsOf(to), tenant)
	r.round(t, 0)
	require.Equal(t, []string{"acme/1", "acme/1"}, to.ids())
}

// A receiver that takes nothing for a day: what waits is given up, which is
// counted and a fact, and told when it takes again.
func TestGivenUp(t *testing.T) {
	log, to := newMemory(), newReceiver(t)
	r := newRig(t, log, rootsOf(to), hooked(t, "acme", to.URL, session.SessionEnded))
	log.happen("acme", session.TurnKept)
	r.round(t, 0)
	for range 150 {
		log.happen("acme", session.SessionEnded, session.TurnKept)
	}
	to.fail(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	r.round(t, 0)
	require.Equal(t, morning, log.cursor("acme").Failing)
	for hours := range 23 {
		r.round(t, time.Hour)
		require.Zero(t, r.count(GivenUp), "after %d hours", hours+1)
	}
	require.Zero(t, log.cursor("acme").Number)
	r.round(t, 2*time.Hour)
	require.Equal(t, 150, r.count(GivenUp))
	require.Empty(t, to.got)
	to.fail(nil)
	log.happen("acme", session.SessionEnded)
	r.round(t, time.Hour)
	require.Len(t, to.got, 2)
	require.Equal(t, "webhook_given_up", to.got[0].Kind)
	require.EqualValues(t, 150, to.got[0].Count)
	require.EqualValues(t, 301, to.got[0].Before)
	require.Equal(t, "session_ended", to.got[1].Kind)
	require.True(t, log.cursor("acme").Failing.IsZero())
}

// A receiver that fails is left alone meanwhile.
func TestLeftAlone(t *testing.T) {
	log, to := newMemory(), newReceiver(t)
	tries := 0
	to.fail(func(w http.ResponseWriter, _ *http.Request) { tries++; w.WriteHeader(500) })
	r := newRig(t, log, rootsOf(to), hooked(t, "acme", to.URL, session.SessionEnded))
	log.happen("acme", session.SessionEnded)
	for range 3600 {
		r.round(t, time.Second)
	}
	require.Less(t, tries, 60, "in an hour")
	require.Greater(t, tries, 10)
	t.Logf("%d attempts in an hour", tries)
}

// A webhook that is taken away takes its cursor with it; a tenant that is not
// there now keeps it.
func TestWebhookGone(t *testing.T) {
	log, to := newMemory(), newReceiver(t)
	tenant := hooked(t, "acme", to.URL, session.SessionEnded)
	r := newRig(t, log, rootsOf(to), tenant)
	log.happen("acme", session.SessionEnded)
	r.round(t, 0)
	require.True(t, log.cursor("acme").There)
	r.all = nil
	r.round(t, time.Second)
	require.True(t, log.cursor("acme").There)
	tenant.Webhook = nil
	r.all = append(r.all, tenant)
	r.round(t, time.Second)
	require.False(t, log.cursor("acme").There)
	require.Empty(t, to.got)
}

// Entries that nobody is told of are not read again and again.
func TestNothingToTell(t *testing.T) {
	log, to := newMemory(), newReceiver(t)
	r := newRig(t, log, rootsOf(to), hooked(t, "acme", to.URL, session.SessionEnded))
	for range 2 * stretch {
		log.happen("acme", session.TurnKept)
	}
	r.round(t, 0)
	r.round(t, time.Second)
	require.EqualValues(t, 2*stretch, log.cursor("acme").Number)
	require.EqualValues(t, 2*stretch, r.ways["acme"].seen)
	require.Empty(t, to.got)
}
