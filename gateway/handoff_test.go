package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"mayfly/gateway/tenant"
	"mayfly/session"
)

// desked gives the tenant a desk and a key for who answers at it.
func desked(key *string, h tenant.Handoff) rigOption {
	return func(_ *Options, t *tenant.Tenant) {
		secret, hash := tenant.NewKey()
		*key = secret
		t.Handoff = &h
		t.Keys = append(t.Keys, tenant.Key{Hash: hash, Role: tenant.Agent, Name: "desk key"})
	}
}

// human is an agent on a real socket, who remembers what they were sent.
type human struct {
	t      *testing.T
	ws     *websocket.Conn
	mu     sync.Mutex
	events []event
	more   chan struct{}
	done   chan struct{}
	err    error
}

func (r *rig) human(key string) *human {
	r.t.Helper()
	d := websocket.Dialer{HandshakeTimeout: 5 * time.Second}
	ws, res, err := d.Dial(strings.Replace(r.url(), "http", "ws", 1)+"/v1/agent", http.Header{"Authorization": {"Bearer " + key}})
	if err != nil && res != nil {
		r.t.Fatalf("%v: %d", err, res.StatusCode)
	}
	require.NoError(r.t, err)
	h := &human{t: r.t, ws: ws, more: make(chan struct{}, 1), done: make(chan struct{})}
	r.t.Cleanup(func() { ws.Close(); <-h.done })
	go func() {
		defer close(h.done)
		for {
			_, b, err := ws.ReadMessage()
			if err != nil {
				h.err = err
				return
			}
			var e event
			if err := json.Unmarshal(b, &e); err != nil {
				h.t.Errorf("not JSON: %s", b)
				return
			}
			h.mu.Lock()
			h.events = append(h.events, e)
			h.mu.Unlock()
			select {
			case h.more <- struct{}{}:
			default:
			}
		}
	}()
	return h
}

func (h *human) send(e event) {
	h.t.Helper()
	b, err := json.Marshal(e)
	require.NoError(h.t, err)
	require.NoError(h.t, h.ws.WriteMessage(websocket.TextMessage, b))
}

// leave closes the connection as somebody who means to be gone.
func (h *human) leave() {
	h.t.Helper()
	require.NoError(h.t, h.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second)))
}

// broken cuts the connection.
func (h *human) broken() { _ = h.ws.NetConn().Close() }

// until waits for a message that is as wanted.
func (h *human) until(typ string, as func(event) bool) event {
	h.t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		h.mu.Lock()
		all := h.events
		h.mu.Unlock()
		for _, e := range all {
			if e.typ() == typ && (as == nil || as(e)) {
				return e
			}
		}
		select {
		case <-h.more:
		case <-h.done:
			h.t.Fatalf("the agent's connection ended before %s: %v\n%v", typ, h.err, all)
		case <-deadline:
			h.t.Fatalf("no %s in time\n%v", typ, all)
		}
	}
}

// read is every word that the agent was sent so far.
func (h *human) read() (all []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range h.events {
		if e.typ() == "item" {
			all = append(all, e["speaker"].(string)+": "+e["text"].(string))
		}
	}
	return all
}

// untilHandoff waits for a state of the hand-off.
func (c *client) untilHandoff(state string, nth int) event {
	c.t.Helper()
	for n := 1; ; n++ {
		e := c.await("avatar.handoff.state", n)
		if e["state"] == state {
			if nth--; nth == 0 {
				return e
			}
		}
	}
}

// begin is a client that was told, and listens.
func (r *rig) begin() *client {
	r.t.Helper()
	c := r.connect()
	c.acknowledge(c.aware("text"))
	c.await("avatar.state", 1)
	return c
}

// answer answers what the person was asked last.
func (c *client) answer(nth int, grants event) event {
	c.t.Helper()
	ask := c.await("avatar.consent.requested", nth)
	c.send(event{"type": "avatar.consent.submit", "consent_id": ask["consent_id"], "grants": grants, "method": "click"})
	return ask
}

