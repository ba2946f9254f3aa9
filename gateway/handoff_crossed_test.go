package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/realtime"
	"mayfly/gateway/tenant"
	"mayfly/session"
)

// What the desk still says of a talk that the person took back is nothing to
// the next one. // R45
func TestHandoffOfBefore(t *testing.T) {
	var key string
	r := newRig(t, &scripted{}, nil, desked(&key, tenant.Handoff{}))
	c := r.begin()
	c.send(event{"type": "avatar.handoff.request"})
	c.untilHandoff("queued", 1)
	live := r.server.registry.all()[0]
	live.mu.Lock()
	before := &asker{c: live, talk: live.human.talk}
	live.mu.Unlock()
	c.send(event{"type": "avatar.handoff.cancel"})
	c.untilHandoff("ended", 1)
	c.send(event{"type": "avatar.handoff.request"})
	c.untilHandoff("queued", 2)
	before.Offered("Maya", 1)
	before.Missed(session.TookTooLong)
	require.False(t, before.Said(session.NewSpeech([]byte("late"))))
	time.Sleep(50 * time.Millisecond)
	for _, e := range c.all() {
		require.NotContains(t, []any{"connecting", "failed"}, e["state"])
		require.NotEqual(t, "avatar.consent.requested", e.typ())
	}

	h := r.human(key)
	h.send(event{"type": "available", "name": "Noah"})
	h.take(c, 1, event{"handoff": true})
	h.until("talk.joined", nil)
}

// Where nobody can say any more what is allowed, nothing is kept; a human who
// is there stays. // R45
func TestHandoffLapse(t *testing.T) {
	var key string
	r := newRig(t, &scripted{}, nil, recorded(&tape{}), desked(&key, tenant.Handoff{}))
	h := r.human(key)
	h.send(event{"type": "available"})
	c := r.agreed()
	c.send(event{"type": "avatar.handoff.request"})
	offer := h.take(c, 2, event{"handoff": true})
	require.Equal(t, true, h.until("talk.joined", nil)["recorded"])
	r.server.registry.all()[0].lapse()
	h.until("talk.state", func(e event) bool { return e["recorded"] == false })
	h.send(event{"type": "say", "talk": offer["talk"], "text": "still here"})
	c.await("response.done", 1)
	for _, e := range c.all() {
		require.NotEqual(t, "ended", e["state"])
	}
}

// What an integrator says that a person agreed to elsewhere is no yes to a human
// who came since. // R12 R45
func TestHandoffNotClaimed(t *testing.T) {
	var key string
	r := newRig(t, &scripted{}, nil, desked(&key, tenant.Handoff{}))
	h := r.human(key)
	h.send(event{"type": "available"})
	c := r.begin()
	live := r.server.registry.all()[0]
	live.mu.Lock()
	n := live.notice()
	live.claim = realtime.ConsentClaim{Granted: session.Handoff | session.HandoffContext, NoticeVersion: n.Version, NoticeSHA256: n.SHA256}
	live.mu.Unlock()
	c.send(event{"type": "avatar.handoff.request"})
	h.take(c, 1, event{"handoff": false})
	require.Equal(t, "refused", c.untilHandoff("failed", 1)["reason"])
}
