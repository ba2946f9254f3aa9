package gateway

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
)

// An agent whose line breaks comes back into the same talk: the person is told,
// the avatar stays silent, what they said meanwhile is read by the same human,
// who needs no second yes, and somebody else who is available gets nothing. // R20 R21 R45
func TestHandoffReturn(t *testing.T) {
	var key string
	engine := &scripted{sentences: []string{"An answer."}}
	r := newRig(t, engine, nil, desked(&key, tenant.Handoff{Name: "Office"}))
	maya := r.human(key)
	maya.send(event{"type": "available", "name": "Maya"})
	c := r.begin()
	c.text("a secret question")
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)
	c.send(event{"type": "avatar.handoff.request", "share_context": true})
	offer := maya.take(c, 1, event{"handoff": true, "handoff_context": false})
	maya.until("talk.joined", nil)
	c.text("before the break")
	maya.until("item", nil)
	noah := r.human(key)
	noah.send(event{"type": "available", "name": "Noah"})
	noah.until("desk", func(e event) bool { return e["available"] == true })
	n, seat := times(2), maya.until("ready", nil)["seat"]
	for i := range n {
		maya.broken()
		cut := c.untilHandoff("reconnecting", i+1)
		require.Equal(t, "Maya, Office", cut.at("agent", "display_name"))
		c.text("during the break")
		c.send(event{"type": "response.create"})
		require.Equal(t, "handed_off", c.await("error", i+1).at("error", "code"))

		maya = r.human(key)
		maya.send(event{"type": "return", "seat": seat})
		require.Equal(t, false, maya.until("talk.joined", nil)["context"])
		require.Equal(t, "Maya, Office", c.untilHandoff("active", i+2).at("agent", "display_name"))
		want := []string{"person: before the break"}
		for range i + 1 {
			want = append(want, "person: during the break")
		}
		require.Eventually(t, func() bool { return len(maya.read()) >= len(want) }, 10*time.Second, 5*time.Millisecond)
		require.Equal(t, want, maya.read()[:len(want)], "what was said before they came is still the person's")
	}
	t.Logf("n = %d breaks", n)
	maya.send(event{"type": "say", "talk": offer["talk"], "text": "I am back."})
	c.await("response.done", 2)
	require.Equal(t, 1, c.count("avatar.consent.requested"))
	require.Equal(t, 1, c.count("avatar.disclosure.presented"))
	require.Equal(t, 1, engine.count())
	require.Empty(t, noah.read())
	maya.send(event{"type": "back", "talk": offer["talk"]})
	require.Equal(t, "handed_back", c.untilHandoff("ended", 1)["reason"])
}

// A key that is revoked is out of a running desk at once, and whoever talked
// with that human waits for another. // R63
func TestAgentRevoked(t *testing.T) {
	for name, broken := range map[string]bool{"connected": false, "cut": true} {
		t.Run(name, func(t *testing.T) {
			var key string
			r := newRig(t, &scripted{}, nil, desked(&key, tenant.Handoff{}))
			h := r.human(key)
			h.send(event{"type": "available"})
			c := r.begin()
			c.send(event{"type": "avatar.handoff.request"})
			h.take(c, 1, event{"handoff": true})
			h.until("talk.joined", nil)
			if broken {
				h.broken()
				c.untilHandoff("reconnecting", 1)
			}
			var all []tenant.Tenant
			for _, of := range r.server.options.Directory.Tenants() {
				without := *of
				without.Keys = without.Keys[:len(without.Keys)-1]
				all = append(all, without)
			}
			began := time.Now()
			require.NoError(t, r.server.options.Directory.Replace(all))
			require.Equal(t, "human_lost", c.untilHandoff("ended", 1)["reason"])
			require.Less(t, time.Since(began), 10*time.Second, "a sign of life is asked for every 15")
			c.untilHandoff("queued", 2)
		})
	}
}