// A person asks for a human, an agent takes the talk, the person agrees, they
// talk, the label changes, and after the hand back the person is told again
// before the avatar says anything. // R20 R21 R45
func TestHandoff(t *testing.T) {
	var key string
	engine := &scripted{sentences: []string{"An answer of the avatar."}}
	r := newRig(t, engine, nil, desked(&key, tenant.Handoff{Name: "Student office"}))
	h := r.human(key)
	h.until("ready", nil)
	c := r.begin()
	c.text("a secret question")
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)

	c.send(event{"type": "avatar.handoff.request", "share_context": true})
	c.untilHandoff("requested", 1)
	require.EqualValues(t, 1, c.untilHandoff("queued", 1)["position"])
	h.send(event{"type": "available", "name": "Maya"})
	offer := h.until("offer", nil)
	h.send(event{"type": "take", "talk": offer["talk"]})
	h.until("talk.asking", nil)
	require.Equal(t, "Maya, Student office", c.untilHandoff("connecting", 1).at("agent", "display_name"))
	c.text("before the yes")
	ask := c.answer(1, event{"handoff": true, "handoff_context": false})
	require.Equal(t, []any{"handoff_context", "handoff"}, ask["purposes"])
	require.Len(t, ask["sentences"], 2)
	require.Contains(t, ask["sentences"].([]any)[0].(map[string]any)["text"], "Maya, Student office")

	active := c.untilHandoff("active", 1)
	require.Equal(t, true, active.at("agent", "human"))
	require.Equal(t, false, h.until("talk.joined", nil)["context"])
	label := c.await("avatar.provenance", 2) // after that of the answer
	require.Equal(t, false, label["ai_generated"])
	require.NotContains(t, label, "digital_source_type")
	require.Equal(t, "human", label["speaker"])

	c.text("hello human")
	h.until("item", func(e event) bool { return e["text"] == "hello human" && e["speaker"] == "person" })
	h.send(event{"type": "say", "talk": offer["talk"], "text": "Hello, this is Maya."})
	h.until("item", func(e event) bool { return e["speaker"] == "human" })
	done := c.await("response.done", 2)
	item := done.at("response", "output").([]any)[0].(map[string]any)
	require.Equal(t, "human", item["avatar"].(map[string]any)["speaker"])
	require.Equal(t, false, item["avatar"].(map[string]any)["ai_generated"])
	require.Equal(t, []string{"person: hello human", "human: Hello, this is Maya."}, h.read())

	// Nothing answers but the human.
	c.send(event{"type": "response.create", "event_id": "mine"})
	require.Equal(t, "handed_off", c.await("error", 1).at("error", "code"))
	require.Equal(t, 1, engine.count())

	h.send(event{"type": "back", "talk": offer["talk"]})
	require.Equal(t, "handed_back", c.untilHandoff("ended", 1)["reason"])
	notice := c.await("avatar.disclosure.presented", 2)
	c.text("the avatar again?")
	c.send(event{"type": "response.create"})
	time.Sleep(50 * time.Millisecond)
	require.Equal(t, 1, engine.count(), "nothing is asked before the person was told again")
	c.acknowledge(notice)
	c.await("response.done", 3)
	require.Equal(t, []string{"a secret question", "An answer of the avatar.", "before the yes", "the avatar again?"}, engine.seen, "what was said to the human is not the avatar's to know")
	last := c.await("avatar.provenance", c.count("avatar.provenance"))
	require.Equal(t, true, last["ai_generated"])
	require.EqualValues(t, 1, r.facts.Count(kindOf(t, "human_came")))
	require.EqualValues(t, 1, r.facts.Count(kindOf(t, "human_went")))
}

func kindOf(t *testing.T, name string) session.FactKind {
	t.Helper()
	for _, k := range session.FactKinds() {
		if k.String() == name {
			return k
		}
	}
	t.Fatalf("no such fact: %s", name)
	return 0
}

// take lets the agent take the talk that is offered, and the person answer.
func (h *human) take(c *client, nthAsk int, grants event) event {
	h.t.Helper()
	offer := h.until("offer", nil)
	h.send(event{"type": "take", "talk": offer["talk"]})
	h.until("talk.asking", nil)
	c.answer(nthAsk, grants)
	return offer
}

// Whoever says no is not read by anybody, and the avatar stays. // R45
func TestHandoffRefused(t *testing.T) {
	var key string
	engine := &scripted{sentences: []string{"Still here."}}
	r := newRig(t, engine, nil, desked(&key, tenant.Handoff{}))
	h := r.human(key)
	h.send(event{"type": "available"})
	c := r.begin()
	c.send(event{"type": "avatar.handoff.request", "share_context": true})
	h.take(c, 1, event{"handoff": false})
	require.Equal(t, "refused", c.untilHandoff("failed", 1)["reason"])
	require.Equal(t, "refused", h.until("talk.over", nil)["reason"])
	c.text("a canary")
	c.send(event{"type": "response.create"})
	c.await("response.done", 1)
	require.Equal(t, 1, engine.count())
	require.Empty(t, h.read())
	require.EqualValues(t, 1, r.facts.Count(session.ConsentRefused))
	require.EqualValues(t, 1, r.facts.Count(session.HumanRefused))
}

// Whatever hangs is called off when a human joins, and what was said before is
// given only with the person's leave. // R45
func TestHandoffWhileTheEngineHangs(t *testing.T) {
	var key string
	engine := &scripted{sentences: []string{"I begin"}, hang: true}
	r := newRig(t, engine, nil, desked(&key, tenant.Handoff{}))
	h := r.human(key)
	h.send(event{"type": "available", "name": "Maya"})
	c := r.begin()
	c.text("my question")
	c.send(event{"type": "response.create"})
	c.await("response.output_text.delta", 1)
	c.send(event{"type": "avatar.handoff.request", "share_context": true})
	h.take(c, 1, event{"handoff": true, "handoff_context": true})
	require.Equal(t, true, h.until("talk.joined", nil)["context"])
	require.Equal(t, "cancelled", c.await("response.done", 1).at("response", "status"))
	h.until("item", func(e event) bool { return e["speaker"] == "avatar" })
	require.Equal(t, []string{"person: my question", "avatar: I begin"}, h.read())
	h.mu.Lock()
	var label any
	for _, e := range h.events {
		if e["speaker"] == "avatar" {
			label = e["ai_generated"]
		}
	}
	h.mu.Unlock()
	require.Equal(t, true, label, "an agent is told what an AI wrote")
}

// A no counts from the moment that it arrives: nothing more is given to the
// human, and the person is told again who answers. // R42 R45
func TestHandoffTakenBack(t *testing.T) {
	for name, no := range map[string]event{
		"cancel":   {"type": "avatar.handoff.cancel"},
		"withdraw": {"type": "avatar.consent.withdraw", "purposes": []string{"handoff"}},
		"opt out":  {"type": "avatar.optout.submit", "purposes": []string{"handoff"}},
	} {
		t.Run(name, func(t *testing.T) {
			var key string
			r := newRig(t, &scripted{sentences: []string{"Yes."}}, nil, desked(&key, tenant.Handoff{}))
			h := r.human(key)
			h.send(event{"type": "available"})
			c := r.begin()
			c.send(event{"type": "avatar.handoff.request"})
			offer := h.take(c, 1, event{"handoff": true})
			h.until("talk.joined", nil)
			c.send(no)
			c.text("a canary")
			h.until("talk.over", nil)
			c.untilHandoff("ended", 1)
			c.await("avatar.disclosure.presented", 2)
			h.send(event{"type": "say", "talk": offer["talk"], "text": "still there?"})
			h.until("error", nil)
			require.Empty(t, h.read())
			require.Equal(t, 0, c.count("response.created"))
			// Each human is asked about anew.
			c.send(event{"type": "avatar.handoff.request"})
			c.untilHandoff("queued", 2)
		})
	}
}

// Whoever loses their human is told that an AI answers again, and waits for
// another. // R20 R45
func TestHandoffLost(t *testing.T) {
	var key string
	r := newRig(t, &scripted{sentences: []string{"Yes."}}, nil, desked(&key, tenant.Handoff{Name: "Office"}))
	h := r.human(key)
	h.send(event{"type": "available", "name": "Maya"})
	c := r.begin()
	c.send(event{"type": "avatar.handoff.request"})
	h.take(c, 1, event{"handoff": true})
	h.until("talk.joined", nil)
	c.text("to Maya alone")
	h.until("item", nil)
	other := r.human(key)
	other.send(event{"type": "available", "name": "Noah"})
	other.until("desk", func(e event) bool { return e["available"] == true })
	h.leave()
	require.Equal(t, "human_lost", c.untilHandoff("ended", 1)["reason"])
	c.untilHandoff("queued", 2)
	notice := c.await("avatar.disclosure.presented", 2)
	offer := other.until("offer", nil)
	other.send(event{"type": "take", "talk": offer["talk"]})
	other.until("talk.asking", nil)
	time.Sleep(50 * time.Millisecond)
	require.Equal(t, 1, c.count("avatar.consent.requested"), "nobody is asked while the notice is not acknowledged")
	c.acknowledge(notice)
	c.answer(2, event{"handoff": true})
	other.until("talk.joined", nil)
	require.Equal(t, "Noah, Office", c.untilHandoff("active", 2).at("agent", "display_name"))
	require.Empty(t, other.read(), "what was said to one human is not given to the next")
}

// Without a desk, outside its hours, or with a client that cannot be asked, a
// person learns at once that nobody comes, and why; a flood of wishes is
// bounded. // R45
func TestHandoffUnavailable(t *testing.T) {
	t.Run("no desk", func(t *testing.T) {
		r := newRig(t, &scripted{}, nil)
		c := r.begin()
		const n = 30
		for range n {
			c.send(event{"type": "avatar.handoff.request"})
		}
		require.Equal(t, "no_desk", c.untilHandoff("failed", 10)["reason"])
		require.Equal(t, "too_often", c.untilHandoff("failed", n)["reason"])
		require.EqualValues(t, 10, r.facts.Count(session.HumanAsked))
	})
	t.Run("closed", func(t *testing.T) {
		var key string
		var days [7]bool
		days[time.Now().UTC().Add(48*time.Hour).Weekday()] = true
		r := newRig(t, &scripted{}, nil, desked(&key, tenant.Handoff{Closed: "We are there on weekdays.", Hours: []tenant.Hours{{Days: days, From: 0, To: 1}}}))
		c := r.begin()
		c.send(event{"type": "avatar.handoff.request"})
		closed := c.untilHandoff("failed", 1)
		require.Equal(t, "closed", closed["reason"])
		require.Equal(t, "We are there on weekdays.", closed["message"])
		opens, err := time.Parse(time.RFC3339, closed["opens_at"].(string))
		require.NoError(t, err)
		require.True(t, opens.After(time.Now()))
	})
	t.Run("a stock client", func(t *testing.T) {
		var key string
		r := newRig(t, &scripted{sentences: []string{"An answer."}}, nil, desked(&key, tenant.Handoff{}))
		c := r.connect()
		c.send(event{"type": "session.update", "session": event{"type": "realtime", "output_modalities": []string{"text"}}})
		c.await("response.done", 1)
		c.text("I want to talk to a human")
		require.Equal(t, "client_cannot_be_asked", c.untilHandoff("failed", 1)["reason"])
	})
}

// A key that is no agent's does not open the desk, an agent's opens nothing
// else, and one that is revoked is out. // R63
func TestAgentCredentials(t *testing.T) {
	var key string
	r := newRig(t, &scripted{}, nil, desked(&key, tenant.Handoff{}))
	at := strings.Replace(r.url(), "http", "ws", 1)
	try := func(path, secret string, more http.Header) int {
		h := http.Header{}
		if secret != "" {
			h.Set("Authorization", "Bearer "+secret)
		}
		for k, v := range more {
			h[k] = v
		}
		ws, res, err := websocket.DefaultDialer.Dial(at+path, h)
		if err == nil {
			ws.Close()
			return 101
		}
		require.NotNil(t, res)
		return res.StatusCode
	}
	require.Equal(t, 401, try("/v1/agent", "", nil))
	require.Equal(t, 401, try("/v1/agent", "mf_wrong", nil))
	require.Equal(t, 403, try("/v1/agent", r.key, nil), "a caller's key")
	require.Equal(t, 403, try("/v1/realtime", key, nil), "an agent's key")
	require.Equal(t, 403, try("/v1/agent", key, http.Header{"Origin": {"https://elsewhere.example"}}))
	require.Equal(t, 403, try("/v1/agent", key, http.Header{"Origin": {r.origin}}), "the tenant's pages are not the gateway's")
	require.Equal(t, 101, try("/v1/agent", key, http.Header{"Origin": {r.url()}}))
	require.Equal(t, 403, try("/v1/agent", "", http.Header{"Sec-Websocket-Protocol": {"realtime, openai-insecure-api-key." + key}}), "no page sends no origin")
	require.Equal(t, 101, try("/v1/agent", "", http.Header{"Sec-Websocket-Protocol": {"realtime, openai-insecure-api-key." + key}, "Origin": {r.url()}}))
}
